#include "engine/told.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "concordat/v1/ledger.pb.h"

namespace concordat {
namespace {

namespace pb = google::protobuf;

constexpr std::size_t kAskedBytesMax = 900'000;   // A record of the journal holds a little more than that, and the rulings go with it.
constexpr std::string_view kWithdrawn = "withdrawn: ";
constexpr std::string_view kClock = "system:clock";

// They name the same things by the same words; what differs is in add_words.
constexpr std::array<std::pair<std::string_view, std::string_view>, 51> kTold = {{
    {"rule_published", "publish_rule"}, {"procedure_published", "publish_procedure"}, {"rule_adopted", "adopt_rule"}, {"minute_noted", "note_minute"},
    {"action_recorded", "record_action"}, {"minutes_corrected", "correct_minutes"},     {"item_tabled", "table_item"}, {"interest_declared", "declare_interest"}, {"position_taken", "take_position"}, {"casting_vote_cast", "cast_casting_vote"},
    {"signed_off", "sign_off"}, {"transfer_planned", "plan_transfer"}, {"transfer_replanned", "plan_transfer"}, {"condition_met", "meet_condition"},
    {"transfer_took_effect", "take_effect"}, {"transfer_cancelled", "cancel_transfer"}, {"enacted", "enact"}, {"obligation_discharged", "discharge"},
    {"escalation_received", "confirm_receipt"}, {"escalation_routed", "pass_on"}, {"escalation_answered", "answer_escalation"}, {"escalation_returned", "return_escalation"},
    {"escalation_closed", "close_escalation"}, {"matter_opened", "open_matter"}, {"proposed", "propose"}, {"gate_answered", "ask_again"},
    {"decision_made", "close_item"}, {"meeting_convened", "convene"}, {"agenda_item_added", "add_agenda_item"}, {"attendance_recorded", "record_attendance"},
    {"public_excluded", "exclude_public"}, {"public_readmitted", "readmit_public"}, {"part_opened", "open_part"}, {"agenda_item_moved", "move_agenda_item"}, {"presiding_chosen", "choose_presiding"}, {"agenda_item_taken", "take_agenda_item"}, {"meeting_adjourned", "adjourn_meeting"}, {"meeting_ended", "end_meeting"},
    {"minutes_confirmed", "confirm_minutes"}, {"action_closed", "close_action"}, {"fact_retracted", "retract_fact"}, {"conflict_resolved", "resolve_conflict"},
    {"consensus_recorded", "record_consensus"}, {"urgent_action_taken", "take_urgent_action"}, {"planned_for_meeting", "plan_for_meeting"}, {"notice_served", "serve_notice"},
    {"agenda_paper_attached", "attach_agenda_paper"}, {"course_chosen", "choose_course"}, {"warning_answered", "answer_warning"}, {"procedure_changed", "change_procedure"},
    {"intervened", "intervene"}}};

const pb::Message& body_of(const v1::Event& event) {
  return event.GetReflection()->GetMessage(event, event.GetReflection()->GetOneofFieldDescriptor(event, v1::Event::descriptor()->oneof_decl(0)));
}

std::string_view name_of(const v1::Event& event) {
  const auto* one = event.GetReflection()->GetOneofFieldDescriptor(event, v1::Event::descriptor()->oneof_decl(0));
  return one == nullptr ? std::string_view() : std::string_view(one->name());
}

bool same_kind(const pb::FieldDescriptor* a, const pb::FieldDescriptor* b) {
  return a->type() == b->type() && a->is_repeated() == b->is_repeated() && a->message_type() == b->message_type() && a->enum_type() == b->enum_type();
}

void copy_list(const pb::Message& from, const pb::FieldDescriptor* field, pb::Message* to, const pb::FieldDescriptor* mine) {
  const auto *r = from.GetReflection(), *w = to->GetReflection();
  for (int i = 0; i < r->FieldSize(from, field); ++i) {
    if (field->message_type() != nullptr) w->AddMessage(to, mine)->CopyFrom(r->GetRepeatedMessage(from, field, i));
    if (field->type() == pb::FieldDescriptor::TYPE_STRING) w->AddString(to, mine, r->GetRepeatedString(from, field, i));
    if (field->type() == pb::FieldDescriptor::TYPE_UINT32) w->AddUInt32(to, mine, r->GetRepeatedUInt32(from, field, i));
  }
}

void copy_one(const pb::Message& from, const pb::FieldDescriptor* field, pb::Message* to, const pb::FieldDescriptor* mine) {
  const auto *r = from.GetReflection(), *w = to->GetReflection();
  if (field->message_type() != nullptr) w->MutableMessage(to, mine)->CopyFrom(r->GetMessage(from, field));
  if (field->type() == pb::FieldDescriptor::TYPE_STRING) w->SetString(to, mine, r->GetString(from, field));
  if (field->type() == pb::FieldDescriptor::TYPE_UINT32) w->SetUInt32(to, mine, r->GetUInt32(from, field));
  if (field->type() == pb::FieldDescriptor::TYPE_ENUM) w->SetEnumValue(to, mine, r->GetEnumValue(from, field));
  if (field->type() == pb::FieldDescriptor::TYPE_BOOL) w->SetBool(to, mine, r->GetBool(from, field));
}

// Fields that stand in both under one name.
void copy_common(const pb::Message& from, pb::Message* to) {
  std::vector<const pb::FieldDescriptor*> fields;
  from.GetReflection()->ListFields(from, &fields);
  for (const auto* field : fields) {
    const auto* mine = to->GetDescriptor()->FindFieldByName(field->name());
    if (mine == nullptr || !same_kind(field, mine)) continue;
    if (field->is_repeated()) copy_list(from, field, to, mine);
    else copy_one(from, field, to, mine);
  }
}

// What the command says in other words than the event that tells of it.
void add_words(const std::vector<v1::Event>& events, v1::Command* command) {
  const v1::Event& first = telling(events);
  if (first.has_procedure_changed()) command->mutable_change_procedure()->set_version(first.procedure_changed().to());
  if (first.has_meeting_convened()) *command->mutable_convene()->mutable_requisition() = first.meeting_convened().called_by();
  for (const v1::Event& event : events) {
    if (first.has_procedure_published() && &event != &first && event.has_procedure_published()) *command->mutable_publish_procedure()->add_together() = event.procedure_published().procedure();
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

// A fact that was asserted by command, and not written by a matter.
bool by_command(const v1::Event& event) { return event.has_fact_asserted() && event.fact_asserted().fact().source().matter().empty(); }

// What several events tell of together.
void gather(const std::vector<v1::Event>& events, v1::Command* command) {
  if (events.front().has_vocabulary_published()) *command->mutable_publish_vocabulary()->mutable_predicates() = events.front().vocabulary_published().predicates();
  for (const v1::Event& event : events) {
    if (events.front().has_document_registered() && event.has_document_registered()) *command->mutable_register_document()->add_documents() = event.document_registered().document();
    if (by_command(events.front()) && by_command(event)) *command->mutable_assert_facts()->add_facts() = event.fact_asserted().fact();
  }
}

// The start that every fact of a matter has: it may have overridden what the templates say. Empty: they differ.
std::string one_start(const std::vector<v1::Event>& events, const std::string& matter) {
  std::string from;
  for (const v1::Event& event : events) {
    if (!event.has_fact_asserted() || event.fact_asserted().fact().source().matter() != matter) continue;
    if (!from.empty() && from != event.fact_asserted().fact().from()) return {};
    from = event.fact_asserted().fact().from();
  }
  return from;
}

// The same command without a word that may have followed from elsewhere.
void add_without(std::vector<v1::Command>* all, void (*clear)(v1::Command&)) {
  v1::Command other = all->front();
  clear(other);
  all->push_back(std::move(other));
}

void add_readings(const std::vector<v1::Event>& events, std::vector<v1::Command>* all) {
  v1::Command& first = all->front();
  if (first.has_enact()) {
    first.mutable_enact()->set_from(one_start(events, first.enact().matter()));
    if (!first.enact().from().empty()) add_without(all, [](v1::Command& one) { one.mutable_enact()->clear_from(); });
  } else if (first.has_serve_notice()) {          // The papers that were named, or all that may go to each.
    add_without(all, [](v1::Command& one) { one.mutable_serve_notice()->clear_papers_of(); });
  } else if (first.has_change_procedure()) {      // It goes on where it stood.
    add_without(all, [](v1::Command& one) { one.mutable_change_procedure()->clear_step(); });
  }
}

// Nobody acted, and the time had come.
v1::Command due(const v1::Commit& commit, const v1::Event& first) {
  v1::Command out = envelope_told(commit);
  const pb::Message& body = body_of(first);
  const auto* matter = body.GetDescriptor()->FindFieldByName("matter");
  if (matter != nullptr) out.mutable_deadline_reached()->set_matter(body.GetReflection()->GetString(body, matter));
  return out;
}

}  // namespace

std::string_view command_told_by(std::string_view event) {
  const auto told = std::find_if(kTold.begin(), kTold.end(), [&](const auto& one) { return one.first == event; });
  return told == kTold.end() ? std::string_view() : told->second;
}

const v1::Event& telling(const std::vector<v1::Event>& events) { return events.front().has_meeting_quorum_ruled() && events.size() > 1 ? events[1] : events.front(); }

v1::Command envelope_told(const v1::Commit& commit) {
  v1::Command command;
  command.set_command_id(commit.command_id());
  command.set_ledger(commit.ledger());
  *command.mutable_actor() = commit.actor();
  command.set_acted_on(commit.acted_on());
  command.set_backfill(commit.backfill());
  return command;
}

void keep_asked(const v1::Command& command, v1::Refused* refused) {
  if (command.ByteSizeLong() > kAskedBytesMax) return;
  v1::Command& asked = *refused->mutable_asked();
  asked = command;
  asked.clear_command_id();
  asked.clear_ledger();
  asked.clear_actor();
  asked.clear_acted_on();
  asked.clear_backfill();
}

std::vector<v1::Command> commands_told(const v1::Commit& commit, const std::vector<v1::Event>& events) {
  if (events.empty()) return {};
  std::vector<v1::Command> out(1, envelope_told(commit));
  v1::Command& one = out.front();
  const v1::Event& first = telling(events);
  if (first.has_refused()) {
    one.MergeFrom(first.refused().asked());
  } else if (first.has_matter_closed() && first.matter_closed().outcome().starts_with(kWithdrawn)) {
    one.mutable_withdraw_matter()->set_matter(first.matter_closed().matter());
    one.mutable_withdraw_matter()->set_reason(first.matter_closed().outcome().substr(kWithdrawn.size()));
  } else if (commit.actor().who() == kClock) {
    one = due(commit, first);
  } else {
    const std::string_view told = command_told_by(name_of(first));
    if (!told.empty()) copy_common(body_of(first), one.GetReflection()->MutableMessage(&one, v1::Command::descriptor()->FindFieldByName(std::string(told))));
    add_words(events, &one);
    gather(events, &one);
    add_readings(events, &out);
    if (told.empty() || first.has_decision_made()) out.push_back(due(commit, first));
  }
  std::erase_if(out, [](const v1::Command& command) { return command.does_case() == v1::Command::DOES_NOT_SET; });
  return out;
}

}  // namespace concordat
