// Who sits: how many seats there may be, and who may speak from one. Source: P08, P16; GR-01.
#include <algorithm>

#include "concordat/v1/common.pb.h"
#include "concordat/v1/rule.pb.h"
#include "engine/rules/electorate.h"
#include "engine/rules/rules.h"

namespace concordat::rules {
namespace {

void clause(v1::Ruling* out, const std::string& what, std::uint64_t have, const char* holds, const char* fails, bool yes, std::uint64_t limit) {
  v1::Finding& finding = *out->add_findings();
  finding.set_clause(what);
  finding.set_read(std::to_string(have) + " seats");
  finding.set_arithmetic(std::to_string(have) + (yes ? holds : fails) + std::to_string(limit));
  finding.set_outcome(yes ? v1::Outcome::yes : v1::Outcome::no);
}

// The first finding that says no decides.
void settle(v1::Ruling* out, const std::string& good, const std::string& bad) {
  const auto failed = std::find_if(out->findings().begin(), out->findings().end(), [](const v1::Finding& one) { return one.outcome() == v1::Outcome::no; });
  out->set_outcome(failed == out->findings().end() ? v1::Outcome::yes : v1::Outcome::no);
  out->set_sentence(failed == out->findings().end() ? good : bad + failed->clause() + ", but " + failed->read() + " (" + failed->arithmetic() + ").");
}

}  // namespace

v1::Ruling composed(const v1::Rule& rule, const std::vector<Seat>& seats) {
  v1::Ruling out;
  out.set_question("composed");
  const auto count = [&](const std::string& who) { return static_cast<std::uint64_t>(std::count_if(seats.begin(), seats.end(), [&](const Seat& seat) { return is_of(rule, who, seat); })); };
  for (const v1::SeatLimit& one : rule.composition()) {
    const std::string who = one.electorate().empty() || one.electorate() == "all" ? "members" : one.electorate();
    const std::uint64_t have = count(one.electorate());
    if (one.at_least() > 0) clause(&out, "at least " + std::to_string(one.at_least()) + " " + who, have, " >= ", " < ", have >= one.at_least(), one.at_least());
    if (one.at_most() > 0) clause(&out, "at most " + std::to_string(one.at_most()) + " " + who, have, " <= ", " > ", have <= one.at_most(), one.at_most());
    if (one.not_more_than().empty()) continue;
    const std::uint64_t others = count(one.not_more_than());
    clause(&out, "not more " + who + " than " + one.not_more_than(), have, " <= ", " > ", have <= others, others);
  }
  settle(&out, "Composed as the rule says.", "Not composed as the rule says: it asks for ");
  return out;
}

v1::Ruling entitled(const v1::Rule& rule, const Roll& roll, const Seat& seat, int capacity) {
  v1::Ruling out;
  out.set_question("entitled");
  const auto finding = [&](const std::string& what, const std::string& read, bool yes) {
    v1::Finding& one = *out.add_findings();
    one.set_clause(what);
    one.set_read(read);
    one.set_arithmetic(yes ? "yes" : "no");
    one.set_outcome(yes ? v1::Outcome::yes : v1::Outcome::no);
  };
  if (capacity != 0 && !rule.capacities().empty()) {
    const bool yes = std::find(rule.capacities().begin(), rule.capacities().end(), capacity) != rule.capacities().end();
    finding("a capacity in which positions are taken", "it is " + v1::Capacity::Value_Name(static_cast<v1::Capacity::Value>(capacity)), yes);
  }
  finding("a seat with a vote", "it is that of a " + seat.kind, has_vote(rule, roll, seat));
  finding("somebody present", seat.present ? "somebody is" : "nobody is", seat.present);
  finding("no interest that bars from voting", seat.barred == Barred::kNo ? "there is none" : "there is one", seat.barred == Barred::kNo);
  settle(&out, "Entitled to take a position.", "Not entitled: it takes ");
  return out;
}

}  // namespace concordat::rules
