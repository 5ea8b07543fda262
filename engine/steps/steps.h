// The closed set of step kinds. Each kind is one file pair-less .cc under this contract:
//   enter   when a matter arrives at the step: emits what follows at once, and may leave again.
//   decide  its commands.
//   evolve  its events, on its own memory.
// A Refusal after something was emitted is taken back by the engine (Work::undo).
#pragma once

#include "engine/work.h"

namespace concordat::steps {

// ---- The path of a matter (path.cc) ----
Refusal enter(Work& work, const std::string& matter);                               // The step it stands at.
Refusal leave(Work& work, const std::string& matter, const std::string& outcome);   // On to the next, or the end.
// Outcomes a step can have; what `next` must cover. Sorted.
std::vector<std::string> outcomes(const v1::Step& step);

// Somebody in the room, as a list of those present names them: everything that is known of them.
v1::Attendee listed(const DecideMemory::Attendee& one);                             // room.cc

// Who signs at the sign-off where the matter stands. Sorted where the record names them.
std::vector<std::string> parties_that_sign(const Work& work, const Matter& matter);
// An act that comes too early: the agreement, signature or ratification that it waits for, by name. Empty if the matter
// does not stand at such a step, or what is asked for is no act that could follow.
Refusal too_early(const Work& work, const Matter& matter, v1::Step::KindCase wanted);
// The step at which a meeting next decides the matter: where it stands, or further on; null if none does.
const v1::Step* next_tabled(const Matter& matter);                                  // meet_agenda.cc

// ---- Commands, by kind ----
Refusal decide(Work&, const v1::OpenMatter&);           // matter.cc
Refusal decide(Work&, const v1::WithdrawMatter&);
Refusal decide(Work&, const v1::DeadlineReached&);
Refusal decide(Work&, const v1::Propose&);              // propose.cc
Refusal decide(Work&, const v1::AskAgain&);             // gate.cc
Refusal decide(Work&, const v1::TableItem&);            // decide.cc
Refusal decide(Work&, const v1::DeclareInterest&);     // interest.cc
Refusal decide(Work&, const v1::TakePosition&);
Refusal decide(Work&, const v1::CloseItem&);
Refusal decide(Work&, const v1::CastCastingVote&);
Refusal decide(Work&, const v1::AnswerWarning&);
Refusal decide(Work&, const v1::SignOff&);              // sign_off.cc
Refusal decide(Work&, const v1::PlanTransfer&);         // transfer.cc
Refusal decide(Work&, const v1::MeetCondition&);
Refusal decide(Work&, const v1::TakeEffect&);
Refusal decide(Work&, const v1::CancelTransfer&);
Refusal decide(Work&, const v1::Enact&);                // declare.cc
Refusal decide(Work&, const v1::Discharge&);            // oblige.cc
Refusal decide(Work&, const v1::ConfirmReceipt&);       // escalate.cc
Refusal decide(Work&, const v1::PassOn&);
Refusal decide(Work&, const v1::AnswerEscalation&);
Refusal decide(Work&, const v1::ReturnEscalation&);
Refusal decide(Work&, const v1::CloseEscalation&);
Refusal decide(Work&, const v1::Intervene&);            // wait.cc
Refusal decide(Work&, const v1::Convene&);             // meet.cc
Refusal decide(Work&, const v1::AddAgendaItem&);
Refusal decide(Work&, const v1::RecordAttendance&);
Refusal decide(Work&, const v1::ExcludePublic&);
Refusal decide(Work&, const v1::ReadmitPublic&);
Refusal decide(Work&, const v1::OpenPart&);
Refusal decide(Work&, const v1::MoveAgendaItem&);
Refusal decide(Work&, const v1::ChoosePresiding&);      // meet_chair.cc
Refusal decide(Work&, const v1::TakeAgendaItem&);
Refusal decide(Work&, const v1::AdjournMeeting&);
Refusal decide(Work&, const v1::EndMeeting&);
Refusal decide(Work&, const v1::NoteMinute&);          // meet_minutes.cc
Refusal decide(Work&, const v1::RecordAction&);
Refusal decide(Work&, const v1::CloseAction&);
Refusal decide(Work&, const v1::ConfirmMinutes&);
Refusal decide(Work&, const v1::CorrectMinutes&);
Refusal decide(Work&, const v1::ServeNotice&);         // meet_notice.cc
Refusal decide(Work&, const v1::PlanForMeeting&);      // meet_agenda.cc
Refusal decide(Work&, const v1::DrawAgenda&);
Refusal decide(Work&, const v1::AttachAgendaPaper&);
Refusal decide(Work&, const v1::ChooseCourse&);        // meet_quorum.cc
Refusal decide(Work&, const v1::RecordConsensus&);     // consensus.cc
Refusal decide(Work&, const v1::TakeUrgentAction&);    // urgent.cc

// ---- Entering and due times, by kind ----
inline constexpr const char* kOpened = "opened";         // Outcome of a referral that goes on.
Refusal enter_propose(Work&, const Matter&);
Refusal enter_sign_off(Work&, const Matter&);
Refusal enter_gate(Work&, const Matter&);
Refusal enter_declare(Work&, const Matter&);
Refusal enter_oblige(Work&, const Matter&);
Refusal enter_escalate(Work&, const Matter&);
Refusal enter_refer(Work&, const Matter&);
Refusal enter_wait(Work&, const Matter&);

// The next time at which the step where the matter stands wants DeadlineReached; 0 = never. Pure function of the matter.
std::int64_t due_ms(const Matter& matter);
Refusal deadline_decide(Work&, const Matter&);
Refusal deadline_sign_off(Work&, const Matter&);
Refusal deadline_oblige(Work&, const Matter&);
Refusal deadline_escalate(Work&, const Matter&);
Refusal deadline_wait(Work&, const Matter&);
Refusal deadline_meet(Work&, const Matter&);
// ---- What is owed, at whatever step (oblige.cc) ----
v1::Event owing(const Matter& at, const std::string& obligation, const std::string& by, const std::string& what, const std::string& due);
void discharged(Work&, const std::string& matter, const std::string& obligation, const std::string& by, const std::string& evidence);
// Tells what of that is overdue by now; was there anything?
bool tell_overdue(Work&, const std::string& matter, const ObligeMemory& mine);
// Urgent action that the body was to be told of by now; whatever step the matter stands at.
bool urgent_report_due(const Work&, const Matter&);
Refusal deadline_urgent(Work&, const Matter&);
// Waits for facts are looked at again after a command that changed the record.
Refusal record_changed(Work&);

// ---- Events, on their own memory ----
void evolve(DecideMemory&, const v1::ItemTabled&);
void evolve(DecideMemory&, const v1::InterestDeclared&);
void evolve(DecideMemory&, const v1::PositionTaken&);
void evolve(DecideMemory&, const v1::CastingVoteCast&);
void evolve(DecideMemory&, const v1::WarningAnswered&);
void evolve(DecideMemory&, const v1::ConsensusRecorded&);
void evolve(DecideMemory&, const v1::PlannedForMeeting&);
void evolve(DecideMemory&, const v1::UrgentActionTaken&);
void evolve(DecideMemory&, const v1::UrgentActionReported&);
void evolve(DecideMemory&, const v1::UrgentReportOverdue&);
void evolve(SignOffMemory&, const v1::SignedOff&);
void evolve(TransferMemory&, const v1::TransferPlanned&);
void evolve(TransferMemory&, const v1::TransferReplanned&);
void evolve(TransferMemory&, const v1::ConditionMet&);
void evolve(TransferMemory&, const v1::TransferTookEffect&);
void evolve(TransferMemory&, const v1::TransferCancelled&);
void evolve(ObligeMemory&, const v1::ObligationArose&);
void evolve(ObligeMemory&, const v1::ObligationDischarged&);
void evolve(ObligeMemory&, const v1::ObligationOverdue&);
void evolve(EscalateMemory&, const v1::EscalationRaised&);
void evolve(EscalateMemory&, const v1::EscalationRouted&);
void evolve(EscalateMemory&, const v1::EscalationReceived&);
void evolve(EscalateMemory&, const v1::EscalationAnswered&);
void evolve(EscalateMemory&, const v1::ReceiptOverdue&);
void evolve(ReferMemory&, const v1::MatterReferred&);
void evolve(ReferMemory&, const v1::ReferralConcluded&);
void evolve(WaitMemory&, const v1::WaitStarted&);
void evolve(MeetMemory&, const v1::MeetingConvened&);
void evolve(MeetMemory&, const v1::AgendaItemAdded&);
void evolve(MeetMemory&, const v1::AttendanceRecorded&);
void evolve(MeetMemory&, const v1::PublicExcluded&);
void evolve(MeetMemory&, const v1::PublicReadmitted&);
void evolve(MeetMemory&, const v1::PartOpened&);
void evolve(MeetMemory&, const v1::AgendaItemMoved&);
void evolve(MeetMemory&, const v1::PresidingChosen&);
void evolve(MeetMemory&, const v1::AgendaItemTaken&);
void evolve(MeetMemory&, const v1::MeetingAdjourned&);
void evolve(MeetMemory&, const v1::MeetingEnded&);
void evolve(MeetMemory&, const v1::ActionRecorded&);
void evolve(MeetMemory&, const v1::ActionClosed&);
void evolve(MeetMemory&, const v1::MinutesConfirmed&);
void evolve(MeetMemory&, const v1::NoticeServed&);
void evolve(MeetMemory&, const v1::MeetingQuorumRuled&);
void evolve(MeetMemory&, const v1::CourseChosen&);
void evolve(MeetMemory&, const v1::ActionOverdue&);
void evolve(MeetMemory&, const v1::ActionCarried&);

// The memory of that kind at that step; a default one if there is none yet.
template <typename T>
const T& memory(const Matter& matter, std::string_view step) {
  static const T none;
  const auto found = matter.memories.find(step);
  return found == matter.memories.end() ? none : std::get<T>(found->second);
}

}  // namespace concordat::steps
