// Procedures changed at random: whatever of them is published can be opened and walked; what could not is refused before.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <set>

#include "concordat/v1/procedure.pb.h"
#include "engine/acts.h"
#include "tests/support/world.h"

namespace concordat::tests {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kProcedures = 1200, kCommands = 30;
constexpr std::int64_t kDayMs = 86'400'000;

// One procedure of each kind of step and of every way to write it.
constexpr const char* kWhole = R"(
- actor: {who: "office:clerk", capacity: owm_officer, mandate: test}
  publish_procedure:
    procedure:
      id: whole
      version: 1
      title: Whole
      matter_type: "matter_type:m"
      steps:
      - {id: ask, title: Ask, propose: {fields: [{name: host, type: ref, kind: body, title: Host}, {name: day, type: when, title: Day}, {name: way, type: code, words: [back, on], title: Way}]}, next: [{on: proposed, to: check}]}
      - {id: check, gate: {questions: [{absent: {subject: "$host", predicate: not_a_legal_party, value: {flag: true}}}, {field: {name: way, value: {code: on}}}]}, next: [{on: "yes", to: agree}, {on: "no", to: again}]}
      - {id: again, propose: {anew: true, fields: [{name: way, type: code, words: [back, on], title: Way}]}, next: [{on: proposed, to: check}]}
      - {id: agree, decide: {body: "body:joint", deadline: "$day"}, next: [{on: carried, to: pause}, {on: not_carried, to: other}, {on: recommended, to: sign}, {on: decided_severally, to: end}]}
      - {id: pause, wait: {days: 2, clock_source: test, interventions: an objection}, next: [{on: over, to: raise}, {on: intervened, to: again}]}
      - {id: sign, sign_off: {parties: ["parties of body:joint", "$host"], needed: 2, due: "$day"}, next: [{on: signed, to: move}, {on: refused, to: again}, {on: lapsed, to: owed}]}
      - {id: move, transfer: {conditions: [{id: ready}, {id: steady, after: ready, days: 1, clock_source: test}], tracks: [{name: one, subject: "team:t", predicate: host, to: [{ref: "$host"}], away: [{ref: "body:a"}], conditions: [steady]}, {name: two, subject: "team:t", predicate: lead, to: [{ref: "office:a"}], after: one}]}, next: [{on: took_effect, to: write}, {on: cancelled, to: owed}]}
      - {id: write, declare: {facts: [{subject: "team:t", predicate: lead, value: {ref: "office:b"}, from: "$day", standing: effective}]}, next: [{on: declared, to: owed}]}
      - {id: owed, oblige: {obligations: [{id: receipt, owed_by: "parties of body:joint", what: Receipt, days: 2, clock_source: test}, {id: note, owed_by: "$host", what: Note}]}, next: [{on: discharged, to: end}, {on: overdue, to: end}]}
      - {id: raise, escalate: {issue: "issue:i", receipt_days: 2}, next: [{on: closed, to: sign}, {on: returned, to: end, as: sent_back}]}
      - {id: other, refer: {procedure: hosting, title: Other, fields: [{name: host, value: {ref: "$host"}}]}, next: [{on: done, to: sign}, {on: refused, to: again}]}
)";

// Every word that stands somewhere, to be put elsewhere.
const std::vector<std::string>& words() {
  static const std::vector<std::string> all{"", "$host", "$day", "$way", "$nothing", "body:a", "body:joint", "office:a", "team:t", "issue:i", "matter_type:m", "parties of body:joint", "parties of $host", "host", "lead", "agreed", "party", "represented_by",
                                            "2023-02-01", "2023", "soon", "ask", "check", "again", "agree", "pause", "sign", "move", "write", "owed", "raise", "other", "end", "yes", "no", "on", "back", "proposed", "carried", "signed", "refused", "discharged", "overdue", "over",
                                            "receipt", "one", "two", "ready", "steady", "ref", "text", "when", "code", "number", "body", "hosting", "alone", "whole", "joint", "not_competent", "test", "calendar:none"};
  return all;
}

struct Place { Message* message; const FieldDescriptor* field; };

void places(Message* message, std::vector<Place>* out) {
  const auto* reflection = message->GetReflection();
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    out->push_back({message, field});
    if (field->message_type() == nullptr) continue;
    if (field->is_repeated())
      for (int j = 0; j < reflection->FieldSize(*message, field); ++j) places(reflection->MutableRepeatedMessage(message, field, j), out);
    else if (reflection->HasField(*message, field)) places(reflection->MutableMessage(message, field), out);
  }
}

void change(std::mt19937_64& random, const Place& at) {
  const auto* reflection = at.message->GetReflection();
  const FieldDescriptor* field = at.field;
  const std::string& word = words()[random() % words().size()];
  if (field->is_repeated()) {
    const int count = reflection->FieldSize(*at.message, field);
    if (count > 0 && random() % 2 == 0) { reflection->SwapElements(at.message, field, static_cast<int>(random() % static_cast<std::uint64_t>(count)), count - 1); reflection->RemoveLast(at.message, field); return; }
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) reflection->AddString(at.message, field, word);
    else if (field->message_type() != nullptr && count > 0) reflection->AddMessage(at.message, field)->CopyFrom(reflection->GetRepeatedMessage(*at.message, field, 0));
    else if (field->enum_type() != nullptr) reflection->AddEnumValue(at.message, field, static_cast<int>(random() % 4));
    return;
  }
  if (field->message_type() != nullptr) {
    if (random() % 2 == 0) reflection->ClearField(at.message, field);
    else reflection->MutableMessage(at.message, field);
    return;
  }
  if (field->enum_type() != nullptr) return reflection->SetEnumValue(at.message, field, static_cast<int>(random() % 4));
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) return reflection->SetString(at.message, field, word);
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return reflection->SetBool(at.message, field, random() % 2 == 0);
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_UINT32) reflection->SetUInt32(at.message, field, static_cast<std::uint32_t>(random() % 5));
}

v1::Command by(const std::string& who, int n) {
  v1::Command out;
  out.set_command_id("m" + std::to_string(n));
  out.set_ledger("m");
  out.mutable_actor()->set_who("office:" + who);
  out.mutable_actor()->set_capacity(v1::Capacity::member);
  out.mutable_actor()->set_on_behalf_of("body:" + who);
  return out;
}

void give(v1::Field* field, const std::string& name) {
  field->set_name(name);
  if (name == "host") field->mutable_value()->set_ref("body:b");
  if (name == "day") field->mutable_value()->set_when("2023-02-10");
  if (name == "way") field->mutable_value()->set_code("on");
}

TEST(Mutated, WhatIsPublishedCanBeWalked) {
  State state;
  std::int64_t now = 1'673'000'000'000;
  for (const v1::Command& command : small_world("m")) commit(state, command, now);
  const v1::Command whole = commands(kWhole, "m").front();
  {
    v1::Event event;
    ASSERT_TRUE(event.ParseFromString(commit(state, whole, now).events(0)));
    ASSERT_FALSE(event.has_refused()) << event.refused().sentence();
  }
  std::mt19937_64 random(7);
  int n = 0, published = 0, refused = 0;
  std::set<std::string> reached;                             // Kinds of step at which a matter of one stood.
  for (int i = 0; i < kProcedures; ++i) {
    v1::Command publish = whole;
    publish.set_command_id("p" + std::to_string(i));
    v1::Procedure& procedure = *publish.mutable_publish_procedure()->mutable_procedure();
    const std::uint64_t changes = 1 + random() % 3;
    for (std::uint64_t j = 0; j < changes; ++j) {
      std::vector<Place> all;
      places(&procedure, &all);
      change(random, all[random() % all.size()]);
    }
    procedure.set_id("mutated-" + std::to_string(i));
    procedure.set_version(1);
    v1::Event event;
    ASSERT_TRUE(event.ParseFromString(commit(state, publish, now).events(0)));
    if (event.has_refused()) { ++refused; continue; }
    ++published;
    v1::Command open = by("a", ++n);
    const std::string matter = "M" + std::to_string(i);
    open.mutable_open_matter()->set_matter(matter);
    open.mutable_open_matter()->set_procedure(procedure.id());
    for (const v1::FieldNeeded& field : procedure.steps(0).propose().fields()) give(open.mutable_open_matter()->add_fields(), field.name());
    commit(state, open, now);
    for (int j = 0; j < kCommands; ++j) {
      const auto found = state.matters.find(matter);
      if (found == state.matters.end()) break;
      reached.insert(std::to_string(found->second.step->kind_case()));
      now += static_cast<std::int64_t>(random() % 3) * kDayMs / 2;
      v1::Command command = by(std::string(1, static_cast<char>('a' + random() % 3)), ++n);
      if (random() % 4 == 0) {
        command.mutable_deadline_reached()->set_matter(matter);
      } else {
        const auto all = acts(state, found->second, command.actor(), record::day_of(now));
        const v1::Command& one = all[random() % all.size()];
        if (one.has_withdraw_matter()) continue;
        const std::string id = command.command_id();
        command = one;
        command.set_command_id(id);
        command.set_ledger("m");
        if (command.has_propose())
          for (const v1::FieldNeeded& field : found->second.step->propose().fields()) give(command.mutable_propose()->add_fields(), field.name());
      }
      commit(state, command, now);
    }
  }
  EXPECT_GT(published, kProcedures / 8) << "too wild to mean anything";
  EXPECT_GT(refused, kProcedures / 8) << "too tame to mean anything";
  EXPECT_GE(reached.size(), 7U);
}

}  // namespace
}  // namespace concordat::tests
