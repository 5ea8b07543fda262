// declare.cc: the matter writes facts. Their source is the matter itself.
#include "engine/facts.h"
#include "engine/steps/steps.h"

namespace concordat::steps {
namespace {

// A matter may come back and write again; and somebody may have used the id.
std::string fact_id(const Work& work, const Matter& matter, std::size_t number) {
  const std::string id = matter.id + "/" + matter.step->id() + "/" + std::to_string(number);
  return work.state().record.find(id) == nullptr ? id : id + "." + std::to_string(work.state().last_sequence + 1);
}

Refusal write(Work& work, const Matter& matter, const std::string& from) {
  std::vector<v1::Fact> facts;
  for (const v1::Fact& written : matter.step->declare().facts()) {
    v1::Fact fact = written;
    fact.set_id(fact_id(work, matter, facts.size() + 1));
    fact.set_subject(fill(matter, written.subject()));
    fact.set_scope(fill(matter, written.scope()));
    if (written.has_value()) record::fill(fill(matter, written.value()), fact.mutable_value());
    fact.set_from(from.empty() ? fill(matter, written.from()) : from);
    fact.set_until(fill(matter, written.until()));
    fact.mutable_source()->set_matter(matter.id);
    fact.set_known(record::format(work.acted_on()));
    facts.push_back(std::move(fact));
  }
  if (auto no = check_facts(work, facts, matter.procedure->id())) return no;
  const std::string id = matter.id;
  v1::Event event;
  event.mutable_enacted()->set_matter(id);
  event.mutable_enacted()->set_step(matter.step->id());
  for (const v1::Fact& fact : facts) event.mutable_enacted()->add_facts(fact.id());
  work.emit(std::move(event));
  for (v1::Fact& fact : facts) emit_fact(work, std::move(fact));
  if (auto no = leave(work, id, "declared")) return no;
  return record_changed(work);
}

}  // namespace

Refusal enter_declare(Work& work, const Matter& matter) {
  return matter.step->declare().automatic() ? write(work, matter, "") : accept();
}

Refusal decide(Work& work, const v1::Enact& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kDeclare, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  return write(work, *matter, command.from());
}

}  // namespace concordat::steps
