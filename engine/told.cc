#include "engine/told.h"

#include <algorithm>
#include <array>
#include <utility>

#include "concordat/v1/ledger.pb.h"

namespace concordat {
namespace {

// They name the same things by the same words; what differs is in add_words_told.
constexpr std::array<std::pair<std::string_view, std::string_view>, 47> kTold = {{
    {"rule_published", "publish_rule"}, {"procedure_published", "publish_procedure"}, {"rule_adopted", "adopt_rule"}, {"minute_noted", "note_minute"},
    {"action_recorded", "record_action"}, {"minutes_corrected", "correct_minutes"},     {"item_tabled", "table_item"}, {"interest_declared", "declare_interest"}, {"position_taken", "take_position"}, {"casting_vote_cast", "cast_casting_vote"},
    {"signed_off", "sign_off"}, {"transfer_planned", "plan_transfer"}, {"transfer_replanned", "plan_transfer"}, {"condition_met", "meet_condition"},
    {"transfer_took_effect", "take_effect"}, {"transfer_cancelled", "cancel_transfer"}, {"enacted", "enact"}, {"obligation_discharged", "discharge"},
    {"escalation_received", "confirm_receipt"}, {"escalation_routed", "pass_on"}, {"escalation_answered", "answer_escalation"}, {"escalation_returned", "return_escalation"},
    {"escalation_closed", "close_escalation"}, {"matter_opened", "open_matter"}, {"proposed", "propose"}, {"gate_answered", "ask_again"},
    {"decision_made", "close_item"}, {"meeting_convened", "convene"}, {"agenda_item_added", "add_agenda_item"}, {"attendance_recorded", "record_attendance"},
    {"public_excluded", "exclude_public"}, {"agenda_item_taken", "take_agenda_item"}, {"meeting_adjourned", "adjourn_meeting"}, {"meeting_ended", "end_meeting"},
    {"minutes_confirmed", "confirm_minutes"}, {"action_closed", "close_action"}, {"fact_retracted", "retract_fact"}, {"conflict_resolved", "resolve_conflict"},
    {"consensus_recorded", "record_consensus"}, {"urgent_action_taken", "take_urgent_action"}, {"planned_for_meeting", "plan_for_meeting"}, {"notice_served", "serve_notice"},
    {"agenda_paper_attached", "attach_agenda_paper"}, {"course_chosen", "choose_course"}, {"warning_answered", "answer_warning"}, {"procedure_changed", "change_procedure"},
    {"intervened", "intervene"}}};

}  // namespace

std::string_view command_told_by(std::string_view event) {
  const auto told = std::find_if(kTold.begin(), kTold.end(), [&](const auto& one) { return one.first == event; });
  return told == kTold.end() ? std::string_view() : told->second;
}

const v1::Event& telling(const std::vector<v1::Event>& events) { return events.front().has_meeting_quorum_ruled() && events.size() > 1 ? events[1] : events.front(); }

void add_words_told(const std::vector<v1::Event>& events, v1::Command* command) {
  const v1::Event& first = telling(events);
  if (first.has_procedure_changed()) command->mutable_change_procedure()->set_version(first.procedure_changed().to());
  if (first.has_meeting_convened()) *command->mutable_convene()->mutable_requisition() = first.meeting_convened().called_by();
  for (const v1::Event& event : events) {
    if (first.has_notice_served() && event.has_notice_served()) command->mutable_serve_notice()->add_to(event.notice_served().to());
    if (!first.has_course_chosen() || !event.has_meeting_adjourned()) continue;
    command->mutable_choose_course()->set_until(event.meeting_adjourned().until());
    command->mutable_choose_course()->set_at(event.meeting_adjourned().at());
  }
  if (!first.has_consensus_recorded()) return;
  for (const v1::PartyPosition& one : first.consensus_recorded().positions()) {
    if (one.position() != v1::Position::against) continue;
    v1::RecordConsensus::Objection& objection = *command->mutable_record_consensus()->add_objections();
    objection.set_party(one.party());
    objection.set_reason(one.reason());
    objection.set_seat(one.seat());
  }
}

}  // namespace concordat
