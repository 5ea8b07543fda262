// How business is referred to, by when papers and minutes are out, what the published log shows. Source: P24 to P26.
#include <algorithm>

#include "concordat/v1/rule.pb.h"
#include "engine/rules/rules.h"

namespace concordat::rules {
namespace {

void replace(std::string* text, const std::string& what, const std::string& with) {
  for (std::size_t at = text->find(what); at != std::string::npos; at = text->find(what, at + with.size())) text->replace(at, what.size(), with);
}

std::string padded(std::uint32_t serial) {
  const std::string digits = std::to_string(serial);
  return std::string(digits.size() < 3 ? 3 - digits.size() : 0, '0') + digits;
}

}  // namespace

std::string financial_year(const std::string& day) {
  const int year = std::stoi(day.substr(0, 4)), month = std::stoi(day.substr(5, 2));
  const int first = month >= 4 ? year : year - 1;
  const auto two = [](int one) { return std::string(one % 100 < 10 ? "0" : "") + std::to_string(one % 100); };
  return two(first) + two(first + 1);
}

v1::Ruling on_time(const v1::Rule& rule, const std::string& clock, std::uint32_t days) {
  v1::Ruling out;
  out.set_question("on_time");
  const auto set = std::find_if(rule.clocks().begin(), rule.clocks().end(), [&](const v1::Clock& one) { return one.of() == clock; });
  if (set == rule.clocks().end()) {
    out.set_outcome(v1::Outcome::yes);
    out.set_sentence("No clock is set for " + clock + ": there is no deadline, and nothing is overdue.");
    return out;
  }
  const bool before = set->from() == "before_meeting", yes = before ? days >= set->days() : days <= set->days();
  const std::string kind = set->working_days() ? " working days" : " days";
  v1::Finding& finding = *out.add_findings();
  finding.set_clause(clock + (before ? ": at least " : ": within ") + std::to_string(set->days()) + kind + (before ? " before the meeting" : " of " + set->from()));
  finding.set_arithmetic(std::to_string(days) + (before ? (yes ? " >= " : " < ") : (yes ? " <= " : " > ")) + std::to_string(set->days()));
  finding.set_outcome(yes ? v1::Outcome::yes : v1::Outcome::no);
  out.set_outcome(finding.outcome());
  out.set_sentence((yes ? "In time: " : "Late: ") + finding.clause() + ", and it was " + std::to_string(days) + ".");
  return out;
}

std::string item_reference(const std::string& form, const std::string& body, const std::string& day, std::uint32_t serial) {
  std::string out = form;
  replace(&out, "{body}", body);
  replace(&out, "{financial_year}", financial_year(day));
  replace(&out, "{serial}", padded(serial));
  return out;
}

v1::Ruling logged(const v1::Rule& rule, const std::string& event) {
  v1::Ruling out;
  out.set_question("logged");
  const auto& shows = rule.log().shows();
  const bool yes = std::find(shows.begin(), shows.end(), event) != shows.end();
  out.set_outcome(yes ? v1::Outcome::yes : v1::Outcome::no);
  out.set_sentence(yes ? "The log shows what was " + event + "." : "The log does not show what was " + event + ".");
  return out;
}

}  // namespace concordat::rules
