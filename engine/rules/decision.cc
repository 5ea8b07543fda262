// Carried or not: consensus, majorities, unanimity, several electorates, ties. Source: rules.md section 5; P01, P03 to P07, P10, P11.
#include <algorithm>
#include <set>

#include "concordat/v1/rule.pb.h"
#include "engine/rules/options.h"
#include "engine/rules/rules.h"

namespace concordat::rules {
namespace {

using D = v1::DecisionRule;

struct Chosen { int tie, abstain, multi_seat; };

struct Tally {
  std::uint64_t in_favour = 0, against = 0, abstained = 0, silent = 0, seats = 0, present = 0;
};

bool of(const D::Limb& limb, const Seat& seat) {
  return limb.electorate().empty() || limb.electorate() == "all" || limb.electorate() == seat.seat_class;
}

bool may_vote(const Seat& seat) { return seat.present && seat.votes && seat.barred == Barred::kNo; }

Tally tally(const D& rule, const D::Limb& limb, const Roll& roll, const Chosen& chosen) {
  Tally out;
  std::set<std::string> parties, holders;
  for (const Seat& seat : roll.seats) {
    if (!of(limb, seat)) continue;
    if (rule.unit() == D::party && !seat.party.empty() && !parties.insert(seat.party).second) continue;
    ++out.seats;
    if (!may_vote(seat)) continue;
    ++out.present;
    if (chosen.multi_seat == v1::QuorumRule::once && !holders.insert(seat.holder).second) continue;
    if (seat.vote == Vote::kFor) ++out.in_favour;
    else if (seat.vote == Vote::kAgainst) ++out.against;
    else if (seat.vote == Vote::kAbstained) ++out.abstained;
    else ++out.silent;
  }
  return out;
}

v1::Finding finding(const std::string& clause, const Tally& t, const std::string& arithmetic, v1::Outcome::Value outcome) {
  v1::Finding out;
  out.set_clause(clause);
  out.set_read(std::to_string(t.in_favour) + " in favour, " + std::to_string(t.against) + " against, " + std::to_string(t.abstained) + " abstained");
  out.set_arithmetic(arithmetic);
  out.set_outcome(outcome);
  return out;
}

v1::Outcome::Value yes_if(bool yes) { return yes ? v1::Outcome::yes : v1::Outcome::no; }
std::string sum(std::uint64_t a, const char* sign, std::uint64_t b) { return std::to_string(a) + sign + std::to_string(b); }

v1::Finding simple(const Tally& t, const Roll& roll, const Chosen& chosen) {
  if (t.in_favour != t.against || t.in_favour == 0) return finding("majority of those present and voting", t, sum(t.in_favour, t.in_favour > t.against ? " > " : " <= ", t.against), yes_if(t.in_favour > t.against));
  if (chosen.tie == D::casting_vote && roll.casting_vote != Vote::kNone)
    return finding("majority; a tie is settled by the casting vote", t, "casting vote of " + roll.casting_vote_by + (roll.casting_vote == Vote::kFor ? " for" : " against"), yes_if(roll.casting_vote == Vote::kFor));
  return finding("majority of those present and voting; a tie is not carried", t, sum(t.in_favour, " = ", t.against), v1::Outcome::no);
}

v1::Finding at_least(const D::Limb& limb, const Tally& t, std::uint64_t base, const char* of_what) {
  const std::uint64_t n = limb.fraction().n(), d = limb.fraction().d();
  const bool yes = t.in_favour + t.against > 0 && t.in_favour * d >= n * base;
  return finding("at least " + sum(n, "/", d) + " of " + of_what, t, sum(t.in_favour, "*", d) + (yes ? " >= " : " < ") + sum(n, "*", base), yes_if(yes));
}

v1::Finding unanimous(const Tally& t, const Chosen& chosen) {
  const std::uint64_t against = t.against + (chosen.abstain == D::counted_in_base ? t.abstained : 0);
  return finding("unanimity of those present and voting", t, sum(against, " against, in favour ", t.in_favour), yes_if(against == 0 && t.in_favour > 0));
}

v1::Finding judge(const D& rule, const D::Limb& limb, const Roll& roll, const Chosen& chosen) {
  const Tally t = tally(rule, limb, roll, chosen);
  const std::uint64_t voting = t.in_favour + t.against + (chosen.abstain == D::counted_in_base ? t.abstained : 0);
  switch (static_cast<int>(limb.test())) {   // Open enums have sentinels; the edge refuses unknown numbers.
    case D::simple_present_voting: return simple(t, roll, chosen);
    case D::at_least_present_voting: return at_least(limb, t, voting, "those present and voting");
    case D::at_least_of_all: return at_least(limb, t, t.seats, "all");
    case D::unanimous_present_voting: return unanimous(t, chosen);
    case D::unanimous_all_present_required:
      if (t.present < t.seats) return finding("unanimity with all present", t, sum(t.present, " present of ", t.seats), v1::Outcome::not_open);
      return finding("unanimity with all present", t, sum(t.in_favour, " of ", t.seats), yes_if(t.in_favour == t.seats));
    case D::unanimous_parties: return finding("every party in favour", t, sum(t.in_favour, " of ", t.seats), yes_if(t.in_favour == t.seats && t.seats > 0));
    case D::includes: {
      const bool there = std::any_of(roll.seats.begin(), roll.seats.end(), [&](const Seat& seat) {
        return (seat.office == limb.office() || seat.holder == limb.office()) && may_vote(seat) && seat.vote == Vote::kFor;
      });
      return finding("includes " + limb.office(), t, there ? "in favour" : "not in favour", yes_if(there));
    }
    default: return finding("a test that the rule does not state", t, "", v1::Outcome::not_determined);
  }
}

v1::Ruling evaluate(const D& rule, const Roll& roll, const Chosen& chosen) {
  v1::Ruling out;
  out.set_question("carried");
  D::Limb everyone;
  everyone.set_electorate("all");
  const Tally all = tally(rule, everyone, roll, chosen);
  const bool consensus = all.against == 0 && all.in_favour > 0;
  const bool first = rule.method() == D::consensus || rule.method() == D::consensus_then_vote;
  if (first) *out.add_findings() = finding("consensus: nobody objects", all, sum(all.against, " against, in favour ", all.in_favour), yes_if(consensus));
  if (rule.method() == D::consensus_then_vote && consensus) {
    out.set_outcome(v1::Outcome::yes);
    out.set_sentence("Carried by consensus: " + std::to_string(all.in_favour) + " in favour, nobody against.");
    return out;
  }
  v1::Outcome::Value outcome = rule.method() == D::consensus && !consensus ? v1::Outcome::no : v1::Outcome::yes;
  for (const D::Limb& limb : rule.limbs()) {
    if (!limb.when().empty() && std::find(roll.conditions.begin(), roll.conditions.end(), limb.when()) == roll.conditions.end()) continue;
    v1::Finding one = judge(rule, limb, roll, chosen);
    if (outcome == v1::Outcome::yes || one.outcome() == v1::Outcome::not_open) outcome = one.outcome() == v1::Outcome::yes ? outcome : one.outcome();
    *out.add_findings() = std::move(one);
  }
  if (out.findings().empty()) outcome = v1::Outcome::not_determined;
  out.set_outcome(outcome);
  const std::string counted = std::to_string(all.in_favour) + " in favour, " + std::to_string(all.against) + " against, " + std::to_string(all.abstained) + " abstained.";
  out.set_sentence((outcome == v1::Outcome::yes ? "Carried: " : outcome == v1::Outcome::no ? "Not carried: " : outcome == v1::Outcome::not_open ? "Not open: not all whose presence is required are there; " : "Not determined: ") + counted);
  return out;
}

}  // namespace

v1::Ruling carried(const v1::DecisionRule& rule, const Roll& roll) {
  int tie = rule.tie(), abstain = rule.abstain(), multi = rule.multi_seat();
  std::set<std::string> holders;
  bool twice = false, abstained = false;
  for (const Seat& seat : roll.seats) {
    if (!may_vote(seat)) continue;
    twice = (!seat.holder.empty() && !holders.insert(seat.holder).second) || twice;
    abstained = abstained || seat.vote == Vote::kAbstained;
  }
  return over_options({{"tie", &tie, {D::not_carried, D::casting_vote}, roll.casting_vote != Vote::kNone},
                       {"abstain", &abstain, {D::excluded, D::counted_in_base}, abstained},
                       {"multi_seat", &multi, {v1::QuorumRule::per_seat, v1::QuorumRule::once}, twice}},
                      [&] { return evaluate(rule, roll, {tie, abstain, multi}); });
}

}  // namespace concordat::rules
