// meet_minutes.cc: what a meeting leaves: notes, actions with their clock, minutes. The minutes themselves are drafted from the events by
// whoever reads them; here they are only confirmed, and then added to.
#include <algorithm>

#include "engine/steps/meet.h"

namespace concordat::steps {
namespace {

Refusal unconfirmed(const MeetMemory& mine, const std::string& id) {
  if (!mine.confirmed) return accept();
  return refuse(v1::RefusalCode::minutes_confirmed, "minutes that are still a draft", "those of " + id + " are confirmed; add a correction");
}

// A settled meeting has left the memory; that it is closed says that its minutes were confirmed.
bool settled(const v1::Refused& no) { return no.code() == v1::RefusalCode::matter_closed && no.sentence().ends_with("is closed: settled"); }

// The meeting, while its minutes are a draft.
Refusal find_draft(const Work& work, const std::string& id, const Matter** matter) {
  if (auto no = find_meeting(work, id, matter)) return settled(*no) ? refuse(v1::RefusalCode::minutes_confirmed, "minutes that are still a draft", "those of " + id + " are confirmed; add a correction") : no;
  return unconfirmed(meeting_of(**matter), id);
}

Refusal needs(const std::string& text, const std::string& what) {
  return text.empty() ? refuse(v1::RefusalCode::field_missing, what, "none was given") : accept();
}

// What is still to be done moves into the log of the meeting that confirms the minutes, so that no meeting is kept open for it.
void carry(Work& work, const std::string& from, const std::string& to) {
  const MeetMemory& mine = meeting_of(work.state().matters.find(from)->second);
  const MeetMemory& next = meeting_of(work.state().matters.find(to)->second);
  for (std::uint32_t number = 1; number <= mine.actions.size(); ++number) {
    const MeetMemory::Action action = mine.actions[number - 1];
    if (action.closed) continue;
    v1::Event recorded;
    v1::ActionRecorded& there = *recorded.mutable_action_recorded();
    there.set_matter(to);
    there.set_action(static_cast<std::uint32_t>(next.actions.size() + 1));
    there.set_what(action.what);
    there.set_owner(action.owner);
    there.set_due(action.due);
    there.set_from_meeting(from);
    there.set_from_action(number);
    there.set_overdue(action.overdue);
    there.set_private_item(action.hidden);
    v1::Event carried;
    carried.mutable_action_carried()->set_matter(from);
    carried.mutable_action_carried()->set_action(number);
    carried.mutable_action_carried()->set_to_meeting(to);
    carried.mutable_action_carried()->set_to_action(there.action());
    work.emit(std::move(recorded));
    work.emit(std::move(carried));
  }
}

}  // namespace

Refusal settle(Work& work, const std::string& meeting) {
  const MeetMemory& mine = meeting_of(work.state().matters.find(meeting)->second);
  const bool open = std::any_of(mine.actions.begin(), mine.actions.end(), [](const auto& action) { return !action.closed; });
  const bool owed = std::any_of(mine.duties.owed.begin(), mine.duties.owed.end(), [](const auto& one) { return !one.second.discharged; });
  return mine.confirmed && !open && !owed ? leave(work, meeting, "settled") : accept();
}

Refusal decide(Work& work, const v1::NoteMinute& command) {
  const Matter* matter = nullptr;
  if (auto no = find_draft(work, command.matter(), &matter)) return no;
  const MeetMemory& mine = meeting_of(*matter);
  if (auto no = find_number(mine, command.number())) return no;
  if (auto no = needs(command.words(), "words for the minutes")) return no;
  v1::Event event;
  event.mutable_minute_noted()->set_matter(command.matter());
  event.mutable_minute_noted()->set_number(command.number());
  event.mutable_minute_noted()->set_words(command.words());
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::RecordAction& command) {
  const Matter* matter = nullptr;
  if (auto no = find_draft(work, command.matter(), &matter)) return no;
  const MeetMemory& mine = meeting_of(*matter);
  if (auto no = find_number(mine, command.number())) return no;
  if (auto no = needs(command.what(), "what is to be done")) return no;
  if (auto no = needs(command.owner(), "who will do it")) return no;
  if (!command.due().empty())
    if (const auto day = record::parse_day(command.due()); !day.ok()) return refuse(v1::RefusalCode::bad_date, "the day by which it is due (YYYY-MM-DD), or none", day.status().why());
  v1::Event event;
  v1::ActionRecorded& recorded = *event.mutable_action_recorded();
  recorded.set_matter(command.matter());
  recorded.set_action(static_cast<std::uint32_t>(mine.actions.size() + 1));
  recorded.set_number(command.number());
  recorded.set_private_item(command.number() > 0 && mine.agenda[command.number() - 1].hidden);
  recorded.set_what(command.what());
  if (auto no = resolve(work, command.owner(), recorded.mutable_owner())) return no;
  recorded.set_due(command.due());
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::CloseAction& command) {
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter))
    return settled(*no) ? refuse(v1::RefusalCode::action_not_found, "an action in the log of an open meeting", command.matter() + " is settled; what was still to be done stands in the log of the meeting that confirmed its minutes") : no;
  const MeetMemory& mine = meeting_of(*matter);
  if (command.action() < 1 || command.action() > mine.actions.size() || mine.actions[command.action() - 1].closed)
    return refuse(v1::RefusalCode::action_not_found, "the number of an open action of " + command.matter(), std::to_string(command.action()) + " is none");
  if (auto no = needs(command.how(), "how it was done")) return no;
  v1::Event event;
  event.mutable_action_closed()->set_matter(command.matter());
  event.mutable_action_closed()->set_action(command.action());
  event.mutable_action_closed()->set_how(command.how());
  work.emit(std::move(event));
  return settle(work, command.matter());
}

Refusal decide(Work& work, const v1::ConfirmMinutes& command) {
  const Matter* matter = nullptr;
  if (auto no = find_draft(work, command.matter(), &matter)) return no;
  const MeetMemory& mine = meeting_of(*matter);
  if (mine.state != MeetMemory::State::kEnded) return refuse(v1::RefusalCode::meeting_not_over, "a meeting that has ended", command.matter() + " has not");
  const auto next = work.state().matters.find(command.at_meeting());
  const bool sits = command.at_meeting() != command.matter() && next != work.state().matters.end() && next->second.step->has_meet() &&
                    meeting_of(next->second).state == MeetMemory::State::kSitting && meeting_of(next->second).body == mine.body;
  if (!sits) return refuse(v1::RefusalCode::not_convened, "a later meeting of " + mine.body + " that is under way", command.at_meeting().empty() ? "none was named" : command.at_meeting() + " is none");
  if (const int quorum = meeting_of(next->second).quorum; quorum == v1::Outcome::no || quorum == v1::Outcome::unset)      // Unset: nobody has come to the part that has begun.
    return refuse(v1::RefusalCode::inquorate, "a quorate meeting to confirm the minutes", command.at_meeting() + " is not");
  v1::Event event;
  event.mutable_minutes_confirmed()->set_matter(command.matter());
  event.mutable_minutes_confirmed()->set_at_meeting(command.at_meeting());
  work.emit(std::move(event));
  carry(work, command.matter(), command.at_meeting());
  start_clocks(work, command.matter(), "approval");
  return settle(work, command.matter());
}

Refusal deadline_meet(Work& work, const Matter& matter) {
  std::vector<v1::Event> events;
  const MeetMemory& mine = meeting_of(matter);
  for (std::uint32_t number = 1; number <= mine.actions.size(); ++number) {
    const MeetMemory::Action& action = mine.actions[number - 1];
    const auto due = record::parse_day(action.due);
    if (action.closed || action.overdue || !due.ok() || record::end_of_day_ms(*due) > work.now_ms()) continue;
    v1::ActionOverdue& overdue = *events.emplace_back().mutable_action_overdue();
    overdue.set_matter(matter.id);
    overdue.set_action(number);
    overdue.set_owner(action.owner);
    overdue.set_due(action.due);
  }
  const std::string id = matter.id;
  for (v1::Event& event : events) work.emit(std::move(event));
  (void)tell_overdue(work, id, meeting_of(work.state().matters.find(id)->second).duties);
  return accept();
}

// Also when the meeting is closed: its matter has left the memory, so what is added is checked against its outcome and the length of its agenda.
Refusal decide(Work& work, const v1::CorrectMinutes& command) {
  if (auto no = needs(command.words(), "the words of the correction")) return no;
  if (command.reason().empty()) return refuse(v1::RefusalCode::reason_required, "the reason for the correction", "none was given");
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter)) {
    if (!settled(*no)) return no;
    if (auto barred = may_act(work, std::string_view())) return barred;
  } else if (!meeting_of(*matter).confirmed) {
    return refuse(v1::RefusalCode::minutes_not_confirmed, "confirmed minutes", "those of " + command.matter() + " are a draft; note what is missing");
  }
  const auto left = work.state().just_closed.find(command.matter());
  const std::size_t items = matter != nullptr ? meeting_of(*matter).agenda.size() : left != work.state().just_closed.end() ? left->second.items : work.prefetched().items;
  if (command.number() > items) return refuse(v1::RefusalCode::agenda_item_not_found, "the number of an item of the agenda, 1 to " + std::to_string(items) + ", or none for the minutes as a whole", std::to_string(command.number()) + " is none");
  v1::Event event;
  v1::MinutesCorrected& corrected = *event.mutable_minutes_corrected();
  corrected.set_matter(command.matter());
  corrected.set_number(command.number());
  corrected.set_words(command.words());
  corrected.set_reason(command.reason());
  work.emit(std::move(event));
  return accept();
}

void evolve(MeetMemory& mine, const v1::ActionRecorded& event) { mine.actions.push_back({event.what(), event.owner(), event.due(), false, event.overdue(), event.private_item()}); }
void evolve(MeetMemory& mine, const v1::ActionClosed& event) { mine.actions[event.action() - 1].closed = true; }
void evolve(MeetMemory& mine, const v1::ActionOverdue& event) { mine.actions[event.action() - 1].overdue = true; }
void evolve(MeetMemory& mine, const v1::ActionCarried& event) { mine.actions[event.action() - 1].closed = true; }
void evolve(MeetMemory& mine, const v1::MinutesConfirmed&) { mine.confirmed = true; }

}  // namespace concordat::steps
