#include "engine/record/claim.h"

#include <algorithm>

#include "concordat/v1/record.pb.h"

namespace concordat::record {
namespace {

bool is_plan(const Fact& fact) { return fact.standing == v1::Standing::planned || fact.standing == v1::Standing::conditional; }

bool applied_by(const std::vector<Fact::Later>& later, Day known_at) {
  return std::any_of(later.begin(), later.end(), [&](const Fact::Later& one) { return one.known <= known_at; });
}

// When the fact says it began. A source that speaks of something as existing bounds its start by its own date; an effective
// fact without any date is timeless (a name, a kind).
Interval start_of(const Fact& fact) {
  if (fact.from.stated) return {fact.from.earliest, fact.from.latest, true};
  if (fact.standing == v1::Standing::effective && fact.in_force) return {kAlways, fact.known, true};
  if (is_plan(fact)) return {kAlways, kNever, false};
  return {kAlways, kAlways, true};
}

bool overlap(const Interval& a, const Interval& b) { return a.earliest <= b.latest && b.earliest <= a.latest; }
Interval both(const Interval& a, const Interval& b) { return {std::max(a.earliest, b.earliest), std::min(a.latest, b.latest), true}; }
bool narrower(const Interval& a, const Interval& b) {
  return static_cast<std::int64_t>(a.latest.count) - a.earliest.count < static_cast<std::int64_t>(b.latest.count) - b.earliest.count;
}

// Newest known first; among plans of matters on one day the one recorded later, which replanned the other.
bool newer(const Fact* a, const Fact* b) {
  if (a->known != b->known) return a->known > b->known;
  if (a->document.empty() && b->document.empty() && a->sequence != b->sequence) return a->sequence > b->sequence;
  return a->id < b->id;
}

bool replaces(const Fact* later, const Fact* earlier) {
  return later->known > earlier->known || (later->document.empty() && earlier->document.empty() && later->sequence > earlier->sequence);
}

void rest_on(Claim& claim, const Fact* fact) {
  claim.facts.push_back(fact);
  claim.last_known = std::max(claim.last_known, fact->known);
  claim.in_force = claim.in_force || (fact->in_force && !is_plan(*fact));
}

// Weighs starts of one class of statements, newest first: overlapping ones are intersected, a newer one replaces an older
// that it contradicts, and those of equal standing that contradict each other are rivals.
void weigh(Claim& claim, const std::vector<const Fact*>& facts, std::vector<Aside>* aside) {
  for (const Fact* fact : facts) {
    const Interval start = start_of(*fact);
    if (!start.stated) { rest_on(claim, fact); continue; }
    if (!claim.start.stated) { claim.start = start; rest_on(claim, fact); continue; }
    if (overlap(claim.start, start)) {
      if (narrower(claim.start, start) && aside != nullptr && fact != claim.facts.front()) aside->push_back({fact, "coarser"});
      else if (!claim.facts.empty() && narrower(start, claim.start)) claim.corroborated = true;
      claim.start = both(claim.start, start);
      rest_on(claim, fact);
    } else if (replaces(claim.facts.front(), fact)) {
      if (aside != nullptr) aside->push_back({fact, "superseded"});
    } else {
      if (claim.rivals.empty()) claim.rivals.push_back(claim.start);
      claim.rivals.push_back(start);
      rest_on(claim, fact);
    }
  }
}

void end_by(Claim& claim, const std::vector<const Fact*>& facts) {
  for (const Fact* fact : facts) {
    if (!fact->until.stated) continue;
    const Interval end{fact->until.earliest, fact->until.latest, true};
    claim.end = !claim.end.stated || !overlap(claim.end, end) ? end : both(claim.end, end);
  }
}

Claim claim_of(const Datum& value, std::vector<const Fact*> all, bool plans, std::vector<Aside>* aside) {
  std::sort(all.begin(), all.end(), newer);
  std::vector<const Fact*> happened, planned;
  for (const Fact* fact : all) (is_plan(*fact) ? planned : happened).push_back(fact);
  Claim claim;
  claim.value = value;
  claim.effective = !happened.empty();
  std::vector<const Fact*> starts;
  for (const Fact* fact : happened)
    if (fact->standing == v1::Standing::effective) starts.push_back(fact); else rest_on(claim, fact);
  weigh(claim, starts, aside);
  end_by(claim, happened);
  if (!claim.effective) {
    if (!plans) return claim;
    weigh(claim, planned, aside);
    end_by(claim, planned);
    claim.conditional = !claim.facts.empty() && claim.facts.front()->standing == v1::Standing::conditional;
    return claim;
  }
  // What happened is dated more closely by a plan it agrees with; a plan it contradicts was overtaken.
  bool newest = true;
  for (const Fact* fact : planned) {
    const Interval start = start_of(*fact);
    if (newest && start.stated && claim.start.stated && claim.rivals.empty() && overlap(claim.start, start)) {
      if (narrower(start, claim.start)) { claim.start = both(claim.start, start); claim.facts.push_back(fact); }
      claim.corroborated = true;
    } else if (aside != nullptr) {
      aside->push_back({fact, "superseded"});
    }
    newest = false;
  }
  if (!claim.start.stated && starts.empty()) claim.start = {kAlways, kAlways, true};   // Only its end is told: it was so before.
  return claim;
}

std::optional<bool> within(const Interval& start, const Interval& end, Day day) {
  std::optional<bool> begun, over = false;
  if (day < start.earliest) begun = false;
  else if (day >= start.latest) begun = true;
  if (end.stated) {
    if (day < end.earliest) over = false;
    else if (day >= end.latest) over = true;
    else over = std::nullopt;
  }
  if (begun == false || over == true) return false;
  if (!begun || !over) return std::nullopt;
  return true;
}

}  // namespace

std::vector<const Fact*> usable(const std::vector<const Fact*>& facts, std::string_view scope, Day known_at,
                                const std::vector<std::string>& sets, std::vector<Aside>* aside) {
  std::vector<const Fact*> out;
  for (const Fact* fact : facts) {
    if (!scope.empty() && fact->scope != scope) continue;
    if (!sets.empty() && std::find(sets.begin(), sets.end(), fact->record_set) == sets.end()) continue;
    const char* why = fact->known > known_at ? "too_late_known"
                      : applied_by(fact->retractions, known_at) ? "retracted"
                      : applied_by(fact->set_aside_by_resolution, known_at) ? "not_preferred" : nullptr;
    if (why == nullptr) out.push_back(fact);
    else if (aside != nullptr) aside->push_back({fact, why});
  }
  return out;
}

std::vector<Claim> claims(const std::vector<const Fact*>& facts, bool plans, std::vector<Aside>* aside) {
  std::map<Datum, std::vector<const Fact*>> by_value;
  for (const Fact* fact : facts) by_value[fact->value].push_back(fact);
  std::vector<Claim> out;
  for (auto& [value, all] : by_value) {
    Claim claim = claim_of(value, std::move(all), plans, aside);
    if (!claim.facts.empty()) out.push_back(std::move(claim));
  }
  return out;
}

std::optional<bool> holds_on(const Claim& claim, Day day) {
  if (!claim.start.stated) return std::nullopt;
  if (claim.rivals.empty()) return within(claim.start, claim.end, day);
  std::optional<bool> all = within(claim.rivals.front(), claim.end, day);
  for (const Interval& rival : claim.rivals)
    if (within(rival, claim.end, day) != all) return std::nullopt;
  return all;
}

}  // namespace concordat::record
