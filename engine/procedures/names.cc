#include "engine/procedures/names.h"

#include <algorithm>
#include <set>

#include "concordat/v1/procedure.pb.h"
#include "concordat/v1/record.pb.h"
#include "engine/record/authority.h"
#include "engine/steps/escalation_graph.h"

namespace concordat::procedures {
namespace {

namespace authority = record::authority;

struct At {
  const v1::Step& step;
  const v1::Procedure& procedure;
  const record::Record& record;
  const Published& published;
  const Find& find;

  void wrong(const std::string& what) const { find(step.id(), what); }
  bool open(const std::string& name) const { return name.empty() || name.starts_with('$'); }
  void subject(const std::string& name) const {
    if (!open(name) && !record.has_subject(name)) wrong(name + " is no subject of the record");
  }
  // A body, or each of "parties of body:x".
  void bodies(std::string name) const {
    constexpr std::string_view parties_of = "parties of ";
    if (name.starts_with(parties_of)) name.erase(0, parties_of.size());
    subject(name);
  }
  void value(const v1::Value& value) const { subject(value.ref()); }
};

void check_gate(const At& at) {
  for (const v1::GateQuestion& question : at.step.gate().questions()) {
    at.subject(question.competent().body());
    at.subject(question.competent().matter_type());
    const std::string& cited = question.competent().authority();
    if (!cited.empty() && !cited.starts_with('$')) at.wrong("expected the field in which a matter cites its authority (\"$authority\"), but it is \"" + cited + "\"");
    at.subject(question.holds().subject());
    at.value(question.holds().value());
    at.subject(question.absent().subject());
    at.value(question.absent().value());
  }
}

void check_wait(const At& at) {
  const v1::WaitStep& wait = at.step.wait();
  if (wait.until().empty() && wait.days() == 0 && wait.subject().empty()) at.wrong("nothing ends its wait: expected until, days, or a subject and predicate");
  if (!at.open(wait.until()) && !record::parse_day(wait.until()).ok()) at.wrong("nothing ends its wait: until is \"" + wait.until() + "\", which is no day");
  if (wait.subject().empty()) return;
  at.subject(wait.subject());
  at.value(wait.value());
  const v1::Predicate* word = at.record.predicate(wait.predicate());
  if (word == nullptr) at.wrong("\"" + wait.predicate() + "\" is no word of the vocabulary");
  const auto could = [&](const std::string& by) { return by == at.procedure.id() || at.published.contains(by); };
  if (word != nullptr && !word->procedures().empty() && std::none_of(word->procedures().begin(), word->procedures().end(), could))
    at.wrong("nothing ends its wait: only procedure " + word->procedures(0) + " may have the record say " + wait.predicate() + ", and it is not published");
  if (wait.value().is_case() == v1::Value::IS_NOT_SET) at.wrong("nothing ends its wait: the value it waits for is not named");
}

void check_sign_off(const At& at) {
  const v1::SignOffStep& step = at.step.sign_off();
  if (step.parties().empty() && !at.open(step.subject()) && at.record.of(step.subject(), authority::kParty).empty()) at.wrong("nobody signs: the record names no party of " + step.subject());
  bool several = false;            // How many "parties of body:x" are, the record says on a day.
  for (const std::string& party : step.parties()) {
    at.bodies(party);
    several = several || party.starts_with("parties of ");
  }
  if (step.parties().empty() && step.subject().empty()) at.wrong("nobody signs: expected parties, or the body whose parties sign");
  if (!several && !step.parties().empty() && step.needed() > static_cast<std::uint32_t>(step.parties_size()))
    at.wrong("it needs " + std::to_string(step.needed()) + " signatures of " + std::to_string(step.parties_size()) + " parties");
}

void check_oblige(const At& at) {
  for (const v1::Obligation& one : at.step.oblige().obligations()) {
    at.bodies(one.owed_by());
    if (one.days() > 0 && one.clock_source().empty()) at.wrong("obligation " + one.id() + " has a clock of " + std::to_string(one.days()) + " days and no clock_source that states it");
    if (one.working_days() && one.calendar().empty()) at.wrong("obligation " + one.id() + ": expected the calendar whose working days count, but none is named");
    if (one.working_days()) at.subject(one.calendar());
  }
}

void check_transfer(const At& at) {
  const v1::TransferStep& step = at.step.transfer();
  if (step.tracks().empty()) at.wrong("it has no track, so that it never ends");
  std::set<std::string> before;
  for (const v1::TransferTrack& track : step.tracks()) {
    if (!track.after().empty() && !before.contains(track.after())) at.wrong("track " + track.name() + " comes after " + track.after() + ", which is no track before it");
    if (!before.insert(track.name()).second) at.wrong("track " + track.name() + " stands twice");
    at.subject(track.subject());
    const v1::Predicate* word = at.record.predicate(track.predicate());
    if (word != nullptr && !word->many() && track.to_size() > 1) at.wrong("track " + track.name() + " contradicts itself: it gives " + track.predicate() + " of " + track.subject() + " " + std::to_string(track.to_size()) + " values");
    for (const v1::Value& value : track.to()) at.value(value);
    for (const v1::Value& value : track.away()) at.value(value);
  }
}

void check_escalate(const At& at) {
  const std::string& issue = at.step.escalate().issue();
  if (issue.empty()) at.wrong("expected the kind of issue that is escalated, but none is named");
  if (at.open(issue)) return;
  at.subject(issue);
  if (at.record.of(issue, authority::kRaisedFirstWith).empty()) at.wrong(issue + " has no first point of call: nobody could raise it");
  const std::string circle = steps::circle_of(at.record, issue, steps::kWithoutEnd);
  if (!circle.empty()) at.wrong("the escalation graph of " + issue + " goes round: " + circle);
}

// A referral to what does not exist would be a way on that nobody can take.
void check_refer(const At& at) {
  const std::string& to = at.step.refer().procedure();
  if (to.empty()) at.wrong("expected the procedure it refers to, but none is named");
  else if (to != at.procedure.id() && !at.published.contains(to)) at.wrong(to + " is no published procedure: publish it before this one, or both in one act (together)");
}

// One matter says one thing of what has one value.
void check_declared(const At& at) {
  const auto& facts = at.step.declare().facts();
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

void check_names_of(const v1::Step& step, const v1::Procedure& procedure, const record::Record& record, const Published& published, const Find& find) {
  const At at{step, procedure, record, published, find};
  if (step.has_gate()) check_gate(at);
  if (step.has_wait()) check_wait(at);
  if (step.has_sign_off()) check_sign_off(at);
  if (step.has_oblige()) check_oblige(at);
  if (step.has_transfer()) check_transfer(at);
  if (step.has_escalate()) check_escalate(at);
  if (step.has_refer()) check_refer(at);
  for (const v1::Fact& fact : step.declare().facts()) at.value(fact.value());
  if (step.has_declare()) check_declared(at);
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
