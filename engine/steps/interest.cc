// interest.cc: what an interest is, and what follows from it for an item (WF-05).
//
//                    | nobody presides yet          | somebody presides             | over their own interest
// -------------------+------------------------------+-------------------------------+------------------------------
// DeclareInterest    | declared; papers withheld    | declared, the action set by   | by whoever would preside
//                    |   before a meeting           |   whoever presides            |   without them
#include <algorithm>

#include "engine/steps/item.h"
#include "engine/steps/meet.h"

namespace concordat::steps {
namespace {

// Whoever presides says what follows from an interest; from their own, whoever would preside without them (WF-05). `set_by`: empty
// if nobody presides yet.
Refusal check_setter(const Work& work, const Item& at, const v1::DeclareInterest& command, std::string* set_by) {
  const std::string &who = command.who(), &presiding = at.mine.presiding;
  const auto same = [&](const std::string& a, const std::string& b) { return a == b || is_who(work, a, b) || is_who(work, b, a); };
  *set_by = command.set_by().empty() ? presiding : command.set_by();
  if (set_by->empty()) return accept();
  if (same(*set_by, who))
    return refuse(v1::RefusalCode::interest_bars_vote, "the action to be set by somebody whom the interest does not concern (set_by): whoever presides without " + who, *set_by + " would set their own");
  if (presiding.empty()) return accept();
  if (!same(presiding, who))
    return same(*set_by, presiding) ? accept() : refuse(v1::RefusalCode::not_eligible_to_preside, presiding + ", who presides, to set the action", *set_by + " is said to have done so");
  DecideMemory without = at.mine;
  std::erase_if(without.present, [&](const auto& one) { return same(one.who, who); });
  return check_presiding(work, at.with(without), *set_by);
}

}  // namespace

Refusal decide(Work& work, const v1::DeclareInterest& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kDecide, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const Item at = item(work, *matter);
  const bool tabled = at.step.tabled() && !(at.mine.meeting.empty() && command.action() == v1::InterestAction::no_papers);   // Papers are withheld before anybody meets.
  const bool here = tabled ? std::any_of(at.mine.present.begin(), at.mine.present.end(), [&](const auto& a) { return a.who == command.who(); })
                                     : std::any_of(at.parties.begin(), at.parties.end(), [&](const std::string& party) { return holds_seat(work, at.body, party, command.who(), nullptr); });
  if (!here) return refuse(v1::RefusalCode::not_present, "someone recorded as present for the item", command.who() + " is not");
  if (command.action() == v1::InterestAction::unset) return refuse(v1::RefusalCode::field_missing, "an action: note, stay_no_vote, leave or no_papers", "none was set");
  if (auto no = check_action(work, at, command.who(), command.type(), command.action())) return no;
  std::string set_by;
  if (auto no = check_setter(work, at, command, &set_by)) return no;
  DecideMemory then = at.mine;
  then.interests[command.who()] = command.action();
  v1::Event event;
  v1::InterestDeclared& declared = *event.mutable_interest_declared();
  declared.set_matter(command.matter());
  declared.set_who(command.who());
  declared.set_action(command.action());
  declared.set_nature(command.nature());
  declared.set_type(command.type());
  declared.set_set_by(set_by);
  if (tabled == at.step.tabled()) *declared.mutable_quorum() = quorum_of(work, at.with(then));
  const std::string meeting = at.mine.meeting;
  work.emit(std::move(event));
  return rule_meeting_quorum(work, meeting, "");
}

void evolve(DecideMemory& mine, const v1::InterestDeclared& event) { mine.interests[event.who()] = event.action(); }

}  // namespace concordat::steps
