#include "engine/procedures/check.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "concordat/v1/procedure.pb.h"
#include "engine/procedures/names.h"
#include "engine/steps/steps.h"

namespace concordat::procedures {
namespace {

constexpr std::size_t kAtOnceMost = 32;           // Half of what the engine takes.

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
      if (next.to() != "end" && !next.as().empty()) all.find(step.id(), "outcome " + next.on() + " has a word for an end (" + next.as() + "), but leads on to " + next.to());
      if (next.to() != "end" && !all.steps.contains(next.to())) all.find(step.id(), "outcome " + next.on() + " leads to " + next.to() + ", which is no step");
    }
    auto possible = steps::outcomes(step);
    for (const std::string& outcome : possible)
      if (!covered.contains(outcome)) all.find(step.id(), "outcome " + outcome + " leads nowhere");
    if (step.has_refer() && !step.refer().goes_on()) continue;      // The words of the other procedure; others close the matter.
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

// So many steps in a row may need nobody, the other matters that they open counted in: the engine takes them in one breath.
// `seen`: procedure and step, and what came of it; of one that is being counted, a circle that is found elsewhere, nothing.
using Breaths = std::map<std::pair<std::string, std::string>, std::size_t>;
std::size_t breath(const v1::Procedure& procedure, const std::string& from, const Published& published, Breaths& seen) {
  const auto& steps = procedure.steps();
  const auto step = std::find_if(steps.begin(), steps.end(), [&](const v1::Step& one) { return one.id() == from; });
  if (step == steps.end()) return 0;
  const auto [here, first] = seen.emplace(std::pair(procedure.id(), from), 0);
  if (!first) return here->second;
  std::size_t longest = 0;
  if (runs_by_itself(*step))
    for (const v1::Next& next : step->next()) longest = std::max(longest, breath(procedure, next.to(), published, seen));
  const auto other = published.find(step->refer().procedure());
  if (step->has_refer() && other != published.end() && !other->second.back()->steps().empty())
    longest += breath(*other->second.back(), other->second.back()->steps(0).id(), published, seen);
  return here->second = longest + 1;
}

void check_breath(Checking& all, const Published& published) {
  Breaths seen;
  for (const v1::Step& step : all.procedure.steps()) {
    const std::size_t steps = breath(all.procedure, step.id(), published, seen);
    if (steps <= kAtOnceMost) continue;
    all.find(step.id(), "from here " + std::to_string(steps) + " steps follow each other without anybody acting: expected at most " + std::to_string(kAtOnceMost));
    return;
  }
}

bool is_id(const std::string& id) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-' || c == '/'; };
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), fits);
}

void check_whole(Checking& all) {
  const std::string& type = all.procedure.matter_type();
  if (!is_id(all.procedure.id())) all.find("", "expected an id of 1 to 64 letters, digits, \".\", \"_\", \"-\" or \"/\", but it is \"" + all.procedure.id() + "\"");
  if (type.empty()) return;                         // Of no kind: a rule that goes by kinds says so (matter_type_required).
  if (!all.record.has_subject(type)) all.find("(matter_type)", type + " is no subject of the record");
  else if (kind_of_subject(type) != "matter_type") all.find("(matter_type)", "expected a matter_type, but it is " + type);
}

// What is written stays: nothing may refuse the command after it.
void check_writers(Checking& all) {
  for (const v1::Step& step : all.procedure.steps()) {
    if (!step.has_declare() && !step.has_transfer()) continue;
    std::set<std::string> seen;
    for (const v1::Next& next : step.next()) refusals_after(all, next.to(), step.id(), seen);
  }
}

}  // namespace

bool runs_by_itself(const v1::Step& step) {
  return step.has_gate() || step.has_refer() || (step.has_propose() && !step.propose().anew()) || (step.has_declare() && step.declare().automatic()) || step.has_oblige() || (step.has_wait() && step.wait().days() == 0);
}

std::vector<Finding> findings(const v1::Procedure& procedure, const record::Record& record, const Published& published, const Rules& rules) {
  Checking all{procedure, record, {}, {}, {}};
  check_names(all);
  check_outcomes(all);
  check_reach(all);
  check_circles(all);
  if (all.findings.empty()) check_breath(all, published);
  check_whole(all);
  const Find find = [&](const std::string& step, const std::string& what) { all.find(step, what); };
  const Fields fields(procedure);
  for (const v1::Step& step : procedure.steps()) check_names_of({step, procedure, record, published, fields, find}, rules);
  check_writers(all);
  check_referrals(procedure, published, find);
  for (Finding& one : all.findings)
    if (const auto path = all.reached.find(one.step); path != all.reached.end() && path->second != one.step) one.path = path->second;
  return std::move(all.findings);
}

std::string in_words(const Finding& finding) {
  return (finding.step.empty() ? "" : "step " + finding.step + ": ") + finding.what + (finding.path.empty() ? "" : " (" + finding.path + ")");
}

std::vector<std::string> check(const v1::Procedure& procedure, const record::Record& record, const Published& published, const Rules& rules) {
  std::vector<std::string> out;
  for (const Finding& one : findings(procedure, record, published, rules)) out.push_back(in_words(one));
  return out;
}

std::vector<std::string> unsettled(const std::set<std::string>& ids, const record::Record& record, const Published& before, const Published& then, const Rules& rules) {
  std::vector<std::string> out;
  for (const auto& [id, versions] : before) {
    const v1::Procedure& one = *versions.back();
    const auto& steps = one.steps();
    const bool refers = std::any_of(steps.begin(), steps.end(), [&](const v1::Step& step) { return ids.contains(step.refer().procedure()); });
    if (ids.contains(id) || !refers) continue;
    const auto was = check(one, record, before, rules);
    for (const std::string& finding : check(one, record, then, rules))
      if (std::find(was.begin(), was.end(), finding) == was.end()) out.push_back("procedure " + id + ", which refers to it, would be unsound: " + finding);
  }
  return out;
}

}  // namespace concordat::procedures
