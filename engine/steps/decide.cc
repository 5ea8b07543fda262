// decide.cc            | TableItem     | TakePosition           | CloseItem / DeadlineReached
// ---------------------+---------------+------------------------+-----------------------------
// tabled, not yet      | ItemTabled    | not_tabled             | not_tabled
// tabled, quorate      | ItemTabled    | PositionTaken; the     | DecisionMade -> outcome
//   or not determined  |               |  last one closes       |
// tabled, inquorate    | ItemTabled    | inquorate, unless the  | the same; recommended
//                      |               |  rule lets it advise   |
// without a meeting    | wrong_step    | PositionTaken; …       | DecisionMade -> outcome
#include <algorithm>

#include "engine/record/authority.h"
#include "engine/rules/rules.h"
#include "engine/steps/steps.h"

namespace concordat::steps {
namespace {

namespace authority = record::authority;

record::Datum subject_ref(std::string_view id) { return {.kind = v1::Predicate::ref, .text = std::string(id), .number = 0}; }

std::vector<std::string> texts(const std::vector<record::Datum>& values) {
  std::vector<std::string> out;
  for (const record::Datum& value : values) out.push_back(value.text);
  return out;
}

// The item as every command about it sees it.
struct Item {
  const Matter& matter;
  const v1::DecideStep& step;
  const DecideMemory& mine;
  std::string body;
  std::vector<std::string> parties;
  const v1::Rule* rule;                // Null: none is in force.
};

Item item(const Work& work, const Matter& matter) {
  const v1::DecideStep& step = matter.step->decide();
  std::string body = fill(matter, step.body());
  auto parties = texts(record::values(work.state().record, body, authority::kParty, "", work.today()));
  const auto frozen = matter.rules.find(matter.step->id());
  const v1::Rule* rule = frozen == matter.rules.end() ? nullptr : work.state().rule(frozen->second);
  return Item{matter, step, memory<DecideMemory>(matter, matter.step->id()), std::move(body), std::move(parties), rule};
}

std::string sitting_of(const std::string& body, const std::string& part) {
  return "sitting:" + body.substr(body.find(':') + 1) + "/" + part;
}

rules::Vote vote_of(int position) {
  if (position == v1::Position::in_favour) return rules::Vote::kFor;
  if (position == v1::Position::against) return rules::Vote::kAgainst;
  return position == v1::Position::abstained ? rules::Vote::kAbstained : rules::Vote::kNone;
}

rules::Barred barred_of(const DecideMemory& mine, std::string_view who) {
  const auto found = mine.interests.find(who);
  if (found == mine.interests.end()) return rules::Barred::kNo;
  if (found->second == v1::InterestAction::leave) return rules::Barred::kLeft;
  return found->second == v1::InterestAction::stay_no_vote ? rules::Barred::kStays : rules::Barred::kNo;
}

// The seats of the parties, with who takes them now; then those in the room who hold none of them.
rules::Roll roll_of(const Work& work, const Item& at) {
  rules::Roll roll;
  for (const std::string& party : at.parties) {
    rules::Seat seat;
    seat.party = party;
    const auto holders = record::values(work.state().record, at.body, authority::kRepresentedBy, party, work.today());
    if (!holders.empty()) seat.office = seat.holder = holders.front().text;
    const auto attendee = std::find_if(at.mine.present.begin(), at.mine.present.end(), [&](const auto& a) { return a.party == party; });
    const auto stance = at.mine.positions.find(party);
    if (attendee != at.mine.present.end()) {
      seat.holder = attendee->who;
      seat.kind = attendee->seat.empty() ? "member" : attendee->seat;
      seat.seat_class = attendee->seat_class;
      seat.present = true;
      seat.barred = barred_of(at.mine, attendee->who);
    } else if (!at.step.tabled() && stance != at.mine.positions.end() && stance->second.position != v1::Position::absent) {
      seat.holder = stance->second.who;
      seat.present = true;
    }
    if (stance != at.mine.positions.end()) seat.vote = vote_of(stance->second.position);
    roll.seats.push_back(std::move(seat));
  }
  return roll;
}

v1::Ruling no_rule(const Item& at, const std::string& question) {
  v1::Ruling ruling;
  ruling.set_question(question);
  ruling.set_outcome(v1::Outcome::not_determined);
  const bool missing = at.rule != nullptr && !at.rule->missing_document().empty();
  ruling.add_reasons(missing ? "missing_document" : "never_stated");
  ruling.set_sentence("Not determined: no rule in force says when " + at.body + " is " + question + "; it can advise, not decide.");
  return ruling;
}

void rests_on(const Item& at, v1::Ruling* ruling) {
  ruling->mutable_rule()->set_id(at.rule->id());
  ruling->mutable_rule()->set_version(at.rule->version());
  ruling->set_layer(at.rule->layer());
  if (at.rule->layer() == v1::Layer::assumption)
    ruling->set_sentence(ruling->sentence() + " This rests on an assumption adopted by " + at.rule->adopted_by() + ".");
}

v1::Ruling quorum_of(const Work& work, const Item& at) {
  if (at.rule == nullptr || !at.rule->has_quorum()) return no_rule(at, "quorate");
  v1::Ruling ruling = rules::quorate(at.rule->quorum(), roll_of(work, at));
  rests_on(at, &ruling);
  return ruling;
}

v1::Ruling decision_of(const Work& work, const Item& at) {
  if (at.rule == nullptr || !at.rule->has_decision()) return no_rule(at, "carried");
  v1::Ruling ruling = rules::carried(at.rule->decision(), roll_of(work, at));
  rests_on(at, &ruling);
  return ruling;
}

bool may_advise(const Item& at) {
  if (at.rule == nullptr || !at.rule->has_quorum()) return true;
  const auto failure = at.rule->quorum().on_failure();
  return failure == v1::QuorumRule::advisory_only || failure == v1::QuorumRule::ratify_by_parent;
}

Refusal inquorate(v1::Ruling ruling) {
  std::string sentence = ruling.sentence();
  return refuse(v1::RefusalCode::inquorate, "a quorate meeting", "it is not: " + sentence, std::move(ruling));
}

// Only with a meeting: the room must be able to decide, or at least to advise.
Refusal able(const Work& work, const Item& at) {
  if (!at.step.tabled()) return accept();
  if (at.mine.meeting.empty()) return refuse(v1::RefusalCode::not_tabled, "an item that has been tabled at a meeting", at.matter.id + " has not");
  v1::Ruling quorum = quorum_of(work, at);
  if (quorum.outcome() == v1::Outcome::no && !may_advise(at)) return inquorate(std::move(quorum));
  return accept();
}

std::string outcome_of(const std::string& mode, const v1::Ruling& quorum, const v1::Ruling& decision) {
  if (mode == "advisory" || quorum.outcome() != v1::Outcome::yes) return "recommended";
  if (decision.outcome() == v1::Outcome::not_determined || decision.outcome() == v1::Outcome::not_open) return "recommended";
  if (mode == "in_common" || mode == "individual_delegates") return "decided_severally";
  return decision.outcome() == v1::Outcome::yes ? "carried" : "not_carried";
}

std::uint32_t legal_decisions(const std::string& mode, const std::string& outcome, std::size_t parties) {
  if (outcome == "carried") return 1;
  return outcome == "decided_severally" && mode != "advisory" ? static_cast<std::uint32_t>(parties) : 0;
}

Refusal conclude(Work& work, const Matter& matter) {
  const Item at = item(work, matter);
  const auto modes = record::values(work.state().record, at.body, authority::kMode, "", work.today());
  v1::Event event;
  v1::DecisionMade& made = *event.mutable_decision_made();
  made.set_matter(matter.id);
  made.set_step(matter.step->id());
  made.set_body(at.body);
  made.set_mode(modes.empty() ? "not determined" : modes.front().text);
  for (const std::string& party : at.parties) {
    v1::PartyPosition& position = *made.add_positions();
    position.set_party(party);
    const auto stance = at.mine.positions.find(party);
    if (stance == at.mine.positions.end()) { position.set_position(v1::Position::absent); continue; }
    position.set_position(static_cast<v1::Position::Value>(stance->second.position));
    position.set_reason(stance->second.reason);
    position.set_who(stance->second.who);
  }
  *made.mutable_quorum() = quorum_of(work, at);
  *made.mutable_decision() = decision_of(work, at);
  const std::string outcome = outcome_of(made.mode(), made.quorum(), made.decision());
  made.set_outcome(outcome);
  made.set_legal_decisions(legal_decisions(made.mode(), outcome, at.parties.size()));
  const std::string id = matter.id;
  work.emit(std::move(event));
  return leave(work, id, outcome);
}

Refusal check_part(const Work& work, const Item& at, const std::string& part) {
  const record::Record& record = work.state().record;
  const auto parts = texts(record::values(record, at.body, authority::kParts, "", work.today()));
  if (parts.empty()) return accept();
  const std::string meant = fill(at.matter, at.step.part());
  if (std::find(parts.begin(), parts.end(), part) == parts.end())
    return refuse(v1::RefusalCode::part_required, "the part of the meeting (one: ICBs only; two: with NHS England)", part.empty() ? "none was given" : "\"" + part + "\" is none of them");
  if (!meant.empty() && meant != part)
    return refuse(v1::RefusalCode::part_required, "part " + meant + ", to which this item belongs", "it was tabled in part " + part);
  return accept();
}

// Whoever takes a party's seat holds it or deputises for who does; nobody whom the sitting excludes is there.
Refusal check_attendee(const Work& work, const Item& at, const v1::TableItem& command, const v1::Attendee& attendee, const std::string& party) {
  const record::Record& record = work.state().record;
  const std::string sitting = sitting_of(at.body, command.part());
  if (record::holds(record, sitting, authority::kExcludes, "", subject_ref(party), work.today()))
    return refuse(v1::RefusalCode::part_excludes_party, "parties of part " + command.part() + " only", party + " takes no part in it");
  if (std::find(at.parties.begin(), at.parties.end(), party) == at.parties.end()) return accept();   // In attendance only.
  const std::string& seated = attendee.deputy_for().empty() ? attendee.who() : attendee.deputy_for();
  if (!holds_seat(work, at.body, party, seated, nullptr))
    return refuse(v1::RefusalCode::no_seat, "the holder of " + party + "'s seat on " + at.body + ", or a deputy for that holder", seated + " does not hold it");
  return accept();
}

Refusal check_seats_once(const v1::TableItem& command) {
  for (int i = 0; i < command.present_size(); ++i)
    for (int j = 0; j < i; ++j) {
      const v1::Attendee &a = command.present(i), &b = command.present(j);
      if (!a.party().empty() && a.party() == b.party() && a.seat() == b.seat())
        return refuse(v1::RefusalCode::one_deputy_one_seat, "one person in each seat", a.who() + " and " + b.who() + " both take " + a.party() + "'s");
      if (a.who() == b.who() && !a.deputy_for().empty() && !b.deputy_for().empty())
        return refuse(v1::RefusalCode::one_deputy_one_seat, "a deputy for one seat", a.who() + " deputises for two");
    }
  return accept();
}

}  // namespace

Refusal decide(Work& work, const v1::TableItem& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kDecide, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const Item at = item(work, *matter);
  if (!at.step.tabled()) return refuse(v1::RefusalCode::wrong_step, "an item decided at a meeting", command.matter() + " is decided without one");
  if (command.meeting().empty()) return refuse(v1::RefusalCode::field_missing, "the reference of the meeting", "none was given");
  if (auto no = check_part(work, at, command.part())) return no;
  v1::Event event;
  v1::ItemTabled& tabled = *event.mutable_item_tabled();
  tabled.set_matter(command.matter());
  tabled.set_meeting(command.meeting());
  tabled.set_part(command.part());
  DecideMemory then = at.mine;
  then.present.clear();
  for (const v1::Attendee& attendee : command.present()) {
    std::string party;
    if (!attendee.party().empty())
      if (auto no = resolve(work, attendee.party(), &party)) return no;
    if (auto no = check_attendee(work, at, command, attendee, party)) return no;
    *tabled.add_present() = attendee;
    tabled.mutable_present(tabled.present_size() - 1)->set_party(party);
    then.present.push_back({attendee.who(), party, attendee.seat(), attendee.seat_class(), attendee.deputy_for()});
  }
  if (auto no = check_seats_once(command)) return no;
  *tabled.mutable_quorum() = quorum_of(work, Item{at.matter, at.step, then, at.body, at.parties, at.rule});
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::DeclareInterest& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kDecide, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const Item at = item(work, *matter);
  const bool here = std::any_of(at.mine.present.begin(), at.mine.present.end(), [&](const auto& a) { return a.who == command.who(); });
  if (!here) return refuse(v1::RefusalCode::not_present, "someone recorded as present for the item", command.who() + " is not");
  if (command.action() == v1::InterestAction::unset) return refuse(v1::RefusalCode::field_missing, "an action: note, stay_no_vote, leave or no_papers", "none was set");
  DecideMemory then = at.mine;
  then.interests[command.who()] = command.action();
  v1::Event event;
  v1::InterestDeclared& declared = *event.mutable_interest_declared();
  declared.set_matter(command.matter());
  declared.set_who(command.who());
  declared.set_action(command.action());
  declared.set_nature(command.nature());
  *declared.mutable_quorum() = quorum_of(work, Item{at.matter, at.step, then, at.body, at.parties, at.rule});
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::TakePosition& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kDecide, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const Item at = item(work, *matter);
  std::string party;
  if (auto no = resolve(work, command.party(), &party)) return no;
  if (std::find(at.parties.begin(), at.parties.end(), party) == at.parties.end())
    return refuse(v1::RefusalCode::not_a_party, "a party of " + at.body, party + " is none");
  if (command.position() == v1::Position::unset || command.position() == v1::Position::absent)
    return refuse(v1::RefusalCode::field_missing, "a position: in_favour, against or abstained", "none was taken");
  if (auto no = may_speak_for(work, party)) return no;
  if (auto no = able(work, at)) return no;
  const std::string& who = work.actor().who();
  const auto present = std::find_if(at.mine.present.begin(), at.mine.present.end(), [&](const auto& a) { return a.who == who && a.party == party; });
  if (at.step.tabled() && present == at.mine.present.end())
    return refuse(v1::RefusalCode::not_present, "someone recorded as present in " + party + "'s seat", who + " is not");
  if (!at.step.tabled() && !holds_seat(work, at.body, party, who, nullptr))
    return refuse(v1::RefusalCode::no_seat, "the holder of " + party + "'s seat on " + at.body, who + " does not hold it");
  if (barred_of(at.mine, who) != rules::Barred::kNo)
    return refuse(v1::RefusalCode::interest_bars_vote, "a member whose interests let them vote", who + " has an interest for which the action is not to vote");
  const std::string id = matter->id;
  v1::Event event;
  v1::PositionTaken& taken = *event.mutable_position_taken();
  taken.set_matter(id);
  taken.set_party(party);
  taken.set_position(command.position());
  taken.set_reason(command.reason());
  taken.set_who(who);
  work.emit(std::move(event));
  const bool all = memory<DecideMemory>(*matter, matter->step->id()).positions.size() == at.parties.size();
  return all ? conclude(work, *matter) : accept();
}

Refusal decide(Work& work, const v1::CloseItem& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kDecide, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const Item at = item(work, *matter);
  if (auto no = able(work, at)) return no;
  for (const std::string& party : at.parties) {
    if (at.mine.positions.contains(party)) continue;
    const auto here = std::find_if(at.mine.present.begin(), at.mine.present.end(), [&](const auto& a) { return a.party == party; });
    const bool silent = at.step.tabled() ? here != at.mine.present.end() && barred_of(at.mine, here->who) == rules::Barred::kNo : true;
    if (silent) return refuse(v1::RefusalCode::positions_incomplete, "a position of every party that is present", party + " has taken none");
  }
  return conclude(work, *matter);
}

Refusal deadline_decide(Work& work, const Matter& matter) { return conclude(work, matter); }

void evolve(DecideMemory& mine, const v1::ItemTabled& event) {
  mine.meeting = event.meeting();
  mine.part = event.part();
  mine.present.clear();
  for (const v1::Attendee& a : event.present()) mine.present.push_back({a.who(), a.party(), a.seat(), a.seat_class(), a.deputy_for()});
}
void evolve(DecideMemory& mine, const v1::InterestDeclared& event) { mine.interests[event.who()] = event.action(); }
void evolve(DecideMemory& mine, const v1::PositionTaken& event) { mine.positions[event.party()] = {event.position(), event.reason(), event.who()}; }

}  // namespace concordat::steps
