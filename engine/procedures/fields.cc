#include "engine/procedures/fields.h"

#include "concordat/v1/procedure.pb.h"
#include "engine/steps/fields.h"

namespace concordat::procedures {

Fields::Fields(const v1::Procedure& procedure) {
  for (const v1::Step& step : procedure.steps())
    for (const v1::FieldNeeded& field : step.propose().fields()) asked_.emplace(field.name(), &field);
  if (procedure.steps().empty()) return;
  needed_ = steps::needed_to_open(procedure);
  if (auto& first = given_[procedure.steps(0).id()]; !needed_.empty()) first.insert(needed_);
  for (bool more = true; more;) {                             // What two ways bring in common; it only ever becomes less.
    more = false;
    for (const v1::Step& step : procedure.steps()) {
      const auto here = given_.find(step.id());
      if (here == given_.end()) continue;
      auto leaving = here->second;
      for (const v1::FieldNeeded& field : step.propose().fields()) leaving.insert(field.name());
      for (const v1::Next& next : step.next()) {
        if (next.to() == "end") continue;
        const auto [there, first] = given_.emplace(next.to(), leaving);
        more = more || first || std::erase_if(there->second, [&](const std::string& name) { return !leaving.contains(name); }) > 0;
      }
    }
  }
}

const v1::FieldNeeded* Fields::asked(std::string_view name) const {
  const auto found = asked_.find(name);
  return found == asked_.end() ? nullptr : found->second;
}

bool Fields::given(std::string_view name, const std::string& step) const {
  const auto found = given_.find(step);
  return found == given_.end() || found->second.contains(name);
}

}  // namespace concordat::procedures
