#include "engine/rules/vectors.h"

#include "concordat/v1/rule.pb.h"
#include "engine/rules/rules.h"

namespace concordat::rules {
namespace {

Vote vote_of(const std::string& word) {
  if (word == "for") return Vote::kFor;
  if (word == "against") return Vote::kAgainst;
  return word == "abstained" ? Vote::kAbstained : Vote::kNone;
}

Barred barred_of(v1::InterestAction::Value action) {
  if (action == v1::InterestAction::stay_no_vote) return Barred::kStays;
  return action == v1::InterestAction::leave || action == v1::InterestAction::no_papers ? Barred::kLeft : Barred::kNo;
}

void add(const v1::CaseSeats& some, Roll* roll) {
  const std::uint32_t count = some.count() == 0 ? 1 : some.count();
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string own = std::to_string(roll->seats.size() + 1);
    Seat seat;
    seat.party = some.parties().empty() ? "party " + own : some.parties(static_cast<int>(i) % some.parties_size());
    seat.body = some.body();
    seat.holder = some.vacant() ? "" : !some.holder().empty() ? some.holder() : "person " + own;
    seat.kind = some.kind().empty() ? "member" : some.kind();
    seat.classes.assign(some.classes().begin(), some.classes().end());
    seat.office = some.office();
    seat.present = !some.absent() && !some.vacant();
    seat.votes = !some.no_vote();
    seat.barred = barred_of(some.interest());
    seat.vote = vote_of(some.vote());
    roll->seats.push_back(std::move(seat));
  }
}

std::string compare(const v1::RuleCase& one, v1::Outcome::Value expected, const v1::Ruling& ruling) {
  if (expected == v1::Outcome::unset) return "";
  std::string all = ruling.sentence();
  for (const std::string& reason : ruling.reasons()) all += " " + reason;
  const bool says = one.says().empty() || all.find(one.says()) != std::string::npos;
  if (ruling.outcome() == expected && says) return "";
  return "\"" + one.given() + "\": expected " + ruling.question() + " to be " + v1::Outcome::Value_Name(expected) + (one.says().empty() ? "" : " and to say \"" + one.says() + "\"") +
         ", but it is " + v1::Outcome::Value_Name(ruling.outcome()) + ": " + all;
}

std::string without(const v1::RuleCase& one, const char* heading) { return "\"" + one.given() + "\" asks for the " + heading + ", which the rule does not state"; }

}  // namespace

Roll roll_of(const v1::RuleCase& one) {
  Roll roll;
  for (const v1::CaseSeats& some : one.seats()) add(some, &roll);
  roll.conditions.assign(one.conditions().begin(), one.conditions().end());
  roll.matter_type = one.matter_type();
  roll.appointed = one.appointed();
  roll.casting_vote = vote_of(one.casting_vote());
  if (roll.casting_vote != Vote::kNone) roll.casting_vote_by = "whoever presides";
  return roll;
}

Urgency urgency_of(const v1::RuleCase& one) {
  return {one.urgent_test(), {one.urgent_deciders().begin(), one.urgent_deciders().end()}, {one.urgent_consulted().begin(), one.urgent_consulted().end()}};
}

std::vector<std::string> failed_vectors(const v1::Rule& rule) {
  std::vector<std::string> out;
  const auto note = [&](std::string failed) { if (!failed.empty()) out.push_back(std::move(failed)); };
  for (const v1::RuleCase& one : rule.cases()) {
    const Roll roll = roll_of(one);
    const bool quorum = one.quorate() != v1::Outcome::unset, decision = one.carried() != v1::Outcome::unset;
    const bool notice = one.notice() != v1::Outcome::unset, requisition = one.requisition() != v1::Outcome::unset;
    const bool between = one.urgent() != v1::Outcome::unset;
    if (!quorum && !decision && !notice && !requisition && !between) note("\"" + one.given() + "\" expects nothing");
    if (quorum) note(rule.has_quorum() ? compare(one, one.quorate(), quorate(rule, roll)) : without(one, "quorum"));
    if (decision) note(rule.has_decision() ? compare(one, one.carried(), carried(rule, roll)) : without(one, "decision"));
    if (notice) note(rule.has_notice() ? compare(one, one.notice(), notice_given(rule, one.notice_given())) : without(one, "notice"));
    if (between) note(rule.has_urgent() ? compare(one, one.urgent(), urgent(rule, urgency_of(one))) : without(one, "urgent action"));
    if (requisition) note(rule.has_notice() ? compare(one, one.requisition(), requisitioned(rule, one.requisitioned_by(), static_cast<std::uint32_t>(roll.seats.size()))) : without(one, "requisition"));
  }
  return out;
}

}  // namespace concordat::rules
