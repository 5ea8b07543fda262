#include "engine/record/claim.h"

#include <algorithm>

#include "concordat/v1/record.pb.h"
#include "engine/record/periods.h"

namespace concordat::record {
namespace {

bool applied_by(const std::vector<Fact::Later>& later, Day known_at) {
  return std::any_of(later.begin(), later.end(), [&](const Fact::Later& one) { return one.known <= known_at; });
}

// Would it hold, had it begun in that interval?
std::optional<bool> within(const Interval& start, const std::optional<Interval>& end, Day day) {
  std::optional<bool> begun, over;
  if (day < start.earliest) begun = false;
  else if (day >= start.latest) begun = true;
  if (!end || day < end->earliest) over = false;
  else if (day >= end->latest) over = true;
  if (begun == false || over == true) return false;
  if (!begun || !over) return std::nullopt;
  return true;
}

}  // namespace

bool overlap(const Interval& a, const Interval& b) { return a.earliest <= b.latest && b.earliest <= a.latest; }

bool is_plan(const Fact& fact) { return fact.standing == v1::Standing::planned || fact.standing == v1::Standing::conditional; }

Interval Claim::start() const {
  if (starts.empty()) return {};
  Interval whole = starts.front();
  for (const Interval& one : starts) whole = {std::min(whole.earliest, one.earliest), std::max(whole.latest, one.latest)};
  return whole;
}

std::vector<const Fact*> usable(const std::vector<const Fact*>& facts, std::string_view scope, Day known_at,
                                const std::vector<std::string>& sets, std::vector<Aside>* aside) {
  std::vector<const Fact*> out;
  for (const Fact* fact : facts) {
    if (!scope.empty() && fact->scope != scope) continue;
    if (!sets.empty() && std::find(sets.begin(), sets.end(), fact->record_set) == sets.end()) continue;
    const char* why = fact->known > known_at ? "too_late_known"
                      : applied_by(fact->retractions, known_at) ? "retracted"
                      : lost(*fact, known_at) ? "not_preferred" : nullptr;
    if (why == nullptr) out.push_back(fact);
    else if (aside != nullptr) aside->push_back({fact, why});
  }
  return out;
}

std::vector<Claim> claims(const std::vector<const Fact*>& facts, bool many, std::vector<Aside>* aside) {
  std::vector<const Fact*> happened, planned;
  for (const Fact* fact : facts) (is_plan(*fact) ? planned : happened).push_back(fact);
  std::vector<Claim> out = periods(std::move(happened), many, aside);
  add_plans(out, std::move(planned), many, aside);
  return out;
}

std::optional<bool> holds_on(const Claim& claim, Day day) {
  if (claim.starts.empty()) return over_by(claim, day) ? std::optional(false) : std::nullopt;
  std::optional<bool> all = within(claim.starts.front(), claim.end, day);
  for (const Interval& start : claim.starts)
    if (within(start, claim.end, day) != all) return std::nullopt;
  return all;
}

bool over_by(const Claim& claim, Day day) { return claim.end && day >= claim.end->latest; }

}  // namespace concordat::record
