// after.cc, the matter    | ObligationArose              | Discharge                     | DeadlineReached
// -------------------------+------------------------------+-------------------------------+------------------
// opened with the decision | each clock that counts from  | as anything owed (oblige.cc); | ObligationOverdue
//                          |   it, at once                |   the last one closes it      |
#include "engine/steps/after.h"

#include <algorithm>

namespace concordat::steps {
namespace {

v1::Step make() {
  v1::Step step;
  step.set_id("end");
  step.set_title("What is owed after the decision");
  step.mutable_oblige();
  v1::Next& next = *step.add_next();
  next.set_on("discharged");
  next.set_to("end");
  return step;
}

void keep_rules(const Matter& decided, v1::MatterOpened* opened) {
  const auto refer_to = [](const RuleKey& key, v1::RuleRef* ref) { ref->set_id(key.id); ref->set_version(key.version); };
  for (const v1::Step& step : decided.procedure->steps()) {
    if (!step.has_decide()) continue;
    v1::RuleRef& rule = *opened->add_rules();
    if (const auto frozen = decided.rules.find(step.id()); frozen != decided.rules.end()) refer_to(frozen->second, &rule);
  }
  for (const auto& [step, rules] : decided.further_rules) {
    v1::FurtherRules& further = *opened->add_further();
    further.set_step(step);
    for (const RuleKey& key : rules) refer_to(key, further.add_rules());
  }
}

}  // namespace

const v1::Step& after_decision() {
  static const v1::Step step = make();
  return step;
}

void clocks_after(Work& work, const Matter& decided, const std::string& step, const std::string& body) {
  // A matter may come back to its step and be decided again: by another of its acts.
  const std::string id = free_matter_id(work.state(), decided.id + "/" + step + "/" + std::to_string(decided.commits.size()));
  std::vector<v1::Event> owed = counting_from(work, frozen(work, decided, step), "decision", {id, after_decision().id(), step, body, "", ""});
  if (owed.empty()) return;
  v1::Event event;
  v1::MatterOpened& opened = *event.mutable_matter_opened();
  opened.set_matter(id);
  opened.set_procedure(decided.procedure->id());
  opened.set_version(decided.procedure->version());
  opened.set_title("After the decision: " + decided.title);
  opened.set_parent(decided.id);
  opened.set_step(after_decision().id());
  keep_rules(decided, &opened);
  work.emit(std::move(event));
  for (v1::Event& one : owed) work.emit(std::move(one));
}

void next_clocks(Work& work, const std::string& id, const std::string& obligation) {
  const auto found = work.state().matters.find(id);
  if (found == work.state().matters.end() || found->second.step != &after_decision()) return;
  const std::size_t slash = obligation.find('/');
  const std::string clock = obligation.substr(0, slash), step = slash == std::string::npos ? "" : obligation.substr(slash + 1);
  for (v1::Event& one : counting_from(work, frozen(work, found->second, step), clock, {id, after_decision().id(), step, "", "", ""})) work.emit(std::move(one));
}

}  // namespace concordat::steps
