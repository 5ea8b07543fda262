// meet_chair.cc: who presides over a meeting: whom those attending chose, else the chair it was convened under, else the first of
// the offices of the rule in force who is there (P10, P18). Where the rule lets them choose one of its offices, it is whom more
// than half of them choose (P19).
//
//                    | opened, adjourned | convened, sitting            | ended
// -------------------+-------------------+------------------------------+-------------
// ChoosePresiding    | not_convened      | chosen, item anew            | meeting_over
#include <algorithm>
#include <set>

#include "engine/steps/meet.h"

namespace concordat::steps {
namespace {

// Nobody present; who is named by an office may be there in person.
const DecideMemory::Attendee* there(const Work& work, const MeetMemory& mine, const std::string& who) {
  const auto found = std::find_if(mine.present.begin(), mine.present.end(), [&](const auto& one) { return one.who == who || is_who(work, who, one.who); });
  return found == mine.present.end() ? nullptr : &*found;
}

std::size_t people(const MeetMemory& mine) {
  std::set<std::string_view> who;
  for (const auto& one : mine.present)
    if (!one.party.empty() && !one.proxy) who.insert(one.who);
  return who.size();
}

// Those who choose are there, sit for somebody, and choose once.
Refusal check_choosers(const Work& work, const MeetMemory& mine, const v1::ChoosePresiding& command) {
  if (command.chosen_by().empty()) return refuse(v1::RefusalCode::field_missing, "those who chose (chosen_by)", "nobody is named");
  std::set<std::string_view> seen;
  for (const std::string& one : command.chosen_by()) {
    const auto* here = there(work, mine, one);
    if (here == nullptr) return refuse(v1::RefusalCode::not_present, "members who are present to choose", one + " is not");
    if (here->party.empty()) return refuse(v1::RefusalCode::no_seat, "members to choose", one + " is in attendance");
    if (!seen.insert(here->who).second) return refuse(v1::RefusalCode::already_voted, "each member to choose once", one + " stands twice");
  }
  return accept();
}

// May they choose at all? Not where the rule, or the notice of the meeting, says who presides and that one is there.
Refusal may_choose(const v1::Rule* rule, const std::string& now, const std::string& who) {
  const bool free = rule != nullptr && rule->presiding().one_chosen();
  if (free || now.empty()) return accept();
  return refuse(v1::RefusalCode::not_eligible_to_preside, now + ", who is there, to preside", who + " was to");
}

}  // namespace

std::string presides(const Work& work, const Matter& matter) {
  const MeetMemory& mine = meeting_of(matter);
  DecideMemory room;
  room.meeting = matter.id;
  room.present = mine.present;
  const Item at = sitting(work, matter, room);
  std::vector<std::string> in_turn{mine.chosen, mine.chair};
  if (const v1::Rule* rule = at.stating(&v1::Rule::has_presiding); rule != nullptr && !rule->presiding().one_chosen()) in_turn.insert(in_turn.end(), rule->presiding().offices().begin(), rule->presiding().offices().end());
  for (const std::string& one : in_turn)
    if (const auto* here = one.empty() ? nullptr : there(work, mine, one); here != nullptr && !check_presiding(work, at, here->who)) return here->who;
  return "";
}

Refusal decide(Work& work, const v1::ChoosePresiding& command) {
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter)) return no;
  const MeetMemory& mine = meeting_of(*matter);
  if (auto no = can_sit(work, mine, command.matter())) return no;
  if (auto no = check_clock(mine, command.at())) return no;
  const auto* who = there(work, mine, command.who());
  if (who == nullptr) return refuse(v1::RefusalCode::not_present, "somebody present to preside", (command.who().empty() ? "nobody" : command.who()) + " is not");
  DecideMemory room;
  room.meeting = command.matter();
  room.present = mine.present;
  const Item at = sitting(work, *matter, room);
  const v1::Rule* rule = at.stating(&v1::Rule::has_presiding);
  if (auto no = may_choose(rule, presides(work, *matter), who->who)) return no;
  if (auto no = check_presiding(work, at, who->who)) return no;
  if (auto no = check_choosers(work, mine, command)) return no;
  const std::size_t all = people(mine), chose = static_cast<std::size_t>(command.chosen_by_size());
  if (rule != nullptr && rule->presiding().one_chosen() && chose * 2 <= all)
    return refuse(v1::RefusalCode::not_eligible_to_preside, "somebody whom more than half of the " + std::to_string(all) + " attending choose, by rule " + rule->id() + " " + std::to_string(rule->version()) + " (presiding.one_chosen)", std::to_string(chose) + " chose " + who->who);
  v1::Event event;
  v1::PresidingChosen& chosen = *event.mutable_presiding_chosen();
  chosen.set_matter(command.matter());
  chosen.set_who(who->who);
  *chosen.mutable_chosen_by() = command.chosen_by();
  chosen.set_at(command.at());
  work.emit(std::move(event));
  return roll_again(work, command.matter());
}

void evolve(MeetMemory& mine, const v1::PresidingChosen& event) {
  tick(mine, event.at());
  mine.chosen = event.who();
}

}  // namespace concordat::steps
