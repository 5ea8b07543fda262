#include "engine/again.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <utility>

#include "concordat/v1/ledger.pb.h"
#include "engine/again_opening.h"
#include "engine/base/check.h"
#include "engine/steps/steps.h"
#include "engine/told.h"
#include "engine/trial.h"

namespace concordat {
namespace {

namespace pb = google::protobuf;

// Of these a ruling may rest on words that a refusal of before did not keep: fields, the day of a meeting, whom it is passed to.
constexpr std::array kRestOnWords = {"open_matter", "propose", "convene", "pass_on", "table_item", "record_attendance", "assert_facts", "enact", "take_effect",
    "take_urgent_action", "record_consensus", "serve_notice", "choose_course"};
// When a meeting that was refused may have been meant to be: any day soon, or some day of each month for three years. What a
// ruling says of days that no calendar covers does not depend on which of them it is.
constexpr int kSoonDays = 60, kMonthDays = 30, kAheadDays = 1100;
constexpr const char* kNotKept = "(not kept)";               // For words that are asked for and not read.

void find_rulings(const pb::Message& message, const std::string& place, std::vector<Ruled>* out) {
  std::vector<const pb::FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int count = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const pb::Message& inner = field->is_repeated() ? message.GetReflection()->GetRepeatedMessage(message, field, i) : message.GetReflection()->GetMessage(message, field);
      const std::string here = place + (place.empty() ? "" : ".") + field->name() + (field->is_repeated() ? "[" + std::to_string(i) + "]" : "");
      if (inner.GetDescriptor() == v1::Ruling::descriptor()) out->push_back({here, static_cast<const v1::Ruling*>(&inner)});
      else find_rulings(inner, here, out);
    }
  }
}

// The body of a command, by its name.
pb::Message* body(v1::Command* command, std::string_view name) {
  const auto* field = v1::Command::descriptor()->FindFieldByName(std::string(name));
  return field == nullptr ? nullptr : v1::Command::GetReflection()->MutableMessage(command, field);
}

void set_word(pb::Message* message, const char* name, const std::string& word) {
  const auto* field = message->GetDescriptor()->FindFieldByName(name);
  if (field != nullptr && field->type() == pb::FieldDescriptor::TYPE_STRING && !field->is_repeated()) message->GetReflection()->SetString(message, field, word);
}

// Every value of one field that is worth trying, for a command of which only the name is kept.
std::vector<v1::Command> varied(const State& state, const v1::Commit& commit, const v1::Command& command, std::string_view name) {
  std::vector<v1::Command> out;
  const auto with = [&](const char* field, const std::string& word) { out.push_back(command); set_word(body(&out.back(), name), field, word); };
  if (name == "take_position" || name == "cast_casting_vote" || name == "sign_off") {
    const auto* field = v1::Command::descriptor()->FindFieldByName(std::string(name))->message_type()->FindFieldByName(name == "sign_off" ? "answer" : "position");
    for (int value = 1; value <= 3; ++value) { out.push_back(command); auto* one = body(&out.back(), name); one->GetReflection()->SetEnumValue(one, field, value); }
  } else if (name == "pass_on") {
    for (const std::string& subject : state.record.subjects()) if (!subject.starts_with("area:")) with("to", subject);
  } else if (name == "convene") {
    const auto told = record::parse_day(commit.acted_on());
    const record::Day from = told.ok() ? *told : record::day_of(commit.stamp().time_ms());
    for (int ahead = 0; ahead < kAheadDays; ahead += ahead < kSoonDays ? 1 : kMonthDays) with("on", record::format(record::Day{from.count + ahead}));
  } else {
    out.push_back(command);
  }
  return out;
}

// Of a refusal from before its command was kept: the name is known, and the words are sought.
std::vector<v1::Command> commands_refused(const State& state, const v1::Commit& commit, const v1::Refused& refused) {
  v1::Command command = envelope_told(commit);
  pb::Message* words = body(&command, refused.attempted());
  if (words == nullptr) return {};
  set_word(words, "matter", refused.matter());
  set_word(words, "party", commit.actor().on_behalf_of());
  set_word(words, "chair", state.record.subjects().empty() ? "" : state.record.subjects().front());   // Asked for, and not read by a ruling.
  for (const char* one : {"reason", "evidence", "answer", "action_lead"}) set_word(words, one, kNotKept);
  if (command.has_open_matter()) return openings(state, command, refused);
  return varied(state, commit, command, refused.attempted());
}

std::string bytes(const std::vector<v1::Event>& events) {
  std::string out;
  for (const v1::Event& event : events) out += event.SerializeAsString();
  return out;
}

}  // namespace

std::vector<Ruled> rulings_in(const v1::Event& event) {
  std::vector<Ruled> out;
  find_rulings(event, "", &out);
  for (Ruled& one : out) one.place = one.place.substr(one.place.find('.') + 1);    // The event's own name says nothing here.
  return out;
}

Again decide_again(const State& before, const v1::Commit& commit) {
  std::vector<v1::Event> events(static_cast<std::size_t>(commit.events_size()));
  for (int i = 0; i < commit.events_size(); ++i) CHECK(events[static_cast<std::size_t>(i)].ParseFromString(commit.events(i)), "whoever folded it parsed it");
  const bool refused = events.front().has_refused();
  const std::string as_it_was = bytes(events);
  Trial trial(before);
  Again closest;
  closest.known = false;
  const bool sought = refused && !events.front().refused().has_asked();
  for (const v1::Command& command : sought ? commands_refused(before, commit, events.front().refused()) : commands_told(commit, events)) {
    Again one;
    one.events = trial.decide(command, commit.stamp(), {}, &one.read);
    if (sought)
      for (v1::Event& event : one.events)
        if (event.has_refused()) event.mutable_refused()->clear_asked();      // They kept none: that is no difference.
    if (bytes(one.events) == as_it_was) return one;
    if (one.events.empty()) continue;                        // Asked for nothing: it cannot be what happened.
    const bool no = one.events.front().has_refused();
    const bool closer = refused ? no && one.events.front().refused().code() == events.front().refused().code() : !no;
    if (closest.events.empty() || closer) closest = std::move(one);
  }
  closest.known = !sought || std::find(kRestOnWords.begin(), kRestOnWords.end(), events.front().refused().attempted()) == kRestOnWords.end();
  return closest;
}

const v1::Ruling* given_again(const Again& again, std::size_t event, const std::string& place) {
  if (event >= again.events.size()) return nullptr;
  for (const Ruled& one : rulings_in(again.events[event]))
    if (one.place == place) return one.ruling;
  return nullptr;
}

}  // namespace concordat
