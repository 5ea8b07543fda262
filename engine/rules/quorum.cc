// Quorum in people, classes, parties and offices. Source: rules.md sections 5.1, 5.2; P02, P06 to P09, P12 to P14.
#include <algorithm>
#include <set>

#include "concordat/v1/rule.pb.h"
#include "engine/rules/options.h"
#include "engine/rules/rules.h"

namespace concordat::rules {
namespace {

using Q = v1::QuorumRule;

struct Chosen { int multi_seat, recusal, rounding; };

struct Count {
  std::uint32_t people = 0, parties = 0, excluded = 0;
  std::vector<const Seat*> seats;
};

bool counts(const Q& rule, const Seat& seat) {
  return rule.counts().empty() || std::find(rule.counts().begin(), rule.counts().end(), seat.kind) != rule.counts().end();
}

// Who counts: `as_if_none_left` = before anybody was excluded by an interest.
Count count(const Q& rule, const Roll& roll, const Chosen& chosen, bool as_if_none_left) {
  Count out;
  std::set<std::string> people, parties;
  for (const Seat& seat : roll.seats) {
    if (!seat.present || !counts(rule, seat)) continue;
    if (seat.barred != Barred::kNo) ++out.excluded;
    if (seat.barred != Barred::kNo && !as_if_none_left) continue;
    if (!people.insert(seat.holder).second && chosen.multi_seat == Q::once) continue;
    out.seats.push_back(&seat);
    if (!seat.party.empty()) parties.insert(seat.party);
  }
  out.people = static_cast<std::uint32_t>(out.seats.size());
  out.parties = static_cast<std::uint32_t>(parties.size());
  return out;
}

std::uint32_t base_of(const Q& rule, const Roll& roll) {
  std::set<std::string> parties;
  std::uint32_t filled = 0, entitled = 0;
  for (const Seat& seat : roll.seats) {
    if (!seat.party.empty()) parties.insert(seat.party);
    filled += seat.holder.empty() ? 0 : 1;
    entitled += seat.present && seat.votes && seat.barred == Barred::kNo ? 1 : 0;
  }
  switch (static_cast<int>(rule.base())) {   // Open enums have sentinels; the edge refuses unknown numbers.
    case Q::filled_seats: return filled;
    case Q::entitled_to_vote: return entitled;
    case Q::appointed_members: return roll.appointed != 0 ? roll.appointed : filled;
    case Q::named_parties: return static_cast<std::uint32_t>(parties.size());
    default: return static_cast<std::uint32_t>(roll.seats.size());
  }
}

void clause(v1::Ruling& out, const std::string& what, const std::string& read, std::uint64_t have, std::uint64_t need) {
  v1::Finding& finding = *out.add_findings();
  finding.set_clause(what);
  finding.set_read(read);
  finding.set_arithmetic(std::to_string(have) + (have >= need ? " >= " : " < ") + std::to_string(need));
  finding.set_outcome(have >= need ? v1::Outcome::yes : v1::Outcome::no);
}

std::uint32_t less(std::uint32_t need, const Count& now, const Chosen& chosen) {
  return chosen.recusal == Q::shrink ? (need > now.excluded ? need - now.excluded : 0) : need;
}

void fraction(v1::Ruling& out, const Q& rule, const Roll& roll, const Count& now, const Chosen& chosen) {
  const std::uint64_t n = rule.min_fraction().n(), d = rule.min_fraction().d(), base = base_of(rule, roll);
  const std::string name = "at least " + std::to_string(n) + "/" + std::to_string(d) + " of " + std::to_string(base);
  const std::string read = std::to_string(now.people) + " present who count";
  std::uint64_t need = (base * n + d - 1) / d;
  if (chosen.rounding == Q::down) need = base * n / d;
  if (chosen.rounding == Q::nearest) need = (2 * base * n + d) / (2 * d);
  clause(out, name, read, now.people, less(static_cast<std::uint32_t>(need), now, chosen));
  if (chosen.rounding == Q::none || chosen.rounding == Q::rounding_unset)
    out.mutable_findings(out.findings_size() - 1)->set_arithmetic(std::to_string(now.people) + "*" + std::to_string(d) + (now.people * d >= n * base ? " >= " : " < ") + std::to_string(n) + "*" + std::to_string(base));
}

void classes(v1::Ruling& out, const Q& rule, const Count& now) {
  for (const v1::ClassMinimum& wanted : rule.by_class()) {
    const auto have = std::count_if(now.seats.begin(), now.seats.end(), [&](const Seat* seat) { return seat->seat_class == wanted.seat_class(); });
    clause(out, "at least " + std::to_string(wanted.at_least()) + " of class " + wanted.seat_class(), std::to_string(have) + " present", static_cast<std::uint64_t>(have), wanted.at_least());
  }
}

void offices(v1::Ruling& out, const Q& rule, const Count& now) {
  if (rule.office_required().empty()) return;
  std::string names;
  bool there = false;
  for (const std::string& office : rule.office_required()) {
    names += (names.empty() ? "" : " or ") + office;
    there = there || std::any_of(now.seats.begin(), now.seats.end(), [&](const Seat* seat) { return seat->office == office || seat->holder == office; });
  }
  clause(out, names + " present", there ? "present" : "absent", there ? 1 : 0, 1);
}

v1::Ruling weigh(const Q& rule, const Roll& roll, const Chosen& chosen, bool as_if_none_left) {
  v1::Ruling out;
  out.set_question("quorate");
  const Count now = count(rule, roll, chosen, as_if_none_left);
  if (rule.min_people() > 0) clause(out, "at least " + std::to_string(rule.min_people()) + " people", std::to_string(now.people) + " present who count", now.people, less(rule.min_people(), now, chosen));
  if (rule.min_parties() > 0) clause(out, "at least " + std::to_string(rule.min_parties()) + " parties", std::to_string(now.parties) + " parties present", now.parties, less(rule.min_parties(), now, chosen));
  if (rule.has_min_fraction()) fraction(out, rule, roll, now, chosen);
  classes(out, rule, now);
  offices(out, rule, now);
  const v1::Finding* failed = nullptr;
  for (const v1::Finding& finding : out.findings())
    if (finding.outcome() == v1::Outcome::no && failed == nullptr) failed = &finding;
  out.set_outcome(failed == nullptr ? v1::Outcome::yes : v1::Outcome::no);
  out.set_sentence(failed == nullptr ? "Quorate: " + std::to_string(now.people) + " people of " + std::to_string(now.parties) + " parties are present."
                                     : "Inquorate: the rule asks for " + failed->clause() + ", but there are " + failed->read() + ".");
  return out;
}

v1::Ruling evaluate(const Q& rule, const Roll& roll, const Chosen& chosen) {
  if (chosen.recusal != Q::preserve) return weigh(rule, roll, chosen, false);
  v1::Ruling before = weigh(rule, roll, chosen, true);
  if (before.outcome() == v1::Outcome::yes) before.set_sentence(before.sentence() + " Who left for an interest keeps the quorum alive.");
  return before;
}

}  // namespace

v1::Ruling quorate(const v1::QuorumRule& rule, const Roll& roll) {
  int multi = rule.multi_seat(), recusal = rule.recusal_effect();
  int rounding = rule.rounding() == Q::direction_not_stated ? 0 : rule.rounding() == Q::rounding_unset ? static_cast<int>(Q::none) : static_cast<int>(rule.rounding());
  std::set<std::string> holders;
  bool twice = false, barred = false;
  for (const Seat& seat : roll.seats) {
    if (!seat.present) continue;
    twice = !holders.insert(seat.holder).second || twice;
    barred = barred || seat.barred != Barred::kNo;
  }
  return over_options({{"multi_seat", &multi, {Q::per_seat, Q::once}, twice},
                       {"recusal_effect", &recusal, {Q::lose, Q::preserve, Q::shrink}, barred},
                       {"rounding", &rounding, {Q::up, Q::down, Q::nearest}, true}},
                      [&] { return evaluate(rule, roll, {multi, recusal, rounding}); });
}

}  // namespace concordat::rules
