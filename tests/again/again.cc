// Rulings given again, and acts tried, over the small world: what was altered is noticed, and trying changes nothing.
#include <gtest/gtest.h>

#include "engine/acts.h"
#include "engine/again.h"
#include "engine/told.h"
#include "engine/trial.h"
#include "tests/support/world.h"

namespace concordat::tests {
namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;

struct History {
  State state;
  std::vector<v1::Commit> commits;
};

// Commits with their sequences, as a ledger would hold them.
void add(History& history, const v1::Command& command, std::int64_t now_ms) {
  history.commits.push_back(commit(history.state, command, now_ms));
}

History random_history(std::uint64_t seed, int length) {
  History out;
  for (const v1::Command& command : small_world("again")) add(out, command, kStart);
  std::mt19937_64 random(seed);
  for (int i = 0; i < length; ++i) add(out, random_command(random, i, "again"), kStart + i * 3'600'000);
  return out;
}

std::vector<v1::Event> events_of(const v1::Commit& commit) {
  std::vector<v1::Event> out(static_cast<std::size_t>(commit.events_size()));
  for (std::size_t i = 0; i < out.size(); ++i) EXPECT_TRUE(out[i].ParseFromString(commit.events(static_cast<int>(i))));
  return out;
}

// How many of the commit's rulings come out as they stand there, and how many do not.
std::pair<int, int> given(const State& before, const v1::Commit& commit) {
  std::pair<int, int> out;
  const Again again = decide_again(before, commit);
  const auto events = events_of(commit);
  for (std::size_t i = 0; i < events.size(); ++i)
    for (const Ruled& one : rulings_in(events[i])) {
      const v1::Ruling* other = given_again(again, i, one.place);
      const bool same = other != nullptr && other->SerializeAsString() == one.ruling->SerializeAsString();
      if (same) ++out.first;
      else if (again.known) ++out.second;
    }
  return out;
}

bool rules(const v1::Commit& commit) {
  for (const v1::Event& event : events_of(commit))
    if (!rulings_in(event).empty()) return true;
  return false;
}

TEST(Again, EveryRulingOfRandomHistoriesComesOutTheSame) {
  int same = 0;
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    const History history = random_history(seed, 400);
    State before;
    for (const v1::Commit& one : history.commits) {
      if (rules(one)) {
        const auto [as_it_was, otherwise] = given(before, one);
        same += as_it_was;
        EXPECT_EQ(otherwise, 0) << "seed " << seed << ", event " << one.first_sequence();
      }
      ASSERT_TRUE(evolve(before, one).ok());
    }
  }
  EXPECT_GT(same, 100);
}

// Every commit, refused or not, with a ruling or without: the command told from it, decided again, gives its very bytes.
TEST(Again, EveryRefusalComesOutTheSameToTheByte) {
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const History history = random_history(seed, 250);
    State before;
    for (const v1::Commit& one : history.commits) {
      const auto events = events_of(one);
      if (events.front().has_refused()) {
        ++refused;
        EXPECT_TRUE(events.front().refused().has_asked());
        EXPECT_EQ(events.front().refused().asked().command_id(), "") << "what the commit says is not said twice";
        const Again again = decide_again(before, one);
        EXPECT_TRUE(again.known);
        ASSERT_EQ(again.events.size(), 1u);
        EXPECT_EQ(again.events.front().SerializeAsString(), one.events(0)) << "seed " << seed << ", event " << one.first_sequence();
      }
      ASSERT_TRUE(evolve(before, one).ok());
    }
  }
  EXPECT_GT(refused, 300);
}

// The acts of a random history, told from its events: whoever lives it again from them comes to the same.
TEST(Again, CommandsToldLeadToTheSameHistory) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const History history = random_history(seed, 300);
    State again;
    for (const v1::Commit& one : history.commits) {
      const auto told = commands_told(one, events_of(one));
      ASSERT_FALSE(told.empty()) << "seed " << seed << ", event " << one.first_sequence();
      EXPECT_EQ(commit(again, told.front(), one.stamp().time_ms()).SerializeAsString(), one.SerializeAsString()) << "seed " << seed << ", event " << one.first_sequence();
    }
    EXPECT_EQ(describe(again), describe(history.state));
  }
}

// Ledgers of before keep the name of a refused command only: what its ruling rests on is sought, and not claimed if it cannot be known.
TEST(Again, LedgersOfBeforeTheCommandWasKeptAreReadAsTheyWere) {
  int same = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const History history = random_history(seed, 400);
    State before;
    for (v1::Commit one : history.commits) {
      auto events = events_of(one);
      if (events.front().has_refused()) {
        events.front().mutable_refused()->clear_asked();
        events.front().SerializeToString(one.mutable_events(0));
        const auto [as_it_was, otherwise] = given(before, one);
        same += as_it_was;
        EXPECT_EQ(otherwise, 0) << "seed " << seed << ", event " << one.first_sequence();
        EXPECT_TRUE(commands_told(one, events_of(one)).empty());
      }
      ASSERT_TRUE(evolve(before, one).ok());
    }
  }
  EXPECT_GT(same, 2);
}

// What no commit could hold is refused all the same, and kept by name.
TEST(Again, ARefusedCommandThatIsTooLargeIsKeptByName) {
  State state;
  v1::Command command;
  command.set_command_id("large");
  command.set_ledger("again");
  command.mutable_propose()->set_matter("M1");
  for (const int size : {1000, 1'000'000}) {
    command.mutable_propose()->set_recommendation(std::string(static_cast<std::size_t>(size), 'x'));
    const auto events = decide(state, command, v1::Stamp());
    ASSERT_TRUE(events.front().has_refused());
    EXPECT_EQ(events.front().refused().attempted(), "propose");
    EXPECT_EQ(events.front().refused().has_asked(), size == 1000);
  }
}

// Turns the outcome of the first ruling of an event that something came of.
bool forge(v1::Event* event) {
  v1::Ruling* ruling = event->has_item_tabled() ? event->mutable_item_tabled()->mutable_quorum() : event->has_decision_made() ? event->mutable_decision_made()->mutable_decision()
                     : event->has_escalation_routed() ? event->mutable_escalation_routed()->mutable_ruling() : event->has_gate_answered() ? event->mutable_gate_answered()->mutable_ruling() : nullptr;
  if (ruling == nullptr) return false;
  ruling->set_outcome(ruling->outcome() == v1::Outcome::yes ? v1::Outcome::no : v1::Outcome::yes);
  return true;
}

// Whoever alters what a ruling says is found out.
TEST(Again, WhatWasAlteredDiffers) {
  int altered = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const History history = random_history(seed, 400);
    State before;
    for (const v1::Commit& one : history.commits) {
      auto events = events_of(one);
      for (std::size_t i = 0; i < events.size(); ++i) {
        if (!forge(&events[i])) continue;
        v1::Commit forged = one;
        events[i].SerializeToString(forged.mutable_events(static_cast<int>(i)));
        EXPECT_EQ(given(before, forged).second, 1) << "seed " << seed << ", event " << one.first_sequence() + i;
        ++altered;
      }
      ASSERT_TRUE(evolve(before, one).ok());
    }
  }
  EXPECT_GT(altered, 20);
}

TEST(Trial, ChangesNothingAndSaysWhatDecideSays) {
  const History history = random_history(3, 300);
  const std::string was = describe(history.state);
  Trial trial(history.state);
  v1::Stamp stamp;
  stamp.set_time_ms(history.state.last_stamp_ms + 1000);
  const record::Day today = record::day_of(stamp.time_ms());
  int can = 0, cannot = 0;
  for (const auto& [id, matter] : history.state.matters)
    for (const v1::Actor& actor : guises(history.state, "office:a", today))
      for (const v1::Command& command : acts(history.state, matter, actor, today)) {
        State copy(history.state);
        EXPECT_EQ(describe(copy), was);
        std::string tried, decided;
        for (const v1::Event& event : trial.decide(command, stamp)) tried += event.SerializeAsString();
        const auto events = decide(copy, command, stamp);
        for (const v1::Event& event : events) decided += event.SerializeAsString();
        EXPECT_EQ(tried, decided) << command.ShortDebugString();
        (events.front().has_refused() ? cannot : can) += 1;
      }
  EXPECT_GT(can, 0);
  EXPECT_GT(cannot, 0);
  EXPECT_EQ(describe(history.state), was);
}

// The seats that the record gives an office, and nothing it does not.
TEST(Acts, GuisesComeFromTheRecord) {
  const History history = random_history(1, 0);
  const auto mine = guises(history.state, "office:a", record::day_of(kStart));
  ASSERT_EQ(mine.size(), 1u);
  EXPECT_EQ(mine.front().on_behalf_of(), "body:a");
  EXPECT_EQ(guises(history.state, "person:stranger", record::day_of(kStart)).front().on_behalf_of(), "");
}

}  // namespace
}  // namespace concordat::tests
