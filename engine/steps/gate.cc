// Questions to the record. All yes: on. One no or not determined: the outcome's `next`, or the command is refused.
#include <algorithm>

#include "engine/record/authority.h"
#include "engine/steps/steps.h"

namespace concordat::steps {
namespace {

namespace authority = record::authority;

record::Datum subject_ref(const std::string& id) { return {.kind = v1::Predicate::ref, .text = id, .number = 0}; }

v1::Finding finding(std::string clause, v1::Outcome::Value outcome, std::vector<std::string> facts, std::string read) {
  v1::Finding out;
  out.set_clause(std::move(clause));
  out.set_read(std::move(read));
  out.set_outcome(outcome);
  for (std::string& fact : facts) out.add_facts(std::move(fact));
  return out;
}

v1::Finding competent(const Work& work, const std::string& body, const std::string& matter_type) {
  const record::Record& record = work.state().record;
  std::vector<std::string> facts;
  const std::string clause = record.name(body) + " is competent for " + record.name(matter_type);
  const auto reserved = record::values(record, matter_type, authority::kReservedTo, "", work.today(), &facts);
  if (!reserved.empty() && std::find(reserved.begin(), reserved.end(), subject_ref(body)) == reserved.end()) {
    return finding(clause, v1::Outcome::no, facts, "reserved to " + record.name(reserved.front().text));
  }
  if (record::holds(record, body, authority::kCompetentFor, "", subject_ref(matter_type), work.today(), &facts)) {
    return finding(clause, v1::Outcome::yes, facts, "the record says so");
  }
  return finding(clause, v1::Outcome::no, facts, "no effective fact gives it that competence");
}

v1::Finding ask(const Work& work, const Matter& matter, const v1::GateQuestion& question) {
  const record::Record& record = work.state().record;
  std::vector<std::string> facts;
  switch (question.asks_case()) {
    case v1::GateQuestion::kCompetent:
      return competent(work, fill(matter, question.competent().body()), fill(matter, question.competent().matter_type()));
    case v1::GateQuestion::kHolds: {
      const auto& q = question.holds();
      const record::Datum value = fill(matter, q.value());
      const std::string subject = fill(matter, q.subject());
      const bool yes = record::holds(record, subject, q.predicate(), fill(matter, q.scope()), value, work.today(), &facts);
      return finding(record.name(subject) + " " + q.predicate() + " " + record::in_words(value), yes ? v1::Outcome::yes : v1::Outcome::no,
                     facts, yes ? "an effective fact says so" : "no effective fact says so");
    }
    case v1::GateQuestion::kAbsent: {
      const auto& q = question.absent();
      const record::Datum value = fill(matter, q.value());
      const std::string subject = fill(matter, q.subject());
      const bool there = record::holds(record, subject, q.predicate(), "", value, work.today(), &facts);
      return finding("not: " + record.name(subject) + " " + q.predicate() + " " + record::in_words(value), there ? v1::Outcome::no : v1::Outcome::yes,
                     facts, there ? "an effective fact says so" : "no effective fact says so");
    }
    case v1::GateQuestion::kField: {
      const record::Datum value = fill(matter, question.field().value());
      const auto field = matter.fields.find(question.field().name());
      const bool given = field != matter.fields.end();
      return finding(question.field().name() + " is " + record::in_words(value), given && field->second == value ? v1::Outcome::yes : v1::Outcome::no,
                     {}, given ? "it is " + record::in_words(field->second) : "it was not given");
    }
    case v1::GateQuestion::ASKS_NOT_SET: break;
  }
  CHECK(false, "a gate that asks nothing passed the check");
}

v1::RefusalCode::Value code_of(const v1::GateQuestion& question) {
  v1::RefusalCode::Value code = v1::RefusalCode::condition_open;
  v1::RefusalCode::Value_Parse(question.refusal(), &code);
  return code;
}

}  // namespace

Refusal enter_gate(Work& work, const Matter& matter) {
  v1::Ruling ruling;
  ruling.set_question("gate");
  ruling.set_outcome(v1::Outcome::yes);
  ruling.set_sentence("Every question of the gate was answered yes.");
  const v1::GateQuestion* failed = nullptr;
  for (const v1::GateQuestion& question : matter.step->gate().questions()) {
    v1::Finding one = ask(work, matter, question);
    if (one.outcome() != v1::Outcome::yes && failed == nullptr) {
      failed = &question;
      ruling.set_outcome(one.outcome());
      ruling.set_sentence("No: " + one.clause() + ": " + one.read() + (question.why().empty() ? "." : " (" + question.why() + ")."));
    }
    *ruling.add_findings() = std::move(one);
  }
  const std::string outcome = ruling.outcome() == v1::Outcome::yes ? "yes" : "no";
  const v1::Step& step = *matter.step;
  const bool foreseen = std::any_of(step.next().begin(), step.next().end(), [&](const v1::Next& next) { return next.on() == outcome; });
  if (!foreseen) {
    CHECK(failed != nullptr, "a gate without a way on for yes passed the check");
    const std::string but = "gate " + step.id() + " found: " + ruling.sentence();
    return refuse(code_of(*failed), "every question of the gate to be answered yes", but, std::move(ruling));
  }
  const std::string id = matter.id;
  v1::Event event;
  event.mutable_gate_answered()->set_matter(id);
  event.mutable_gate_answered()->set_step(step.id());
  *event.mutable_gate_answered()->mutable_ruling() = std::move(ruling);
  work.emit(std::move(event));
  return leave(work, id, outcome);
}

Refusal decide(Work& work, const v1::AskAgain& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kGate, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  return enter_gate(work, *matter);
}

}  // namespace concordat::steps
