#include "engine/procedures/check.h"

#include <algorithm>
#include <map>
#include <set>

#include "concordat/v1/procedure.pb.h"
#include "engine/procedures/names.h"
#include "engine/steps/steps.h"

namespace concordat::procedures {
namespace {

using Steps = std::map<std::string, const v1::Step*>;

struct Checking {
  const v1::Procedure& procedure;
  const record::Record& record;
  Steps steps;
  std::vector<Finding> findings;
  std::map<std::string, std::string> reached;      // Step -> the path that leads there.
  void find(const std::string& step, const std::string& what) { findings.push_back({step, what, ""}); }
};

void check_names(Checking& all) {
  for (const v1::Step& step : all.procedure.steps()) {
    if (step.id().empty() || step.id() == "end") all.find(step.id(), "expected an id other than \"end\"");
    if (!all.steps.emplace(step.id(), &step).second) all.find(step.id(), "its id stands twice");
    if (step.kind_case() == v1::Step::KIND_NOT_SET) all.find(step.id(), "expected a kind (propose, gate, decide, …), but it has none");
  }
}

void check_outcomes(Checking& all) {
  for (const v1::Step& step : all.procedure.steps()) {
    std::set<std::string> covered;
    for (const v1::Next& next : step.next()) {
      if (!covered.insert(next.on()).second) all.find(step.id(), "outcome " + next.on() + " leads two ways");
      if (next.to() != "end" && !all.steps.contains(next.to())) all.find(step.id(), "outcome " + next.on() + " leads to " + next.to() + ", which is no step");
    }
    auto possible = steps::outcomes(step);
    for (const std::string& outcome : possible)
      if (!covered.contains(outcome)) all.find(step.id(), "outcome " + outcome + " leads nowhere");
    if (step.has_refer()) continue;              // The words of the other procedure; others close the matter.
    if (step.has_gate()) possible.insert(possible.end(), {"no", "not_determined"});   // May be left out: then what led here is refused.
    for (const std::string& outcome : covered)
      if (std::find(possible.begin(), possible.end(), outcome) == possible.end()) all.find(step.id(), "it never ends in " + outcome);
  }
}

void check_reach(Checking& all) {
  if (all.procedure.steps().empty()) { all.find("", "expected at least one step"); return; }
  auto& reached = all.reached;
  reached.emplace(all.procedure.steps(0).id(), all.procedure.steps(0).id());
  for (bool more = true; more;) {
    more = false;
    for (const v1::Step& step : all.procedure.steps()) {
      const auto here = reached.find(step.id());
      if (here == reached.end()) continue;
      const std::string path = here->second;
      for (const v1::Next& next : step.next())
        more = (next.to() != "end" && reached.emplace(next.to(), path + " -" + next.on() + "-> " + next.to()).second) || more;
    }
  }
  std::set<std::string> ends;
  for (bool more = true; more;) {
    more = false;
    for (const v1::Step& step : all.procedure.steps())
      for (const v1::Next& next : step.next())
        if (next.to() == "end" || ends.contains(next.to())) more = ends.insert(step.id()).second || more;
  }
  for (const v1::Step& step : all.procedure.steps()) {
    if (!reached.contains(step.id())) all.find(step.id(), "no path leads to it");
    if (!ends.contains(step.id()) && !(step.has_refer() && step.next().empty())) all.find(step.id(), "no path from it reaches an end");
  }
}

void refusals_after(Checking& all, const std::string& id, const std::string& writer, std::set<std::string>& seen) {
  const auto found = all.steps.find(id);
  if (found == all.steps.end() || !seen.insert(id).second) return;
  const v1::Step& step = *found->second;
  const bool has_no = std::any_of(step.next().begin(), step.next().end(), [](const v1::Next& next) { return next.on() == "no"; });
  const bool wait_may_refuse = !step.wait().until().empty() || step.wait().working_days();
  if ((step.has_gate() && !has_no) || step.has_refer() || step.has_escalate() || wait_may_refuse || step.has_declare())
    if (!(step.has_gate() && has_no) && !(step.has_declare() && !step.declare().automatic()))
      all.find(id, "it could refuse after " + writer + " has changed the record; put it before, or give the gate a way on for no");
  if (!runs_by_itself(step)) return;
  for (const v1::Next& next : step.next()) refusals_after(all, next.to(), writer, seen);
}

// A circle of steps that need nobody would never come to rest.
void check_circles(Checking& all) {
  for (const v1::Step& start : all.procedure.steps()) {
    std::set<std::string> seen;
    std::vector<std::string> at{start.id()};
    while (!at.empty()) {
      const auto found = all.steps.find(at.back());
      at.pop_back();
      if (found == all.steps.end() || !runs_by_itself(*found->second)) continue;
      for (const v1::Next& next : found->second->next()) {
        if (next.to() == start.id()) { all.find(start.id(), "it comes back to itself without anybody acting"); return; }
        if (seen.insert(next.to()).second) at.push_back(next.to());
      }
    }
  }
}

void check_words(Checking& all, const std::string& step, const std::string& predicate) {
  if (all.record.predicate(predicate) == nullptr) all.find(step, "\"" + predicate + "\" is no word of the vocabulary");
}

void check_subject(Checking& all, const std::string& step, const std::string& subject) {
  if (subject.empty() || subject.starts_with('$') || all.record.has_subject(subject)) return;
  all.find(step, subject + " is no subject of the record");
}

// A body, or each of "parties of body:x".
void check_named(Checking& all, const std::string& step, const std::string& text) {
  constexpr std::string_view kPartiesOf = "parties of ";
  check_subject(all, step, text.starts_with(kPartiesOf) ? text.substr(kPartiesOf.size()) : text);
}

void check_contents(Checking& all) {
  check_subject(all, "(matter_type)", all.procedure.matter_type());
  for (const v1::Step& step : all.procedure.steps()) {
    if (step.has_decide()) {
      check_subject(all, step.id(), step.decide().body());
      const auto reported = std::any_of(all.procedure.steps().begin(), all.procedure.steps().end(), [&](const v1::Step& other) { return other.decide().reports() == step.id(); });
      if (step.decide().urgent() && !reported) all.find(step.id(), "urgent action may be taken here, but no step puts it to the body afterwards (decide.reports)");
      const auto acted = all.steps.find(step.decide().reports());
      if (!step.decide().reports().empty() && (acted == all.steps.end() || !acted->second->decide().urgent()))
        all.find(step.id(), "it puts the urgent action of step " + step.decide().reports() + " to the body, but none can be taken there (decide.urgent)");
    }
    if (step.has_meet()) {
      check_subject(all, step.id(), step.meet().body());
      if (step.meet().notice().working_days()) check_subject(all, step.id(), step.meet().notice().calendar());
      if (!step.meet().calendar().empty()) check_subject(all, step.id(), step.meet().calendar());
      if (step.meet().notice().working_days() && step.meet().notice().calendar().empty()) all.find(step.id(), "expected the calendar whose working days count, but none is named");
    }
    if (step.has_sign_off()) check_subject(all, step.id(), step.sign_off().subject());
    for (const std::string& body : step.who().on_behalf_of()) check_named(all, step.id(), body);
    for (const std::string& office : step.who().offices()) check_subject(all, step.id(), office);
    if (step.wait().working_days()) check_subject(all, step.id(), step.wait().calendar());
    if (step.wait().working_days() && step.wait().calendar().empty()) all.find(step.id(), "expected the calendar whose working days count, but none is named");
    if (step.wait().days() > 0 && step.wait().working_days() && step.wait().clock_source().empty()) all.find(step.id(), "expected where its number of days comes from (clock_source), but it does not say");
    for (const v1::FieldNeeded& field : step.propose().fields())
      if (!field.words().empty() && field.type() != "code") all.find(step.id(), "field " + field.name() + " has a list of words, but it is no code");
    for (const v1::TransferCondition& condition : step.transfer().conditions()) {
      const auto& conditions = step.transfer().conditions();
      if (!condition.after().empty() && std::none_of(conditions.begin(), conditions.end(), [&](const auto& one) { return one.id() == condition.after(); }))
        all.find(step.id(), "condition " + condition.id() + " comes after " + condition.after() + ", which is no condition of the step");
      if (condition.days() > 0 && (condition.after().empty() || condition.clock_source().empty()))
        all.find(step.id(), "condition " + condition.id() + ": expected what its days count from (after) and where they come from (clock_source), but it does not say");
    }
    for (const v1::GateQuestion& question : step.gate().questions()) {
      if (question.asks_case() == v1::GateQuestion::ASKS_NOT_SET) all.find(step.id(), "a question asks nothing");
      if (question.has_holds()) check_words(all, step.id(), question.holds().predicate());
      if (question.has_absent()) check_words(all, step.id(), question.absent().predicate());
      v1::RefusalCode::Value code;
      if (!question.refusal().empty() && !v1::RefusalCode::Value_Parse(question.refusal(), &code)) all.find(step.id(), question.refusal() + " is no refusal code");
    }
    for (const v1::Fact& fact : step.declare().facts()) check_words(all, step.id(), fact.predicate());
    for (const v1::TransferTrack& track : step.transfer().tracks()) {
      check_words(all, step.id(), track.predicate());
      for (const std::string& condition : track.conditions())
        if (std::none_of(step.transfer().conditions().begin(), step.transfer().conditions().end(), [&](const auto& c) { return c.id() == condition; }))
          all.find(step.id(), "track " + track.name() + " waits for " + condition + ", which is no condition of the step");
    }
    if (step.has_declare() || step.has_transfer()) {
      std::set<std::string> seen;
      for (const v1::Next& next : step.next()) refusals_after(all, next.to(), step.id(), seen);
    }
  }
}

}  // namespace

bool runs_by_itself(const v1::Step& step) {
  return step.has_gate() || step.has_refer() || (step.has_propose() && !step.propose().anew()) || (step.has_declare() && step.declare().automatic()) || step.has_oblige() || (step.has_wait() && step.wait().days() == 0);
}

std::vector<Finding> findings(const v1::Procedure& procedure, const record::Record& record, const Published& published) {
  Checking all{procedure, record, {}, {}, {}};
  check_names(all);
  check_outcomes(all);
  check_reach(all);
  check_circles(all);
  check_contents(all);
  const Find find = [&](const std::string& step, const std::string& what) { all.find(step, what); };
  for (const v1::Step& step : procedure.steps()) check_names_of(step, procedure, record, published, find);
  check_referrals(procedure, published, find);
  for (Finding& one : all.findings)
    if (const auto path = all.reached.find(one.step); path != all.reached.end() && path->second != one.step) one.path = path->second;
  return std::move(all.findings);
}

std::string in_words(const Finding& finding) {
  return (finding.step.empty() ? "" : "step " + finding.step + ": ") + finding.what + (finding.path.empty() ? "" : " (" + finding.path + ")");
}

std::vector<std::string> check(const v1::Procedure& procedure, const record::Record& record, const Published& published) {
  std::vector<std::string> out;
  for (const Finding& one : findings(procedure, record, published)) out.push_back(in_words(one));
  return out;
}

}  // namespace concordat::procedures
