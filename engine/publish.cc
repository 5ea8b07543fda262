// Publishing rules and procedures: immutable versions, rising by one.
#include "engine/facts.h"
#include "engine/procedures/check.h"

namespace concordat {
namespace {

template <typename Versions>
std::uint32_t next_version(const Versions& all, const std::string& id) {
  const auto found = all.find(id);
  return found == all.end() ? 1 : static_cast<std::uint32_t>(found->second.size()) + 1;
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
  *event.mutable_rule_published()->mutable_rule() = rule;
  event.mutable_rule_published()->mutable_rule()->set_body(body);
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::PublishProcedure& command) {
  const v1::Procedure& procedure = command.procedure();
  if (auto no = may_act(work, "")) return no;
  const std::uint32_t next = next_version(work.state().procedures, procedure.id());
  if (procedure.version() != next)
    return refuse(v1::RefusalCode::procedure_version_exists, "version " + std::to_string(next) + " of procedure " + procedure.id(), "it is version " + std::to_string(procedure.version()));
  std::string findings;
  for (const std::string& finding : procedures::check(procedure, work.state().record)) findings += (findings.empty() ? "" : "; ") + finding;
  if (!findings.empty()) return refuse(v1::RefusalCode::procedure_unsound, "a sound procedure", findings);
  v1::Event event;
  *event.mutable_procedure_published()->mutable_procedure() = procedure;
  work.emit(std::move(event));
  return accept();
}

}  // namespace concordat
