#include "engine/rules_in_force.h"

#include <algorithm>
#include <tuple>

#include "concordat/v1/rule.pb.h"

namespace concordat {
namespace {

record::Day day_or(const std::string& text, record::Day otherwise) {
  const auto day = record::parse_day(text);
  return day.ok() ? *day : otherwise;
}

bool on(const v1::Rule& rule, record::Day day) {
  return day >= day_or(rule.in_force_from(), record::kAlways) && day < day_or(rule.in_force_until(), record::kNever);
}

bool is_for(const v1::Rule& rule, std::string_view matter_type) {
  return rule.matter_types().empty() || std::find(rule.matter_types().begin(), rule.matter_types().end(), matter_type) != rule.matter_types().end();
}

bool same_days(const v1::Rule& a, const v1::Rule& b) {
  return day_or(a.in_force_from(), record::kAlways) < day_or(b.in_force_until(), record::kNever) &&
         day_or(b.in_force_from(), record::kAlways) < day_or(a.in_force_until(), record::kNever);
}

bool same_matters(const v1::Rule& a, const v1::Rule& b) {
  if (a.matter_types().empty() != b.matter_types().empty()) return false;      // The special one goes before the general one.
  return a.matter_types().empty() || std::any_of(a.matter_types().begin(), a.matter_types().end(), [&](const std::string& type) { return is_for(b, type); });
}

std::string both_state(const v1::Rule& a, const v1::Rule& b) {
  if (a.has_quorum() && b.has_quorum()) return "quorum";
  if (a.has_decision() && b.has_decision()) return "decision";
  if (a.has_deputies() && b.has_deputies()) return "deputies";
  if (a.has_conflicts() && b.has_conflicts()) return "conflicts";
  if (a.has_presiding() && b.has_presiding()) return "presiding";
  if (a.has_notice() && b.has_notice()) return "notice";
  return a.has_urgent() && b.has_urgent() ? "urgent" : "";
}

}  // namespace

std::vector<const v1::Rule*> rules_in_force(const State& state, std::string_view rule, std::string_view body, std::string_view matter_type, record::Day day) {
  std::vector<const v1::Rule*> out;
  for (const auto& [id, versions] : state.rules) {
    if (!rule.empty() && id != rule) continue;
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
      if ((*version)->body() != body || !is_for(**version, matter_type) || !on(**version, day)) continue;
      out.push_back(version->get());
      break;
    }
  }
  const auto order = [](const v1::Rule* one) { return std::tuple(static_cast<int>(one->layer()), one->matter_types().empty(), std::string_view(one->id())); };
  std::sort(out.begin(), out.end(), [&](const v1::Rule* a, const v1::Rule* b) { return order(a) < order(b); });
  return out;
}

const v1::Rule* contradicts(const State& state, const v1::Rule& rule, std::string* heading) {
  for (const auto& [id, versions] : state.rules) {
    if (id == rule.id()) continue;
    const v1::Rule& other = *versions.back();
    if (other.body() != rule.body() || other.layer() != rule.layer() || !same_matters(other, rule) || !same_days(other, rule)) continue;
    *heading = both_state(other, rule);
    if (!heading->empty()) return &other;
  }
  return nullptr;
}

}  // namespace concordat
