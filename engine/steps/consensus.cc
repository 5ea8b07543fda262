// consensus.cc: what all agree to is one act, not one for each of them.
//
//                    | nobody objects               | somebody objects
// -------------------+------------------------------+--------------------------------------------------
// RecordConsensus    | everybody present and        | ConsensusRecorded, not reached: it says which vote
//                    | entitled in favour; the      | the rule lets follow; the item stays open
//                    | item is concluded            |
// Only where the rule decides by consensus; elsewhere it is refused with the vote that the rule asks for.
#include <algorithm>

#include "engine/rules/consensus.h"
#include "engine/steps/item.h"

namespace concordat::steps {
namespace {

// Whoever presides declares it, or is said to have done so.
Refusal check_declarer(const Work& work, const Item& at, const std::string& who) {
  if (!at.step.tabled()) return accept();
  if (who.empty()) return refuse(v1::RefusalCode::field_missing, "who presided and declared the consensus (declared_by)", "nobody presides over " + at.matter.id);
  if (!at.mine.presiding.empty() && !is_who(work, at.mine.presiding, who) && !is_who(work, who, at.mine.presiding))
    return refuse(v1::RefusalCode::not_eligible_to_preside, at.mine.presiding + ", who presides, to declare it", who + " is said to have done so");
  return check_presiding(work, at, who);
}

// Somebody who spoke against the item has not come round by somebody else's act.
Refusal nobody_against(const Item& at) {
  for (const auto& [key, stance] : at.mine.positions)
    if (stance.position == v1::Position::against) return refuse(v1::RefusalCode::no_consensus, "nobody against it", stance.who + " spoke against it for " + key + "; they take another position themselves, or it goes to a vote");
  return accept();
}

const v1::RecordConsensus::Objection* objection_of(const v1::RecordConsensus& command, const std::string& party, const std::string& office, bool only) {
  for (const auto& one : command.objections())
    if (one.party() == party && (only || one.seat().empty() || one.seat() == office)) return &one;
  return nullptr;
}

// One position for each seat whose holder is there, with a vote, and no interest that bars it. Who abstained still does.
Refusal positions(const Work& work, const Item& at, const rules::Roll& roll, const v1::Rule* rule, const v1::RecordConsensus& command, v1::ConsensusRecorded* recorded) {
  static const v1::Rule silent;
  const bool once = at.mode == "in_common" && rule != nullptr && rule->decision().multi_seat() == v1::QuorumRule::once;
  std::vector<std::string> counted;
  int objecting = 0;
  for (const rules::Seat& seat : roll.seats) {
    if (!seat.present || seat.barred != rules::Barred::kNo || !rules::has_vote(rule == nullptr ? silent : *rule, roll, seat)) continue;
    if (once && std::find(counted.begin(), counted.end(), seat.holder) != counted.end()) continue;
    counted.push_back(seat.holder);
    const bool only = offices_of(work, at.body, seat.party).size() <= 1;
    const auto* there = attendee_in(work, at, seat.party, seat.office, only);
    const std::string who = there == nullptr ? seat.holder : there->who;
    if (std::string open = unanswered_interest(work, at, who); !open.empty())
      return refuse(v1::RefusalCode::interest_unanswered, "the action that follows from a standing interest (declare_interest) before its holder speaks", open);
    v1::PartyPosition& position = *recorded->add_positions();
    position.set_party(seat.party);
    if (!only) position.set_seat(seat.office);
    position.set_who(who);
    const auto* objection = objection_of(command, seat.party, seat.office, only);
    objecting += objection == nullptr ? 0 : 1;
    const auto before = at.mine.positions.find(seat_key(work, at, seat.party, seat.office));
    const bool abstained = before != at.mine.positions.end() && before->second.position == v1::Position::abstained;
    position.set_position(objection != nullptr ? v1::Position::against : abstained ? v1::Position::abstained : v1::Position::in_favour);
    if (objection != nullptr || abstained) position.set_reason(objection != nullptr ? objection->reason() : before->second.reason);
  }
  if (objecting < command.objections_size()) return refuse(v1::RefusalCode::not_present, "objections of parties that are there and entitled", "one is of none");
  if (counted.empty()) return refuse(v1::RefusalCode::not_present, "somebody there who is entitled to decide", "nobody is");
  return accept();
}

}  // namespace

Refusal decide(Work& work, const v1::RecordConsensus& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kDecide, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const Item at = item(work, *matter);
  if (!at.step.tabled()) return refuse(v1::RefusalCode::wrong_step, "an item before a meeting, where all hear one another", command.matter() + " is decided without one");
  if (auto no = can_decide(work, at)) return no;
  const v1::Rule* rule = at.stating(&v1::Rule::has_decision);
  const rules::Roll roll = roll_of(work, at, rule);
  const rules::Way way = rule == nullptr ? rules::Way{true, false, ""} : rules::way_of_deciding(*rule, roll);
  if (!way.consensus) return refuse(v1::RefusalCode::consensus_not_provided, way.words + ", by rule " + rule->id() + " " + std::to_string(rule->version()), "consensus was declared");
  if (auto no = nobody_against(at)) return no;
  v1::Event event;
  v1::ConsensusRecorded& recorded = *event.mutable_consensus_recorded();
  recorded.set_matter(command.matter());
  recorded.set_words(command.words());
  recorded.set_declared_by(command.declared_by().empty() ? at.mine.presiding : command.declared_by());
  if (auto no = check_declarer(work, at, recorded.declared_by())) return no;
  if (auto no = positions(work, at, roll, rule, command, &recorded)) return no;
  recorded.set_reached(command.objections().empty());
  if (!recorded.reached()) recorded.set_then(way.words.empty() ? "a recommendation that says who objected" : way.words);
  const bool reached = recorded.reached();
  work.emit(std::move(event));
  return reached ? conclude_item(work, *matter) : accept();
}

// Without consensus nobody has taken a position yet: they do in the vote.
void evolve(DecideMemory& mine, const v1::ConsensusRecorded& event) {
  if (!event.reached()) return;
  for (const v1::PartyPosition& one : event.positions())
    mine.positions[one.party() + (one.seat().empty() ? "" : " " + one.seat())] = {one.position(), one.reason(), one.who()};
}

}  // namespace concordat::steps
