// Plans: the newest one of each value counts; one that happened dates it, and one that was overtaken is set aside.
#include <algorithm>
#include <map>

#include "concordat/v1/record.pb.h"
#include "engine/record/periods.h"

namespace concordat::record {
namespace {

Interval start_of(const Fact& fact) { return {fact.from.earliest, fact.from.latest}; }
bool by_act(const Fact& fact) { return fact.document.empty(); }

// Newest known first. Among acts of one day the later replanned the earlier: their ledger order is theirs.
bool newer(const Fact* a, const Fact* b) {
  if (a->known != b->known) return a->known > b->known;
  if (by_act(*a) && by_act(*b) && a->sequence != b->sequence) return a->sequence > b->sequence;
  return a->id < b->id;
}

bool replaces(const Fact* later, const Fact* earlier) {
  return later->known > earlier->known || (by_act(*later) && by_act(*earlier) && later->sequence > earlier->sequence);
}

void set_aside(const Fact* fact, const char* why, std::vector<Aside>* aside) {
  if (aside != nullptr) aside->push_back({fact, why});
}

// Starts that do not overlap each other, by their latest days: which of them stand where.
using ByLatest = std::map<Day, std::size_t>;

// The first, as they were put there, that overlaps; their number if none does.
std::size_t agreeing(const std::vector<Interval>& starts, const ByLatest& by_latest, const Interval& start) {
  std::size_t first = starts.size();
  for (auto at = by_latest.lower_bound(start.earliest); at != by_latest.end() && starts[at->second].earliest <= start.latest; ++at) first = std::min(first, at->second);
  return first;
}

// Newest first: an older plan that agrees adds its date; one that does not was replaced, or is a rival if of the same day.
Claim newest_plan(const std::vector<const Fact*>& facts, std::vector<Aside>* aside) {
  Claim plan;
  plan.value = facts.front()->value;
  const Fact* dated_by = nullptr;                       // The newest that gives a start.
  ByLatest by_latest;
  for (const Fact* fact : facts) {
    if (fact->from.stated) {
      const Interval start = start_of(*fact);
      const std::size_t agrees = agreeing(plan.starts, by_latest, start);
      if (agrees < plan.starts.size()) {
        Interval& one = plan.starts[agrees];
        by_latest.erase(one.latest);
        one = {std::max(one.earliest, start.earliest), std::min(one.latest, start.latest)};
        by_latest.emplace(one.latest, agrees);
      } else if (dated_by != nullptr && replaces(dated_by, fact)) {
        set_aside(fact, "superseded", aside);
        continue;
      } else {
        by_latest.emplace(start.latest, plan.starts.size());
        plan.starts.push_back(start);
      }
      if (dated_by == nullptr) dated_by = fact;
    }
    if (fact->until.stated && !plan.end) plan.end = Interval{fact->until.earliest, fact->until.latest};
    if (fact->known == facts.front()->known) plan.conditional = plan.conditional || fact->standing == v1::Standing::conditional;
    rest_on(plan, fact);
  }
  std::stable_partition(plan.facts.begin(), plan.facts.end(), [](const Fact* fact) { return fact->from.stated; });
  set_coarser_aside(plan, aside);
  return plan;
}

// Of one value, where its periods stand among all, in their order.
using OfValue = std::vector<std::size_t>;

// The period that came of the plan: it began when the plan said, as far as both know.
Claim* outcome(std::vector<Claim>& all, const OfValue& mine, const Claim& plan) {
  if (plan.starts.size() != 1) return nullptr;
  for (const std::size_t i : mine) {
    Claim& period = all[i];
    if (period.effective && period.starts.size() == 1 && dated(period.starts.front()) && overlap(period.starts.front(), plan.starts.front())) return &period;
  }
  return nullptr;
}

void dates(Claim& period, const Claim& plan, std::vector<Aside>* aside) {
  Interval& start = period.starts.front();
  const Interval planned = plan.starts.front();
  const bool adds = planned.earliest > start.earliest || planned.latest < start.latest || planned == start;
  start = {std::max(start.earliest, planned.earliest), std::min(start.latest, planned.latest)};
  for (const Fact* fact : plan.facts) {
    if (adds) rest_on(period, fact);
    else set_aside(fact, "coarser", aside);
  }
  period.corroborated = true;
}

// Overtaken unless it is for another time: the value ended or was replaced since, and the plan is to begin after that. A
// passed plan also stands beside a source that only says "exists by now", and is corroborated by it.
bool overtaken(const std::vector<Claim>& all, const OfValue& mine, Claim& plan, bool many) {
  const Interval start = plan.start();
  for (std::size_t n = mine.size(); n-- > 0;) {
    const std::size_t i = mine[n];
    const Claim& period = all[i];
    if (!period.effective) continue;
    if (plan.starts.empty()) return !period.end && (many || i + 1 == all.size());
    if (!dated(period.start()) && start.latest <= period.start().latest) {
      plan.corroborated = true;
      return false;
    }
    if (period.end) return start.latest <= period.end->earliest;
    const bool replaced = !many && i + 1 < all.size();
    return !replaced || start.latest <= all[i + 1].start().earliest || plan.last_known < all[i + 1].last_known;
  }
  return false;
}

}  // namespace

void add_plans(std::vector<Claim>& all, std::vector<const Fact*> planned, bool many, std::vector<Aside>* aside) {
  std::sort(planned.begin(), planned.end(), newer);
  std::map<Datum, std::vector<const Fact*>> by_value;
  for (const Fact* fact : planned) by_value[fact->value].push_back(fact);
  std::map<Datum, OfValue> periods_of;
  for (std::size_t i = 0; i < all.size() && !planned.empty(); ++i) periods_of[all[i].value].push_back(i);
  std::vector<Claim> standing;
  for (const auto& [value, facts] : by_value) {
    Claim plan = newest_plan(facts, aside);
    const OfValue& mine = periods_of[value];
    if (Claim* period = outcome(all, mine, plan)) {
      dates(*period, plan, aside);
    } else if (overtaken(all, mine, plan, many)) {
      for (const Fact* fact : plan.facts) set_aside(fact, "superseded", aside);
    } else {
      standing.push_back(std::move(plan));
    }
  }
  for (Claim& plan : standing) all.push_back(std::move(plan));
}

}  // namespace concordat::record
