// Quorum in people, classes, parties, offices and bodies in common. Source: rules.md sections 5.1, 5.2; P02, P06 to P09, P12 to P14, P19.
#include <algorithm>
#include <map>
#include <set>

#include "concordat/v1/rule.pb.h"
#include "engine/rules/electorate.h"
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
  if (rule.entitled_only() && !seat.votes) return false;
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
    entitled += may_vote(seat) ? 1 : 0;
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

std::string words(const v1::Fraction& part) { return std::to_string(part.n()) + "/" + std::to_string(part.d()); }

void fraction(v1::Ruling& out, const Q& rule, const Roll& roll, const Count& now, const Chosen& chosen) {
  const std::uint64_t n = rule.min_fraction().n(), d = rule.min_fraction().d(), base = base_of(rule, roll);
  const bool parties = rule.base() == Q::named_parties;
  const std::uint32_t have = parties ? now.parties : now.people;
  const std::string name = "at least " + words(rule.min_fraction()) + " of " + std::to_string(base);
  const std::string read = std::to_string(have) + (parties ? " parties present" : " present who count");
  std::uint64_t need = (base * n + d - 1) / d;
  if (chosen.rounding == Q::down) need = base * n / d;
  if (chosen.rounding == Q::nearest) need = (2 * base * n + d) / (2 * d);
  clause(out, name, read, have, less(static_cast<std::uint32_t>(need), now, chosen));
  if (chosen.rounding == Q::none && chosen.recusal != Q::shrink)
    out.mutable_findings(out.findings_size() - 1)->set_arithmetic(std::to_string(have) + "*" + std::to_string(d) + (have * d >= n * base ? " >= " : " < ") + std::to_string(n) + "*" + std::to_string(base));
}

void classes(v1::Ruling& out, const v1::Rule& rule, const Q& quorum, const Roll& roll, const Count& now) {
  for (const v1::ClassMinimum& wanted : quorum.by_class()) {
    const std::string& who = wanted.seat_class();
    const auto have = static_cast<std::uint64_t>(std::count_if(now.seats.begin(), now.seats.end(), [&](const Seat* seat) { return is_of(rule, who, *seat); }));
    const std::string read = std::to_string(have) + " present";
    if (wanted.at_least() > 0) clause(out, "at least " + std::to_string(wanted.at_least()) + " of class " + who, read, have, wanted.at_least());
    if (!wanted.has_part()) continue;
    const auto all = static_cast<std::uint64_t>(std::count_if(roll.seats.begin(), roll.seats.end(), [&](const Seat& seat) { return is_of(rule, who, seat); }));
    clause(out, "at least " + words(wanted.part()) + " of class " + who, read + " of " + std::to_string(all), have * wanted.part().d(), all * wanted.part().n());
  }
}

void offices(v1::Ruling& out, const Q& rule, const Count& now) {
  if (rule.office_required().empty()) return;
  std::string names;
  bool there = false;
  for (const std::string& office : rule.office_required()) {
    names += (names.empty() ? "" : " or ") + office;
    there = there || std::any_of(now.seats.begin(), now.seats.end(), [&](const Seat* seat) { return is_office(*seat, office); });
  }
  clause(out, names + " present", there ? "present" : "absent", there ? 1 : 0, 1);
}

// The clauses that apply: the rule's own or those that replace them, and those that come on top.
std::vector<const Q*> in_play(const Q& rule, const Roll& roll) {
  std::vector<const Q*> out{&rule};
  for (const v1::QuorumCase& one : rule.cases())
    if (!one.besides() && applies(one, roll)) { out.front() = &one.rule(); break; }
  for (const v1::QuorumCase& one : rule.cases())
    if (one.besides() && applies(one, roll)) out.push_back(&one.rule());
  return out;
}

v1::Ruling weigh(const v1::Rule& rule, const Roll& roll, const Chosen& chosen, bool as_if_none_left) {
  v1::Ruling out;
  out.set_question("quorate");
  const std::vector<const Q*> all = in_play(rule.quorum(), roll);
  const Count total = count(*all.front(), roll, chosen, as_if_none_left);
  for (const Q* quorum : all) {
    const Count now = quorum == all.front() ? total : count(*quorum, roll, chosen, as_if_none_left);
    if (quorum->min_people() > 0) clause(out, "at least " + std::to_string(quorum->min_people()) + " people", std::to_string(now.people) + " present who count", now.people, less(quorum->min_people(), now, chosen));
    if (quorum->min_parties() > 0) clause(out, "at least " + std::to_string(quorum->min_parties()) + " parties", std::to_string(now.parties) + " parties present", now.parties, less(quorum->min_parties(), now, chosen));
    if (quorum->has_min_fraction()) fraction(out, *quorum, roll, now, chosen);
    classes(out, rule, *quorum, roll, now);
    offices(out, *quorum, now);
  }
  const v1::Finding* failed = nullptr;
  for (const v1::Finding& finding : out.findings())
    if (finding.outcome() == v1::Outcome::no && failed == nullptr) failed = &finding;
  out.set_outcome(failed == nullptr ? v1::Outcome::yes : v1::Outcome::no);
  out.set_sentence(failed == nullptr ? "Quorate: " + std::to_string(total.people) + (total.people == 1 ? " person of " : " people of ") + std::to_string(total.parties) + (total.parties == 1 ? " party" : " parties") + (total.people == 1 ? " is present." : " are present.")
                                     : "Inquorate: the rule asks for " + failed->clause() + ", but there " + (failed->read().starts_with("1 ") ? "is " : "are ") + failed->read() + ".");
  return out;
}

v1::Ruling evaluate(const v1::Rule& rule, const Roll& roll, const Chosen& chosen) {
  if (chosen.recusal != Q::preserve) return weigh(rule, roll, chosen, false);
  v1::Ruling before = weigh(rule, roll, chosen, true);
  if (before.outcome() == v1::Outcome::yes) before.set_sentence(before.sentence() + " Who left for an interest keeps the quorum alive.");
  return before;
}

// Each committee by itself: people are never added up across committees.
v1::Ruling each_body(const v1::Rule& rule, const Roll& roll, const Chosen& chosen) {
  std::vector<std::pair<std::string, Roll>> bodies;
  for (const Seat& seat : roll.seats) {
    auto found = std::find_if(bodies.begin(), bodies.end(), [&](const auto& one) { return one.first == seat.body; });
    if (found == bodies.end()) {
      Roll empty = roll;
      empty.seats.clear();
      found = bodies.insert(bodies.end(), {seat.body, std::move(empty)});
    }
    found->second.seats.push_back(seat);
  }
  if (bodies.size() == 1) return evaluate(rule, bodies.front().second, chosen);
  v1::Ruling out;
  out.set_question("quorate");
  std::string without;
  for (const auto& [body, own] : bodies) {
    const v1::Ruling one = evaluate(rule, own, chosen);
    if (one.outcome() != v1::Outcome::yes) without += (without.empty() ? "" : ", ") + body;
    for (v1::Finding finding : one.findings()) {
      finding.set_clause(body + ": " + finding.clause());
      *out.add_findings() = std::move(finding);
    }
  }
  out.set_outcome(without.empty() ? v1::Outcome::yes : v1::Outcome::no);
  out.set_sentence(without.empty() ? "Quorate: each of the " + std::to_string(bodies.size()) + " committees is." : "Not quorate together: " + without + " is not; the others may go on as themselves.");
  return out;
}

}  // namespace

v1::Ruling quorate(const v1::Rule& rule, const Roll& given) {
  Roll kept;
  const Roll& roll = with_votes(rule, given, &kept);
  const Q& quorum = rule.quorum();
  int multi = quorum.multi_seat(), recusal = quorum.recusal_effect();
  int rounding = quorum.rounding() == Q::direction_not_stated ? 0 : quorum.rounding() == Q::rounding_unset ? static_cast<int>(Q::none) : static_cast<int>(quorum.rounding());
  std::set<std::string> holders;
  bool twice = false, barred = false;
  for (const Seat& seat : roll.seats) {
    if (!seat.present) continue;
    twice = !holders.insert(seat.holder).second || twice;
    barred = barred || seat.barred != Barred::kNo;
  }
  v1::Ruling out = over_options({{"multi_seat", &multi, {Q::per_seat, Q::once}, twice},
                                 {"recusal_effect", &recusal, {Q::lose, Q::preserve, Q::shrink}, barred},
                                 {"rounding", &rounding, {Q::up, Q::down, Q::nearest}, true}},
                                [&] { return quorum.per_body() ? each_body(rule, roll, {multi, recusal, rounding}) : evaluate(rule, roll, {multi, recusal, rounding}); });
  if (twice) out.add_warnings("multi_seat");
  return out;
}

}  // namespace concordat::rules
