#include "engine/procedures/compare.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "concordat/v1/procedure.pb.h"
#include "engine/steps/steps.h"

namespace concordat::procedures {
namespace {

namespace pb = google::protobuf;

const v1::Step* find(const v1::Procedure& procedure, const std::string& id) {
  for (const v1::Step& step : procedure.steps())
    if (step.id() == id) return &step;
  return nullptr;
}

const v1::Next* on(const v1::Step& step, const std::string& outcome) {
  for (const v1::Next& next : step.next())
    if (next.on() == outcome) return &next;
  return nullptr;
}

std::string leads_to(const v1::Next& next) { return next.to() + (next.as().empty() ? "" : " as " + next.as()); }

void compare_outcomes(const v1::Step& from, const v1::Step& to, std::vector<std::string>* out) {
  for (const v1::Next& was : from.next()) {
    const v1::Next* is = on(to, was.on());
    if (is == nullptr) out->push_back("step " + to.id() + ": outcome " + was.on() + " is gone");
    else if (leads_to(*is) != leads_to(was)) out->push_back("step " + to.id() + ": outcome " + was.on() + " leads to " + leads_to(*is) + " instead of " + leads_to(was));
  }
  for (const v1::Next& is : to.next())
    if (on(from, is.on()) == nullptr) out->push_back("step " + to.id() + ": outcome " + is.on() + " is new and leads to " + leads_to(is));
}

void compare_steps(v1::Step from, v1::Step to, std::vector<std::string>* out) {
  compare_outcomes(from, to, out);
  from.clear_next();
  to.clear_next();
  pb::util::MessageDifferencer differencer;
  std::string report, line;
  differencer.ReportDifferencesToString(&report);
  if (differencer.Compare(from, to)) return;
  std::stringstream lines(report);
  while (std::getline(lines, line)) out->push_back("step " + to.id() + ": " + line);
}

// Every "$name" that stands in the words of a message.
void names_read(const pb::Message& message, std::set<std::string>* out) {
  std::vector<const pb::FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  const auto take = [&](const std::string& text) {
    constexpr std::string_view kPartiesOf = "parties of ";
    const std::string_view word = std::string_view(text).substr(text.starts_with(kPartiesOf) ? kPartiesOf.size() : 0);
    if (word.starts_with('$')) out->insert(std::string(word.substr(1)));
  };
  for (const auto* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) names_read(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i) : reflection->GetMessage(message, field), out);
      else if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING) take(field->is_repeated() ? reflection->GetRepeatedString(message, field, i) : reflection->GetString(message, field));
    }
  }
}

std::vector<const v1::Step*> from_here_on(const v1::Procedure& procedure, const v1::Step& start) {
  std::vector<const v1::Step*> out{&start};
  for (std::size_t i = 0; i < out.size(); ++i)
    for (const v1::Next& next : out[i]->next()) {
      const v1::Step* step = find(procedure, next.to());
      if (step != nullptr && std::find(out.begin(), out.end(), step) == out.end()) out.push_back(step);
    }
  return out;
}

void fields_missing(const Matter& matter, const v1::Procedure& to, const v1::Step& start, std::vector<std::string>* out) {
  std::set<std::string> asked;
  const auto steps = from_here_on(to, start);
  for (const v1::Step* step : steps)
    for (const v1::FieldNeeded& field : step->propose().fields()) asked.insert(field.name());
  for (const v1::Step* step : steps) {
    std::set<std::string> read;
    names_read(*step, &read);
    for (const std::string& name : read)
      if (!matter.fields.contains(name) && !asked.contains(name)) out->push_back("step " + step->id() + " reads field " + name + ", which " + matter.id + " lacks and no later step asks for");
  }
}

// What has begun must not be lost: a referral that is open, a track that is planned.
void begun(const Matter& matter, const v1::Procedure& to, const v1::Step& target, std::vector<std::string>* out) {
  const auto& referral = steps::memory<steps::ReferMemory>(matter, matter.step->has_refer() ? matter.step->id() : "");
  if (!referral.to.empty() && target.id() != matter.step->id()) out->push_back(referral.to + ", which it referred, is still open");
  for (const v1::Step& step : matter.procedure->steps()) {
    if (!step.has_transfer()) continue;
    const v1::Step* same = find(to, step.id());
    for (const auto& [name, track] : steps::memory<steps::TransferMemory>(matter, step.id()).tracks)
      if (same == nullptr || std::none_of(same->transfer().tracks().begin(), same->transfer().tracks().end(), [&](const auto& one) { return one.name() == name; }))
        out->push_back("track " + name + " of step " + step.id() + ", which is planned, is gone");
  }
}

}  // namespace

std::vector<std::string> changes(const v1::Procedure& from, const v1::Procedure& to) {
  std::vector<std::string> out;
  for (const v1::Step& step : from.steps())
    if (find(to, step.id()) == nullptr) out.push_back("step " + step.id() + ": gone");
  for (const v1::Step& step : to.steps()) {
    const v1::Step* before = find(from, step.id());
    if (before == nullptr) out.push_back("step " + step.id() + ": new" + (step.title().empty() ? "" : " (" + step.title() + ")"));
    else compare_steps(*before, step, &out);
  }
  if (from.matter_type() != to.matter_type()) out.push_back("matter type: " + to.matter_type() + " instead of " + from.matter_type());
  return out;
}

std::vector<std::string> misfits(const Matter& matter, const v1::Procedure& to, const std::string& step) {
  const std::string& id = step.empty() ? matter.step->id() : step;
  const v1::Step* target = find(to, id);
  const std::string version = "version " + std::to_string(to.version());
  if (target == nullptr) return {version + " has no step " + id + (step.empty() ? ", where it stands; say at which step it goes on" : "")};
  if (step.empty() && target->kind_case() != matter.step->kind_case()) return {"step " + id + ", where it stands, is of another kind in " + version + "; say at which step it goes on"};
  std::vector<std::string> out;
  fields_missing(matter, to, *target, &out);
  begun(matter, to, *target, &out);
  return out;
}

}  // namespace concordat::procedures
