// Published rules as tables: P02, P03, P06 to P09, P12 to P14, and the six-party fixtures SP-A to SP-C. Borrowed shapes:
// none of them is the rule of the joint committee.
#include <gtest/gtest.h>

#include "concordat/v1/rule.pb.h"
#include "engine/rules/rules.h"

namespace concordat::rules {
namespace {

using Q = v1::QuorumRule;
using D = v1::DecisionRule;

v1::Ruling quorate(const Q& quorum, const Roll& roll) { v1::Rule rule; *rule.mutable_quorum() = quorum; return quorate(rule, roll); }
v1::Ruling carried(const D& decision, const Roll& roll) { v1::Rule rule; *rule.mutable_decision() = decision; return carried(rule, roll); }

Seat seat(std::string party, std::string holder, bool present = true) {
  Seat out;
  out.party = std::move(party);
  out.holder = std::move(holder);
  out.present = present;
  return out;
}

// `count` people present, each of a party of their own unless `parties` is smaller.
Roll present(int count, int parties, int whole = 0, const std::string& seat_class = "") {
  Roll roll;
  for (int i = 0; i < count; ++i) roll.seats.push_back(seat("p" + std::to_string(i % parties), "h" + std::to_string(i)));
  for (Seat& one : roll.seats)
    if (!seat_class.empty()) one.classes = {seat_class};
  while (static_cast<int>(roll.seats.size()) < whole) roll.seats.push_back(seat("q" + std::to_string(roll.seats.size()), "absent", false));
  return roll;
}

void vote(Roll& roll, int in_favour, int against, int abstained = 0) {
  int at = 0;
  for (Seat& one : roll.seats) {
    if (!one.present) continue;
    one.vote = at < in_favour ? Vote::kFor : at < in_favour + against ? Vote::kAgainst : at < in_favour + against + abstained ? Vote::kAbstained : Vote::kNone;
    ++at;
  }
}

Q five_and_five() {
  Q rule;
  rule.set_base(Q::whole_membership);
  rule.set_min_people(5);
  rule.set_min_parties(5);
  rule.set_multi_seat(Q::per_seat);
  rule.set_recusal_effect(Q::lose);
  for (const char* kind : {"member", "deputy"}) rule.add_counts(kind);
  return rule;
}

D majority(D::Test test, std::uint32_t n = 0, std::uint32_t d = 1) {
  D rule;
  rule.set_method(D::vote);
  rule.set_unit(D::person);
  rule.set_tie(D::not_carried);
  rule.set_abstain(D::excluded);
  rule.set_multi_seat(Q::per_seat);
  auto& limb = *rule.add_limbs();
  limb.set_electorate("all");
  limb.set_test(test);
  limb.mutable_fraction()->set_n(n);
  limb.mutable_fraction()->set_d(d);
  return rule;
}

TEST(Quorum, P02PeopleAndDistinctParties) {
  EXPECT_EQ(quorate(five_and_five(), present(5, 5)).outcome(), v1::Outcome::yes);
  EXPECT_EQ(quorate(five_and_five(), present(8, 4)).outcome(), v1::Outcome::no);
  Roll substitute = present(5, 5);
  substitute.seats[4].kind = "deputy";
  EXPECT_EQ(quorate(five_and_five(), substitute).outcome(), v1::Outcome::yes);
  Roll others = present(10, 10);
  for (int i = 4; i < 10; ++i) others.seats[static_cast<std::size_t>(i)].kind = "associate";
  const v1::Ruling ruling = quorate(five_and_five(), others);
  EXPECT_EQ(ruling.outcome(), v1::Outcome::no);
  EXPECT_NE(ruling.sentence().find("4 present who count"), std::string::npos) << ruling.sentence();
  EXPECT_EQ(ruling.findings(0).arithmetic(), "4 < 5");
}

TEST(Quorum, P08ByClassAndFraction) {
  Q rule;
  rule.set_base(Q::whole_membership);
  rule.mutable_min_fraction()->set_n(1);
  rule.mutable_min_fraction()->set_d(3);
  rule.set_multi_seat(Q::per_seat);
  for (const char* name : {"officer", "non_officer"}) { auto& minimum = *rule.add_by_class(); minimum.set_seat_class(name); minimum.set_at_least(1); }
  struct Case { int officers, others, whole; v1::Outcome::Value outcome; };
  for (const Case& one : {Case{3, 2, 14, v1::Outcome::yes}, Case{2, 2, 14, v1::Outcome::no}, Case{5, 0, 14, v1::Outcome::no}, Case{2, 1, 8, v1::Outcome::yes}}) {
    Roll roll = present(one.officers + one.others, 20, one.whole, "officer");
    for (int i = 0; i < one.others; ++i) roll.seats[static_cast<std::size_t>(i)].classes = {"non_officer"};
    EXPECT_EQ(quorate(rule, roll).outcome(), one.outcome) << one.officers << '+' << one.others << " of " << one.whole;
  }
}

TEST(Quorum, P12ARoundingNobodyFixed) {
  Q rule;
  rule.set_base(Q::appointed_members);
  rule.mutable_min_fraction()->set_n(1);
  rule.mutable_min_fraction()->set_d(3);
  rule.set_rounding(Q::direction_not_stated);
  rule.set_multi_seat(Q::per_seat);
  struct Case { int appointed, there; v1::Outcome::Value outcome; };
  for (const Case& one : {Case{15, 5, v1::Outcome::yes}, Case{16, 6, v1::Outcome::yes}, Case{16, 5, v1::Outcome::not_determined}, Case{16, 4, v1::Outcome::no}}) {
    const v1::Ruling ruling = quorate(rule, present(one.there, 20, one.appointed));
    EXPECT_EQ(ruling.outcome(), one.outcome) << one.there << " of " << one.appointed;
    if (one.outcome == v1::Outcome::not_determined) { EXPECT_EQ(ruling.reasons(0), "parameter_unset: rounding"); }
  }
}

TEST(Quorum, P13RecusalLosesPreservesOrShrinks) {
  struct Case { int there, excluded; v1::Outcome::Value lose, preserve, shrink; };
  constexpr auto yes = v1::Outcome::yes, no = v1::Outcome::no;
  for (const Case& one : {Case{5, 1, no, yes, yes}, Case{5, 3, no, yes, yes}, Case{4, 1, no, no, no}, Case{7, 2, yes, yes, yes}}) {
    Roll roll = present(one.there, 9, 9);
    for (int i = 0; i < one.excluded; ++i) roll.seats[static_cast<std::size_t>(i)].barred = Barred::kLeft;
    Q rule;
    rule.set_min_people(5);
    rule.set_multi_seat(Q::per_seat);
    rule.set_recusal_effect(Q::lose);
    EXPECT_EQ(quorate(rule, roll).outcome(), one.lose) << one.there << '-' << one.excluded;
    rule.set_recusal_effect(Q::preserve);
    EXPECT_EQ(quorate(rule, roll).outcome(), one.preserve) << one.there << '-' << one.excluded;
    rule.set_recusal_effect(Q::shrink);
    EXPECT_EQ(quorate(rule, roll).outcome(), one.shrink) << one.there << '-' << one.excluded;
  }
}

TEST(Quorum, P06AnOfficeMustBeThere) {
  Q rule;
  rule.set_min_people(3);
  rule.set_multi_seat(Q::per_seat);
  rule.add_office_required("mayor");
  rule.add_office_required("deputy_mayor");
  Roll roll = present(3, 3);
  EXPECT_EQ(quorate(rule, roll).outcome(), v1::Outcome::no);
  roll.seats[0].office = "deputy_mayor";
  EXPECT_EQ(quorate(rule, roll).outcome(), v1::Outcome::yes);
}

TEST(Quorum, SPBOnePersonWithTwoSeats) {
  Q rule = five_and_five();
  rule.set_multi_seat(Q::multi_seat_unset);
  Roll roll;
  for (const auto& [party, holder] : {std::pair{"bsol", "x"}, {"bc", "x"}, {"cw", "cw"}, {"hw", "hw"}, {"stw", "stw"}, {"ssot", "ssot"}}) roll.seats.push_back(seat(party, holder));
  const v1::Ruling both = quorate(rule, roll);
  EXPECT_EQ(both.outcome(), v1::Outcome::yes) << "six seats or five people: quorate either way";
  EXPECT_NE(both.sentence().find("leaves multi_seat open"), std::string::npos) << both.sentence();
  roll.seats[3].present = false;
  Q parties;
  parties.set_min_parties(5);
  parties.set_recusal_effect(Q::lose);
  const v1::Ruling open = quorate(parties, roll);
  EXPECT_EQ(open.outcome(), v1::Outcome::not_determined);
  EXPECT_EQ(open.reasons(0), "parameter_unset: multi_seat");
}

TEST(Decision, SPATwoThirdsOfThosePresentAndVoting) {
  const D rule = majority(D::at_least_present_voting, 2, 3);
  struct Case { int there, in_favour, against; v1::Outcome::Value outcome; };
  for (const Case& one : {Case{6, 4, 2, v1::Outcome::yes}, Case{5, 3, 2, v1::Outcome::no}, Case{5, 4, 1, v1::Outcome::yes}, Case{4, 3, 1, v1::Outcome::yes}}) {
    Roll roll = present(one.there, 6);
    vote(roll, one.in_favour, one.against);
    EXPECT_EQ(carried(rule, roll).outcome(), one.outcome) << one.in_favour << '-' << one.against;
  }
}

TEST(Decision, P01TwoElectoratesAndAnAbstentionNobodyPlaced) {
  D rule = majority(D::at_least_present_voting, 2, 3);
  rule.mutable_limbs(0)->set_electorate("constituent");
  auto& second = *rule.add_limbs();
  second.set_electorate("all");
  second.set_test(D::simple_present_voting);
  second.set_when("rights_granted");
  const auto roll_of = [](int cf, int ca, int of, int oa) {
    Roll roll = present(cf + ca, 40, 0, "constituent");
    vote(roll, cf, ca);
    for (int i = 0; i < of + oa; ++i) { Seat other = seat("o" + std::to_string(i), "o" + std::to_string(i)); other.vote = i < of ? Vote::kFor : Vote::kAgainst; roll.seats.push_back(other); }
    return roll;
  };
  EXPECT_EQ(carried(rule, roll_of(8, 4, 0, 0)).outcome(), v1::Outcome::yes);
  EXPECT_EQ(carried(rule, roll_of(7, 4, 0, 0)).outcome(), v1::Outcome::no);
  Roll granted = roll_of(8, 4, 1, 6);
  granted.conditions = {"rights_granted"};
  EXPECT_EQ(carried(rule, granted).outcome(), v1::Outcome::no) << "9-10 over all";
  granted = roll_of(8, 4, 4, 4);
  granted.conditions = {"rights_granted"};
  EXPECT_EQ(carried(rule, granted).outcome(), v1::Outcome::yes) << "12-8 over all";
  Roll abstaining = present(14, 40, 0, "constituent");
  vote(abstaining, 6, 3, 5);
  rule.set_abstain(D::excluded);
  EXPECT_EQ(carried(rule, abstaining).outcome(), v1::Outcome::yes);
  rule.set_abstain(D::counted_in_base);
  EXPECT_EQ(carried(rule, abstaining).outcome(), v1::Outcome::no);
  rule.set_abstain(D::abstain_unset);
  const v1::Ruling open = carried(rule, abstaining);
  EXPECT_EQ(open.outcome(), v1::Outcome::not_determined);
  EXPECT_EQ(open.reasons(0), "parameter_unset: abstain");
}

TEST(Decision, P03P10ATieAndACastingVote) {
  Roll roll = present(8, 8);
  vote(roll, 4, 4);
  D rule = majority(D::simple_present_voting);
  EXPECT_EQ(carried(rule, roll).outcome(), v1::Outcome::no);
  rule.set_tie(D::casting_vote);
  EXPECT_EQ(carried(rule, roll).outcome(), v1::Outcome::no) << "nobody cast it";
  roll.casting_vote = Vote::kFor;
  roll.casting_vote_by = "chair";
  const v1::Ruling ruling = carried(rule, roll);
  EXPECT_EQ(ruling.outcome(), v1::Outcome::yes);
  EXPECT_EQ(ruling.findings(0).arithmetic(), "casting vote of chair for");
}

TEST(Decision, P06IncludesAnOfficeAndFullAttendance) {
  D rule = majority(D::simple_present_voting);
  auto& office = *rule.add_limbs();
  office.set_test(D::includes);
  office.set_office("mayor");
  Roll roll = present(4, 4);
  roll.seats[0].office = "mayor";
  vote(roll, 2, 1);
  EXPECT_EQ(carried(rule, roll).outcome(), v1::Outcome::yes);
  for (Seat& one : roll.seats) one.vote = Vote::kFor;
  roll.seats[0].vote = Vote::kAgainst;
  EXPECT_EQ(carried(rule, roll).outcome(), v1::Outcome::no) << "a majority without the mayor";
  const D all = majority(D::unanimous_all_present_required);
  Roll three = present(3, 4, 4);
  vote(three, 3, 0);
  EXPECT_EQ(carried(all, three).outcome(), v1::Outcome::not_open);
  Roll four = present(4, 4);
  vote(four, 3, 1);
  EXPECT_EQ(carried(all, four).outcome(), v1::Outcome::no);
  vote(four, 4, 0);
  EXPECT_EQ(carried(all, four).outcome(), v1::Outcome::yes);
}

TEST(Decision, SPCUnanimityOfParties) {
  D rule = majority(D::unanimous_parties);
  rule.set_unit(D::party);
  Roll roll = present(6, 6);
  vote(roll, 6, 0);
  EXPECT_EQ(carried(rule, roll).outcome(), v1::Outcome::yes);
  vote(roll, 5, 0);
  EXPECT_EQ(carried(rule, roll).outcome(), v1::Outcome::no);
}

TEST(Decision, SPBOnePersonTwoVotesOrOne) {
  D rule = majority(D::at_least_present_voting, 2, 3);
  rule.set_multi_seat(Q::multi_seat_unset);
  Roll roll;
  const auto set = [&](const std::vector<std::pair<const char*, Vote>>& votes) {
    roll.seats.clear();
    for (const auto& [party, vote] : votes) { roll.seats.push_back(seat(party, std::string(party) == "bsol" || std::string(party) == "bc" ? "x" : party)); roll.seats.back().vote = vote; }
  };
  set({{"bsol", Vote::kFor}, {"bc", Vote::kFor}, {"cw", Vote::kFor}, {"stw", Vote::kFor}, {"hw", Vote::kAgainst}, {"ssot", Vote::kAgainst}});
  EXPECT_EQ(carried(rule, roll).outcome(), v1::Outcome::not_determined) << "4-2 or 3-2";
  set({{"bsol", Vote::kFor}, {"bc", Vote::kFor}, {"cw", Vote::kFor}, {"stw", Vote::kAgainst}, {"hw", Vote::kAgainst}, {"ssot", Vote::kAgainst}});
  EXPECT_EQ(carried(rule, roll).outcome(), v1::Outcome::no) << "3-3 or 2-3: not carried either way";
}

TEST(Decision, P05ConsensusFirst) {
  D rule = majority(D::at_least_present_voting, 2, 3);
  rule.set_method(D::consensus_then_vote);
  Roll roll = present(6, 6);
  vote(roll, 4, 0, 2);
  EXPECT_NE(carried(rule, roll).sentence().find("by consensus"), std::string::npos);
  vote(roll, 3, 1, 2);
  EXPECT_EQ(carried(rule, roll).outcome(), v1::Outcome::yes);
  EXPECT_EQ(carried(rule, roll).findings_size(), 2) << "the earlier attempt stays in the record";
}

TEST(Decision, NoVotesCastIsNotCarried) {
  Roll roll = present(6, 6);
  EXPECT_EQ(carried(majority(D::simple_present_voting), roll).outcome(), v1::Outcome::no);
  EXPECT_EQ(carried(majority(D::at_least_present_voting, 0, 1), roll).outcome(), v1::Outcome::no);
}

}  // namespace
}  // namespace concordat::rules
