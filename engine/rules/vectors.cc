#include "engine/rules/vectors.h"

#include <algorithm>

#include "concordat/v1/common.pb.h"
#include "concordat/v1/rule.pb.h"
#include "engine/rules/rules.h"

namespace concordat::rules {
namespace {

int capacity_of(const v1::RuleCase& one) {
  v1::Capacity::Value capacity = v1::Capacity::unset;
  v1::Capacity::Value_Parse(one.capacity(), &capacity);
  return capacity;
}

bool is_day(const std::string& text) {
  const auto digits = [&](std::size_t from, std::size_t count) { return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(from), text.begin() + static_cast<std::ptrdiff_t>(from + count), [](char one) { return one >= '0' && one <= '9'; }); };
  return text.size() == 10 && text[4] == '-' && text[7] == '-' && digits(0, 4) && digits(5, 2) && digits(8, 2);
}

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

std::string compare(const v1::RuleCase& one, int expected, const v1::Ruling& ruling) {
  std::string all = ruling.sentence();
  for (const std::string& reason : ruling.reasons()) all += " " + reason;
  for (const std::string& warning : ruling.warnings()) all += " " + warning;
  const bool says = one.says().empty() || all.find(one.says()) != std::string::npos;
  if (ruling.outcome() == expected && says) return "";
  return "\"" + one.given() + "\": expected " + ruling.question() + " to be " + v1::Outcome::Value_Name(static_cast<v1::Outcome::Value>(expected)) + (one.says().empty() ? "" : " and to say \"" + one.says() + "\"") +
         ", but it is " + v1::Outcome::Value_Name(ruling.outcome()) + ": " + all;
}

v1::Ruling reference_ruling(const v1::Rule& rule, const v1::RuleCase& one) {
  v1::Ruling out;
  out.set_question("reference");
  const std::string found = item_reference(rule.minutes().item_reference(), one.item_body(), one.item_on(), one.item_serial());
  out.set_outcome(found == one.reference() ? v1::Outcome::yes : v1::Outcome::no);
  out.set_sentence("The item is " + found + (found == one.reference() ? "." : ", not " + one.reference() + "."));
  return out;
}

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

void play(const v1::Rule& rule, const v1::RuleCase& one, std::vector<std::string>* lacking, const std::function<void(int, const v1::Ruling&)>& each) {
  const Roll roll = roll_of(one);
  const auto ask = [&](v1::Outcome::Value expected, bool stated, const char* heading, auto ruling) {
    if (expected == v1::Outcome::unset) return;
    if (stated) each(expected, ruling());
    else lacking->push_back(heading);
  };
  const auto reference = one.reference().empty() ? v1::Outcome::unset : v1::Outcome::yes;
  ask(one.quorate(), rule.has_quorum(), "quorum", [&] { return quorate(rule, roll); });
  ask(one.carried(), rule.has_decision(), "decision", [&] { return carried(rule, roll); });
  ask(one.notice(), rule.has_notice(), "notice", [&] { return notice_given(rule, one.notice_given()); });
  ask(one.urgent(), rule.has_urgent(), "urgent action", [&] { return urgent(rule, urgency_of(one)); });
  ask(one.requisition(), rule.has_notice(), "requisition", [&] { return requisitioned(rule, one.requisitioned_by(), static_cast<std::uint32_t>(roll.seats.size())); });
  ask(one.composed(), !rule.composition().empty(), "composition", [&] { return composed(rule, roll.seats); });
  ask(one.entitled(), !roll.seats.empty(), "seat that speaks", [&] { return entitled(rule, roll, roll.seats.front(), capacity_of(one)); });
  ask(reference, rule.has_minutes() && is_day(one.item_on()), "form of an item's reference on that day", [&] { return reference_ruling(rule, one); });
  ask(one.on_time(), !rule.clocks().empty(), "clocks", [&] { return on_time(rule, one.clock(), one.days_taken()); });
  ask(one.logged(), rule.has_log(), "log", [&] { return logged(rule, one.log_entry()); });
}

std::vector<std::string> failed_vectors(const v1::Rule& rule) {
  std::vector<std::string> out;
  for (const v1::RuleCase& one : rule.cases()) {
    std::vector<std::string> lacking;
    bool asked = false;
    play(rule, one, &lacking, [&](int expected, const v1::Ruling& ruling) {
      asked = true;
      if (std::string failed = compare(one, expected, ruling); !failed.empty()) out.push_back(std::move(failed));
    });
    if (!asked && lacking.empty()) out.push_back("\"" + one.given() + "\" expects nothing");
    for (const std::string& heading : lacking) out.push_back("\"" + one.given() + "\" asks for the " + heading + ", which the rule does not state");
  }
  return out;
}

}  // namespace concordat::rules
