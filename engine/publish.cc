// Publishing rules and procedures: immutable versions, rising by one.
#include <algorithm>
#include <memory>
#include <set>

#include "engine/facts.h"
#include "engine/procedures/check.h"
#include "engine/record/authority.h"
#include "engine/rules/rules.h"
#include "engine/rules_in_force.h"
#include "engine/seats.h"

namespace concordat {
namespace {

template <typename Versions>
std::uint32_t next_version(const Versions& all, const std::string& id) {
  const auto found = all.find(id);
  return found == all.end() ? 1 : static_cast<std::uint32_t>(found->second.size()) + 1;
}

namespace authority = record::authority;

Refusal check_words(const Work& work, const v1::Rule& rule) {
  std::vector<std::string> words;
  for (const v1::Condition& one : rule.conditions()) words.push_back(one.predicate());
  if (!rule.decision().weight_predicate().empty()) words.push_back(rule.decision().weight_predicate());
  for (const std::string& word : words)
    if (work.state().record.predicate(word) == nullptr) return refuse(v1::RefusalCode::unknown_predicate, "a word of the vocabulary", "rule " + rule.id() + " reads \"" + word + "\"");
  for (const v1::Condition& one : rule.conditions())
    if (one.compare() != v1::Condition::compare_unset && work.state().record.predicate(one.predicate())->type() != v1::Predicate::number)
      return refuse(v1::RefusalCode::rule_contradictory, "a number to compare with", "conditions." + one.name() + ": " + one.predicate() + " is none");
  return accept();
}

// What a rule says comes of an item must be something that the body, as the record has it, can do.
Refusal check_effect(const Work& work, const v1::Rule& rule, const std::string& body) {
  const auto modes = record::values(work.state().record, body, authority::kMode, "", work.today());
  if (modes.empty()) return accept();
  const std::string& mode = modes.front().text;
  const bool own = mode == "in_common" || mode == "individual_delegates";
  const bool can = rule.effect() == v1::Effect::decides_for_all ? mode == "joint" : rule.effect() != v1::Effect::decides_for_own_body || own;
  if (can) return accept();
  return refuse(v1::RefusalCode::rule_contradictory, "an effect that the body can have", "effect: " + v1::Effect::Value_Name(rule.effect()) + ", but the mode of " + body + " is " + mode);
}

// Named by its clause: what contradicts, what can never be, what does not come out as its vectors say.
Refusal check_rule(const Work& work, const v1::Rule& rule, const std::string& body) {
  if (auto no = check_words(work, rule)) return no;
  if (auto no = check_effect(work, rule, body)) return no;
  const auto faults = rules::faults(rule, seats_of(work, rule, body));
  if (!faults.empty()) {
    std::string all;
    for (const rules::Fault& one : faults) all += (all.empty() ? "" : "; ") + one.clause + ": " + one.what;
    switch (faults.front().kind) {
      case rules::Fault::kContradictory: return refuse(v1::RefusalCode::rule_contradictory, "a rule that does not contradict itself", all);
      case rules::Fault::kUnsatisfiable: return refuse(v1::RefusalCode::rule_unsatisfiable, "a rule that can be satisfied with the seats " + body + " has", all);
      case rules::Fault::kCaseFails: return refuse(v1::RefusalCode::rule_case_fails, "every test vector of the rule to come out as it says", all);
    }
  }
  std::string heading;
  if (const v1::Rule* other = contradicts(work.state(), rule, &heading))
    return refuse(v1::RefusalCode::rule_contradictory, "one rule of that layer for the same matters and days", rule.id() + "." + heading + " and " + other->id() + "." + heading + " both stand; publish a version of " + other->id() + ", or end it");
  return accept();
}

}  // namespace

Refusal decide(Work& work, const v1::PublishRule& command) {
  const v1::Rule& rule = command.rule();
  if (auto no = may_act(work, "")) return no;
  const std::uint32_t next = next_version(work.state().rules, rule.id());
  if (rule.version() != next)
    return refuse(v1::RefusalCode::rule_version_exists, "version " + std::to_string(next) + " of rule " + rule.id(), "it is version " + std::to_string(rule.version()));
  std::string body;
  if (auto no = resolve(work, rule.body(), &body)) return no;
  if (rule.layer() == v1::Layer::unset) return refuse(v1::RefusalCode::rule_not_sourced, "a layer (terms_of_reference, standing_orders, instrument, assumption)", "none is named");
  if (rule.source().empty()) return refuse(v1::RefusalCode::rule_not_sourced, "a source, or for an assumption the reason it was adopted", "none is given");
  if (rule.layer() == v1::Layer::assumption && rule.adopted_by().empty())
    return refuse(v1::RefusalCode::rule_not_sourced, "who adopted the assumption", "nobody is named");
  for (const std::string* day : {&rule.in_force_from(), &rule.in_force_until()}) {
    if (day->empty()) continue;
    const auto parsed = record::parse_day(*day);
    if (!parsed.ok()) return refuse(v1::RefusalCode::bad_date, "a day from or until which the rule is in force", parsed.status().why());
  }
  v1::Event event;
  v1::Rule& published = *event.mutable_rule_published()->mutable_rule();
  published = rule;
  published.set_body(body);
  if (auto no = check_rule(work, published, body)) return no;
  work.emit(std::move(event));
  return accept();
}

// A parent makes a joint rule its own (P17).
Refusal decide(Work& work, const v1::AdoptRule& command) {
  if (auto no = may_act(work, "")) return no;
  const std::string name = command.rule().id() + " " + std::to_string(command.rule().version());
  const v1::Rule* rule = work.state().rule({command.rule().id(), command.rule().version()});
  if (rule == nullptr) return refuse(v1::RefusalCode::rule_not_sourced, "a published rule version", "there is no " + name);
  std::string party;
  if (auto no = resolve(work, command.party(), &party)) return no;
  if (auto no = may_speak_for(work, party)) return no;
  const auto parties = record::values(work.state().record, rule->body(), authority::kParty, "", work.today());
  if (std::none_of(parties.begin(), parties.end(), [&](const record::Datum& one) { return one.text == party; }))
    return refuse(v1::RefusalCode::not_a_party, "a party of " + rule->body(), party + " is none");
  if (work.state().adopted.contains({rule->id(), rule->version(), party})) return refuse(v1::RefusalCode::rule_version_exists, "a rule that " + party + " has not adopted", "it has adopted " + name);
  v1::Event event;
  v1::RuleAdopted& adopted = *event.mutable_rule_adopted();
  *adopted.mutable_rule() = command.rule();
  adopted.set_party(party);
  adopted.set_who(work.actor().who());
  work.emit(std::move(event));
  return accept();
}

// Those that are published together may refer to each other.
Refusal decide(Work& work, const v1::PublishProcedure& command) {
  if (auto no = may_act(work, "")) return no;
  std::vector<const v1::Procedure*> all{&command.procedure()};
  for (const v1::Procedure& one : command.together()) all.push_back(&one);
  procedures::Published then = work.state().procedures;
  for (const v1::Procedure* one : all) {
    const std::uint32_t next = next_version(then, one->id());
    if (one->version() != next)
      return refuse(v1::RefusalCode::procedure_version_exists, "version " + std::to_string(next) + " of procedure " + one->id(), "it is version " + std::to_string(one->version()));
    then[one->id()].push_back(std::make_shared<const v1::Procedure>(*one));
  }
  std::string findings;
  for (const v1::Procedure* one : all)
    for (const std::string& finding : procedures::check(*one, work.state().record, then, work.state().rules)) findings += (findings.empty() ? "" : "; ") + (all.size() > 1 ? one->id() + ": " : "") + finding;
  std::set<std::string> ids;
  for (const v1::Procedure* one : all) ids.insert(one->id());
  for (const std::string& finding : procedures::unsettled(ids, work.state().record, work.state().procedures, then, work.state().rules)) findings += (findings.empty() ? "" : "; ") + finding;
  if (!findings.empty()) return refuse(v1::RefusalCode::procedure_unsound, "a sound procedure", findings);
  for (const v1::Procedure* one : all) {
    v1::Event event;
    *event.mutable_procedure_published()->mutable_procedure() = *one;
    work.emit(std::move(event));
  }
  return accept();
}

}  // namespace concordat
