#include "engine/record/periods.h"

#include <algorithm>
#include <tuple>

#include "concordat/v1/record.pb.h"

namespace concordat::record {
namespace {

// A source that speaks of something as existing bounds its start by its own date.
bool timeless(const Fact& fact) { return !fact.from.stated && !fact.in_force; }
bool by_act(const Fact& fact) { return fact.document.empty(); }
Interval start_of(const Fact& fact) { return fact.from.stated ? Interval{fact.from.earliest, fact.from.latest} : Interval{kAlways, fact.known}; }
Interval both(const Interval& a, const Interval& b) { return {std::max(a.earliest, b.earliest), std::min(a.latest, b.latest)}; }

// By the day on which it certainly had begun; what cannot tell two statements apart must not order them by arrival.
bool begun_earlier(const Fact* a, const Fact* b) {
  const Interval x = start_of(*a), y = start_of(*b);
  return std::tie(x.latest, a->value, x.earliest, a->known, a->id) < std::tie(y.latest, b->value, y.earliest, b->known, b->id);
}

struct End { const Fact* fact; Interval when; };

// An end of that value which lies after the start, certainly by that day.
const End* ended_by(const std::vector<End>& ends, const Claim& period, Day day) {
  for (const End& end : ends)
    if (end.fact->value == period.value && end.when.latest <= day && end.when.latest > period.start().earliest) return &end;
  return nullptr;
}

// Joins a period whose start it agrees with. True if it did.
bool join(Claim& period, const Fact* fact, const Interval& start) {
  for (Interval& known : period.starts) {
    if (!overlap(known, start)) continue;
    known = both(known, start);
    rest_on(period, fact);
    return true;
  }
  return false;
}

struct Sweep {
  std::vector<Claim> out;
  bool many;
  const std::vector<End>& ends;
  bool in_order = true;                    // Each period has one start, and none certainly began later than the next.

  // None before it can have begun in that time.
  std::vector<Claim>::iterator first_near(const Interval& start) {
    if (!in_order) return out.begin();
    return std::partition_point(out.begin(), out.end(), [&](const Claim& one) { return one.starts.front().latest < start.earliest; });
  }
  Claim* newest_of(const Datum& value) {
    const auto found = std::find_if(out.rbegin(), out.rend(), [&](const Claim& one) { return one.value == value; });
    return found == out.rend() ? nullptr : &*found;
  }
  void open(const Fact* fact, Interval start) {
    Claim& fresh = out.emplace_back();
    fresh.value = fact->value;
    fresh.effective = true;
    fresh.starts = {start};
    rest_on(fresh, fact);
  }
  void add(const Fact* fact) {
    Interval start = start_of(*fact);
    Claim* last = newest_of(fact->value);
    if (last == nullptr) return open(fact, start);
    const bool replaced = !many && last != &out.back();
    const End* end = ended_by(ends, *last, dated(start) ? start.latest : fact->known);
    if (dated(start)) {
      for (auto period = first_near(start); period != out.end(); ++period)
        if (period->value == fact->value && join(*period, fact, start)) return;
      // An act, or a start after it was already in force, renews it. Else it cannot have begun twice: the sources disagree.
      const bool renewed = by_act(*fact) || !dated(last->start());
      if (replaced || end != nullptr || renewed) return open(fact, start);
      last->starts.push_back(start);
      in_order = false;
      return rest_on(*last, fact);
    }
    if (!replaced && end == nullptr && join(*last, fact, start)) return;
    // It exists again, and began some day after it had ended or been replaced.
    const Day again = end != nullptr ? end->when.earliest : replaced ? out.back().start().earliest : last->start().earliest;
    open(fact, {std::min(std::max(start.earliest, again), start.latest), start.latest});
  }
};

// An end closes the last period that had begun before it; if there is none, it was so from always until then.
void close(std::vector<Claim>& all, const End& end) {
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const Claim& one) {
    return one.value == end.fact->value && one.start().earliest < end.when.latest;
  });
  if (found == all.rend()) {
    Claim& fresh = *all.emplace(all.begin());
    fresh.value = end.fact->value;
    fresh.effective = true;
    fresh.starts = {{kAlways, kAlways}};
    fresh.end = end.when;
    return rest_on(fresh, end.fact);
  }
  rest_on(*found, end.fact);
  if (!found->end) {
    found->end = end.when;
  } else if (!found->ends_disagree && overlap(*found->end, end.when)) {
    found->end = both(*found->end, end.when);
  } else {
    found->ends_disagree = true;
    found->end = Interval{std::min(found->end->earliest, end.when.earliest), std::max(found->end->latest, end.when.latest)};
  }
}

// A statement without any date adds to what is known of its value, and stands for always if nothing else is.
void add_timeless(std::vector<Claim>& all, std::vector<const Fact*> facts) {
  std::sort(facts.begin(), facts.end(), [](const Fact* a, const Fact* b) { return std::tie(a->value, a->known, a->id) > std::tie(b->value, b->known, b->id); });
  for (const Fact* fact : facts) {
    const auto found = std::find_if(all.rbegin(), all.rend(), [&](const Claim& one) { return one.value == fact->value; });
    Claim& claim = found != all.rend() ? *found : *all.emplace(all.begin());
    if (claim.facts.empty()) {
      claim.value = fact->value;
      claim.effective = true;
      claim.starts = {{kAlways, kAlways}};
    }
    rest_on(claim, fact);
  }
}

void newest_first(Claim& claim) {
  std::sort(claim.facts.begin(), claim.facts.end(), [](const Fact* a, const Fact* b) {
    if (is_plan(*a) != is_plan(*b)) return is_plan(*b);
    return a->known != b->known ? a->known > b->known : a->id < b->id;
  });
}

}  // namespace

void rest_on(Claim& claim, const Fact* fact) {
  if (std::find(claim.facts.begin(), claim.facts.end(), fact) != claim.facts.end()) return;
  for (std::size_t i = 0; i < claim.facts.size() && !claim.corroborated; ++i)
    if (const Fact* other = claim.facts[i]; !fact->document.empty() && !other->document.empty() && fact->document != other->document) claim.corroborated = true;
  claim.facts.push_back(fact);
  if (is_plan(*fact) == !claim.effective) claim.last_known = std::max(claim.last_known, fact->known);
  claim.in_force = claim.in_force || (fact->in_force && !is_plan(*fact));
}

void set_coarser_aside(Claim& claim, std::vector<Aside>* aside) {
  if (claim.starts.size() != 1 || claim.facts.size() < 2) return;
  const Interval agreed = claim.starts.front();
  const auto coarser = [&](const Fact* fact) {
    if (!fact->from.stated || !dated(start_of(*fact)) || fact->until.stated || is_plan(*fact) == claim.effective) return false;
    const Interval own = start_of(*fact);
    return own != agreed && own.earliest <= agreed.earliest && own.latest >= agreed.latest;
  };
  // What happened is told by what happened: a plan's closer date does not make the statement of it superfluous.
  const bool exact = std::any_of(claim.facts.begin(), claim.facts.end(), [&](const Fact* fact) {
    return is_plan(*fact) != claim.effective && fact->from.stated && start_of(*fact) == agreed;
  });
  if (!exact) return;
  for (const Fact* fact : claim.facts)
    if (coarser(fact) && aside != nullptr) aside->push_back({fact, "coarser"});
  std::erase_if(claim.facts, coarser);
}

std::vector<Claim> periods(std::vector<const Fact*> happened, bool many, std::vector<Aside>* aside) {
  std::vector<End> ends;
  std::vector<const Fact*> begun, undated;
  for (const Fact* fact : happened) {
    if (fact->until.stated) ends.push_back({fact, {fact->until.earliest, fact->until.latest}});
    if (fact->standing == v1::Standing::ended && !fact->from.stated) continue;
    (timeless(*fact) ? undated : begun).push_back(fact);
  }
  std::sort(begun.begin(), begun.end(), begun_earlier);
  std::sort(ends.begin(), ends.end(), [](const End& a, const End& b) { return std::tie(a.when.latest, a.fact->id) < std::tie(b.when.latest, b.fact->id); });
  Sweep sweep{{}, many, ends};
  for (const Fact* fact : begun) sweep.add(fact);
  add_timeless(sweep.out, std::move(undated));
  for (const End& end : ends) close(sweep.out, end);
  for (Claim& claim : sweep.out) {
    newest_first(claim);
    set_coarser_aside(claim, aside);
  }
  return std::move(sweep.out);
}

}  // namespace concordat::record
