#include "engine/procedures/names.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "concordat/v1/procedure.pb.h"
#include "concordat/v1/record.pb.h"
#include "concordat/v1/rule.pb.h"
#include "engine/procedures/simulate.h"
#include "engine/record/authority.h"
#include "engine/steps/escalation_graph.h"
#include "engine/steps/fields.h"

namespace concordat::procedures {
namespace {

namespace authority = record::authority;

constexpr std::size_t kEndsMost = 1000;              // Ways of another procedure that are walked for how it ends.

bool is_name(const std::string& name) {
  const auto fits = [](unsigned char c) { return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

int type_number(const std::string& name) {
  v1::Predicate::Type type = v1::Predicate::type_unset;
  v1::Predicate::Type_Parse(name, &type);
  return type;
}

// So many days need a source that states them, and the calendar if only its working days count.
void check_clock(const At& at, const std::string& of, std::uint32_t days, const std::string& source, bool working_days, const std::string& calendar) {
  if (days > 0 && source.empty()) at.wrong(of + " has a clock of " + std::to_string(days) + " days and no clock_source that states it");
  if (working_days && days == 0) at.wrong(of + ": expected how many working days, but there are none");
  if (working_days && calendar.empty()) at.wrong(of + ": expected the calendar whose working days count, but none is named");
  at.subject(calendar, {"calendar"});
}

void check_who(const At& at) {
  const v1::StepActors& who = at.step.who();
  for (const int capacity : who.capacities())
    if (capacity == v1::Capacity::unset) at.wrong("it may be acted on in a capacity that is none");
  for (const std::string& body : who.on_behalf_of()) at.bodies(body, "on whose behalf somebody acts");
  for (const std::string& office : who.offices()) at.subject(office, {"office", "person"}, "an office that acts");
}

void check_propose(const At& at) {
  const v1::ProposeStep& step = at.step.propose();
  for (const int capacity : step.capacities())
    if (capacity == v1::Capacity::unset) at.wrong("it may be proposed in a capacity that is none");
  if (step.anew() && step.fields().empty() && step.papers() == 0 && !step.recommendation()) at.wrong("it is to be asked anew, but it asks for nothing");
  std::set<std::string> seen;
  for (const v1::FieldNeeded& field : step.fields()) {
    const std::string name = "field " + field.name();
    const v1::FieldNeeded& first = *at.fields.asked(field.name());
    if (!is_name(field.name())) at.wrong("expected the name of a field (lower case, with underscores), but it is \"" + field.name() + "\"");
    if (!seen.insert(field.name()).second) at.wrong(name + " is asked for twice");
    if (type_number(field.type()) == v1::Predicate::type_unset) at.wrong(name + " is to be a \"" + field.type() + "\": expected ref, text, number, flag, when or code");
    if (field.type() != first.type()) at.wrong(name + " is a " + field.type() + " here, and a " + first.type() + " where it was asked for first");
    if (!field.words().empty() && field.type() != "code") at.wrong(name + " has a list of words, but it is no code");
    if (field.kind().empty()) continue;
    if (field.type() != "ref") at.wrong(name + " is to name a " + field.kind() + ", but it is no ref");
    const auto subjects = at.record.subjects();
    if (std::none_of(subjects.begin(), subjects.end(), [&](const std::string& one) { return one.starts_with(field.kind() + ":"); })) at.wrong(name + " is to name a " + field.kind() + ", and the record has none");
  }
}

void check_field_asked(const At& at, const v1::GateQuestion::Field& asks) {
  at.reads("$" + asks.name(), {"ref", "text", "number", "flag", "when", "code"});
  const v1::FieldNeeded* asked = at.fields.asked(asks.name());
  if (asks.value().is_case() == v1::Value::IS_NOT_SET) at.wrong("expected the value that field " + asks.name() + " is to have, but none is named");
  if (asked == nullptr) return;
  at.value(asks.value(), type_number(asked->type()), "field " + asks.name());
  const auto& words = asked->words();
  if (!words.empty() && !At::field(asks.value().code()) && std::find(words.begin(), words.end(), asks.value().code()) == words.end())
    at.wrong("field " + asks.name() + " is never " + asks.value().code() + ": it is no word of its list");
}

void check_gate(const At& at) {
  if (at.step.gate().questions().empty()) at.wrong("it asks nothing, so that it holds nothing up");
  for (const v1::GateQuestion& question : at.step.gate().questions()) {
    v1::RefusalCode::Value code;
    if (!question.refusal().empty() && !v1::RefusalCode::Value_Parse(question.refusal(), &code)) at.wrong(question.refusal() + " is no refusal code");
    switch (question.asks_case()) {
      case v1::GateQuestion::kCompetent: {
        at.subject(question.competent().body(), {"body"}, "a body that is to be competent");
        at.subject(question.competent().matter_type(), {"matter_type"}, "for which matters it is to be competent");
        const std::string& cited = question.competent().authority();
        if (!cited.empty() && !At::field(cited)) at.wrong("expected the field in which a matter cites its authority (\"$authority\"), but it is \"" + cited + "\"");
        at.may_read(cited, {"text", "ref", "code"});
        break;
      }
      case v1::GateQuestion::kHolds:
        at.fact(question.holds().subject(), question.holds().predicate(), question.holds().scope(), question.holds().value(), false);
        at.subject(question.holds().subject(), {});
        break;
      case v1::GateQuestion::kAbsent:
        at.fact(question.absent().subject(), question.absent().predicate(), "", question.absent().value(), false);
        at.subject(question.absent().subject(), {});
        break;
      case v1::GateQuestion::kField: check_field_asked(at, question.field()); break;
      case v1::GateQuestion::ASKS_NOT_SET: at.wrong("a question asks nothing");
    }
  }
}

void check_reports(const At& at) {
  const v1::DecideStep& step = at.step.decide();
  const auto& steps = at.procedure.steps();
  const auto reported = std::any_of(steps.begin(), steps.end(), [&](const v1::Step& other) { return other.decide().reports() == at.step.id(); });
  if (step.urgent() && !reported) at.wrong("urgent action may be taken here, but no step puts it to the body afterwards (decide.reports)");
  if (step.reports().empty()) return;
  const auto acted = std::find_if(steps.begin(), steps.end(), [&](const v1::Step& other) { return other.id() == step.reports(); });
  if (acted == steps.end() || !acted->decide().urgent()) at.wrong("it puts the urgent action of step " + step.reports() + " to the body, but none can be taken there (decide.urgent)");
}

// Of that body; of any, where it is only named during the matter.
bool has_part(const record::Record& record, const std::string& body, const std::string& part) {
  for (const std::string& one : body.empty() ? record.subjects() : std::vector<std::string>{body})
    for (const record::Fact* fact : record.of(one, authority::kParts))
      if (fact->value.text == part) return true;
  return false;
}

// Does the rule answer for that body and kind of matter?
bool answers(const v1::Rule& rule, const v1::DecideStep& step, const std::string& matter_type) {
  const auto& types = rule.matter_types();
  if (!step.rule().empty()) return rule.id() == step.rule();
  return rule.body() == step.body() && (types.empty() || std::find(types.begin(), types.end(), matter_type) != types.end());
}

// A condition of the rule on what the matter says would never hold, were nobody asked for it.
void check_conditions_read(const At& at, const Rules& rules) {
  static const std::set<std::string> own{"party", "seat", "matter_type"};      // The rule's, not the matter's.
  for (const auto& [id, versions] : rules) {
    const v1::Rule& rule = *versions.back();
    if (!answers(rule, at.step.decide(), at.procedure.matter_type())) continue;
    for (const v1::Condition& one : rule.conditions())
      for (const std::string& text : {one.subject(), one.scope(), record::datum(one.value()).text})
        if (At::field(text) && !own.contains(text.substr(1)) && at.fields.asked(text.substr(1)) == nullptr)
          at.wrong("rule " + id + " reads field " + text.substr(1) + " (conditions." + one.name() + "), for which no step asks");
  }
}

void check_decide(const At& at, const Rules& rules) {
  const v1::DecideStep& step = at.step.decide();
  at.subject(step.body(), {"body"}, "the body that decides");
  const bool known = !At::field(step.body()) && at.record.has_subject(step.body());
  if (known && at.record.of(step.body(), authority::kParty).empty()) at.wrong("nobody decides: the record names no party of " + step.body());
  at.day(step.deadline(), "deadline");
  at.may_read(step.part(), {"code", "text"});
  if (!step.part().empty() && !At::field(step.part()) && !has_part(at.record, known ? step.body() : "", step.part())) at.wrong((known ? step.body() : "the body that decides") + " has no part \"" + step.part() + "\"");
  check_reports(at);
  check_conditions_read(at, rules);
  if (step.rule().empty()) return;
  const auto rule = rules.find(step.rule());
  if (rule == rules.end()) at.wrong(step.rule() + " is no published rule: publish it before this procedure");
  else if (known && rule->second.back()->body() != step.body()) at.wrong("rule " + step.rule() + " is of " + rule->second.back()->body() + ", and " + step.body() + " decides");
}

void check_wait(const At& at) {
  const v1::WaitStep& wait = at.step.wait();
  const int ends = (wait.until().empty() ? 0 : 1) + (wait.days() == 0 ? 0 : 1) + (wait.subject().empty() && wait.predicate().empty() ? 0 : 1);
  if (ends == 0) at.wrong("nothing ends its wait: expected until, days, or a subject and predicate");
  if (ends > 1) at.wrong("expected one thing that ends its wait (until, days, or a fact), but several are named");
  at.day(wait.until(), "nothing ends its wait: until");
  check_clock(at, "the wait", wait.days(), wait.clock_source(), wait.working_days(), wait.calendar());
  if (wait.subject().empty() && wait.predicate().empty()) return;
  at.fact(wait.subject(), wait.predicate(), "", wait.value(), false);
  at.subject(wait.subject(), {});
  const v1::Predicate* word = at.record.predicate(wait.predicate());
  const auto could = [&](const std::string& by) { return by == at.procedure.id() || at.published.contains(by); };
  if (word != nullptr && !word->procedures().empty() && std::none_of(word->procedures().begin(), word->procedures().end(), could))
    at.wrong("nothing ends its wait: only procedure " + word->procedures(0) + " may have the record say " + wait.predicate() + ", and it is not published");
  if (wait.value().is_case() == v1::Value::IS_NOT_SET) at.wrong("nothing ends its wait: the value it waits for is not named");
}

// Receipts are asked of a matter that is open beside this one.
void check_receipts(const At& at, const std::string& id) {
  if (id.empty()) return;
  const auto& steps = at.procedure.steps();
  const auto referral = std::find_if(steps.begin(), steps.end(), [&](const v1::Step& one) { return one.id() == id; });
  if (referral == steps.end() || !referral->has_refer()) return at.wrong("expected a referral of this procedure whose receipts are asked for, but " + id + " is none");
  if (!referral->refer().goes_on()) at.wrong(id + " is waited for (goes_on is not set): nothing is open there when parties sign");
}

void check_sign_off(const At& at) {
  const v1::SignOffStep& step = at.step.sign_off();
  at.subject(step.subject(), {"body"});
  at.day(step.due(), "due");
  at.day(step.by(), "by");
  check_receipts(at, step.receipts());
  std::size_t signers = static_cast<std::size_t>(step.parties_size());
  bool counted = true;             // How many "parties of body:x" are, the record says on a day.
  for (const std::string& party : step.parties()) {
    at.bodies(party, "who signs");
    counted = counted && !party.starts_with("parties of ");
  }
  if (step.parties().empty()) {
    if (step.subject().empty()) return at.wrong("nobody signs: expected parties, or the body whose parties sign");
    if (At::field(step.subject())) return;
    std::set<std::string> parties;
    for (const record::Fact* one : at.record.of(step.subject(), authority::kParty)) parties.insert(one->value.text);
    if (parties.empty()) return at.wrong("nobody signs: the record names no party of " + step.subject());
    signers = parties.size();
  } else if (!step.subject().empty()) {
    at.wrong("expected parties, or the body whose parties sign, but both are named");
  }
  if (counted && step.needed() > signers) at.wrong("it needs " + std::to_string(step.needed()) + " signatures of " + std::to_string(signers) + " parties");
}

void check_oblige(const At& at) {
  if (at.step.oblige().obligations().empty()) at.wrong("nobody owes anything here");
  std::set<std::string> seen;
  for (const v1::Obligation& one : at.step.oblige().obligations()) {
    if (one.id().empty()) at.wrong("expected an id for every obligation, but one has none");
    else if (!seen.insert(one.id()).second) at.wrong("obligation " + one.id() + " stands twice");
    if (one.owed_by().starts_with("parties of ")) at.bodies(one.owed_by(), "who owes it");
    else at.subject(one.owed_by(), {"body", "office", "person"}, "who owes " + one.id());
    if (one.what().empty()) at.wrong("obligation " + one.id() + ": expected what is owed, but it does not say");
    check_clock(at, "obligation " + one.id(), one.days(), one.clock_source(), one.working_days(), one.calendar());
  }
}

void check_conditions(const At& at) {
  std::set<std::string> before;
  for (const v1::TransferCondition& condition : at.step.transfer().conditions()) {
    const std::string name = "condition " + condition.id();
    if (condition.id().empty()) at.wrong("expected an id for every condition, but one has none");
    if (!condition.after().empty() && !before.contains(condition.after())) at.wrong(name + " comes after " + condition.after() + ", which is no condition before it");
    if (!before.insert(condition.id()).second) at.wrong(name + " stands twice");
    if (condition.days() > 0 && (condition.after().empty() || condition.clock_source().empty()))
      at.wrong(name + ": expected what its days count from (after) and where they come from (clock_source), but it does not say");
  }
}

// What has taken effect does not take effect again: a matter that came back here after it would stay for ever.
void check_comes_back(const At& at) {
  std::set<std::string> seen;
  std::vector<std::string> ahead;
  for (const v1::Next& next : at.step.next())
    if (next.on() == "took_effect") ahead.push_back(next.to());
  while (!ahead.empty()) {
    const std::string id = ahead.back();
    ahead.pop_back();
    if (id == at.step.id()) return at.wrong("it comes back to itself after it took effect, and what took effect does not do so again");
    if (!seen.insert(id).second) continue;
    for (const v1::Step& step : at.procedure.steps())
      if (step.id() == id)
        for (const v1::Next& next : step.next()) ahead.push_back(next.to());
  }
}

void check_transfer(const At& at) {
  const v1::TransferStep& step = at.step.transfer();
  if (step.tracks().empty()) at.wrong("it has no track, so that it never ends");
  check_conditions(at);
  check_comes_back(at);
  std::set<std::string> before;
  for (const v1::TransferTrack& track : step.tracks()) {
    if (track.name().empty()) at.wrong("expected a name for every track, but one has none");
    if (!track.after().empty() && !before.contains(track.after())) at.wrong("track " + track.name() + " comes after " + track.after() + ", which is no track before it");
    if (!before.insert(track.name()).second) at.wrong("track " + track.name() + " stands twice");
    at.subject(track.subject(), {}, "what moves on track " + track.name());
    const v1::Predicate* word = at.record.predicate(track.predicate());
    if (word != nullptr && !word->many() && track.to_size() > 1) at.wrong("track " + track.name() + " contradicts itself: it gives " + track.predicate() + " of " + track.subject() + " " + std::to_string(track.to_size()) + " values");
    if (track.to().empty()) at.wrong("track " + track.name() + ": expected what becomes " + track.predicate() + " (to), but it does not say");
    for (const v1::Value& to : track.to()) at.fact(track.subject(), track.predicate(), "", to, true);
    for (const v1::Value& away : track.away()) if (word != nullptr) at.value(away, word->type(), track.predicate());
    for (const std::string& condition : track.conditions())
      if (std::none_of(step.conditions().begin(), step.conditions().end(), [&](const auto& c) { return c.id() == condition; }))
        at.wrong("track " + track.name() + " waits for " + condition + ", which is no condition of the step");
  }
  const auto& steps = at.procedure.steps();
  const auto first = std::find_if(steps.begin(), steps.end(), [](const v1::Step& one) { return one.has_transfer(); });
  if (&*first != &at.step) at.wrong("a matter is one transfer, and " + first->id() + " is one before it");
}

void check_escalate(const At& at) {
  const std::string& issue = at.step.escalate().issue();
  at.subject(issue, {"issue"}, "the kind of issue that is escalated");
  at.subject(at.step.escalate().to(), {"office", "body", "person"});
  if (issue.empty() || At::field(issue)) return;
  if (at.record.of(issue, authority::kRaisedFirstWith).empty()) at.wrong(issue + " has no first point of call: nobody could raise it");
  const std::string circle = steps::circle_of(at.record, issue, steps::kWithoutEnd);
  if (!circle.empty()) at.wrong("the escalation graph of " + issue + " goes round: " + circle);
}

// A field that the other procedure does not ask for would be read by nobody.
void check_handed_over(const At& at, const v1::Procedure& other) {
  const Fields theirs(other);
  for (const v1::Field& field : at.step.refer().fields()) {
    const v1::FieldNeeded* asked = theirs.asked(field.name());
    if (asked != nullptr) { at.value(field.value(), type_number(asked->type()), "field " + field.name()); continue; }
    if (!steps::may_do_without(other, field.name()) && !theirs.opens_with(field.name())) at.wrong(other.id() + " does not know field " + field.name());
    at.reads(record::datum(field.value()).text, {"code", "text", "ref"});
  }
  const std::string needed = steps::needed_to_open(other);
  const auto& handed = at.step.refer().fields();
  if (!needed.empty() && std::none_of(handed.begin(), handed.end(), [&](const v1::Field& one) { return one.name() == needed; })) at.wrong(other.id() + " opens with field " + needed + ", and it is not handed over");
}

// A referral to what does not exist would be a way on that nobody can take; so would an end that never comes.
void check_refer(const At& at) {
  const std::string& to = at.step.refer().procedure();
  if (to.empty()) return at.wrong("expected the procedure it refers to, but none is named");
  const auto other = at.published.find(to);
  if (other == at.published.end()) {
    if (to != at.procedure.id()) at.wrong(to + " is no published procedure: publish it before this one, or both in one act (together)");
    return;
  }
  check_handed_over(at, *other->second.back());
  if (at.step.refer().goes_on()) return;
  const Walked walked = walk(*other->second.back(), at.published, kEndsMost);
  const auto comes = [&](const std::string& end) { return std::any_of(walked.paths.begin(), walked.paths.end(), [&](const Path& path) { return path.end == end; }); };
  for (const v1::Next& next : at.step.next())
    if (walked.complete && !comes(next.on()) && !next.on().starts_with("withdrawn")) at.wrong("it never ends in " + next.on() + ": " + to + " has no such end");
}

void check_meet(const At& at) {
  const v1::MeetStep& step = at.step.meet();
  at.subject(step.body(), {"body"}, "the body that meets");
  at.subject(step.calendar(), {"calendar"});
  for (const auto* notice : {&step.notice(), &step.after_adjournment()}) {
    at.subject(notice->calendar(), {"calendar"});
    if (notice->working_days() && notice->calendar().empty()) at.wrong("expected the calendar whose working days count, but none is named");
  }
}

// One matter says one thing of what has one value.
void check_declared(const At& at) {
  const auto& facts = at.step.declare().facts();
  if (facts.empty()) at.wrong("it writes nothing");
  for (const v1::Fact& fact : facts) {
    at.fact(fact.subject(), fact.predicate(), fact.scope(), fact.value(), fact.standing() == v1::Standing::effective);
    if (fact.standing() == v1::Standing::unset || fact.standing() == v1::Standing::retracted) at.wrong("expected how " + fact.predicate() + " stands (planned, conditional, effective, ended), but it does not say");
    at.subject(fact.condition(), {});
    for (const std::string* date : {&fact.from(), &fact.until()}) {
      at.reads(*date, {"when"});
      if (!At::field(*date) && !record::parse_when(*date).ok()) at.wrong("\"" + *date + "\" is no date");
    }
  }
  for (int i = 0; i < facts.size(); ++i)
    for (int j = 0; j < i; ++j) {
      const v1::Fact &a = facts[j], &b = facts[i];
      const v1::Predicate* word = at.record.predicate(a.predicate());
      const bool same = a.subject() == b.subject() && a.predicate() == b.predicate() && a.scope() == b.scope() && a.from() == b.from() && a.until() == b.until() && a.standing() == b.standing();
      if (word != nullptr && !word->many() && same) at.wrong("it contradicts itself: two facts give " + a.predicate() + " of " + a.subject());
    }
}

// Procedures that a matter of this one may open by itself, straight from its opening.
std::set<std::string> opens(const v1::Procedure& procedure) {
  std::set<std::string> out, seen;
  std::vector<std::string> at;
  if (!procedure.steps().empty()) at.push_back(procedure.steps(0).id());
  while (!at.empty()) {
    const std::string id = at.back();
    at.pop_back();
    const auto step = std::find_if(procedure.steps().begin(), procedure.steps().end(), [&](const v1::Step& one) { return one.id() == id; });
    if (step == procedure.steps().end() || !seen.insert(id).second) continue;
    if (step->has_refer()) out.insert(step->refer().procedure());
    if (!runs_by_itself(*step)) continue;
    for (const v1::Next& next : step->next()) at.push_back(next.to());
  }
  return out;
}

}  // namespace

void check_names_of(const At& at, const Rules& rules) {
  check_who(at);
  switch (at.step.kind_case()) {
    case v1::Step::kPropose: return check_propose(at);
    case v1::Step::kGate: return check_gate(at);
    case v1::Step::kDecide: return check_decide(at, rules);
    case v1::Step::kSignOff: return check_sign_off(at);
    case v1::Step::kTransfer: return check_transfer(at);
    case v1::Step::kDeclare: return check_declared(at);
    case v1::Step::kOblige: return check_oblige(at);
    case v1::Step::kEscalate: return check_escalate(at);
    case v1::Step::kRefer: return check_refer(at);
    case v1::Step::kWait: return check_wait(at);
    case v1::Step::kMeet: return check_meet(at);
    case v1::Step::KIND_NOT_SET: return;
  }
}

void check_referrals(const v1::Procedure& procedure, const Published& published, const Find& find) {
  std::map<std::string, std::string> reached;                // Procedure -> how it is come to.
  std::vector<std::string> at;
  for (const std::string& first : opens(procedure))
    if (reached.emplace(first, procedure.id() + " -> " + first).second) at.push_back(first);
  while (!at.empty()) {
    const std::string id = at.back();
    at.pop_back();
    if (id == procedure.id()) return find("", "it opens itself again without anybody acting: " + reached[id]);
    const auto there = published.find(id);
    if (there == published.end()) continue;                  // Refused when a matter comes there.
    for (const std::string& next : opens(*there->second.back()))
      if (reached.emplace(next, reached[id] + " -> " + next).second) at.push_back(next);
  }
}

}  // namespace concordat::procedures
