#include "engine/record/periods.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
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

// What is known of the claims while they are made: a hundred thousand statements must not cost a hundred thousand times as many
// looks. By position: claims move while the list grows.
struct Value {
  std::vector<std::size_t> periods;        // Of that value, in the order of the list.
  std::vector<const End*> ends;            // Of that value, by the day they had certainly come, then by id.
};
struct Known {
  std::map<Datum, Value> values;
  std::vector<std::multiset<Day>> earliest;        // Of each claim: the earliest days of its starts.
  std::map<const Fact*, std::size_t> begun;        // Where a statement with an end stands: its end must not add it again. In no order.
};

// The first end of that value which lies after the start, certainly by that day.
const End* ended_by(const Value& value, Day start, Day day) {
  const auto found = std::partition_point(value.ends.begin(), value.ends.end(), [&](const End* end) { return end->when.latest <= start; });
  return found != value.ends.end() && (*found)->when.latest <= day ? *found : nullptr;
}

struct Sweep {
  std::vector<Claim> out;
  bool many;
  Known& known;

  // The starts of a claim stand in the order of their latest days, as the statements come; so do the claims of a value.
  bool join(std::size_t at, const Fact* fact, const Interval& start) {
    Claim& period = out[at];
    const auto agrees = std::partition_point(period.starts.begin(), period.starts.end(), [&](const Interval& one) { return one.latest < start.earliest; });
    if (agrees == period.starts.end() || !overlap(*agrees, start)) return false;
    std::multiset<Day>& earliest = known.earliest[at];
    earliest.erase(earliest.find(agrees->earliest));
    *agrees = both(*agrees, start);
    earliest.insert(agrees->earliest);
    rest(at, fact);
    return true;
  }
  void rest(std::size_t at, const Fact* fact) {
    rest_on(out[at], fact);
    if (fact->until.stated) known.begun.emplace(fact, at);
  }
  void open(const Fact* fact, Interval start, Value& value) {
    Claim& fresh = out.emplace_back();
    fresh.value = fact->value;
    fresh.effective = true;
    fresh.starts = {start};
    known.earliest.push_back({start.earliest});
    value.periods.push_back(out.size() - 1);
    rest(out.size() - 1, fact);
  }
  // The first period of the value that it agrees with.
  bool join_one(const Value& value, const Fact* fact, const Interval& start) {
    auto at = std::partition_point(value.periods.begin(), value.periods.end(), [&](std::size_t one) { return out[one].starts.back().latest < start.earliest; });
    for (; at != value.periods.end(); ++at)
      if (join(*at, fact, start)) return true;
    return false;
  }
  void add(const Fact* fact) {
    const Interval start = start_of(*fact);
    Value& value = known.values[fact->value];
    if (value.periods.empty()) return open(fact, start, value);
    const std::size_t last = value.periods.back();
    const Day begins = *known.earliest[last].begin();
    const bool replaced = !many && last + 1 != out.size();
    const End* end = ended_by(value, begins, dated(start) ? start.latest : fact->known);
    if (dated(start)) {
      if (join_one(value, fact, start)) return;
      // An act, or a start after it was already in force, renews it. Else it cannot have begun twice: the sources disagree.
      const bool renewed = by_act(*fact) || begins <= kAlways;
      if (replaced || end != nullptr || renewed) return open(fact, start, value);
      out[last].starts.push_back(start);
      known.earliest[last].insert(start.earliest);
      return rest(last, fact);
    }
    if (!replaced && end == nullptr && join(last, fact, start)) return;
    // It exists again, and began some day after it had ended or been replaced.
    const Day again = end != nullptr ? end->when.earliest : replaced ? *known.earliest.back().begin() : begins;
    open(fact, {std::min(std::max(start.earliest, again), start.latest), start.latest}, value);
  }
};

Claim from_always(const Datum& value) {
  Claim fresh;
  fresh.value = value;
  fresh.effective = true;
  fresh.starts = {{kAlways, kAlways}};
  return fresh;
}

// Claims that stand before all others, the newest of them first.
void put_before(std::vector<Claim>& all, std::vector<Claim> fresh) {
  std::reverse(fresh.begin(), fresh.end());
  all.insert(all.begin(), std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
}

// A statement without any date adds to what is known of its value, and stands for always if nothing else is.
void add_timeless(std::vector<Claim>& all, std::vector<const Fact*> facts, Known& known) {
  if (facts.empty()) return;
  std::sort(facts.begin(), facts.end(), [](const Fact* a, const Fact* b) { return std::tie(a->value, a->known, a->id) > std::tie(b->value, b->known, b->id); });
  std::map<Datum, std::size_t> last;
  for (std::size_t i = 0; i < all.size(); ++i) last[all[i].value] = i;
  std::vector<Claim> fresh;
  std::vector<std::pair<const Fact*, std::size_t>> among_fresh;
  for (const Fact* fact : facts) {
    const auto found = last.find(fact->value);
    if (found == last.end() && (fresh.empty() || fresh.back().value != fact->value)) fresh.push_back(from_always(fact->value));
    rest_on(found != last.end() ? all[found->second] : fresh.back(), fact);
    if (!fact->until.stated) continue;
    if (found != last.end()) known.begun.emplace(fact, found->second);
    else among_fresh.emplace_back(fact, fresh.size() - 1);
  }
  for (auto& [fact, at] : known.begun) at += fresh.size();
  for (const auto& [fact, at] : among_fresh) known.begun.emplace(fact, fresh.size() - 1 - at);
  put_before(all, std::move(fresh));
}

void close(Claim& claim, const End& end, bool rests_on_it) {
  if (!rests_on_it) rest_on(claim, end.fact);
  if (!claim.end) {
    claim.end = end.when;
  } else if (!claim.ends_disagree && overlap(*claim.end, end.when)) {
    claim.end = both(*claim.end, end.when);
  } else {
    claim.ends_disagree = true;
    claim.end = Interval{std::min(claim.end->earliest, end.when.earliest), std::max(claim.end->latest, end.when.latest)};
  }
}

// The periods of one value, and from each on the earliest day on which one of them began.
struct Begun { std::vector<std::size_t> periods; std::vector<Day> from; };

std::map<Datum, Begun> begun_by_value(const std::vector<Claim>& all) {
  std::map<Datum, Begun> out;
  for (std::size_t i = 0; i < all.size(); ++i) out[all[i].value].periods.push_back(i);
  for (auto& [value, begun] : out) {
    begun.from.resize(begun.periods.size());
    Day least = kNever;
    for (std::size_t i = begun.periods.size(); i-- > 0;) begun.from[i] = least = std::min(least, all[begun.periods[i]].start().earliest);
  }
  return out;
}

// An end closes the last period that had begun before it; if there is none, it was so from always until then.
void close_all(std::vector<Claim>& all, const std::vector<End>& ends, const Known& known) {
  if (ends.empty()) return;
  const std::map<Datum, Begun> values = begun_by_value(all);
  std::vector<Claim> fresh;
  std::map<Datum, std::size_t> always;
  for (const End& end : ends) {
    const auto value = values.find(end.fact->value);
    const auto before = value == values.end() ? std::ptrdiff_t{0} : std::partition_point(value->second.from.begin(), value->second.from.end(), [&](Day one) { return one < end.when.latest; }) - value->second.from.begin();
    if (before > 0) {
      const std::size_t at = value->second.periods[static_cast<std::size_t>(before) - 1];
      const auto stands = known.begun.find(end.fact);
      close(all[at], end, stands != known.begun.end() && stands->second == at);
      continue;
    }
    const auto [mine, is_new] = always.emplace(end.fact->value, fresh.size());
    const std::size_t at = !is_new && kAlways < end.when.latest ? mine->second : fresh.size();
    if (at == fresh.size()) fresh.push_back(from_always(end.fact->value));
    close(fresh[at], end, false);
  }
  put_before(all, std::move(fresh));
}

void newest_first(Claim& claim) {
  std::sort(claim.facts.begin(), claim.facts.end(), [](const Fact* a, const Fact* b) {
    if (is_plan(*a) != is_plan(*b)) return is_plan(*b);
    return a->known != b->known ? a->known > b->known : a->id < b->id;
  });
}

}  // namespace

void rest_on(Claim& claim, const Fact* fact) {
  if (!fact->document.empty()) {
    claim.corroborated = claim.corroborated || (claim.documented != nullptr && claim.documented->document != fact->document);
    if (claim.documented == nullptr) claim.documented = fact;
  }
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
  Known known;
  for (const End& end : ends) known.values[end.fact->value].ends.push_back(&end);
  Sweep sweep{{}, many, known};
  for (const Fact* fact : begun) sweep.add(fact);
  add_timeless(sweep.out, std::move(undated), known);
  close_all(sweep.out, ends, known);
  for (Claim& claim : sweep.out) {
    newest_first(claim);
    set_coarser_aside(claim, aside);
  }
  return std::move(sweep.out);
}

}  // namespace concordat::record
