#include "engine/record/words.h"

#include <algorithm>
#include <map>
#include <utility>

#include "concordat/v1/record.pb.h"

namespace concordat::record {
namespace {

When when_of(const Interval& interval) { return {interval.earliest, interval.latest, true, ""}; }

// As its source wrote it, if one gives just that interval.
std::string words_of(const Interval& interval, const Claim& claim, bool end) {
  for (const Fact* fact : claim.facts) {
    const When& written = end ? fact->until : fact->from;
    if (written.stated && written.earliest == interval.earliest && written.latest == interval.latest) return in_words(written);
  }
  return in_words(when_of(interval));
}

// "in July 2022", "on 1 July 2022", "by 24 September 2024", "some day from …".
std::string with_preposition(const std::string& date, const Interval& interval) {
  if (interval.earliest == interval.latest) return "on " + date;
  const bool whole = date.starts_with("by ") || date.starts_with("not ") || date.starts_with("some ");
  return (whole ? "" : "in ") + date;
}

}  // namespace

std::string value_words(const Facts& facts, const Datum& value) {
  if (value.kind == 0) return "To be confirmed";
  if (value.kind == v1::Predicate::ref) return facts.name(value.text);
  if (value.kind == v1::Predicate::flag) return value.number != 0 ? "Yes" : "No";
  return in_words(value);
}

std::string subject_words(const Facts& facts, const Datum& value, const char* verb) {
  const bool named = value.kind != v1::Predicate::flag && value.kind != 0;
  return named ? value_words(facts, value) + verb : std::string();
}

std::string start_words(const Claim& claim) {
  if (claim.starts.size() == 1) return words_of(claim.starts.front(), claim, false);
  std::map<std::pair<Day, Day>, const When*> written;        // The first that gives each.
  for (const Fact* fact : claim.facts)
    if (fact->from.stated) written.emplace(std::pair(fact->from.earliest, fact->from.latest), &fact->from);
  std::string out;
  for (const Interval& start : claim.starts) {
    const auto found = written.find({start.earliest, start.latest});
    out += (out.empty() ? "" : " or ") + in_words(found == written.end() ? when_of(start) : *found->second);
  }
  return out;
}

std::string end_words(const Claim& claim) {
  return claim.end ? with_preposition(words_of(*claim.end, claim, true), *claim.end) : std::string();
}

bool carried_forward(const Claim& claim, Day at) { return claim.effective && claim.in_force && at > claim.last_known; }

std::string qualifier_words(const Claim& claim, Day at) {
  std::string out;
  if (!claim.effective) out += claim.conditional ? ", planned and conditional" : ", planned";
  if (claim.starts.empty()) out += ", no day stated";
  if (!claim.starts.empty() && claim.start().latest > kAlways) {
    const std::string date = start_words(claim);
    out += (date.starts_with("by ") ? ", begun " : claim.effective ? ", since " : " from ") + date;
  }
  if (carried_forward(claim, at)) out += ", carried forward; last asserted " + in_words(claim.last_known);
  return out;
}

std::string outlook_words(const Claim& claim) {
  if (claim.starts.empty()) return "planned, no date stated";
  const std::string date = start_words(claim);
  if (!claim.effective) return std::string(claim.conditional ? "planned, on a condition, for " : "planned for ") + date;
  return "began " + with_preposition(date, claim.start());
}

}  // namespace concordat::record
