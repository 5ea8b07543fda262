// meet_quorum.cc: can the meeting, as it stands now, decide? And if not, what does whoever presides do about it?
//
// Where the rule does not say what follows, the meeting may only advise (WF-03).
//                    | quorate         | inquorate                         | not determined
// -------------------+-----------------+-----------------------------------+----------------
// ChooseCourse       | course_not_open | the one the rule names; adjourn   | course_not_open
//                    |                 | adjourns at once                  |
#include <algorithm>

#include "engine/record/authority.h"
#include "engine/rules_in_force.h"
#include "engine/steps/meet.h"

namespace concordat::steps {
namespace {

using State = MeetMemory::State;

const v1::DecideStep& tabled() {
  static const v1::DecideStep step = [] {
    v1::DecideStep made;
    made.set_tabled(true);
    return made;
  }();
  return step;
}

// Those present, with the interests declared on the item under discussion.
DecideMemory room_of(const Work& work, const Matter& matter) {
  const MeetMemory& mine = meeting_of(matter);
  DecideMemory out;
  out.meeting = matter.id;
  out.present = mine.present;
  out.opened = mine.opened;
  if (mine.current == 0) return out;
  const auto item = work.state().matters.find(mine.agenda[mine.current - 1].item);
  if (item != work.state().matters.end() && item->second.step->has_decide()) out.interests = memory<DecideMemory>(item->second, item->second.step->id()).interests;
  return out;
}

const v1::QuorumRule* quorum_rule(const Item& at) {
  const v1::Rule* rule = at.stating(&v1::Rule::has_quorum);
  return rule == nullptr ? nullptr : &rule->quorum();
}
bool states_course(const Item& at) {
  const v1::QuorumRule* rule = quorum_rule(at);
  return rule != nullptr && rule->on_failure() != v1::QuorumRule::failure_unset;
}
v1::QuorumRule::Failure course_of(const Item& at) { return states_course(at) ? quorum_rule(at)->on_failure() : v1::QuorumRule::advisory_only; }

// Members to whom no notice is recorded are a warning; what follows from it no rule says.
void warn_unserved(const Work& work, const Matter& matter, v1::Ruling* ruling) {
  if (meeting_of(matter).state != State::kConvened) return;
  std::string all;
  for (const std::string& office : not_served(work, matter)) {
    ruling->add_warnings("not_served: " + office);
    all += (all.empty() ? "" : ", ") + office;
  }
  if (!all.empty()) ruling->set_sentence(ruling->sentence() + " No notice is recorded to " + all + "; what follows from that no rule in force says.");
}

std::string panel_of(const Item& at) {
  const v1::QuorumRule* quorum = quorum_rule(at);
  if (quorum != nullptr && !quorum->refers_to().empty()) return quorum->refers_to();
  const v1::Rule* conflicts = at.stating(&v1::Rule::has_conflicts);
  return conflicts == nullptr ? std::string() : conflicts->conflicts().panel();
}

}  // namespace

Item sitting(const Work& work, const Matter& matter, const DecideMemory& mine) {
  std::string body = meeting_of(matter).body;
  std::vector<std::string> parties;
  for (const record::Datum& one : record::values(work.state().record, body, record::authority::kParty, "", work.today())) parties.push_back(one.text);
  auto rules = rules_in_force(work.state(), "", body, matter.procedure->matter_type(), work.today());
  const auto modes = record::values(work.state().record, body, record::authority::kMode, "", work.today());
  return Item{matter, tabled(), mine, std::move(body), modes.empty() ? std::string() : modes.front().text, std::move(parties), std::move(rules)};
}

Refusal rule_meeting_quorum(Work& work, const std::string& meeting, const std::string& at, bool opens) {
  const auto found = work.state().matters.find(meeting);
  if (found == work.state().matters.end() || !found->second.step->has_meet()) return accept();
  const Matter& matter = found->second;
  const MeetMemory& mine = meeting_of(matter);
  if (mine.state != State::kConvened && mine.state != State::kSitting) return accept();
  const DecideMemory room = room_of(work, matter);
  const Item now = sitting(work, matter, room);
  v1::Ruling ruling = quorum_of(work, now);
  if (ruling.outcome() == mine.quorum && !opens) return accept();
  warn_unserved(work, matter, &ruling);
  v1::Event event;
  v1::MeetingQuorumRuled& ruled = *event.mutable_meeting_quorum_ruled();
  ruled.set_matter(meeting);
  ruled.set_at(at);
  if (ruling.outcome() == v1::Outcome::no) ruled.add_courses(v1::QuorumRule::Failure_Name(course_of(now)));
  *ruled.mutable_quorum() = std::move(ruling);
  work.emit(std::move(event));
  return accept();
}

void lay_down(Work& work, const std::string& meeting) {
  const MeetMemory& mine = meeting_of(work.state().matters.find(meeting)->second);
  std::vector<std::string> items;
  for (const MeetMemory::Item& one : mine.agenda)
    if (!one.item.empty()) items.push_back(one.item);
  for (const std::string& id : items) {
    const auto found = work.state().matters.find(id);
    if (found == work.state().matters.end() || !found->second.step->has_decide()) continue;
    DecideMemory then = memory<DecideMemory>(found->second, found->second.step->id());
    if (then.meeting != meeting || then.present.empty()) continue;
    then.present.clear();
    then.presiding.clear();
    v1::Event event;
    v1::ItemTabled& tabled = *event.mutable_item_tabled();
    tabled.set_matter(id);
    tabled.set_meeting(meeting);
    tabled.set_part(then.part);
    *tabled.mutable_quorum() = quorum_of(work, item(work, found->second).with(then));
    work.emit(std::move(event));
  }
}

bool goes_on_advising(const Work& work, const std::string& meeting) {
  const MeetMemory* mine = meeting_in(work, meeting);
  return mine != nullptr && mine->course == v1::QuorumRule::advisory_only;
}

Refusal course_chosen(const Work& work, const std::string& meeting) {
  const MeetMemory* mine = meeting_in(work, meeting);
  if (mine == nullptr || mine->quorum != v1::Outcome::no || mine->course != v1::QuorumRule::failure_unset) return accept();
  return refuse(v1::RefusalCode::inquorate, "a quorate meeting, or whoever presides to say that it goes on in an advisory way (choose_course)", meeting + " is inquorate and nobody has");
}

Refusal decide(Work& work, const v1::ChooseCourse& command) {
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter)) return no;
  const MeetMemory& mine = meeting_of(*matter);
  if (auto no = not_over(mine, command.matter())) return no;
  if (mine.state != State::kConvened && mine.state != State::kSitting) return refuse(v1::RefusalCode::not_convened, "a meeting that is under way", command.matter() + " is not");
  const DecideMemory room = room_of(work, *matter);
  const Item now = sitting(work, *matter, room);
  v1::Ruling quorum = quorum_of(work, now);
  const std::string sentence = quorum.sentence();
  if (quorum.outcome() != v1::Outcome::no) return refuse(v1::RefusalCode::course_not_open, "an inquorate meeting", "it is not: " + sentence, std::move(quorum));
  const auto named = course_of(now);
  if (command.course() != named)
    return refuse(v1::RefusalCode::course_not_open, (states_course(now) ? "the course that the rule names: " : "the only course where the rule names none: ") + v1::QuorumRule::Failure_Name(named), command.course() == v1::QuorumRule::failure_unset ? "none was chosen" : "it is " + v1::QuorumRule::Failure_Name(command.course()), std::move(quorum));
  if (command.reason().empty()) return refuse(v1::RefusalCode::reason_required, "the reason, for the minutes", "none was given");
  if (auto no = check_clock(mine, command.at())) return no;
  v1::Event event;
  v1::CourseChosen& chosen = *event.mutable_course_chosen();
  chosen.set_matter(command.matter());
  chosen.set_course(command.course());
  chosen.set_reason(command.reason());
  if (named == v1::QuorumRule::ratify_by_parent || named == v1::QuorumRule::refer_conflicts_panel) chosen.set_refers_to(panel_of(now));
  *chosen.mutable_quorum() = std::move(quorum);
  work.emit(std::move(event));
  if (named != v1::QuorumRule::adjourn) return accept();
  v1::AdjournMeeting adjourn;
  adjourn.set_matter(command.matter());
  adjourn.set_reason(command.reason());
  adjourn.set_until(command.until());
  adjourn.set_at(command.at());
  return decide(work, adjourn);
}

void evolve(MeetMemory& mine, const v1::MeetingQuorumRuled& event) {
  if (mine.quorum != event.quorum().outcome()) mine.course = 0;
  mine.quorum = event.quorum().outcome();
}
void evolve(MeetMemory& mine, const v1::CourseChosen& event) { mine.course = event.course(); }

}  // namespace concordat::steps
