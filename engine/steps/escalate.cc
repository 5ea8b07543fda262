// escalate.cc       | ConfirmReceipt | PassOn           | AnswerEscalation | ReturnEscalation | CloseEscalation
// ------------------+----------------+------------------+------------------+------------------+----------------
// routed            | …Received      | not_received     | not_received     | …Returned ->     | not_answered
// received          | not_received   | …Routed          | …Answered        |   returned       | not_answered
// answered          | not_received   | …Routed          | …Answered        | …                | …Closed -> closed
// Only who has it may act on it; only the raiser closes. Receipt is an event of the receiver (C: WF-12).
#include <algorithm>

#include "engine/record/authority.h"
#include "engine/steps/escalation_graph.h"
#include "engine/steps/steps.h"

namespace concordat::steps {
namespace {

namespace authority = record::authority;

std::vector<std::string> points(const Work& work, const std::string& issue, const char* predicate, const std::string& scope, std::vector<std::string>* because) {
  std::vector<std::string> out;
  for (const record::Datum& point : record::values(work.state().record, issue, predicate, scope, work.today(), because)) out.push_back(point.text);
  return out;
}

std::string list(const Work& work, const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : " or ") + work.state().record.name(one) + " (" + one + ")";
  return out.empty() ? "nobody" : out;
}

v1::Ruling route(const Work& work, const std::string& issue, const std::string& to, const std::vector<std::string>& allowed, std::vector<std::string> because) {
  v1::Ruling ruling;
  ruling.set_question("route");
  const bool right = std::find(allowed.begin(), allowed.end(), to) != allowed.end();
  ruling.set_outcome(right ? v1::Outcome::yes : v1::Outcome::no);
  v1::Finding& finding = *ruling.add_findings();
  finding.set_clause(work.state().record.name(issue) + " goes to " + list(work, allowed));
  finding.set_read("addressed to " + to);
  finding.set_outcome(ruling.outcome());
  for (std::string& fact : because) finding.add_facts(std::move(fact));
  ruling.set_sentence(right ? "The escalation graph of the record leads there." : "The escalation graph of the record does not lead there.");
  return ruling;
}

v1::Event routed(const Work& work, const Matter& matter, const std::string& from, const std::string& to, const std::string& reason, v1::Ruling ruling) {
  v1::Event event;
  v1::EscalationRouted& routed = *event.mutable_escalation_routed();
  routed.set_matter(matter.id);
  routed.set_from(from);
  routed.set_to(to);
  routed.set_reason(reason);
  *routed.mutable_ruling() = std::move(ruling);
  const std::uint32_t days = matter.step->escalate().receipt_days();
  if (days > 0) routed.set_due(record::format(record::Day{work.acted_on().count + static_cast<std::int32_t>(days)}));
  return event;
}

// The escalation, if the actor is who has it now: the office itself, its holder, or someone on the body's behalf.
Refusal held_by_actor(const Work& work, const std::string& id, const Matter** matter, const EscalateMemory** mine) {
  if (auto no = work.find_at(id, v1::Step::kEscalate, matter)) return no;
  if (auto no = may_act(work, **matter)) return no;
  *mine = &memory<EscalateMemory>(**matter, (*matter)->step->id());
  const v1::Actor& actor = work.actor();
  const record::Datum who{.kind = v1::Predicate::ref, .text = actor.who(), .number = 0};
  if (actor.who() == (*mine)->at || actor.on_behalf_of() == (*mine)->at ||
      record::holds(work.state().record, (*mine)->at, authority::kHolder, "", who, work.today())) return accept();
  return refuse(v1::RefusalCode::not_the_receiver, work.state().record.name((*mine)->at) + " (" + (*mine)->at + "), who has it now", actor.who() + " acted");
}

Refusal must_be_received(const EscalateMemory& mine) {
  if (mine.received) return accept();
  return refuse(v1::RefusalCode::not_received, "receipt to be confirmed first", mine.at + " has not confirmed it");
}

}  // namespace

Refusal enter_escalate(Work& work, const Matter& matter) {
  const v1::EscalateStep& step = matter.step->escalate();
  const std::string& id = matter.id;
  const std::string issue = fill(matter, step.issue()), wanted = fill(matter, step.to());
  std::vector<std::string> because;
  const auto allowed = points(work, issue, authority::kRaisedFirstWith, "", &because);
  if (allowed.empty())
    return refuse(v1::RefusalCode::wrong_route, "a kind of issue that the escalation graph knows", work.state().record.name(issue) + " (" + issue + ") has no first point of call in the record");
  if (const std::string circle = circle_of(work.state().record, issue, work.today()); !circle.empty())
    return refuse(v1::RefusalCode::wrong_route, "an escalation graph that comes to an end", "that of " + work.state().record.name(issue) + " goes round: " + circle);
  const std::string to = wanted.empty() ? allowed.front() : wanted;
  v1::Ruling ruling = route(work, issue, to, allowed, because);
  if (ruling.outcome() != v1::Outcome::yes)
    return refuse(v1::RefusalCode::wrong_route, work.state().record.name(issue) + " to be raised first with " + list(work, allowed),
                  "it was addressed to " + work.state().record.name(to) + " (" + to + ")", std::move(ruling));
  v1::Event event;
  event.mutable_escalation_raised()->set_matter(id);
  event.mutable_escalation_raised()->set_step(matter.step->id());
  event.mutable_escalation_raised()->set_issue(issue);
  event.mutable_escalation_raised()->set_by(work.actor().who());
  work.emit(std::move(event));
  work.emit(routed(work, matter, work.actor().who(), to, "raised", std::move(ruling)));
  return accept();
}

Refusal decide(Work& work, const v1::ConfirmReceipt& command) {
  const Matter* matter = nullptr;
  const EscalateMemory* mine = nullptr;
  if (auto no = held_by_actor(work, command.matter(), &matter, &mine)) return no;
  if (mine->received) return refuse(v1::RefusalCode::not_received, "an escalation that waits for receipt", mine->at + " has confirmed it");
  if (command.evidence().empty()) return refuse(v1::RefusalCode::evidence_required, "evidence of receipt (a minute, a letter)", "none was given");
  v1::Event event;
  event.mutable_escalation_received()->set_matter(command.matter());
  event.mutable_escalation_received()->set_by(work.actor().who());
  event.mutable_escalation_received()->set_evidence(command.evidence());
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::PassOn& command) {
  const Matter* matter = nullptr;
  const EscalateMemory* mine = nullptr;
  if (auto no = held_by_actor(work, command.matter(), &matter, &mine)) return no;
  if (auto no = must_be_received(*mine)) return no;
  if (command.reason().empty()) return refuse(v1::RefusalCode::reason_required, "a reason for passing it on", "none was given");
  std::string to;
  if (auto no = resolve(work, command.to(), &to)) return no;
  if (const std::string circle = circle_of(work.state().record, mine->issue, work.today()); !circle.empty())
    return refuse(v1::RefusalCode::wrong_route, "an escalation graph that comes to an end", "that of " + work.state().record.name(mine->issue) + " goes round: " + circle);
  std::vector<std::string> because;
  const auto allowed = points(work, mine->issue, authority::kEscalatesTo, mine->at, &because);
  v1::Ruling ruling = route(work, mine->issue, to, allowed, because);
  if (ruling.outcome() != v1::Outcome::yes)
    return refuse(v1::RefusalCode::wrong_route, "from " + mine->at + " on to " + list(work, allowed), "it was passed to " + to, std::move(ruling));
  work.emit(routed(work, *matter, mine->at, to, command.reason(), std::move(ruling)));
  return accept();
}

Refusal decide(Work& work, const v1::AnswerEscalation& command) {
  const Matter* matter = nullptr;
  const EscalateMemory* mine = nullptr;
  if (auto no = held_by_actor(work, command.matter(), &matter, &mine)) return no;
  if (auto no = must_be_received(*mine)) return no;
  if (command.answer().empty()) return refuse(v1::RefusalCode::field_missing, "an answer", "none was given");
  if (command.action_lead().empty()) return refuse(v1::RefusalCode::field_missing, "a lead for action", "none was named");
  v1::Event event;
  v1::EscalationAnswered& answered = *event.mutable_escalation_answered();
  answered.set_matter(command.matter());
  answered.set_by(work.actor().who());
  answered.set_answer(command.answer());
  answered.set_action_lead(command.action_lead());
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::ReturnEscalation& command) {
  const Matter* matter = nullptr;
  const EscalateMemory* mine = nullptr;
  if (auto no = held_by_actor(work, command.matter(), &matter, &mine)) return no;
  if (command.reason().empty()) return refuse(v1::RefusalCode::reason_required, "a reason for returning it", "none was given");
  const std::string id = matter->id;
  v1::Event event;
  event.mutable_escalation_returned()->set_matter(id);
  event.mutable_escalation_returned()->set_by(work.actor().who());
  event.mutable_escalation_returned()->set_reason(command.reason());
  work.emit(std::move(event));
  return leave(work, id, "returned");
}

Refusal decide(Work& work, const v1::CloseEscalation& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kEscalate, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const EscalateMemory& mine = memory<EscalateMemory>(*matter, matter->step->id());
  if (!mine.answered) return refuse(v1::RefusalCode::not_answered, "an answer before closing", "there is none");
  if (work.actor().who() != mine.raiser) return refuse(v1::RefusalCode::not_the_raiser, mine.raiser + ", who raised it", work.actor().who() + " asked");
  const std::string id = matter->id;
  v1::Event event;
  event.mutable_escalation_closed()->set_matter(id);
  event.mutable_escalation_closed()->set_by(work.actor().who());
  event.mutable_escalation_closed()->set_note(command.note());
  work.emit(std::move(event));
  return leave(work, id, "closed");
}

Refusal deadline_escalate(Work& work, const Matter& matter) {
  const EscalateMemory& mine = memory<EscalateMemory>(matter, matter.step->id());
  v1::Event event;
  event.mutable_receipt_overdue()->set_matter(matter.id);
  event.mutable_receipt_overdue()->set_by(mine.at);
  event.mutable_receipt_overdue()->set_due(mine.due);
  work.emit(std::move(event));
  return accept();
}

void evolve(EscalateMemory& mine, const v1::EscalationRaised& event) {
  mine = EscalateMemory{};
  mine.issue = event.issue();
  mine.raiser = event.by();
}
void evolve(EscalateMemory& mine, const v1::EscalationRouted& event) {
  mine.at = event.to();
  mine.due = event.due();
  mine.received = mine.answered = mine.overdue = false;
}
void evolve(EscalateMemory& mine, const v1::EscalationReceived&) { mine.received = true; }
void evolve(EscalateMemory& mine, const v1::EscalationAnswered&) { mine.answered = true; }
void evolve(EscalateMemory& mine, const v1::ReceiptOverdue&) { mine.overdue = true; }

}  // namespace concordat::steps
