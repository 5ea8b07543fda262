#include "app/ask_period.h"

#include <set>

namespace concordat::app {
namespace {

// The days on which an answer can become another one: those that bound what somebody stated, and those on which it was known.
std::set<record::Day> turning_days(const record::Facts& facts, const v1::Question& question, record::Day first, record::Day last) {
  std::set<record::Day> out = {first};
  for (const record::Fact* fact : facts.of(question.subject(), question.predicate()))
    for (const record::Day day : {fact->from.earliest, fact->from.latest, fact->until.earliest, fact->until.latest, fact->known})
      if (day > first && day <= last) out.insert(day);
  return out;
}

std::string gist(const v1::Answer& answer) {
  std::string out = answer.determined() ? "yes" : "no";
  for (const v1::Value& value : answer.values()) out += '\0' + value.SerializeAsString();
  for (const int reason : answer.reasons()) out += "\1" + std::to_string(reason);
  return out;
}

}  // namespace

std::vector<Stretch> ask_period(const record::Facts& facts, v1::Question question, record::Day first, record::Day last) {
  std::vector<Stretch> out;
  for (const record::Day day : turning_days(facts, question, first, last)) {
    question.set_valid_at(record::format(day));
    v1::Answer answer = record::ask(facts, question);
    if (!out.empty()) out.back().last = record::Day{day.count - 1};
    if (!out.empty() && gist(out.back().answer) == gist(answer)) continue;
    out.push_back({day, day, std::move(answer)});
  }
  out.back().last = last;
  return out;
}

}  // namespace concordat::app
