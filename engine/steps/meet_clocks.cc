// meet_clocks.cc: by when papers, minutes and decisions are out (P25). Each clock of a rule that was in force as the meeting
// was opened raises an obligation of whoever the rule names; oblige.cc discharges it, and tells when it is late. Of a decision
// that no open meeting carries the same is raised beside the matter (after.cc).
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
#include "engine/steps/after.h"
#include "engine/steps/meet.h"

namespace concordat::steps {
namespace {

constexpr std::string_view kBefore = "before_meeting";

std::string due_of(const Work& work, const v1::Clock& clock, const Counting& at) {
  if (clock.days() == 0) return "";
  const std::string calendar = !clock.working_days() ? "" : !clock.calendar().empty() ? clock.calendar() : at.calendar;
  if (clock.working_days() && calendar.empty()) return "";   // Whose working days, nobody says.
  const auto on = record::parse_day(at.on);
  if (clock.from() == kBefore && !on.ok()) return "";
  const auto day = clock.from() == kBefore ? days_before(work.state().record, calendar, *on, clock.days()) : days_after(work.state().record, calendar, work.acted_on(), clock.days());
  return day ? record::format(*day) : "";
}

}  // namespace

std::vector<v1::Event> counting_from(const Work& work, const std::vector<const v1::Rule*>& rules, std::string_view from, const Counting& at) {
  std::vector<v1::Event> out;
  std::set<std::string> asked;
  for (const v1::Rule* rule : rules)
    for (const v1::Clock& clock : rule->clocks()) {
      if (!asked.insert(clock.of()).second || clock.from() != from) continue;
      v1::ObligationArose& arose = *out.emplace_back().mutable_obligation_arose();
      arose.set_matter(at.matter);
      arose.set_step(at.step);
      arose.set_obligation(clock.of() + (at.about.empty() ? "" : "/" + at.about));
      arose.set_owed_by(!clock.owed_by().empty() ? clock.owed_by() : !at.body.empty() ? at.body : rule->body());
      arose.set_what(clock.what().empty() ? clock.of() : clock.what());
      arose.set_due(due_of(work, clock, at));
      arose.mutable_rule()->set_id(rule->id());
      arose.mutable_rule()->set_version(rule->version());
    }
  return out;
}

bool start_clocks(Work& work, const std::string& id, std::string_view from, const std::string& about) {
  const auto found = work.state().matters.find(id);
  if (found == work.state().matters.end() || !found->second.step->has_meet()) return false;
  const Matter& meeting = found->second;
  const MeetMemory& mine = meeting_of(meeting);
  const v1::MeetStep& step = meeting.step->meet();
  const std::string calendar = !step.calendar().empty() ? step.calendar() : step.notice().calendar();
  for (v1::Event& event : counting_from(work, frozen(work, meeting, meeting.step->id()), from, {id, meeting.step->id(), about, mine.body, calendar, mine.on})) {
    const auto before = mine.duties.owed.find(event.obligation_arose().obligation());
    if (before != mine.duties.owed.end() && (before->second.discharged || before->second.due == event.obligation_arose().due())) continue;
    work.emit(std::move(event));
  }
  return true;
}

}  // namespace concordat::steps
