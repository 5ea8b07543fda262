// The rule language is general: what holds of rules that nobody has written yet. Rules and rooms are drawn at random (seeded,
// so that a failure can be had again) with weights, vetoes, electorates, alternatives and several tests at once; each ruling
// is compared with a count done by hand here, and laws are held that every such rule must keep.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "concordat/v1/rule.pb.h"
#include "engine/rules/rules.h"

namespace concordat::rules {
namespace {

using Q = v1::QuorumRule;
using D = v1::DecisionRule;
using Random = std::mt19937_64;

constexpr int kRounds = 20'000;

unsigned upto(Random& random, unsigned n) { return static_cast<unsigned>(random() % n); }
bool one_in(Random& random, unsigned n) { return random() % n == 0; }

const std::vector<std::string> kClasses{"officer", "lay", "partner"};
const std::vector<std::string> kParties{"P", "Q", "R", "S"};

Roll random_roll(Random& random) {
  Roll roll;
  const unsigned seats = 1 + upto(random, 9);
  for (unsigned i = 0; i < seats; ++i) {
    Seat seat;
    seat.party = kParties[upto(random, 4)];
    seat.body = seat.party;
    seat.holder = one_in(random, 10) ? "" : "h" + std::to_string(i);
    seat.kind = one_in(random, 5) ? "deputy" : one_in(random, 8) ? "associate" : "member";
    for (const std::string& name : kClasses)
      if (one_in(random, 2)) seat.classes.push_back(name);
    if (one_in(random, 5)) seat.office = "chair";
    seat.weight = 1;
    seat.present = !seat.holder.empty() && !one_in(random, 5);
    if (seat.present && one_in(random, 8)) seat.barred = one_in(random, 2) ? Barred::kStays : Barred::kLeft;
    if (seat.present) seat.vote = static_cast<Vote>(upto(random, 4));
    roll.seats.push_back(std::move(seat));
  }
  return roll;
}

D::Limb random_limb(Random& random, int depth) {
  D::Limb limb;
  static const std::vector<D::Test> kTests{D::simple_present_voting, D::at_least_present_voting, D::at_least_of_all, D::unanimous_present_voting, D::unanimous_parties,
                                           D::includes, D::at_least_of_present, D::at_least_count, D::not_blocked, D::any_of};
  limb.set_test(kTests[upto(random, depth == 0 ? 9 : 10)]);
  if (one_in(random, 2)) limb.set_electorate(one_in(random, 2) ? kClasses[upto(random, 3)] : one_in(random, 2) ? "of_p" : "not_lay");
  limb.mutable_fraction()->set_d(1 + upto(random, 5));
  limb.mutable_fraction()->set_n(1 + upto(random, limb.fraction().d()));
  limb.set_more_than(limb.fraction().n() < limb.fraction().d() && one_in(random, 3));
  limb.set_count(1 + upto(random, 4));
  limb.set_office("chair");
  if (one_in(random, 4)) limb.set_unit(one_in(random, 2) ? D::party : D::person);
  if (one_in(random, 4)) limb.set_abstain(one_in(random, 2) ? D::excluded : D::counted_in_base);
  limb.set_unweighted(one_in(random, 4));
  if (limb.test() == D::any_of)
    for (unsigned i = 0; i < 1 + upto(random, 3); ++i) *limb.add_any_of() = random_limb(random, depth - 1);
  return limb;
}

// Every parameter set, so that there is one answer; electorates by class, by party and by what somebody is not.
v1::Rule random_rule(Random& random) {
  v1::Rule rule;
  v1::Electorate& of_p = *rule.add_electorates();
  of_p.set_id("of_p");
  of_p.add_parties("P");
  v1::Electorate& not_lay = *rule.add_electorates();
  not_lay.set_id("not_lay");
  not_lay.add_not_classes("lay");
  D& decision = *rule.mutable_decision();
  decision.set_method(D::vote);
  decision.set_unit(one_in(random, 2) ? D::party : D::person);
  decision.set_tie(D::not_carried);
  decision.set_abstain(one_in(random, 2) ? D::excluded : D::counted_in_base);
  decision.set_multi_seat(Q::per_seat);
  decision.set_within_party(one_in(random, 2) ? D::agreed : D::majority);
  if (one_in(random, 2)) { D::Weight& weight = *decision.add_weights(); weight.set_of(one_in(random, 2) ? "of_p" : "officer"); weight.set_votes(upto(random, 4)); }
  for (unsigned i = 0; i < 1 + upto(random, 3); ++i) *decision.add_limbs() = random_limb(random, 2);
  return rule;
}

// ---- The same, counted by hand: ballots with a weight, and nothing of the engine ----
struct Ballot { std::uint64_t weight; bool there; char said; };   // said: + - 0 or space

bool in_electorate(const Seat& seat, const std::string& who) {
  const auto has = [&](const std::string& name) { return std::find(seat.classes.begin(), seat.classes.end(), name) != seat.classes.end(); };
  if (who.empty() || who == "all") return true;
  if (who == "of_p") return seat.party == "P";
  return who == "not_lay" ? !has("lay") : has(who);
}

char said_by(const Seat& seat) { return seat.vote == Vote::kFor ? '+' : seat.vote == Vote::kAgainst ? '-' : seat.vote == Vote::kAbstained ? '0' : ' '; }

std::vector<Ballot> ballots(const v1::Rule& rule, const D::Limb& limb, const Roll& roll) {
  const D& decision = rule.decision();
  const auto weight = [&](const Seat& seat) -> std::uint64_t {
    if (limb.unweighted() || decision.weights().empty() || !in_electorate(seat, decision.weights(0).of())) return 1;
    return decision.weights(0).votes();
  };
  std::vector<Ballot> out;
  std::vector<std::string> order;
  std::map<std::string, std::vector<const Seat*>> by_party;
  const bool parties = (limb.unit() != D::unit_unset ? limb.unit() : decision.unit()) == D::party;
  for (const Seat& seat : roll.seats) {
    if (seat.kind == "associate" || !in_electorate(seat, limb.electorate())) continue;
    const bool there = seat.present && seat.barred == Barred::kNo;
    if (!parties) { out.push_back({weight(seat), there, there ? said_by(seat) : ' '}); continue; }
    by_party[seat.party].push_back(&seat);
  }
  for (const auto& [party, seats] : by_party) {
    int plus = 0, minus = 0, zero = 0;
    bool there = false;
    std::uint64_t heavy = 0;
    for (const Seat* seat : seats) {
      if (heavy == 0) heavy = weight(*seat);
      if (!seat->present || seat->barred != Barred::kNo) continue;
      there = true;
      plus += said_by(*seat) == '+' ? 1 : 0;
      minus += said_by(*seat) == '-' ? 1 : 0;
      zero += said_by(*seat) == '0' ? 1 : 0;
    }
    char voice = plus > minus ? '+' : minus > plus ? '-' : plus + minus + zero > 0 ? '0' : ' ';
    if (decision.within_party() == D::agreed && (plus > 0) + (minus > 0) + (zero > 0) > 1) voice = '0';
    out.push_back({heavy, there, voice});
  }
  return out;
}

bool holds_by_hand(const v1::Rule& rule, const D::Limb& limb, const Roll& roll) {
  std::uint64_t plus = 0, minus = 0, zero = 0, all = 0, there = 0;
  for (const Ballot& one : ballots(rule, limb, roll)) {
    all += one.weight;
    if (one.there) there += one.weight;
    if (one.said == '+') plus += one.weight;
    if (one.said == '-') minus += one.weight;
    if (one.said == '0') zero += one.weight;
  }
  const bool counted = (limb.abstain() != D::abstain_unset ? limb.abstain() : rule.decision().abstain()) == D::counted_in_base;
  const auto share = [&](std::uint64_t base) {
    const std::uint64_t have = plus * limb.fraction().d(), need = limb.fraction().n() * base;
    return plus + minus > 0 && (limb.more_than() ? have > need : have >= need);
  };
  switch (static_cast<int>(limb.test())) {
    case D::simple_present_voting: return plus > minus;
    case D::at_least_present_voting: return share(plus + minus + (counted ? zero : 0));
    case D::at_least_of_all: return share(all);
    case D::at_least_of_present: return share(there);
    case D::unanimous_present_voting: return plus > 0 && minus == 0 && (!counted || zero == 0);
    case D::unanimous_parties: return all > 0 && plus == all;
    case D::at_least_count: return plus >= limb.count();
    case D::not_blocked: return minus < limb.count();
    case D::includes:
      return std::any_of(roll.seats.begin(), roll.seats.end(), [](const Seat& seat) { return seat.office == "chair" && seat.kind != "associate" && seat.present && seat.barred == Barred::kNo && seat.vote == Vote::kFor; });
    default: return std::any_of(limb.any_of().begin(), limb.any_of().end(), [&](const D::Limb& inner) { return holds_by_hand(rule, inner, roll); });
  }
}

bool carried_by_hand(const v1::Rule& rule, const Roll& roll) {
  return std::all_of(rule.decision().limbs().begin(), rule.decision().limbs().end(), [&](const D::Limb& limb) { return holds_by_hand(rule, limb, roll); });
}

bool yes(const v1::Ruling& ruling) { return ruling.outcome() == v1::Outcome::yes; }

TEST(Generality, EveryDecisionIsWhatACountByHandGives) {
  Random random(1);
  int carried_ones = 0;
  for (int i = 0; i < kRounds; ++i) {
    const v1::Rule rule = random_rule(random);
    const Roll roll = random_roll(random);
    const v1::Ruling ruling = carried(rule, roll);
    ASSERT_EQ(yes(ruling), carried_by_hand(rule, roll)) << i << ": " << rule.DebugString() << ruling.DebugString();
    ASSERT_EQ(ruling.findings_size(), rule.decision().limbs_size()) << "each test leaves a finding";
    carried_ones += yes(ruling) ? 1 : 0;
  }
  EXPECT_GT(carried_ones, kRounds / 20) << "the draw must reach both outcomes";
  EXPECT_LT(carried_ones, kRounds * 19 / 20);
}

TEST(Generality, ManyTestsAreAllOfThemAndAlternativesAreOneOfThem) {
  Random random(2);
  for (int i = 0; i < kRounds; ++i) {
    v1::Rule rule = random_rule(random);
    const Roll roll = random_roll(random);
    bool all = true, any = false;
    v1::Rule one = rule, either = rule;
    either.mutable_decision()->clear_limbs();
    D::Limb& choice = *either.mutable_decision()->add_limbs();
    choice.set_test(D::any_of);
    for (const D::Limb& limb : rule.decision().limbs()) {
      one.mutable_decision()->clear_limbs();
      *one.mutable_decision()->add_limbs() = limb;
      *choice.add_any_of() = limb;
      all = all && yes(carried(one, roll));
      any = any || yes(carried(one, roll));
    }
    ASSERT_EQ(yes(carried(rule, roll)), all) << rule.DebugString();
    ASSERT_EQ(yes(carried(either, roll)), any) << either.DebugString();
  }
}

TEST(Generality, AVoteInFavourNeverLosesWhatWasCarried) {
  Random random(3);
  int moved = 0;
  for (int i = 0; i < kRounds; ++i) {
    const v1::Rule rule = random_rule(random);
    Roll roll = random_roll(random);
    const bool before = yes(carried(rule, roll));
    Seat& seat = roll.seats[upto(random, static_cast<unsigned>(roll.seats.size()))];
    if (seat.vote != Vote::kAgainst) continue;
    seat.vote = Vote::kFor;
    const bool after = yes(carried(rule, roll));
    ASSERT_TRUE(!before || after) << rule.DebugString();
    moved += !before && after ? 1 : 0;
  }
  EXPECT_GT(moved, 0);
}

TEST(Generality, AVetoAlwaysBlocksWhateverElseIsAsked) {
  Random random(4);
  int vetoed = 0;
  for (int i = 0; i < kRounds; ++i) {
    v1::Rule rule = random_rule(random);
    D::Limb& veto = *rule.mutable_decision()->add_limbs();
    veto.set_electorate("partner");
    veto.set_test(D::not_blocked);
    veto.set_count(1);
    veto.set_unit(D::person);
    veto.set_unweighted(true);
    const Roll roll = random_roll(random);
    const bool used = std::any_of(roll.seats.begin(), roll.seats.end(), [](const Seat& seat) { return in_electorate(seat, "partner") && seat.kind != "associate" && seat.present && seat.barred == Barred::kNo && seat.vote == Vote::kAgainst; });
    if (!used) continue;
    ++vetoed;
    ASSERT_FALSE(yes(carried(rule, roll)));
  }
  EXPECT_GT(vetoed, kRounds / 10);
}

// Who sits where in the list changes nothing, nor does who is not there at all.
TEST(Generality, TheOrderOfSeatsAndTheAbsentSayNothing) {
  Random random(5);
  for (int i = 0; i < kRounds; ++i) {
    v1::Rule rule = random_rule(random);
    rule.mutable_decision()->clear_weights();               // Of a party's seats, the first that weighs gives its weight.
    Roll roll = random_roll(random);
    const auto before = carried(rule, roll).outcome();
    std::shuffle(roll.seats.begin(), roll.seats.end(), random);
    ASSERT_EQ(carried(rule, roll).outcome(), before) << rule.DebugString();
    for (Seat& seat : roll.seats)
      if (!seat.present || seat.barred != Barred::kNo) seat.vote = Vote::kAgainst;
    ASSERT_EQ(carried(rule, roll).outcome(), before) << "whoever is absent or barred has no vote: " << rule.DebugString();
  }
}

// What a rule leaves open gives an answer only if every way of closing it gives that answer.
TEST(Generality, WhatIsLeftOpenIsDeterminedOnlyIfEveryReadingAgrees) {
  Random random(6);
  int open = 0;
  for (int i = 0; i < kRounds / 4; ++i) {
    const v1::Rule rule = random_rule(random);
    const Roll roll = random_roll(random);
    v1::Rule silent = rule;
    silent.mutable_decision()->set_abstain(D::abstain_unset);
    silent.mutable_decision()->set_unit(D::unit_unset);
    silent.mutable_decision()->set_within_party(D::within_unset);
    std::set<int> readings;
    for (const auto abstain : {D::excluded, D::counted_in_base})
      for (const auto unit : {D::person, D::party})
        for (const auto within : {D::agreed, D::majority}) {
          v1::Rule read = rule;
          read.mutable_decision()->set_abstain(abstain);
          read.mutable_decision()->set_unit(unit);
          read.mutable_decision()->set_within_party(within);
          readings.insert(carried(read, roll).outcome());
        }
    const v1::Ruling ruling = carried(silent, roll);
    if (readings.size() == 1) { ASSERT_EQ(ruling.outcome(), *readings.begin()) << rule.DebugString(); continue; }
    ++open;
    ASSERT_EQ(ruling.outcome(), v1::Outcome::not_determined) << rule.DebugString();
    ASSERT_GT(ruling.reasons_size(), 0) << "it names what it turns on";
  }
  EXPECT_GT(open, 0);
}

// ---- Quorum ----
Q random_quorum(Random& random) {
  Q quorum;
  quorum.set_multi_seat(Q::per_seat);
  quorum.set_recusal_effect(one_in(random, 2) ? Q::lose : one_in(random, 2) ? Q::preserve : Q::shrink);
  quorum.set_base(one_in(random, 2) ? Q::whole_membership : one_in(random, 2) ? Q::filled_seats : Q::named_parties);
  if (one_in(random, 2)) quorum.set_min_people(1 + upto(random, 6));
  if (one_in(random, 2)) quorum.set_min_parties(1 + upto(random, 4));
  if (one_in(random, 2)) { quorum.mutable_min_fraction()->set_d(1 + upto(random, 4)); quorum.mutable_min_fraction()->set_n(1 + upto(random, quorum.min_fraction().d())); }
  if (one_in(random, 2)) { v1::ClassMinimum& one = *quorum.add_by_class(); one.set_seat_class(kClasses[upto(random, 3)]); one.set_at_least(1 + upto(random, 2)); }
  if (one_in(random, 4)) quorum.add_office_required("chair");
  if (one_in(random, 3)) { quorum.add_counts("member"); quorum.add_counts("deputy"); }
  return quorum;
}

bool quorate_by_hand(const Q& quorum, const Roll& roll, bool before) {
  std::uint64_t people = 0, barred = 0, of_class = 0, filled = 0;
  std::set<std::string> parties, all_parties;
  bool chair = false;
  for (const Seat& seat : roll.seats) {
    all_parties.insert(seat.party);
    filled += seat.holder.empty() ? 0 : 1;
    const bool counts = quorum.counts().empty() || seat.kind == "member" || seat.kind == "deputy";
    if (!seat.present || !counts) continue;
    if (seat.barred != Barred::kNo) ++barred;
    if (seat.barred != Barred::kNo && !before) continue;
    ++people;
    parties.insert(seat.party);
    chair = chair || seat.office == "chair";
    if (!quorum.by_class().empty() && in_electorate(seat, quorum.by_class(0).seat_class())) ++of_class;
  }
  const auto need = [&](std::uint64_t n) { return quorum.recusal_effect() == Q::shrink ? n - std::min(n, barred) : n; };
  const bool by_party = quorum.base() == Q::named_parties;
  const std::uint64_t base = by_party ? all_parties.size() : quorum.base() == Q::filled_seats ? filled : roll.seats.size();
  bool out = people >= need(quorum.min_people()) && parties.size() >= need(quorum.min_parties());
  if (quorum.has_min_fraction()) {
    const std::uint64_t n = quorum.min_fraction().n(), d = quorum.min_fraction().d();
    out = out && (by_party ? parties.size() : people) >= need((n * base + d - 1) / d);
  }
  if (!quorum.by_class().empty()) out = out && of_class >= quorum.by_class(0).at_least();
  return out && (quorum.office_required().empty() || chair);
}

TEST(Generality, EveryQuorumIsWhatACountByHandGives) {
  Random random(7);
  int quorate_ones = 0;
  for (int i = 0; i < kRounds; ++i) {
    v1::Rule rule;
    *rule.mutable_quorum() = random_quorum(random);
    const Roll roll = random_roll(random);
    const v1::Ruling ruling = quorate(rule, roll);
    const bool keeps = rule.quorum().recusal_effect() == Q::preserve;
    ASSERT_EQ(yes(ruling), quorate_by_hand(rule.quorum(), roll, keeps)) << i << ": " << rule.DebugString() << ruling.DebugString();
    quorate_ones += yes(ruling) ? 1 : 0;
  }
  EXPECT_GT(quorate_ones, kRounds / 20);
  EXPECT_LT(quorate_ones, kRounds * 19 / 20);
}

TEST(Generality, WhoeverComesInNeverLosesTheQuorum) {
  Random random(8);
  for (int i = 0; i < kRounds; ++i) {
    v1::Rule rule;
    *rule.mutable_quorum() = random_quorum(random);
    Roll roll = random_roll(random);
    const bool before = yes(quorate(rule, roll));
    for (Seat& seat : roll.seats) {
      if (seat.present || seat.holder.empty()) continue;
      seat.present = true;
      break;
    }
    ASSERT_TRUE(!before || yes(quorate(rule, roll))) << rule.DebugString();
  }
}

}  // namespace
}  // namespace concordat::rules
