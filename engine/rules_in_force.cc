#include "engine/rules_in_force.h"

#include <algorithm>

#include "concordat/v1/rule.pb.h"

namespace concordat {
namespace {

bool applies(const v1::Rule& rule, std::string_view matter_type, record::Day day) {
  const auto from = record::parse_day(rule.in_force_from());
  const auto until = record::parse_day(rule.in_force_until());
  if (from.ok() && day < *from) return false;
  if (until.ok() && day >= *until) return false;
  return rule.matter_types().empty() ||
         std::find(rule.matter_types().begin(), rule.matter_types().end(), matter_type) != rule.matter_types().end();
}

}  // namespace

v1::RuleRef rule_in_force(const State& state, std::string_view rule, std::string_view body, std::string_view matter_type, record::Day day) {
  const v1::Rule* best = nullptr;
  for (const auto& [id, versions] : state.rules) {
    if (!rule.empty() && id != rule) continue;
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
      if ((*version)->body() != body || !applies(**version, matter_type, day)) continue;
      if (best == nullptr || (*version)->layer() < best->layer()) best = version->get();
      break;
    }
  }
  v1::RuleRef ref;
  if (best != nullptr) {
    ref.set_id(best->id());
    ref.set_version(best->version());
  }
  return ref;
}

}  // namespace concordat
