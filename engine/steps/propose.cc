// propose.cc        | Propose, all there         | Propose, something missing
// ------------------+----------------------------+---------------------------
// open              | Proposed -> proposed       | Proposed, stays
// Entering with everything there leaves at once.
#include <algorithm>

#include "engine/steps/fields.h"
#include "engine/steps/item.h"

namespace concordat::steps {
namespace {

int type_number(const std::string& name) {
  v1::Predicate::Type type = v1::Predicate::type_unset;
  v1::Predicate::Type_Parse(name, &type);
  return type;
}

// The first thing still missing, or a value of the wrong type; nothing if complete.
Refusal incomplete(const Matter& matter, const v1::ProposeStep& step) {
  for (const v1::FieldNeeded& needed : step.fields()) {
    const auto field = matter.fields.find(needed.name());
    if (field == matter.fields.end()) {
      return refuse(v1::RefusalCode::field_missing, "field " + needed.name() + " (" + needed.title() + ")", "it was not given");
    }
    if (field->second.kind != type_number(needed.type())) {
      return refuse(v1::RefusalCode::wrong_field_type, "field " + needed.name() + " to be a " + needed.type(), "it is \"" + record::in_words(field->second) + "\"");
    }
    if (!needed.words().empty() && std::find(needed.words().begin(), needed.words().end(), field->second.text) == needed.words().end()) {
      std::string words;
      for (const std::string& word : needed.words()) words += (words.empty() ? "" : " or ") + word;
      return refuse(v1::RefusalCode::wrong_field_type, "field " + needed.name() + " to be " + words, "it is " + field->second.text);
    }
    if (!needed.kind().empty() && !field->second.text.starts_with(needed.kind() + ":")) {
      return refuse(v1::RefusalCode::wrong_field_type, "field " + needed.name() + " to name a " + needed.kind(), "it names " + field->second.text);
    }
  }
  if (matter.papers < step.papers()) {
    return refuse(v1::RefusalCode::paper_missing, std::to_string(step.papers()) + " paper(s)", "there are " + std::to_string(matter.papers));
  }
  if (step.recommendation() && matter.recommendation.empty()) {
    return refuse(v1::RefusalCode::field_missing, "a recommendation (\"The committee is asked to …\")", "none was given");
  }
  return accept();
}

Refusal may_propose(const Work& work, const v1::ProposeStep& step) {
  if (step.capacities().empty()) return accept();
  if (std::find(step.capacities().begin(), step.capacities().end(), work.actor().capacity()) != step.capacities().end()) return accept();
  std::string allowed;
  for (const int capacity : step.capacities())
    allowed += (allowed.empty() ? "" : " or ") + v1::Capacity::Value_Name(static_cast<v1::Capacity::Value>(capacity));
  return refuse(v1::RefusalCode::capacity_forbidden, "a proposer acting as " + allowed,
                work.actor().who() + " acts as " + v1::Capacity::Value_Name(work.actor().capacity()));
}

}  // namespace

// Whoever opens a matter must be entitled to propose. Who comes to a later step need not be: it waits for somebody who is.
Refusal enter_propose(Work& work, const Matter& matter) {
  const bool opening = matter.parent.empty() && matter.step == &matter.procedure->steps(0);
  Refusal no = may_propose(work, matter.step->propose());
  if (!no) no = may_act_here(work, matter);
  if (no) return opening ? no : accept();
  const Refusal missing = incomplete(matter, matter.step->propose());
  if (opening && missing && missing->code() == v1::RefusalCode::wrong_field_type) return missing;
  if (missing) return accept();   // Waits for the rest.
  return leave(work, matter.id, "proposed");
}

Refusal decide(Work& work, const v1::Propose& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kPropose, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  if (auto no = may_propose(work, matter->step->propose())) return no;
  if (auto no = check_fields(*matter->procedure, command.fields(), matter)) return no;
  v1::Event event;
  v1::Proposed& proposed = *event.mutable_proposed();
  proposed.set_matter(command.matter());
  *proposed.mutable_fields() = command.fields();
  *proposed.mutable_papers() = command.papers();
  proposed.set_recommendation(command.recommendation());
  for (v1::Field& field : *proposed.mutable_fields()) {
    if (field.value().is_case() != v1::Value::kRef) continue;
    std::string subject;
    if (auto no = resolve(work, field.value().ref(), &subject)) return no;
    field.mutable_value()->set_ref(subject);
  }
  const Fields before = matter->fields;
  work.emit(std::move(event));
  freeze_supplied(work, command.matter(), before);
  const Refusal missing = incomplete(*matter, matter->step->propose());
  if (missing && missing->code() == v1::RefusalCode::wrong_field_type) return missing;
  return missing ? accept() : leave(work, matter->id, "proposed");
}

}  // namespace concordat::steps
