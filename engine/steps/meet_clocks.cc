// meet_clocks.cc: by when papers, minutes and decisions are out (P25). Each clock of a rule that was in force as the meeting
// was opened raises an obligation of whoever the rule names; oblige.cc discharges it, and tells when it is late.
//
// the clock counts from | it arises                     | due
// ----------------------+-------------------------------+---------------------------------------------
// before_meeting        | with the notice; again if the | the last day that leaves so many days,
//                       |   day moves and it is open    |   clear ones if working days
// meeting               | as the meeting ends           | so many days after
// approval              | as its minutes are confirmed  | so many days after
// decision              | with each decision made there | so many days after
// another clock, by name| as what that asks is done     | so many days after
// A clock that states no days raises it without a date. Of several rules the first that has the clock is asked.
#include <set>

#include "engine/calendar.h"
#include "engine/steps/meet.h"

namespace concordat::steps {
namespace {

constexpr std::string_view kBefore = "before_meeting";

std::string due_of(const Work& work, const Matter& meeting, const v1::Clock& clock) {
  if (clock.days() == 0) return "";
  const v1::MeetStep& step = meeting.step->meet();
  const std::string calendar = !clock.working_days() ? "" : !clock.calendar().empty() ? clock.calendar() : !step.calendar().empty() ? step.calendar() : step.notice().calendar();
  if (clock.working_days() && calendar.empty()) return "";   // Whose working days, nobody says.
  const auto on = record::parse_day(meeting_of(meeting).on);
  if (clock.from() == kBefore && !on.ok()) return "";
  const auto day = clock.from() == kBefore ? days_before(work.state().record, calendar, *on, clock.days()) : days_after(work.state().record, calendar, work.acted_on(), clock.days());
  return day ? record::format(*day) : "";
}

}  // namespace

void start_clocks(Work& work, const std::string& id, std::string_view from, const std::string& about) {
  const auto found = work.state().matters.find(id);
  if (found == work.state().matters.end() || !found->second.step->has_meet()) return;
  const Matter& meeting = found->second;
  const MeetMemory& mine = meeting_of(meeting);
  std::vector<v1::Event> events;
  std::set<std::string> asked;
  for (const v1::Rule* rule : frozen(work, meeting, meeting.step->id()))
    for (const v1::Clock& clock : rule->clocks()) {
      if (!asked.insert(clock.of()).second || clock.from() != from) continue;
      const std::string name = clock.of() + (about.empty() ? "" : "/" + about);
      const auto before = mine.duties.owed.find(name);
      const std::string due = due_of(work, meeting, clock);
      if (before != mine.duties.owed.end() && (before->second.discharged || before->second.due == due)) continue;
      v1::ObligationArose& arose = *events.emplace_back().mutable_obligation_arose();
      arose.set_matter(id);
      arose.set_step(meeting.step->id());
      arose.set_obligation(name);
      arose.set_owed_by(clock.owed_by().empty() ? mine.body : clock.owed_by());
      arose.set_what(clock.what().empty() ? clock.of() : clock.what());
      arose.set_due(due);
      arose.mutable_rule()->set_id(rule->id());
      arose.mutable_rule()->set_version(rule->version());
    }
  for (v1::Event& event : events) work.emit(std::move(event));
}

}  // namespace concordat::steps
