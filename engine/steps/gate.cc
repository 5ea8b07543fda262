// Questions to the record. All yes: on. One no or not determined: the outcome's `next`, or the command is refused. Of what is
// not determined the first question that is not yes says it.
#include <algorithm>

#include "engine/record/authority.h"
#include "engine/rules_in_force.h"
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

// "001_….txt, 151: "including decisions on …"": who says it, and where.
std::string source_of(const record::Record& record, const std::string& id) {
  const record::Fact* fact = record.find(id);
  v1::Fact said;
  if (fact == nullptr || !said.ParseFromString(fact->raw)) return id;
  const v1::Source& source = said.source();
  std::string out = source.document().empty() ? source.matter() : source.document();
  if (!source.place().empty()) out += ":" + source.place();
  if (!source.quote().empty()) out += ", \"" + source.quote() + "\"";
  return out;
}

// Another body that the record gives the same power, neither being the other's committee: nothing says which of them decides.
struct Other { std::string body; std::vector<std::string> facts; };
std::vector<Other> others_competent(const Work& work, const std::string& body, const record::Datum& type) {
  const record::Record& record = work.state().record;
  std::vector<Other> out;
  for (const std::string& one : record.subjects()) {
    Other other{one, {}};
    if (!one.starts_with("body:") || one == body || !record::holds(record, one, authority::kCompetentFor, "", type, work.today(), &other.facts)) continue;
    if (!is_under(work.state(), one, body, work.today()) && !is_under(work.state(), body, one, work.today())) out.push_back(std::move(other));
  }
  return out;
}

// Flagged with the sources of both; where the question asks for the authority that settles it, none is no.
v1::Finding with_others(const Work& work, const Matter& matter, const v1::GateQuestion::Competent& q, v1::Finding found, const std::vector<Other>& others) {
  const record::Record& record = work.state().record;
  const std::string own = found.facts().empty() ? std::string() : source_of(record, found.facts(found.facts_size() - 1));
  std::string words = found.read() + " (" + own + "), and gives the same to ";
  for (std::size_t i = 0; i < others.size(); ++i) {
    words += (i == 0 ? "" : " and ") + record.name(others[i].body) + " (" + source_of(record, others[i].facts.front()) + ")";
    for (const std::string& fact : others[i].facts) found.add_facts(fact);
  }
  const std::string cited = fill(matter, q.authority());
  words += cited.empty() ? ": a competence conflict that nothing settles" : ": a competence conflict; it comes here on the authority of " + cited;
  found.set_read(words);
  if (!q.authority().empty() && cited.empty()) found.set_outcome(v1::Outcome::no);
  return found;
}

v1::Finding competent(const Work& work, const Matter& matter, const v1::GateQuestion::Competent& q, std::vector<std::string>* warnings) {
  const record::Record& record = work.state().record;
  const std::string body = fill(matter, q.body()), matter_type = fill(matter, q.matter_type());
  std::vector<std::string> facts;
  const std::string clause = record.name(body) + " is competent for " + record.name(matter_type);
  const auto reserved = record::values(record, matter_type, authority::kReservedTo, "", work.today(), &facts);
  if (!reserved.empty() && std::find(reserved.begin(), reserved.end(), subject_ref(body)) == reserved.end()) {
    return finding(clause, v1::Outcome::no, facts, "reserved to " + record.name(reserved.front().text));
  }
  if (!record::holds(record, body, authority::kCompetentFor, "", subject_ref(matter_type), work.today(), &facts))
    return finding(clause, v1::Outcome::no, facts, "no effective fact gives it that competence");
  v1::Finding yes = finding(clause, v1::Outcome::yes, facts, "the record says so");
  if (!reserved.empty()) return yes;                         // To this body: that settles it.
  const auto others = others_competent(work, body, subject_ref(matter_type));
  for (const Other& other : others) warnings->push_back("competence_conflict: " + other.body);
  return others.empty() ? yes : with_others(work, matter, q, std::move(yes), others);
}

bool open_reason(int reason) {
  switch (reason) {
    case v1::Reason::inside_uncertain_interval: case v1::Reason::bounded_only: case v1::Reason::start_unknown: case v1::Reason::value_unknown:
    case v1::Reason::conflicting_sources: case v1::Reason::competence_conflict: case v1::Reason::continuation_not_stated: return true;
    default: return false;
  }
}

// Why the record leaves open whether that value holds today; empty if it does not. Plans and silence leave nothing open: they
// are no effective fact.
std::string left_open(const Work& work, const std::string& subject, const std::string& predicate, const std::string& scope, const record::Datum& value,
                      std::vector<std::string>* facts) {
  v1::Question question;
  question.set_subject(subject);
  question.set_predicate(predicate);
  question.set_scope(scope);
  question.set_valid_at(record::format(work.today()));
  const v1::Answer answer = record::ask(work.state().record, question);
  if (answer.determined() || answer.reasons().empty() || !open_reason(answer.reasons(0))) return "";
  bool concerned = false;
  for (const auto* all : {&answer.used(), &answer.conflicting()})
    for (const v1::Considered& one : *all) {
      if (one.fact().standing() != v1::Standing::effective) continue;
      const record::Datum said = record::datum(one.fact().value());
      concerned = concerned || said.kind == 0 || said == value;
      facts->push_back(one.fact().id());
    }
  constexpr std::string_view kOpen = "NOT DETERMINED: ";
  std::string words = answer.sentence().substr(answer.sentence().starts_with(kOpen) ? kOpen.size() : 0);
  if (words.ends_with('.')) words.pop_back();
  return concerned ? words : "";
}

// Does it hold, does it not, or does the record leave it open? `wanted`: which of the two is yes.
v1::Finding fact_holds(const Work& work, std::string clause, const std::string& subject, const std::string& predicate, const std::string& scope, const record::Datum& value, bool wanted) {
  std::vector<std::string> facts;
  const bool there = record::holds(work.state().record, subject, predicate, scope, value, work.today(), &facts);
  if (!there)
    if (std::string open = left_open(work, subject, predicate, scope, value, &facts); !open.empty())
      return finding(std::move(clause), v1::Outcome::not_determined, facts, std::move(open));
  return finding(std::move(clause), there == wanted ? v1::Outcome::yes : v1::Outcome::no, facts, there ? "an effective fact says so" : "no effective fact says so");
}

v1::Finding ask(const Work& work, const Matter& matter, const v1::GateQuestion& question, std::vector<std::string>* warnings) {
  const record::Record& record = work.state().record;
  switch (question.asks_case()) {
    case v1::GateQuestion::kCompetent: return competent(work, matter, question.competent(), warnings);
    case v1::GateQuestion::kHolds: {
      const auto& q = question.holds();
      const record::Datum value = fill(matter, q.value());
      const std::string subject = fill(matter, q.subject());
      return fact_holds(work, record.name(subject) + " " + q.predicate() + " " + record::in_words(value), subject, q.predicate(), fill(matter, q.scope()), value, true);
    }
    case v1::GateQuestion::kAbsent: {
      const auto& q = question.absent();
      const record::Datum value = fill(matter, q.value());
      const std::string subject = fill(matter, q.subject());
      return fact_holds(work, "not: " + record.name(subject) + " " + q.predicate() + " " + record::in_words(value), subject, q.predicate(), "", value, false);
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

v1::RefusalCode::Value code_of(const v1::GateQuestion& question, bool conflict) {
  if (conflict && question.has_competent() && !question.competent().authority().empty()) return v1::RefusalCode::competence_conflict;
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
  bool conflict = false;
  for (const v1::GateQuestion& question : matter.step->gate().questions()) {
    std::vector<std::string> flagged;
    v1::Finding one = ask(work, matter, question, &flagged);
    if (!flagged.empty() && failed == nullptr) ruling.set_sentence(ruling.sentence() + " Flagged: " + one.clause() + ": " + one.read() + ".");
    for (std::string& warning : flagged) ruling.add_warnings(std::move(warning));
    if (one.outcome() != v1::Outcome::yes && failed == nullptr) {
      failed = &question;
      conflict = !flagged.empty();
      ruling.set_outcome(one.outcome());
      ruling.set_sentence((one.outcome() == v1::Outcome::no ? "No: " : "Not determined: ") + one.clause() + ": " + one.read() + (question.why().empty() ? "." : " (" + question.why() + ")."));
    }
    *ruling.add_findings() = std::move(one);
  }
  const v1::Step& step = *matter.step;
  const auto leads_on = [&](const std::string& on) { return std::any_of(step.next().begin(), step.next().end(), [&](const v1::Next& next) { return next.on() == on; }); };
  const bool open = ruling.outcome() == v1::Outcome::not_determined && leads_on("not_determined");
  const std::string outcome = ruling.outcome() == v1::Outcome::yes ? "yes" : open ? "not_determined" : "no";
  const bool foreseen = leads_on(outcome);
  if (!foreseen) {
    CHECK(failed != nullptr, "a gate without a way on for yes passed the check");
    const std::string but = "gate " + step.id() + " found: " + ruling.sentence();
    return refuse(code_of(*failed, conflict), "every question of the gate to be answered yes", but, std::move(ruling));
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
