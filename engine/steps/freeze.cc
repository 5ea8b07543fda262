// freeze.cc: which rule versions answer for a step to the end of its matter: those in force as it opens; where the body that
// decides is only named during the matter, those in force as it is named.
#include <algorithm>

#include "engine/record/authority.h"
#include "engine/rules_in_force.h"
#include "engine/steps/item.h"

namespace concordat::steps {
namespace {

namespace authority = record::authority;

std::vector<std::string> texts(const Work& work, std::string_view subject, const char* predicate, std::string_view scope) {
  std::vector<std::string> out;
  for (const record::Datum& value : record::values(work.state().record, subject, predicate, scope, work.today())) out.push_back(value.text);
  return out;
}

void refer_to(const v1::Rule& rule, v1::RuleRef* ref) {
  ref->set_id(rule.id());
  ref->set_version(rule.version());
}

void add_further(const std::string& id, const std::vector<const v1::Rule*>& all, std::size_t from, v1::RulesFrozen* out) {
  if (all.size() <= from) return;
  v1::FurtherRules& further = *out->add_further();
  further.set_step(id);
  for (std::size_t i = from; i < all.size(); ++i) refer_to(*all[i], further.add_rules());
}

const std::string& body_in(const v1::Step& step) { return step.has_meet() ? step.meet().body() : step.decide().body(); }

// Of one step that has a body.
v1::RulesFrozen freeze(const Work& work, const v1::Procedure& procedure, const v1::Step& step, const std::string& body) {
  v1::RulesFrozen out;
  out.set_step(step.id());
  if (step.has_meet()) {
    auto all = rules_in_force(work.state(), "", body, procedure.matter_type(), work.today());
    std::erase_if(all, [](const v1::Rule* rule) { return !rule->has_notice() && rule->clocks().empty(); });      // All that is asked of a meeting itself.
    add_further(step.id(), all, 0, &out);
    return out;
  }
  const auto all = rules_in_force(work.state(), step.decide().rule(), body, procedure.matter_type(), work.today());
  out.mutable_rule();
  if (!all.empty()) refer_to(*all.front(), out.mutable_rule());
  add_further(step.id(), all, 1, &out);
  const auto modes = texts(work, body, authority::kMode, "");
  const bool in_common = !modes.empty() && modes.front() == "in_common";
  for (const std::string& party : texts(work, body, authority::kParty, "")) {
    const auto committees = texts(work, body, authority::kCommittee, party);
    if (committees.empty() && !in_common) continue;
    const std::string& own = committees.empty() ? party : committees.front();
    add_further(step.id() + "/" + party, rules_in_force(work.state(), "", own, procedure.matter_type(), work.today(), committees.empty() ? "" : party), 0, &out);
  }
  return out;
}

}  // namespace

void freeze_rules(const Work& work, const v1::Procedure& procedure, v1::MatterOpened* opened) {
  const auto meant = [&](const std::string& body) {
    if (!body.starts_with('$')) return body;
    for (const v1::Field& field : opened->fields())
      if (body.substr(1) == field.name()) return field.value().ref();
    return body;
  };
  for (const v1::Step& step : procedure.steps()) {
    if (!step.has_meet() && !step.has_decide()) continue;
    v1::RulesFrozen one = freeze(work, procedure, step, meant(body_in(step)));
    if (step.has_decide()) *opened->add_rules() = one.rule();
    for (v1::FurtherRules& further : *one.mutable_further()) *opened->add_further() = std::move(further);
  }
}

void freeze_supplied(Work& work, const std::string& id, const Fields& before) {
  const Matter& matter = work.state().matters.find(id)->second;
  std::vector<v1::Event> events;
  std::uint32_t number = 0;
  for (const v1::Step& step : matter.procedure->steps()) {
    if (step.has_decide()) ++number;
    if ((!step.has_meet() && !step.has_decide()) || !body_in(step).starts_with('$')) continue;
    const std::string name = body_in(step).substr(1), body = fill(matter, body_in(step));
    const auto was = before.find(name);
    if (body.empty() || (was != before.end() && was->second.text == body)) continue;
    v1::RulesFrozen& frozen = *events.emplace_back().mutable_rules_frozen();
    frozen = freeze(work, *matter.procedure, step, body);
    frozen.set_matter(id);
    frozen.set_number(step.has_decide() ? number : 0);
  }
  for (v1::Event& event : events) work.emit(std::move(event));
}

}  // namespace concordat::steps
