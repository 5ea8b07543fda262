// change_procedure.cc: a matter goes on under a newer version of its procedure, because somebody with authority says so.
#include "engine/facts.h"
#include "engine/procedures/compare.h"
#include "engine/steps/after.h"
#include "engine/steps/item.h"

namespace concordat {
namespace {

// Rules stay those frozen at opening; only steps that are new freeze theirs now.
void keep_rules(const Work& work, const Matter& matter, const v1::Procedure& to, v1::ProcedureChanged* changed) {
  v1::MatterOpened now;
  for (const auto& [name, value] : matter.fields) {
    v1::Field& field = *now.add_fields();
    field.set_name(name);
    record::fill(value, field.mutable_value());
  }
  steps::freeze_rules(work, to, &now);
  int next = 0;
  for (const v1::Step& step : to.steps()) {
    if (!step.has_decide()) continue;
    v1::RuleRef& rule = *now.mutable_rules(next++);
    const auto frozen = matter.rules.find(step.id());
    if (frozen == matter.rules.end()) continue;
    rule.set_id(frozen->second.id);
    rule.set_version(frozen->second.version);
  }
  *changed->mutable_rules() = now.rules();
  for (const v1::FurtherRules& more : now.further())
    if (!matter.rules.contains(more.step().substr(0, more.step().find('/')))) *changed->add_further() = more;
  for (const auto& [step, rules] : matter.further_rules) {
    v1::FurtherRules& kept = *changed->add_further();
    kept.set_step(step);
    for (const RuleKey& key : rules) {
      v1::RuleRef& rule = *kept.add_rules();
      rule.set_id(key.id);
      rule.set_version(key.version);
    }
  }
}

std::string together(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : "; ") + one;
  return out;
}

}  // namespace

Refusal decide(Work& work, const v1::ChangeProcedure& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find(command.matter(), &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  if (matter->step == &steps::after_decision()) return refuse(v1::RefusalCode::wrong_step, "a matter that is not decided", command.matter() + " is what is owed after a decision");
  const v1::Procedure& from = *matter->procedure;
  const auto& versions = work.state().procedures.find(from.id())->second;
  if (command.version() <= from.version() || command.version() > versions.size())
    return refuse(v1::RefusalCode::version_not_newer, "a published version of procedure " + from.id() + " after " + std::to_string(from.version()),
                  "it is version " + std::to_string(command.version()) + " of " + std::to_string(versions.size()));
  if (command.authority().empty()) return refuse(v1::RefusalCode::authority_missing, "the authority for the change (a decision, a minute)", "none is cited");
  const v1::Procedure& to = *versions[command.version() - 1];
  const auto misfits = procedures::misfits(*matter, to, command.step());
  if (!misfits.empty()) return refuse(v1::RefusalCode::version_does_not_fit, "a version under which " + matter->id + " can go on", together(misfits));
  v1::Event event;
  v1::ProcedureChanged& changed = *event.mutable_procedure_changed();
  changed.set_matter(matter->id);
  changed.set_from(from.version());
  changed.set_to(to.version());
  changed.set_step(command.step().empty() ? matter->step->id() : command.step());
  changed.set_authority(command.authority());
  changed.set_reason(command.reason());
  for (std::string& change : procedures::changes(from, to)) changed.add_changes(std::move(change));
  keep_rules(work, *matter, to, &changed);
  const bool elsewhere = changed.step() != matter->step->id();
  work.emit(std::move(event));
  return elsewhere ? steps::enter(work, command.matter()) : accept();
}

}  // namespace concordat
