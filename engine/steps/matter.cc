// Opening and withdrawing a matter; due times.
#include <algorithm>

#include "engine/steps/after.h"
#include "engine/steps/fields.h"
#include "engine/steps/item.h"

namespace concordat::steps {
namespace {

// Refs in fields may be names; what stands on the ledger is always the id.
Refusal resolve_fields(const Work& work, google::protobuf::RepeatedPtrField<v1::Field>* fields) {
  for (v1::Field& field : *fields) {
    if (field.value().is_case() != v1::Value::kRef) continue;
    std::string subject;
    if (auto no = resolve(work, field.value().ref(), &subject)) return no;
    field.mutable_value()->set_ref(subject);
  }
  return accept();
}

}  // namespace

Refusal decide(Work& work, const v1::OpenMatter& command) {
  const State& state = work.state();
  const Matter* there = nullptr;
  const Refusal found = work.find(command.matter(), &there);
  if (!found || found->code() == v1::RefusalCode::matter_closed) {
    return refuse(v1::RefusalCode::matter_exists, "a new matter id", command.matter() + " has been used");
  }
  const auto versions = state.procedures.find(command.procedure());
  if (versions == state.procedures.end()) {
    return refuse(v1::RefusalCode::procedure_not_found, "a published procedure", "there is none called " + command.procedure());
  }
  const v1::Procedure& procedure = *versions->second.back();
  if (auto no = may_act(work, procedure.matter_type())) return no;
  if (auto no = check_fields(procedure, command.fields(), nullptr)) return no;
  v1::Event event;
  v1::MatterOpened& opened = *event.mutable_matter_opened();
  opened.set_matter(command.matter());
  opened.set_procedure(command.procedure());
  opened.set_version(procedure.version());
  opened.set_title(command.title());
  *opened.mutable_fields() = command.fields();
  if (auto no = resolve_fields(work, opened.mutable_fields())) return no;
  *opened.mutable_papers() = command.papers();
  opened.set_recommendation(command.recommendation());
  opened.set_step(procedure.steps(0).id());
  freeze_rules(work, procedure, &opened);
  work.emit(std::move(event));
  return enter(work, command.matter());
}

bool not_yet_sat(const MeetMemory& meeting) { return meeting.state == MeetMemory::State::kOpened || meeting.state == MeetMemory::State::kConvened; }

Refusal decide(Work& work, const v1::WithdrawMatter& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find(command.matter(), &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  if (matter->step == &after_decision()) return refuse(v1::RefusalCode::wrong_step, "a matter that is not decided", command.matter() + " is what is owed after a decision: it is discharged");
  if (work.actor().who() != matter->opened_by) {
    return refuse(v1::RefusalCode::not_the_raiser, "whoever opened the matter (" + matter->opened_by + ")", work.actor().who() + " asked");
  }
  if (command.reason().empty()) return refuse(v1::RefusalCode::reason_required, "a reason", "none was given");
  if (matter->step->has_meet() && !not_yet_sat(memory<MeetMemory>(*matter, matter->step->id())))
    return refuse(v1::RefusalCode::wrong_step, "a meeting that has not sat", command.matter() + " has: it is ended (end_meeting), and its minutes are confirmed");
  v1::Event event;
  event.mutable_matter_closed()->set_matter(command.matter());
  event.mutable_matter_closed()->set_outcome("withdrawn: " + command.reason());
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::DeadlineReached& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find(command.matter(), &matter)) return no;
  const std::int64_t due = due_ms(*matter);
  if (due == 0 || due > work.now_ms()) {
    return refuse(v1::RefusalCode::not_due, "something to be due", due == 0 ? "nothing is at this step" : "it is due later");
  }
  if (urgent_report_due(work, *matter)) return deadline_urgent(work, *matter);
  switch (matter->step->kind_case()) {
    case v1::Step::kMeet: return deadline_meet(work, *matter);
    case v1::Step::kDecide: return deadline_decide(work, *matter);
    case v1::Step::kSignOff: return deadline_sign_off(work, *matter);
    case v1::Step::kOblige: return deadline_oblige(work, *matter);
    case v1::Step::kEscalate: return deadline_escalate(work, *matter);
    case v1::Step::kWait: return deadline_wait(work, *matter);
    case v1::Step::kPropose: case v1::Step::kGate: case v1::Step::kTransfer: case v1::Step::kDeclare:
    case v1::Step::kRefer: case v1::Step::KIND_NOT_SET: break;
  }
  CHECK(false, "a step without a clock was due");
}

}  // namespace concordat::steps
