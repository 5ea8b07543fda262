#include "engine/rules_in_force.h"

#include <algorithm>
#include <tuple>

#include "concordat/v1/rule.pb.h"
#include "engine/record/authority.h"

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

// The body, the board whose committee it is, and so on up. Where the record names two, nobody could say which: it ends there.
std::vector<std::string> line_of(const State& state, std::string_view body, record::Day day, std::string_view parent) {
  std::vector<std::string> out{std::string(body)};
  while (true) {
    const auto above = record::values(state.record, out.back(), record::authority::kParent, "", day);
    const std::string next = above.size() == 1 ? above.front().text : above.empty() && out.size() == 1 ? std::string(parent) : std::string();
    if (next.empty() || std::find(out.begin(), out.end(), next) != out.end()) return out;
    out.push_back(next);
  }
}

bool reaches_committees(const v1::Rule& rule) { return rule.layer() == v1::Layer::standing_orders && !rule.own_only(); }

}  // namespace

std::vector<const v1::Rule*> rules_in_force(const State& state, std::string_view rule, std::string_view body, std::string_view matter_type, record::Day day,
                                            std::string_view parent) {
  struct Found { const v1::Rule* rule; std::size_t above; };
  const std::vector<std::string> line = line_of(state, body, day, parent);
  std::vector<Found> found;
  for (const auto& [id, versions] : state.rules) {
    if (!rule.empty() && id != rule) continue;
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
      const auto whose = std::find(line.begin(), line.end(), (*version)->body());
      if (whose == line.end() || !is_for(**version, matter_type) || !on(**version, day)) continue;
      const auto above = static_cast<std::size_t>(whose - line.begin());
      if (above == 0 || reaches_committees(**version)) found.push_back({version->get(), above});
      break;
    }
  }
  const auto order = [](const Found& one) { return std::tuple(static_cast<int>(one.rule->layer()), one.above, one.rule->matter_types().empty(), std::string_view(one.rule->id())); };
  std::sort(found.begin(), found.end(), [&](const Found& a, const Found& b) { return order(a) < order(b); });
  std::vector<const v1::Rule*> out;
  for (const Found& one : found) out.push_back(one.rule);
  return out;
}

bool is_under(const State& state, std::string_view body, std::string_view above, record::Day day) {
  const std::vector<std::string> line = line_of(state, body, day, {});
  return body != above && std::find(line.begin(), line.end(), above) != line.end();
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
