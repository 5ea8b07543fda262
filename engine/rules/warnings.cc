// What a rule wants said before the body decides. A warning changes no outcome. Source: GR-11, GR-20, GR-21.
#include "concordat/v1/rule.pb.h"
#include "engine/rules/electorate.h"
#include "engine/rules/rules.h"

namespace concordat::rules {

std::vector<int> warnings_that_hold(const v1::Rule& rule, const Roll& roll) {
  std::vector<int> out;
  for (int i = 0; i < rule.warnings_size(); ++i)
    if (holds(roll, rule.warnings(i).when())) out.push_back(i);
  return out;
}

void warn(const v1::Rule& rule, const Roll& roll, v1::Ruling* ruling) {
  for (const int i : warnings_that_hold(rule, roll)) {
    const v1::Warning& one = rule.warnings(i);
    const auto whom = roll.about.find(one.when());
    const std::string about = whom == roll.about.end() || whom->second.empty() ? "" : ": " + whom->second;
    ruling->add_warnings(one.code() + about);
    ruling->set_sentence(ruling->sentence() + " Warning " + one.code() + about + ": " + one.says() + ".");
  }
}

}  // namespace concordat::rules
