#include "engine/procedures/simulate.h"

#include <algorithm>
#include <set>

#include "concordat/v1/procedure.pb.h"
#include "engine/steps/steps.h"

namespace concordat::procedures {
namespace {

const v1::Step* step_of(const v1::Procedure& procedure, const std::string& id) {
  const auto found = std::find_if(procedure.steps().begin(), procedure.steps().end(), [&](const v1::Step& one) { return one.id() == id; });
  return found == procedure.steps().end() ? nullptr : &*found;
}

const v1::Next* next_on(const v1::Step& step, const std::string& outcome) {
  const auto found = std::find_if(step.next().begin(), step.next().end(), [&](const v1::Next& one) { return one.on() == outcome; });
  return found == step.next().end() ? nullptr : &*found;
}

// Words that a matter of that procedure can end in; a referral inside it may add others.
std::set<std::string> ends_of(const v1::Procedure& procedure) {
  std::set<std::string> out;
  for (const v1::Step& step : procedure.steps())
    for (const v1::Next& next : step.next())
      if (next.to() == "end") out.insert(next.as().empty() ? next.on() : next.as());
  return out;
}

struct Walking {
  const v1::Procedure& procedure;
  const Published& published;
  std::size_t most;
  Walked out;
  Path path;
  std::set<std::pair<std::string, std::string>> taken;

  void from(const v1::Step& step) {
    for (const Way& way : ways(step, published)) {
      if (!out.complete) return;
      if (!taken.emplace(step.id(), way.on).second) continue;
      path.steps.push_back({step.id(), way.on});
      const v1::Step* next = way.refused ? nullptr : step_of(procedure, way.to);
      if (next != nullptr) from(*next);
      else end(way.refused ? "refused" : way.as);
      path.steps.pop_back();
      taken.erase({step.id(), way.on});
    }
  }
  void end(const std::string& word) {
    if (out.paths.size() >= most) { out.complete = false; return; }
    path.end = word;
    out.paths.push_back(path);
  }
};

std::string list(const google::protobuf::RepeatedPtrField<std::string>& all) {
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : ", ") + one;
  return out;
}

std::string until(const std::string& due) { return due.empty() ? "without end: no deadline is set" : "until the end of " + due; }

template <typename Capacities>
std::string as_one_of(const Capacities& capacities) {
  std::string out;
  for (const int one : capacities) out += (out.empty() ? "whoever acts as " : " or ") + v1::Capacity::Value_Name(static_cast<v1::Capacity::Value>(one));
  return out;
}

// Who the step lets act, by its own words; `otherwise` where it asks nothing.
std::string actors(const v1::Step& step, const std::string& otherwise) {
  const v1::StepActors& who = step.who();
  const std::string as = as_one_of(who.capacities().empty() ? step.propose().capacities() : who.capacities());
  std::string out = who.offices().empty() ? as : list(who.offices()) + (as.empty() ? "" : ", " + as.substr(8));
  if (!who.on_behalf_of().empty()) out += (out.empty() ? "whoever acts" : "") + std::string(" for ") + list(who.on_behalf_of());
  return out.empty() ? otherwise : out;
}

std::string owers(const v1::ObligeStep& step) {
  std::set<std::string> all;
  std::string out;
  for (const v1::Obligation& one : step.obligations())
    if (all.insert(one.owed_by()).second) out += (out.empty() ? "" : ", ") + one.owed_by();
  return out;
}

Holder wait(const v1::Step& step) {
  const v1::WaitStep& one = step.wait();
  if (!one.until().empty()) return {step.id(), "nobody: it waits for a day", "until " + one.until() + " has begun"};
  if (one.days() > 0) return {step.id(), "nobody: it waits for a number of days", std::to_string(one.days()) + (one.working_days() ? " working days" : " days")};
  return {step.id(), "whoever could have the record say " + one.subject() + " " + one.predicate(), "without end: until that fact holds"};
}

Holder holder(const v1::Step& step) {
  switch (step.kind_case()) {
    case v1::Step::kPropose: return {step.id(), actors(step, "whoever opened it"), "without end: until everything asked for is there"};
    case v1::Step::kGate: return next_on(step, "no") != nullptr ? Holder{step.id(), "nobody", "not at all: it goes on either way"} : Holder{step.id(), "whoever could change what the record answers", "without end: until every question is answered yes"};
    case v1::Step::kDecide: return {step.id(), "the parties of " + step.decide().body() + (step.decide().tabled() ? ", by not being quorate or not taking a position" : ", by not taking a position"), until(step.decide().deadline())};
    case v1::Step::kSignOff: return {step.id(), step.sign_off().parties().empty() ? "each party of " + step.sign_off().subject() : list(step.sign_off().parties()), until(step.sign_off().due())};
    case v1::Step::kTransfer: return {step.id(), "whoever plans the transfer, meets its conditions and states that it took effect", "without end: until every track took effect or was cancelled"};
    case v1::Step::kDeclare: return {step.id(), step.declare().automatic() ? "nobody" : actors(step, "whoever enacts"), step.declare().automatic() ? "not at all" : "without end: until it is enacted"};
    case v1::Step::kOblige: return {step.id(), owers(step.oblige()), "without end: being overdue is told, and ends nothing"};
    case v1::Step::kEscalate: return {step.id(), "whoever has the escalation", "without end: " + (step.escalate().receipt_days() == 0 ? std::string("no clock is set") : "receipt is overdue after " + std::to_string(step.escalate().receipt_days()) + " days, which is told and ends nothing")};
    case v1::Step::kRefer: return step.refer().goes_on() ? Holder{step.id(), "nobody", "not at all: it goes on beside the other"} : Holder{step.id(), "whoever can hold up a matter of " + step.refer().procedure(), "until that matter ends"};
    case v1::Step::kWait: return wait(step);
    case v1::Step::kMeet: return {step.id(), "whoever keeps the minutes and actions of the meeting", "without end: until minutes are confirmed and actions closed"};
    case v1::Step::KIND_NOT_SET: break;
  }
  return {step.id(), "", ""};
}

}  // namespace

std::vector<Way> ways(const v1::Step& step, const Published& published) {
  std::vector<Way> out;
  std::set<std::string> words;
  const auto add = [&](const std::string& outcome) {
    if (!words.insert(outcome).second) return;
    const v1::Next* next = next_on(step, outcome);
    if (next != nullptr) out.push_back({outcome, next->to(), next->to() != "end" ? "" : next->as().empty() ? outcome : next->as(), false});
    else if (step.has_gate()) out.push_back({outcome, "", "", true});
    else if (step.has_refer() && !step.refer().goes_on()) out.push_back({outcome, "end", outcome, false});       // What a step does not foresee closes the matter.
  };
  for (const v1::Next& next : step.next()) add(next.on());
  for (const std::string& outcome : steps::outcomes(step)) add(outcome);
  if (step.has_gate()) add("no");
  if (const auto other = published.find(step.refer().procedure()); step.has_refer() && !step.refer().goes_on() && other != published.end())
    for (const std::string& word : ends_of(*other->second.back())) add(word);
  return out;
}

Walked walk(const v1::Procedure& procedure, const Published& published, std::size_t most) {
  Walking walking{procedure, published, most, {}, {}, {}};
  if (!procedure.steps().empty()) walking.from(procedure.steps(0));
  return std::move(walking.out);
}

std::vector<Holder> holders(const v1::Procedure& procedure) {
  std::vector<Holder> out;
  for (const v1::Step& step : procedure.steps()) out.push_back(holder(step));
  return out;
}

}  // namespace concordat::procedures
