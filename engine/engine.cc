// Commands come in here: well-formed or not, then one switch without default.
#include "engine/engine.h"

#include "engine/facts.h"
#include "engine/private.h"
#include "engine/shape.h"
#include "engine/steps/steps.h"
#include "engine/told.h"
#include "engine/work.h"

namespace concordat {
namespace {

constexpr std::size_t kSeatingsKept = 1000;          // Bodies; any more, and none is kept.

constexpr std::size_t kIdBytesMax = 64;
constexpr int kFactsPerCommandMax = 200;   // One commit must stay below a broker's usual megabyte.

Status check_id(const std::string& field, const std::string& id) {
  if (id.empty() || id.size() > kIdBytesMax) return Status::invalid(field + ": expected 1 to 64 characters, but it has " + std::to_string(id.size()));
  for (const char c : id)
    if (c <= ' ' || c > '~') return Status::invalid(field + ": expected printable characters without spaces, but \"" + id + "\" has others");
  return {};
}

// Enum numbers this build does not know are refused here, so that nothing inside meets one.
Status check_enums(const google::protobuf::Message& message, const std::string& path) {
  const auto* reflection = message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const std::string at = path + field->name() + (field->is_repeated() ? "[" + std::to_string(i) + "]" : "");
      if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
        if (Status status = check_enums(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i) : reflection->GetMessage(message, field), at + "."); !status.ok()) return status;
      } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_ENUM) {
        const int number = field->is_repeated() ? reflection->GetRepeatedEnumValue(message, field, i) : reflection->GetEnumValue(message, field);
        if (field->enum_type()->FindValueByNumber(number) == nullptr)
          return Status::invalid(at + ": expected one of the words of " + field->enum_type()->full_name() + ", but " + std::to_string(number) + " is none");
      }
    }
  }
  return {};
}

Refusal dispatch(Work& work) {
  const v1::Command& command = work.command();
  using C = v1::Command;
  switch (command.does_case()) {
    case C::kPublishVocabulary: return decide(work, command.publish_vocabulary());
    case C::kRegisterDocument: return decide(work, command.register_document());
    case C::kAssertFacts: return decide(work, command.assert_facts());
    case C::kRetractFact: return decide(work, command.retract_fact());
    case C::kResolveConflict: return decide(work, command.resolve_conflict());
    case C::kPublishRule: return decide(work, command.publish_rule());
    case C::kPublishProcedure: return decide(work, command.publish_procedure());
    case C::kOpenMatter: return steps::decide(work, command.open_matter());
    case C::kWithdrawMatter: return steps::decide(work, command.withdraw_matter());
    case C::kDeadlineReached: return steps::decide(work, command.deadline_reached());
    case C::kPropose: return steps::decide(work, command.propose());
    case C::kAskAgain: return steps::decide(work, command.ask_again());
    case C::kTableItem: return steps::decide(work, command.table_item());
    case C::kDeclareInterest: return steps::decide(work, command.declare_interest());
    case C::kTakePosition: return steps::decide(work, command.take_position());
    case C::kCloseItem: return steps::decide(work, command.close_item());
    case C::kSignOff: return steps::decide(work, command.sign_off());
    case C::kPlanTransfer: return steps::decide(work, command.plan_transfer());
    case C::kMeetCondition: return steps::decide(work, command.meet_condition());
    case C::kTakeEffect: return steps::decide(work, command.take_effect());
    case C::kCancelTransfer: return steps::decide(work, command.cancel_transfer());
    case C::kEnact: return steps::decide(work, command.enact());
    case C::kDischarge: return steps::decide(work, command.discharge());
    case C::kConfirmReceipt: return steps::decide(work, command.confirm_receipt());
    case C::kPassOn: return steps::decide(work, command.pass_on());
    case C::kAnswerEscalation: return steps::decide(work, command.answer_escalation());
    case C::kReturnEscalation: return steps::decide(work, command.return_escalation());
    case C::kCloseEscalation: return steps::decide(work, command.close_escalation());
    case C::kCastCastingVote: return steps::decide(work, command.cast_casting_vote());
    case C::kAnswerWarning: return steps::decide(work, command.answer_warning());
    case C::kAdoptRule: return decide(work, command.adopt_rule());
    case C::kChangeProcedure: return decide(work, command.change_procedure());
    case C::kIntervene: return steps::decide(work, command.intervene());
    case C::kConvene: return steps::decide(work, command.convene());
    case C::kAddAgendaItem: return steps::decide(work, command.add_agenda_item());
    case C::kRecordAttendance: return steps::decide(work, command.record_attendance());
    case C::kExcludePublic: return steps::decide(work, command.exclude_public());
    case C::kReadmitPublic: return steps::decide(work, command.readmit_public());
    case C::kOpenPart: return steps::decide(work, command.open_part());
    case C::kMoveAgendaItem: return steps::decide(work, command.move_agenda_item());
    case C::kChoosePresiding: return steps::decide(work, command.choose_presiding());
    case C::kTakeAgendaItem: return steps::decide(work, command.take_agenda_item());
    case C::kAdjournMeeting: return steps::decide(work, command.adjourn_meeting());
    case C::kEndMeeting: return steps::decide(work, command.end_meeting());
    case C::kNoteMinute: return steps::decide(work, command.note_minute());
    case C::kRecordAction: return steps::decide(work, command.record_action());
    case C::kCloseAction: return steps::decide(work, command.close_action());
    case C::kConfirmMinutes: return steps::decide(work, command.confirm_minutes());
    case C::kCorrectMinutes: return steps::decide(work, command.correct_minutes());
    case C::kRecordConsensus: return steps::decide(work, command.record_consensus());
    case C::kTakeUrgentAction: return steps::decide(work, command.take_urgent_action());
    case C::kPlanForMeeting: return steps::decide(work, command.plan_for_meeting());
    case C::kDrawAgenda: return steps::decide(work, command.draw_agenda());
    case C::kServeNotice: return steps::decide(work, command.serve_notice());
    case C::kAttachAgendaPaper: return steps::decide(work, command.attach_agenda_paper());
    case C::kChooseCourse: return steps::decide(work, command.choose_course());
    case C::kPublishPrivacyScheme: return decide(work, command.publish_privacy_scheme());
    case C::kReadWords: return decide(work, command.read_words());
    case C::kMarkWords: return decide(work, command.mark_words());
    case C::kPlaceHold: return decide(work, command.place_hold());
    case C::kReleaseHold: return decide(work, command.release_hold());
    case C::kEraseWords: return decide(work, command.erase_words());
    case C::kApproveErasure: return decide(work, command.approve_erasure());
    case C::kConfirmErasure: return decide(work, command.confirm_erasure());
    case C::DOES_NOT_SET: break;
  }
  CHECK(false, "the edge refuses commands that say nothing");
}

std::string name_of(const v1::Command& command) {
  return v1::Command::GetReflection()->GetOneofFieldDescriptor(command, v1::Command::descriptor()->oneof_decl(0))->name();
}

// An act cannot have taken place after it was told.
Refusal told_in_time(const Work& work) {
  if (work.acted_on() <= work.today()) return accept();
  return refuse(v1::RefusalCode::not_after_stamp, "an act on or before " + record::format(work.today()), "acted_on is " + record::format(work.acted_on()));
}

Refusal decide_one(Work& work) {
  if (auto no = told_in_time(work)) return no;
  if (auto no = check_private_words(work)) return no;
  if (auto no = dispatch(work)) return no;
  emit_private_words(work);
  return accept();
}

}  // namespace

const std::string& matter_of(const v1::Command& command) {
  static const std::string none;
  const auto* body = said(command);
  return body == nullptr ? none : matter_in(*body);
}

Status check(const v1::Command& command) {
  if (Status status = check_id("command_id", command.command_id()); !status.ok()) return status;
  if (Status status = check_id("ledger", command.ledger()); !status.ok()) return status;
  const auto* body = said(command);
  if (body == nullptr) return Status::invalid("command " + command.command_id() + ": expected one thing to do (open_matter, take_position, …), but it names none");
  if (body->GetDescriptor()->FindFieldByName("matter") != nullptr)
    if (Status status = check_id(name_of(command) + ".matter", matter_of(command)); !status.ok()) return status;
  if (!command.acted_on().empty()) {
    const auto day = record::parse_day(command.acted_on());
    if (!day.ok()) return Status::invalid("acted_on: " + day.status().why());
  }
  if (Status status = check_sealed(command); !status.ok()) return status;
  if (command.has_assert_facts() && (command.assert_facts().facts().empty() || command.assert_facts().facts_size() > kFactsPerCommandMax))
    return Status::invalid("assert_facts.facts: expected 1 to 200 facts, but there are " + std::to_string(command.assert_facts().facts_size()));
  return enums_known(command) ? Status() : check_enums(command, "");
}

std::vector<v1::Event> decide(State& state, const v1::Command& command, const v1::Stamp& stamp, const Prefetched& prefetched) {
  CHECK(stamp.time_ms() >= state.last_stamp_ms, "stamps never fall");
  state.record.forget_many();
  if (state.seatings.by_body.size() > kSeatingsKept) state.seatings = {};
  Work work(state, command, stamp, prefetched);
  if (Refusal no = decide_one(work)) {
    work.undo();
    no->set_matter(matter_of(command));
    no->set_attempted(name_of(command));
    keep_asked(command, &*no);
    v1::Event event;
    *event.mutable_refused() = std::move(*no);
    work.emit(std::move(event));
  }
  return work.take_events();
}

}  // namespace concordat
