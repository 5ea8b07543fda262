// refer.cc: opens another matter under another procedure, and waits for how it ends or goes on beside it.
#include "engine/steps/item.h"

namespace concordat::steps {

Refusal enter_refer(Work& work, const Matter& matter) {
  const v1::ReferStep& refer = matter.step->refer();
  const auto versions = work.state().procedures.find(refer.procedure());
  if (versions == work.state().procedures.end())
    return refuse(v1::RefusalCode::procedure_not_found, "procedure " + refer.procedure() + " to be published", "it is not");
  const v1::Procedure& procedure = *versions->second.back();
  const std::string to = work.new_matter_id(matter);
  v1::Event referred;
  referred.mutable_matter_referred()->set_matter(matter.id);
  referred.mutable_matter_referred()->set_step(matter.step->id());
  referred.mutable_matter_referred()->set_to(to);
  v1::Event event;
  v1::MatterOpened& opened = *event.mutable_matter_opened();
  opened.set_matter(to);
  opened.set_procedure(refer.procedure());
  opened.set_version(procedure.version());
  opened.set_title(refer.title().empty() ? matter.title : refer.title());
  opened.set_parent(matter.id);
  opened.set_step(procedure.steps(0).id());
  for (const v1::Field& field : refer.fields()) {
    v1::Field& filled = *opened.add_fields();
    filled.set_name(field.name());
    record::fill(fill(matter, field.value()), filled.mutable_value());
  }
  freeze_rules(work, procedure, &opened);
  work.emit(std::move(referred));
  const std::string id = matter.id;
  const bool goes_on = refer.goes_on();
  work.emit(std::move(event));
  if (auto no = enter(work, to)) return no;
  return goes_on ? leave(work, id, kOpened) : accept();
}

void evolve(ReferMemory& mine, const v1::MatterReferred& event) {
  mine.to = event.to();
  ++mine.referred;
}
void evolve(ReferMemory& mine, const v1::ReferralConcluded&) { mine.to.clear(); }

}  // namespace concordat::steps
