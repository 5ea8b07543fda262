#include "engine/rules/options.h"

#include <algorithm>

#include "concordat/v1/rule.pb.h"

namespace concordat::rules {
namespace {

std::vector<v1::Ruling> all_of(std::vector<Option>& open, std::size_t at, const std::function<v1::Ruling()>& evaluate) {
  if (at == open.size()) return {evaluate()};
  std::vector<v1::Ruling> out;
  for (const int one : open[at].all) {
    *open[at].value = one;
    for (v1::Ruling& ruling : all_of(open, at + 1, evaluate)) out.push_back(std::move(ruling));
  }
  *open[at].value = 0;
  return out;
}

bool differ(const std::vector<v1::Ruling>& rulings) {
  return std::any_of(rulings.begin(), rulings.end(), [&](const v1::Ruling& one) { return one.outcome() != rulings.front().outcome(); });
}

// Does the outcome turn on this parameter, whatever the others are?
bool turns_on(std::vector<Option>& open, std::size_t which, const std::function<v1::Ruling()>& evaluate) {
  std::vector<Option> rest = open;
  const Option tried = rest[which];
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(which));
  std::vector<std::vector<v1::Ruling>> by_option;
  for (const int one : tried.all) {
    *tried.value = one;
    by_option.push_back(all_of(rest, 0, evaluate));
  }
  *tried.value = 0;
  for (std::size_t i = 0; i < by_option.front().size(); ++i)
    for (const auto& others : by_option)
      if (others[i].outcome() != by_option.front()[i].outcome()) return true;
  return false;
}

}  // namespace

v1::Ruling over_options(std::vector<Option> options, const std::function<v1::Ruling()>& evaluate) {
  std::vector<Option> open;
  for (Option& option : options)
    if (*option.value == 0 && option.matters) open.push_back(std::move(option));
  std::vector<v1::Ruling> rulings = all_of(open, 0, evaluate);
  v1::Ruling out = rulings.front();
  if (open.empty()) return out;
  if (!differ(rulings)) {
    std::string names;
    for (const Option& option : open) names += (names.empty() ? "" : ", ") + std::string(option.parameter);
    out.set_sentence(out.sentence() + " The rule leaves " + names + " open; every option gives the same.");
    return out;
  }
  out.set_outcome(v1::Outcome::not_determined);
  out.clear_reasons();
  std::string names;
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (!turns_on(open, i, evaluate)) continue;
    out.add_reasons(std::string("parameter_unset: ") + open[i].parameter);
    names += (names.empty() ? "" : ", ") + std::string(open[i].parameter);
  }
  out.set_sentence("Not determined: the rule leaves " + names + " open, and the options give different results.");
  return out;
}

}  // namespace concordat::rules
