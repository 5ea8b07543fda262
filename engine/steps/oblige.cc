// oblige.cc, each   | Discharge              | DeadlineReached
// ------------------+------------------------+----------------------
// owed              | ObligationDischarged   | ObligationOverdue, stays owed; where the
//                   |                        |   procedure says so -> overdue
// overdue           | ObligationDischarged   | not_due
// discharged        | already_discharged     | not_due
// The last one discharged: discharged. What clocks of rules raise at a meeting (meet_clocks.cc) is discharged in the same way;
// the meeting is settled by it, and not left.
#include <algorithm>

#include "engine/calendar.h"
#include "engine/steps/after.h"
#include "engine/steps/meet.h"

namespace concordat::steps {
namespace {

std::vector<std::pair<std::string, std::string>> owers(const Work& work, const Matter& matter, const v1::Obligation& obligation) {
  const std::string& by = obligation.owed_by();
  const std::vector<std::string> bodies = bodies_named(work, matter, by);
  if (!by.starts_with("parties of ")) return {{obligation.id(), bodies.front()}};
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& body : bodies) out.emplace_back(obligation.id() + "/" + body, body);
  return out;
}

// Empty: no clock is set, or its calendar does not reach that far.
std::string due_of(const Work& work, const v1::Obligation& obligation) {
  if (obligation.days() == 0) return "";
  const auto day = days_after(work.state().record, obligation.working_days() ? obligation.calendar() : "", work.acted_on(), obligation.days());
  return day ? record::format(*day) : "";
}

// What is owed where the matter stands: at its step, or at the meeting.
Refusal find_owed(const Work& work, const std::string& id, const Matter** matter, const ObligeMemory** owed) {
  const auto at = work.state().matters.find(id);
  const bool meets = at != work.state().matters.end() && at->second.step->has_meet();
  if (auto no = meets ? find_meeting(work, id, matter) : work.find_at(id, v1::Step::kOblige, matter)) return no;
  if (auto no = may_act(work, **matter)) return no;
  *owed = meets ? &meeting_of(**matter).duties : &memory<ObligeMemory>(**matter, (*matter)->step->id());
  return accept();
}

}  // namespace

v1::Event owing(const Matter& at, const std::string& obligation, const std::string& by, const std::string& what, const std::string& due) {
  v1::Event event;
  v1::ObligationArose& arose = *event.mutable_obligation_arose();
  arose.set_matter(at.id);
  arose.set_step(at.step->id());
  arose.set_obligation(obligation);
  arose.set_owed_by(by);
  arose.set_what(what);
  arose.set_due(due);
  return event;
}

void discharged(Work& work, const std::string& matter, const std::string& obligation, const std::string& by, const std::string& evidence) {
  v1::Event event;
  v1::ObligationDischarged& done = *event.mutable_obligation_discharged();
  done.set_matter(matter);
  done.set_obligation(obligation);
  done.set_evidence(evidence);
  done.set_who(work.actor().who());
  done.set_owed_by(by);
  work.emit(std::move(event));
}

Refusal enter_oblige(Work& work, const Matter& matter) {
  const std::string id = matter.id;
  std::vector<v1::Event> events;
  for (const v1::Obligation& obligation : matter.step->oblige().obligations())
    for (auto& [name, by] : owers(work, matter, obligation)) events.push_back(owing(matter, name, by, obligation.what(), due_of(work, obligation)));
  for (v1::Event& event : events) work.emit(std::move(event));
  return events.empty() ? leave(work, id, "discharged") : accept();
}

Refusal decide(Work& work, const v1::Discharge& command) {
  const Matter* matter = nullptr;
  const ObligeMemory* here = nullptr;
  if (auto no = find_owed(work, command.matter(), &matter, &here)) return no;
  const auto& owed = here->owed;
  const auto mine = owed.find(command.obligation());
  if (mine == owed.end()) {
    std::string open;
    for (const auto& [name, one] : owed)
      if (!one.discharged) open += (open.empty() ? "" : ", ") + name;
    return refuse(v1::RefusalCode::obligation_not_found, open.empty() ? "something that is owed" : "one of " + open, "\"" + command.obligation() + "\" is not owed here");
  }
  if (mine->second.discharged) return refuse(v1::RefusalCode::already_discharged, "an obligation that is open", command.obligation() + " is discharged");
  const v1::Actor& actor = work.actor();
  if (actor.on_behalf_of() != mine->second.by && actor.who() != mine->second.by)
    return refuse(v1::RefusalCode::authority_missing, mine->second.by + " or someone on its behalf",
                  actor.who() + " acts on behalf of " + (actor.on_behalf_of().empty() ? "nobody" : actor.on_behalf_of()));
  if (command.evidence().empty()) return refuse(v1::RefusalCode::evidence_required, "evidence", "none was given");
  const std::string id = matter->id, step = matter->step->id();
  discharged(work, id, command.obligation(), std::string(mine->second.by), command.evidence());
  if (matter->step->has_meet()) {
    start_clocks(work, id, command.obligation());
    return settle(work, id);
  }
  next_clocks(work, id, command.obligation());
  const auto& now = memory<ObligeMemory>(*matter, step).owed;
  const bool all = std::all_of(now.begin(), now.end(), [](const auto& one) { return one.second.discharged; });
  return all ? leave(work, id, "discharged") : accept();
}

bool tell_overdue(Work& work, const std::string& id, const ObligeMemory& mine) {
  std::vector<v1::Event> events;
  for (const auto& [name, one] : mine.owed) {
    if (one.discharged || one.overdue || one.due.empty()) continue;
    const auto due = record::parse_day(one.due);
    if (!due.ok() || record::end_of_day_ms(*due) > work.now_ms()) continue;
    v1::ObligationOverdue& overdue = *events.emplace_back().mutable_obligation_overdue();
    overdue.set_matter(id);
    overdue.set_obligation(name);
    overdue.set_due(one.due);
  }
  for (v1::Event& event : events) work.emit(std::move(event));
  return !events.empty();
}

Refusal deadline_oblige(Work& work, const Matter& matter) {
  const std::string id = matter.id;
  const bool late = tell_overdue(work, id, memory<ObligeMemory>(matter, matter.step->id()));
  const auto& next = matter.step->next();
  const bool escalates = std::any_of(next.begin(), next.end(), [](const v1::Next& one) { return one.on() == "overdue"; });
  return escalates && late ? leave(work, id, "overdue") : accept();
}

void evolve(ObligeMemory& mine, const v1::ObligationArose& event) { mine.owed[event.obligation()] = {event.owed_by(), event.what(), event.due(), false, false}; }
void evolve(ObligeMemory& mine, const v1::ObligationDischarged& event) { mine.owed[event.obligation()].discharged = true; }
void evolve(ObligeMemory& mine, const v1::ObligationOverdue& event) { mine.owed[event.obligation()].overdue = true; }

}  // namespace concordat::steps
