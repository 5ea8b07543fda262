// What the files of the step kind `meet` share: the meeting as every command about it sees it.
#pragma once

#include <string>

#include "engine/steps/item.h"
#include "engine/steps/steps.h"

namespace concordat::steps {

// The open meeting that a command is about, and that whoever acts may act on it.
Refusal find_meeting(const Work& work, const std::string& id, const Matter** matter);
const MeetMemory& meeting_of(const Matter& matter);
const MeetMemory* meeting_in(const Work& work, const std::string& id);      // Null if no open matter of that id is a meeting.
Refusal not_over(const MeetMemory& mine, const std::string& id);
Refusal can_sit(const Work& work, const MeetMemory& mine, const std::string& id);     // Convened and its day has come, or under way.
bool is_present(const MeetMemory& mine, const std::string& who);
Refusal find_number(const MeetMemory& mine, std::uint32_t number);
Refusal check_part(const Work& work, const std::string& body, const std::string& part);
bool excludes(const Work& work, const std::string& body, const std::string& part, const std::string& party);   // Of that sitting.

// ---- meet_notice.cc ----
// Is notice given today long enough for that day? By the rule of the body in force; else by what the procedure states.
v1::Ruling notice_ruling(const Work& work, const Matter& matter, record::Day on);
// Papers that come after the time of the notice say why.
Refusal check_papers(const Work& work, const Matter& matter, const google::protobuf::RepeatedPtrField<v1::Paper>& papers);
// A meeting called by members does only the business they stated, where the rule says so.
Refusal only_stated(const Work& work, const Matter& matter);
// Before it sits: where lack of service makes a meeting invalid, every member was given notice.
Refusal everybody_served(const Work& work, const Matter& matter);
// Members to whom no notice is recorded, although others have been given it.
std::vector<std::string> not_served(const Work& work, const Matter& matter);

// ---- meet_time.cc ----
// A time of day, "09:05", or none.
Refusal check_time(const std::string& at);
// The same, of something that happens in the room: not before the time for which the meeting was called, and not before what
// was recorded last on that day. `early`: people come before it starts.
Refusal check_clock(const MeetMemory& mine, const std::string& at, bool early = false);
// What is recorded next is no earlier. A time that an earlier build let pass as anything else is passed over.
void tick(MeetMemory& mine, const std::string& at);

// ---- meet_agenda.cc ----
// It was before a meeting as a private item, or what it came of was: a referral is as private as the matter that waits for it.
bool stays_private(const Work& work, const Matter& matter);

// ---- meet_quorum.cc ----
// The meeting as an item is seen, under the body's rules in force today. `mine` must outlive it.
Item sitting(const Work& work, const Matter& matter, const DecideMemory& mine);
// Rules the meeting's quorum anew, and records it when that changes what the meeting can do, and as it opens; nothing if it
// is no meeting.
Refusal rule_meeting_quorum(Work& work, const std::string& meeting, const std::string& at, bool opens = false);

// An inquorate meeting goes on in an advisory way only after whoever presides has said so.
Refusal course_chosen(const Work& work, const std::string& meeting);
// It was said that it does, where no rule says what an inquorate meeting does.
bool goes_on_advising(const Work& work, const std::string& meeting);

// The item under discussion is put before those present now, so that its quorum is ruled anew; nothing if it is not one
// that is still to be decided.
Refusal roll_again(Work& work, const std::string& meeting);

// The room empties: items that were before the meeting and are still undecided lie before nobody, until they are taken again.
void lay_down(Work& work, const std::string& meeting);

// ---- meet_chair.cc ----
// Who presides, of those who are there; empty: nobody may.
std::string presides(const Work& work, const Matter& matter);

// ---- urgent.cc ----
// Put to the body: urgent action is reported when its item is tabled.
Refusal report_urgent(Work& work, const Matter& matter, const std::string& meeting);
// A meeting has ended: what was to be reported there and was not is overdue.
Refusal urgent_left_unreported(Work& work, const std::string& body, const std::string& meeting);

// ---- meet_clocks.cc ----
// What the clocks that count from there ask of the meeting: before_meeting, meeting, approval, decision, or another clock
// that has been met; nothing if no rule frozen at its opening has such a clock. False if it is no open meeting. `about`: the
// matter that was decided.
bool start_clocks(Work& work, const std::string& meeting, std::string_view from, const std::string& about = {});

// Leaves the step once the minutes are confirmed, no action is open and nothing is owed.
Refusal settle(Work& work, const std::string& meeting);

}  // namespace concordat::steps
