// The path of a matter from step to step, and its end.
#include <algorithm>

#include "engine/steps/steps.h"

namespace concordat::steps {
namespace {

constexpr int kStepsAtOnceMax = 64;   // A chain of steps that need nobody; the procedure check finds loops of them.

const v1::Next* next_on(const v1::Step& step, const std::string& outcome) {
  for (const v1::Next& next : step.next())
    if (next.on() == outcome) return &next;
  return nullptr;
}

// What is overdue stays owed, unless the procedure says where the matter goes then.
bool overdue_leads_on(const v1::Step& step) {
  const auto& owed = step.oblige().obligations();
  return next_on(step, "overdue") != nullptr && std::any_of(owed.begin(), owed.end(), [](const v1::Obligation& one) { return one.days() > 0; });
}

Refusal close(Work& work, const std::string& id, const std::string& outcome) {
  const std::string parent = work.state().matters.find(id)->second.parent;
  v1::Event event;
  event.mutable_matter_closed()->set_matter(id);
  event.mutable_matter_closed()->set_outcome(outcome);
  work.emit(std::move(event));
  const auto waiting = work.state().matters.find(parent);
  if (waiting == work.state().matters.end() || !waiting->second.step->has_refer()) return accept();
  const bool waited = !waiting->second.step->refer().goes_on() && memory<ReferMemory>(waiting->second, waiting->second.step->id()).to == id;
  if (!waited) return accept();                              // Beside it.
  v1::Event concluded;
  concluded.mutable_referral_concluded()->set_matter(parent);
  concluded.mutable_referral_concluded()->set_to(id);
  concluded.mutable_referral_concluded()->set_outcome(outcome);
  work.emit(std::move(concluded));
  return leave(work, parent, outcome);
}

}  // namespace

Refusal enter(Work& work, const std::string& id) {
  static thread_local int depth = 0;   // Guards our own recursion only; decides nothing.
  struct Deeper { Deeper() { ++depth; } ~Deeper() { --depth; } } deeper;
  CHECK(depth <= kStepsAtOnceMax, "a procedure that runs in circles by itself passed the check");
  const Matter& matter = work.state().matters.find(id)->second;
  switch (matter.step->kind_case()) {
    case v1::Step::kPropose: return enter_propose(work, matter);
    case v1::Step::kGate: return enter_gate(work, matter);
    case v1::Step::kDecide: return accept();
    case v1::Step::kSignOff: return enter_sign_off(work, matter);
    case v1::Step::kTransfer: return accept();
    case v1::Step::kDeclare: return enter_declare(work, matter);
    case v1::Step::kOblige: return enter_oblige(work, matter);
    case v1::Step::kEscalate: return enter_escalate(work, matter);
    case v1::Step::kRefer: return enter_refer(work, matter);
    case v1::Step::kWait: return enter_wait(work, matter);
    case v1::Step::kMeet: return accept();
    case v1::Step::KIND_NOT_SET: break;
  }
  CHECK(false, "a step of no kind passed the check");
}

Refusal leave(Work& work, const std::string& id, const std::string& outcome) {
  const Matter& matter = work.state().matters.find(id)->second;
  const v1::Next* next = next_on(*matter.step, outcome);
  if (next == nullptr) {
    CHECK(matter.step->has_refer(), "only a referral can end in a word its step does not foresee");
    return close(work, id, outcome);
  }
  if (next->to() == "end") return close(work, id, next->as().empty() ? outcome : next->as());
  v1::Event event;
  v1::MatterMoved& moved = *event.mutable_matter_moved();
  moved.set_matter(id);
  moved.set_from(matter.step->id());
  moved.set_outcome(outcome);
  moved.set_to(next->to());
  work.emit(std::move(event));
  return enter(work, id);
}

std::vector<std::string> outcomes(const v1::Step& step) {
  switch (step.kind_case()) {
    case v1::Step::kPropose: return {"proposed"};
    case v1::Step::kGate: return {"yes"};   // no and not_determined may be left out: then the command is refused.
    case v1::Step::kDecide: return step.decide().urgent() ? std::vector<std::string>{"carried", "decided_severally", "not_carried", "recommended", "urgent"}
                                                          : std::vector<std::string>{"carried", "decided_severally", "not_carried", "recommended"};
    case v1::Step::kSignOff: return step.sign_off().due().empty() ? std::vector<std::string>{"refused", "signed"}
                                                                  : std::vector<std::string>{"lapsed", "refused", "signed"};
    case v1::Step::kTransfer: return {"cancelled", "took_effect"};
    case v1::Step::kDeclare: return {"declared"};
    case v1::Step::kOblige: return overdue_leads_on(step) ? std::vector<std::string>{"discharged", "overdue"} : std::vector<std::string>{"discharged"};
    case v1::Step::kEscalate: return {"closed", "returned"};
    case v1::Step::kRefer:                  // The ends of the other procedure; others close the matter with their word.
      return step.refer().goes_on() ? std::vector<std::string>{kOpened} : std::vector<std::string>{};
    case v1::Step::kWait: return step.wait().interventions().empty() ? std::vector<std::string>{"over"} : std::vector<std::string>{"intervened", "over"};
    case v1::Step::kMeet: return {"settled"};
    case v1::Step::KIND_NOT_SET: break;
  }
  return {};
}

namespace {

std::int64_t end_of(const std::string& day) {
  const auto parsed = record::parse_day(day);
  return parsed.ok() ? record::end_of_day_ms(*parsed) : 0;
}

std::int64_t sooner(std::int64_t a, std::int64_t b) { return a == 0 || (b != 0 && b < a) ? b : a; }

std::int64_t report_due_ms(const Matter& matter) {
  std::int64_t first = 0;
  for (const auto& [step, memory] : matter.memories) {
    const auto* mine = std::get_if<DecideMemory>(&memory);
    if (mine != nullptr && mine->urgent.taken && !mine->urgent.reported && !mine->urgent.overdue && !mine->urgent.due.empty()) first = sooner(first, end_of(mine->urgent.due));
  }
  return first;
}

std::int64_t first_due(const ObligeMemory& mine) {
  std::int64_t first = 0;
  for (const auto& [id, owed] : mine.owed)
    if (!owed.discharged && !owed.overdue && !owed.due.empty()) first = sooner(first, end_of(owed.due));
  return first;
}

std::int64_t step_due_ms(const Matter& matter) {
  const v1::Step& step = *matter.step;
  if (step.has_decide()) return step.decide().deadline().empty() ? 0 : end_of(fill(matter, step.decide().deadline()));
  if (step.has_sign_off()) return sooner(step.sign_off().due().empty() ? 0 : end_of(fill(matter, step.sign_off().due())), first_due(memory<SignOffMemory>(matter, step.id()).duties));
  if (step.has_wait()) return memory<WaitMemory>(matter, step.id()).due_ms;
  if (step.has_escalate()) {
    const auto& mine = memory<EscalateMemory>(matter, step.id());
    return mine.received || mine.overdue || mine.due.empty() ? 0 : end_of(mine.due);
  }
  if (step.has_oblige()) return first_due(memory<ObligeMemory>(matter, step.id()));
  if (step.has_meet()) {
    const MeetMemory& mine = memory<MeetMemory>(matter, step.id());
    std::int64_t first = first_due(mine.duties);
    for (const auto& action : mine.actions)
      if (!action.closed && !action.overdue && !action.due.empty()) first = sooner(first, end_of(action.due));
    return first;
  }
  return 0;
}

}  // namespace

std::int64_t due_ms(const Matter& matter) { return sooner(step_due_ms(matter), report_due_ms(matter)); }

}  // namespace concordat::steps
