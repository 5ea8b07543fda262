// Whatever a procedure of the model pack names is looked up: each name in turn is replaced by one that nobody knows, and the
// check must say so. Words for people, and the names a procedure gives to its own parts, are left alone.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "concordat/v1/procedure.pb.h"
#include "engine/procedures/check.h"
#include "tests/support/world.h"

namespace concordat::tests {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// By message and field. What is not here is a name of something else.
const std::set<std::string>& free_words() {
  static const std::set<std::string> all{
      "Step.id", "Step.title", "Next.as", "FieldNeeded.name", "FieldNeeded.title", "FieldNeeded.words",
      "GateQuestion.why", "SignOffStep.what", "TransferTrack.name", "TransferTrack.basis",
      "TransferCondition.id", "TransferCondition.title", "TransferCondition.authority", "TransferCondition.clock_source",
      "Obligation.id", "Obligation.what", "Obligation.clock_source", "ReferStep.title", "WaitStep.clock_source", "WaitStep.interventions",
      "Value.text", "Value.code", "Notice.source", "Fact.marks", "Fact.record_set"};
  return all;
}

std::string name_of(const FieldDescriptor& field) { return field.containing_type()->name() + "." + field.name(); }

// Every string of the message that names something, with the way to set it.
void each_name(Message* message, const std::function<void(const FieldDescriptor&, const std::function<void(const std::string&)>&, const std::string&)>& seen) {
  const auto* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection->ListFields(*message, &set);
  for (const FieldDescriptor* field : set) {
    const int count = field->is_repeated() ? reflection->FieldSize(*message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->message_type() != nullptr) {
        each_name(field->is_repeated() ? reflection->MutableRepeatedMessage(message, field, i) : reflection->MutableMessage(message, field), seen);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && !free_words().contains(name_of(*field))) {
        const auto change = [&](const std::string& to) { field->is_repeated() ? reflection->SetRepeatedString(message, field, i, to) : reflection->SetString(message, field, to); };
        seen(*field, change, field->is_repeated() ? reflection->GetRepeatedString(*message, field, i) : reflection->GetString(*message, field));
      }
    }
  }
}

const State& loaded() {
  static const State state = [] {
    std::vector<std::string> files;
    for (const char* folder : {"deploy/west-midlands", "deploy/west-midlands/rules", "deploy/west-midlands/procedures"}) {
      std::vector<std::string> here;
      for (const auto& entry : std::filesystem::directory_iterator(source_path(folder)))
        if (entry.path().extension() == ".yaml") here.push_back(std::string(folder) + "/" + entry.path().filename().string());
      std::sort(here.begin(), here.end());
      files.insert(files.end(), here.begin(), here.end());
    }
    State out;
    for (const v1::Command& command : pack(files, "pack")) commit(out, command, 0);
    return out;
  }();
  return state;
}

bool sound(const v1::Procedure& procedure) { return procedures::check(procedure, loaded().record, loaded().procedures, loaded().rules).empty(); }

TEST(Unsound, ANameThatNobodyKnowsIsFoundWhereverItStands) {
  std::set<std::string> tried;
  for (const auto& [id, versions] : loaded().procedures) {
    v1::Procedure procedure = *versions.back();
    ASSERT_TRUE(sound(procedure)) << id;
    for (v1::Step& step : *procedure.mutable_steps()) {
      each_name(&step, [&](const FieldDescriptor& field, const auto& change, const std::string& was) {
        tried.insert(name_of(field));
        for (const std::string unknown : {"bananas", "$bananas"}) {
          const bool field_read = unknown.starts_with('$');
          if (field_read && (name_of(field) == "DecideStep.part" || name_of(field) == "Competent.authority")) continue;   // A matter may do without.
          if (field_read && name_of(field) == "MeetStep.body") continue;                                                  // It comes with the opening.
          if (!field_read && name_of(field) == "Fact.scope") continue;                                                    // Of some words the scope is no subject.
          change(unknown);
          EXPECT_FALSE(sound(procedure)) << id << ", step " << step.id() << ": " << name_of(field) << " was \"" << was << "\", and may be " << unknown;
        }
        change(was);
      });
    }
  }
  for (const char* one : {"Next.on", "Next.to", "StepActors.on_behalf_of", "StepActors.offices", "DecideStep.body", "DecideStep.part", "DecideStep.reports", "SignOffStep.subject",
                          "SignOffStep.parties", "SignOffStep.due", "TransferTrack.subject", "TransferTrack.predicate", "TransferTrack.conditions", "TransferTrack.after",
                          "Obligation.owed_by", "EscalateStep.issue", "ReferStep.procedure", "WaitStep.until", "WaitStep.calendar", "MeetStep.body",
                          "Holds.predicate", "Holds.subject", "Field.name", "Fact.subject", "Fact.predicate", "Fact.from", "Value.ref", "FieldNeeded.type", "FieldNeeded.kind", "GateQuestion.refusal"})
    EXPECT_TRUE(tried.contains(one)) << one << " stands in no procedure of the pack: this test has lost its hold on it";
}

// And what is left out: each way on that an outcome needs, each subject, body or day.
TEST(Unsound, AWayThatIsLeftOutIsFound) {
  for (const auto& [id, versions] : loaded().procedures)
    for (int i = 0; i < versions.back()->steps_size(); ++i) {
      const v1::Step& whole = versions.back()->steps(i);
      for (int j = 0; j < whole.next_size(); ++j) {
        if (whole.has_refer() || (whole.has_gate() && whole.next(j).on() != "yes")) continue;     // May be left out.
        v1::Procedure procedure = *versions.back();
        procedure.mutable_steps(i)->mutable_next()->DeleteSubrange(j, 1);
        if (whole.has_oblige() && whole.next(j).on() == "overdue") continue;
        EXPECT_FALSE(sound(procedure)) << id << ", step " << whole.id() << " without a way on for " << whole.next(j).on();
      }
    }
}

}  // namespace
}  // namespace concordat::tests
