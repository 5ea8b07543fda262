// Properties on random histories: rebuilt = live, as-of = rebuild to then, the same digest however the commits arrive.
#include <gtest/gtest.h>

#include <filesystem>

#include "projections/store.h"
#include "projections/views/record.h"
#include "tests/support/world.h"

namespace concordat::tests {
namespace {

constexpr int kSeeds = 12, kCommands = 400;

struct History {
  State state;
  std::vector<v1::Commit> commits;
};

History history(std::uint64_t seed) {
  History out;
  std::mt19937_64 random(seed);
  std::int64_t now = 1'640'000'000'000;
  for (const v1::Command& command : small_world("p")) out.commits.push_back(commit(out.state, command, now));
  for (int i = 0; i < kCommands; ++i) {
    now += static_cast<std::int64_t>(random() % 40) * 3'600'000;
    out.commits.push_back(commit(out.state, random_command(random, i, "p"), now));
  }
  return out;
}

std::vector<journal::Counted> counted(const std::vector<v1::Commit>& commits, std::size_t from, std::size_t to) {
  std::vector<journal::Counted> out;
  for (std::size_t i = from; i < to; ++i) out.push_back({{i + 1, 1, i}, i, false, commits[i].SerializeAsString()});
  return out;
}

std::unique_ptr<projections::Store> open(const std::string& directory) {
  auto store = projections::Store::open(directory);
  EXPECT_TRUE(store.ok()) << store.status().why();
  return *std::move(store);
}

TEST(Properties, FoldingAgainGivesTheSameStateAtEveryPrefix) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    State live, again;
    std::mt19937_64 random(seed);
    std::int64_t now = 1'640'000'000'000;
    int refused = 0, accepted = 0;
    const auto step = [&](const v1::Command& command) {
      const v1::Commit one = commit(live, command, now);
      ASSERT_TRUE(evolve(again, one).ok());
      v1::Event first;
      first.ParseFromString(one.events(0));
      ++(first.has_refused() ? refused : accepted);
    };
    for (const v1::Command& command : small_world("p")) step(command);
    for (int i = 0; i < kCommands; ++i) {
      now += static_cast<std::int64_t>(random() % 40) * 3'600'000;
      step(random_command(random, i, "p"));
      if (i % 10 == 0) { ASSERT_EQ(describe(live), describe(again)) << "after command " << i; }
    }
    EXPECT_GT(accepted, 40) << "the history is too tame to mean anything";
    EXPECT_GT(refused, 40);
  }
}

TEST(Properties, ARefusalChangesNothing) {
  State state;
  std::mt19937_64 random(77);
  for (const v1::Command& command : small_world("p")) commit(state, command, 1'640'000'000'000);
  for (int i = 0; i < 600; ++i) {
    std::string before = describe(state);
    const v1::Commit one = commit(state, random_command(random, i, "p"), 1'640'000'000'000 + i * 3'600'000ll);
    v1::Event first;
    first.ParseFromString(one.events(0));
    if (!first.has_refused()) continue;
    ASSERT_EQ(one.events_size(), 1);
    std::string after = describe(state);
    ASSERT_EQ(before.substr(before.find('\n')), after.substr(after.find('\n'))) << first.refused().sentence();
  }
}

TEST(Properties, EveryViewIsTheSameLiveInBatchesAndRebuilt) {
  for (std::uint64_t seed = 21; seed <= 24; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const History all = history(seed);
    const std::string a = scratch("one-by-one"), b = scratch("at-once"), c = scratch("mixed");
    {
      auto one = open(a), whole = open(b), mixed = open(c);
      for (std::size_t i = 0; i < all.commits.size(); ++i) ASSERT_TRUE(one->fold(counted(all.commits, i, i + 1)).ok());
      ASSERT_TRUE(whole->fold(counted(all.commits, 0, all.commits.size())).ok());
      std::mt19937_64 random(seed);
      for (std::size_t at = 0; at < all.commits.size();) {
        const std::size_t to = std::min(all.commits.size(), at + 1 + random() % 30);
        ASSERT_TRUE(mixed->fold(counted(all.commits, at, to)).ok());
        at = to;
        if (random() % 4 == 0) { mixed.reset(); mixed = open(c); }
      }
      const std::string digest = one->digest("p", "");
      EXPECT_EQ(digest, whole->digest("p", ""));
      EXPECT_EQ(digest, mixed->digest("p", ""));
      for (const projections::View* view : projections::all_views()) {
        ASSERT_TRUE(mixed->rebuild(view->name(), {}).ok());
        EXPECT_EQ(digest, mixed->digest("p", "")) << "after rebuilding " << view->name();
      }
    }
    for (const std::string& directory : {a, b, c}) std::filesystem::remove_all(directory);
  }
}

// The answer of the store = the answer of the engine's memory = the answer of a record that holds only what was known then.
TEST(Properties, AsOfIsARebuildToThen) {
  for (std::uint64_t seed = 41; seed <= 46; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const History all = history(seed);
    const std::string directory = scratch("as-of");
    {
      auto store = open(directory);
      ASSERT_TRUE(store->fold(counted(all.commits, 0, all.commits.size())).ok());
      for (const char* known : {"2020-06-30", "2021-04-15", "2022-07-11", "2023-05-01", ""}) {
        record::Record then;
        std::uint64_t sequence = 0;
        for (const v1::Commit& one : all.commits) {
          for (const std::string& bytes : one.events()) {
            v1::Event event;
            event.ParseFromString(bytes);
            ++sequence;
            const std::string k = known;
            if (event.has_vocabulary_published()) then.evolve(event.vocabulary_published());
            if (event.has_fact_asserted() && (k.empty() || event.fact_asserted().fact().predicate() == "name" || event.fact_asserted().fact().known() <= k)) then.evolve(event.fact_asserted(), sequence);
            if (event.has_fact_retracted() && (k.empty() || event.fact_retracted().known() <= k) && then.find(event.fact_retracted().fact()) != nullptr) then.evolve(event.fact_retracted(), sequence);
          }
        }
        for (const char* subject : {"team:a", "team:b", "team:c", "team:d", "team:t"}) {
          for (const char* predicate : {"host", "lead"}) {
            for (const char* at : {"2020-12-31", "2021-06-15", "2022-02-01", "2022-12-15", "2024-06-01"}) {
              v1::Question question;
              question.set_subject(subject);
              question.set_predicate(predicate);
              question.set_valid_at(at);
              question.set_known_at(known);
              projections::RecordReader reader(*store, "p");
              const v1::Answer live = record::ask(all.state.record, question);
              const v1::Answer stored = record::ask(reader, question);
              const v1::Answer rebuilt = record::ask(then, question);
              ASSERT_EQ(live.SerializeAsString(), stored.SerializeAsString()) << subject << ' ' << predicate << ' ' << at << " known " << known;
              ASSERT_EQ(live.sentence(), rebuilt.sentence()) << subject << ' ' << predicate << ' ' << at << " known " << known;
              ASSERT_EQ(live.determined(), rebuilt.determined());
            }
          }
        }
      }
    }
    std::filesystem::remove_all(directory);
  }
}

TEST(Properties, AGapARepeatOrANewerFormatIsNamedAndNothingIsWritten) {
  const History all = history(61);
  const std::string directory = scratch("corrupt");
  {
    auto store = open(directory);
    ASSERT_TRUE(store->fold(counted(all.commits, 0, 50)).ok());
    const std::string before = store->digest("p", "");
    Status gap = store->fold(counted(all.commits, 51, 60));
    EXPECT_EQ(gap.kind(), Status::Kind::kCorrupt);
    EXPECT_NE(gap.why().find("ledger p: expected sequence"), std::string::npos) << gap.why();
    EXPECT_EQ(store->fold(counted(all.commits, 49, 60)).kind(), Status::Kind::kCorrupt);
    auto newer = counted(all.commits, 50, 51);
    v1::Commit future = all.commits[50];
    future.set_format(2);
    newer[0].payload = future.SerializeAsString();
    const Status format = store->fold(newer);
    EXPECT_EQ(format.kind(), Status::Kind::kCorrupt);
    EXPECT_NE(format.why().find("format 1, but it is 2"), std::string::npos) << format.why();
    newer[0].payload = "not a commit at all";
    EXPECT_EQ(store->fold(newer).kind(), Status::Kind::kCorrupt);
    EXPECT_EQ(before, store->digest("p", ""));
    EXPECT_TRUE(store->fold(counted(all.commits, 50, all.commits.size())).ok());
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace concordat::tests
