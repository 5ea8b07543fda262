// Properties of matters that come back to their steps, refer again and again, and go on under newer versions.
#include <gtest/gtest.h>

#include <algorithm>

#include "concordat/v1/procedure.pb.h"
#include "tests/support/world.h"

namespace concordat::tests {
namespace {

constexpr int kSeeds = 12, kCommands = 800;

// Each version has a circle through a wait, a question asked anew, signatures and a referral; they differ in kinds, names and ways.
constexpr const char* kVersions = R"(
- actor: &clerk {who: "office:clerk", capacity: owm_officer, mandate: test}
  publish_procedure:
    procedure:
      id: round
      version: 1
      title: Round
      matter_type: "matter_type:m"
      steps:
      - {id: pause, wait: {days: 1, clock_source: test, interventions: an objection}, next: [{on: over, to: ask}, {on: intervened, to: question}]}
      - {id: question, propose: {anew: true, fields: [{name: way, type: code, words: [back, on], title: Way}]}, next: [{on: proposed, to: way}]}
      - {id: way, gate: {questions: [{field: {name: way, value: {code: on}}}]}, next: [{on: "yes", to: sign}, {on: "no", to: pause}]}
      - {id: sign, who: {capacities: [member]}, sign_off: {parties: ["parties of body:joint", "body:a"], needed: 2}, next: [{on: signed, to: ask}, {on: refused, to: question}]}
      - {id: ask, refer: {procedure: alone, title: Asked}, next: [{on: carried, to: owed}, {on: not_carried, to: pause}, {on: recommended, to: question}]}
      - {id: owed, oblige: {obligations: [{id: receipt, owed_by: "parties of body:joint", what: Receipt, days: 2, clock_source: test}]}, next: [{on: discharged, to: end}, {on: overdue, to: pause}]}
- actor: *clerk
  publish_procedure:
    procedure:
      id: round
      version: 2
      title: Round
      matter_type: "matter_type:m"
      steps:
      - {id: pause, wait: {days: 2, clock_source: test, interventions: an objection}, next: [{on: over, to: owed}, {on: intervened, to: sign}]}
      - {id: sign, sign_off: {subject: "body:joint"}, next: [{on: signed, to: move}, {on: refused, to: pause}]}
      - {id: move, transfer: {conditions: [{id: opened}, {id: ready, after: opened, days: 2, clock_source: test}], tracks: [{name: one, subject: "team:t", predicate: host, to: [{ref: "body:a"}], conditions: [ready]}]}, next: [{on: took_effect, to: owed}, {on: cancelled, to: pause}]}
      - {id: owed, oblige: {obligations: [{id: receipt, owed_by: "body:a", what: Receipt}]}, next: [{on: discharged, to: end}]}
- actor: *clerk
  publish_procedure:
    procedure:
      id: round
      version: 3
      title: Round
      matter_type: "matter_type:m"
      steps:
      - {id: pause, decide: {body: "body:joint"}, next: [{on: carried, to: move}, {on: not_carried, to: owed}, {on: recommended, to: end}, {on: decided_severally, to: end}]}
      - {id: move, transfer: {tracks: [{name: one, subject: "team:t", predicate: host, to: [{ref: "body:b"}]}, {name: two, subject: "team:t", predicate: lead, to: [{ref: "office:a"}]}]}, next: [{on: took_effect, to: end}, {on: cancelled, to: pause}]}
      - {id: owed, refer: {procedure: alone, title: Asked}, next: [{on: carried, to: end}, {on: not_carried, to: pause}]}
)";

template <typename T>
const T& pick(std::mt19937_64& random, const std::vector<T>& from) { return from[random() % from.size()]; }

v1::Command some_command(std::mt19937_64& random, const State& state, int n) {
  if (random() % 10 == 0) return random_command(random, n, "p");
  static const std::vector<std::string> letters{"a", "b", "c"};
  v1::Command command;
  command.set_command_id("v" + std::to_string(n));
  command.set_ledger("p");
  const std::string who = pick(random, letters);
  command.mutable_actor()->set_who("office:" + who);
  command.mutable_actor()->set_capacity(v1::Capacity::member);
  command.mutable_actor()->set_on_behalf_of("body:" + who);
  std::vector<std::string> open{"R" + std::to_string(random() % 5)};
  for (const auto& [id, matter] : state.matters)
    if (id.starts_with('R')) open.push_back(id);
  const std::string matter = pick(random, open);
  switch (random() % 12) {
    case 0: command.mutable_open_matter()->set_matter("R" + std::to_string(random() % 5)); command.mutable_open_matter()->set_procedure("round"); break;
    case 1: case 2: {
      auto& change = *command.mutable_change_procedure();
      change.set_matter(matter);
      change.set_version(static_cast<std::uint32_t>(1 + random() % 3));
      if (random() % 2 == 0) change.set_step(pick(random, std::vector<std::string>{"pause", "question", "sign", "ask", "move", "owed"}));
      if (random() % 6 != 0) change.set_authority("minute");
      break;
    }
    case 3: {
      auto& propose = *command.mutable_propose();
      propose.set_matter(matter);
      auto& field = *propose.add_fields();
      field.set_name("way");
      field.mutable_value()->set_code(pick(random, std::vector<std::string>{"back", "on", "nowhere"}));
      break;
    }
    case 4: command.mutable_intervene()->set_matter(matter); command.mutable_intervene()->set_what("no"); command.mutable_intervene()->set_evidence("letter"); break;
    case 5: case 6: {
      auto& sign = *command.mutable_sign_off();
      sign.set_matter(matter);
      sign.set_party("body:" + who);
      sign.set_answer(random() % 4 == 0 ? v1::SignOff::refused : v1::SignOff::signed_);
      sign.set_reason("because");
      break;
    }
    case 7: case 8: {
      auto& take = *command.mutable_take_position();
      take.set_matter(matter);
      take.set_party("body:" + who);
      take.set_position(static_cast<v1::Position::Value>(1 + random() % 3));
      break;
    }
    case 9: command.mutable_discharge()->set_matter(matter); command.mutable_discharge()->set_obligation(random() % 2 == 0 ? "receipt" : "receipt/body:" + who); command.mutable_discharge()->set_evidence("letter"); break;
    case 10: command.mutable_meet_condition()->set_matter(matter); command.mutable_meet_condition()->set_condition(random() % 2 == 0 ? "opened" : "ready"); command.mutable_meet_condition()->set_evidence("note"); break;
    default: command.mutable_deadline_reached()->set_matter(matter);
  }
  return command;
}

State restored(const State& state, const std::vector<v1::Commit>& commits) {
  const Snapshot snap = snapshot(state);
  State out;
  for (const v1::Commit& one : commits)
    if (std::binary_search(snap.commits.begin(), snap.commits.end(), one.first_sequence())) { EXPECT_TRUE(restore(out, snap, one).ok()); }
  finish(out, snap);
  return out;
}

TEST(Versions, AMatterThatComesBackOrGoesOnUnderANewerVersionFoldsTheSame) {
  int changed = 0, referred_again = 0, came_back = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    State live;
    std::vector<v1::Commit> commits;
    std::mt19937_64 random(seed);
    std::int64_t now = 1'640'000'000'000;
    for (const v1::Command& command : small_world("p")) commits.push_back(commit(live, command, now));
    const auto versions = commands(kVersions, "p");
    std::size_t published = 0;
    for (int i = 0; i < kCommands; ++i) {
      now += static_cast<std::int64_t>(random() % 12) * 3'600'000;
      const std::string before = describe(live);
      const bool publish = published < versions.size() && i % 200 == 0;
      commits.push_back(commit(live, publish ? versions[published++] : some_command(random, live, i), now));
      v1::Event event;
      for (const std::string& bytes : commits.back().events()) {
        ASSERT_TRUE(event.ParseFromString(bytes));
        changed += event.has_procedure_changed() ? 1 : 0;
        referred_again += event.has_matter_referred() && event.matter_referred().to().ends_with("/2") ? 1 : 0;
        came_back += event.has_matter_moved() && event.matter_moved().to() == "pause" ? 1 : 0;
      }
      if (publish) { ASSERT_FALSE(event.has_refused()) << event.refused().sentence(); }
      if (event.has_refused()) { ASSERT_EQ(before.substr(before.find('\n')), describe(live).substr(describe(live).find('\n'))) << "a refusal changed something"; }
      if (i % 40 == 0) {
        State again;
        for (const v1::Commit& one : commits) ASSERT_TRUE(evolve(again, one).ok());
        ASSERT_EQ(describe(live), describe(again)) << "after command " << i;
        ASSERT_EQ(describe(live), describe(restored(live, commits))) << "after command " << i;
      }
    }
  }
  EXPECT_GT(changed, 40) << "too tame to mean anything";
  EXPECT_GT(referred_again, 5);
  EXPECT_GT(came_back, 40);
}

}  // namespace
}  // namespace concordat::tests
