// Views made again beside the rows that are served: reads and writes go on, nothing is lost on the way, and a crash at any
// moment leaves the one or the other, whole.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "projections/store.h"
#include "tests/support/world.h"

namespace concordat::tests {
namespace {

using projections::Store;
using projections::View;

// How many events of each kind there were. Version 1 counts under "n/", as number; version 2 adds who did it last.
class Counting final : public View {
 public:
  explicit Counting(std::uint32_t version, std::uint32_t reads_from = 1) : version_(version), reads_from_(reads_from) {}
  std::string_view name() const override { return "counting"; }
  std::uint32_t version() const override { return version_; }
  std::uint32_t reads_from() const override { return reads_from_; }
  void fold(const projections::Committed& c, projections::Rows& rows) const override {
    const std::string key = "n/" + std::to_string(static_cast<int>(c.event.happened_case()));
    const auto before = rows.get(key);
    const std::uint64_t count = before ? std::stoull(*before) : 0;
    rows.put(key, std::to_string(count + 1) + (version_ > 1 ? " " + c.commit.actor().who() : ""));
    rows.put("last", std::to_string(c.sequence));
  }

 private:
  const std::uint32_t version_, reads_from_;
};

const Counting& version(std::uint32_t number) {
  static const Counting one(1), two(2), three(3, 3);
  return number == 1 ? one : number == 2 ? two : three;
}

std::vector<const View*> with(std::uint32_t number) {
  std::vector<const View*> out = projections::all_views();
  out.push_back(&version(number));
  return out;
}

std::vector<v1::Commit> history(std::uint64_t seed, int commands, const std::string& ledger = "p") {
  State state;
  std::vector<v1::Commit> out;
  std::mt19937_64 random(seed);
  for (const v1::Command& command : small_world(ledger)) out.push_back(commit(state, command, 1'640'000'000'000));
  for (int i = 0; i < commands; ++i) out.push_back(commit(state, random_command(random, i, ledger), 1'640'000'000'000 + i * 3'600'000ll));
  return out;
}

std::vector<journal::Counted> counted(const std::vector<v1::Commit>& commits, std::size_t from, std::size_t to) {
  std::vector<journal::Counted> out;
  for (std::size_t i = from; i < to; ++i) out.push_back({{i + 1, 1, i}, i, false, commits[i].SerializeAsString()});
  return out;
}

std::unique_ptr<Store> open(const std::string& directory, std::uint32_t number) {
  auto store = Store::open(directory, with(number));
  EXPECT_TRUE(store.ok()) << store.status().why();
  return *std::move(store);
}

std::string digest_of(const std::vector<v1::Commit>& commits, std::size_t count, std::uint32_t number) {
  const std::string directory = scratch("fresh");
  std::string out;
  {
    auto store = open(directory, number);
    EXPECT_TRUE(store->fold(counted(commits, 0, count)).ok());
    out = store->digest("p", "");
  }
  std::filesystem::remove_all(directory);
  return out;
}

std::string last(const Store& store) { return store.get("counting", "p", "last").value_or("none"); }

// A view of an older version is served and folded on, and its rows are always as new as the store says.
TEST(Beside, AnOlderVersionIsServedUntilTheNewRowsAreThere) {
  const auto commits = history(1, 3000);
  const std::string directory = scratch("raised");
  { ASSERT_TRUE(open(directory, 1)->fold(counted(commits, 0, 1500)).ok()); }
  {
    auto store = open(directory, 2);
    EXPECT_EQ(store->behind(), std::vector<std::string>{"counting"});
    std::atomic<bool> over = false;
    std::uint64_t wrong = 0, reads = 0;
    std::thread reader([&] {
      while (!over) {
        const std::uint64_t before = store->sequence("p");
        const std::string row = last(*store);
        wrong += row == "none" || std::stoull(row) < before;
        int kinds = 0;
        store->scan("counting", "p", "n/", "", [&](std::string_view, std::string_view) { ++kinds; return true; });
        wrong += kinds < 10;
        ++reads;
      }
    });
    for (std::size_t at = 1500; at < commits.size(); ++at) ASSERT_TRUE(store->fold(counted(commits, at, at + 1)).ok());
    EXPECT_TRUE(store->settle().ok());
    over = true;
    reader.join();
    EXPECT_EQ(wrong, 0u);
    EXPECT_GT(reads, 100u);
    EXPECT_TRUE(store->behind().empty());
    EXPECT_EQ(store->digest("p", ""), digest_of(commits, commits.size(), 2));
  }
  { EXPECT_TRUE(open(directory, 2)->behind().empty()) << "it is made again once"; }
  std::filesystem::remove_all(directory);
}

// A build that only reads goes on with the rows there are; one that could not read them says so.
TEST(Beside, WhatCannotBeReadMeanwhileIsMadeFirst) {
  const auto commits = history(2, 400);
  const std::string directory = scratch("moved");
  { ASSERT_TRUE(open(directory, 1)->fold(counted(commits, 0, commits.size())).ok()); }
  {
    auto older = Store::open_read_only(directory, with(2));
    ASSERT_TRUE(older.ok());
    EXPECT_EQ(last(**older), std::to_string((*older)->sequence("p")));
    EXPECT_EQ((*older)->behind().size(), 1u);
    const auto moved = Store::open_read_only(directory, with(3));
    ASSERT_FALSE(moved.ok());
    EXPECT_NE(moved.status().why().find("expected rows of view counting of version 3 to 3, but they are of version 1; run: concordat rebuild --view counting"), std::string::npos) << moved.status().why();
  }
  {
    auto store = open(directory, 3);
    EXPECT_TRUE(store->behind().empty());
    EXPECT_EQ(store->digest("p", ""), digest_of(commits, commits.size(), 3));
  }
  { EXPECT_EQ(open(directory, 1)->digest("p", ""), digest_of(commits, commits.size(), 1)) << "an older build makes its own rows again, and serves none of a newer one"; }
  std::filesystem::remove_all(directory);
}

// Any view, of any history, at any time, while others write: the same rows.
TEST(Beside, RebuiltWhileOthersWriteIsTheSame) {
  for (std::uint64_t seed = 11; seed <= 13; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto commits = history(seed, 1200);
    const std::string directory = scratch("while");
    {
      auto store = open(directory, 2);
      ASSERT_TRUE(store->fold(counted(commits, 0, 300)).ok());
      std::atomic<std::size_t> rebuilt = 0;
      std::atomic<bool> over = false, failed = false;
      std::thread again([&] {
        std::mt19937_64 random(seed);
        while (!over) {
          const auto& views = projections::all_views();
          if (!store->rebuild(views[random() % views.size()]->name(), {}).ok()) failed = true;
          ++rebuilt;
        }
      });
      for (std::size_t at = 300; at < commits.size(); ++at) ASSERT_TRUE(store->fold(counted(commits, at, at + 1)).ok());
      while (rebuilt < 4) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      over = true;
      again.join();
      EXPECT_FALSE(failed);
      EXPECT_EQ(store->digest("p", ""), digest_of(commits, commits.size(), 2));
    }
    EXPECT_EQ(open(directory, 2)->digest("p", ""), digest_of(commits, commits.size(), 2)) << "and after it was opened again";
    std::filesystem::remove_all(directory);
  }
}

// The other process of the test below: a program of its own, since threads of the store do not survive a fork.
TEST(Beside, DISABLED_MakesItAgain) {
  const char* directory = std::getenv("CONCORDAT_BESIDE");
  ASSERT_NE(directory, nullptr);
  auto store = Store::open(directory, with(2));
  if (store.ok()) static_cast<void>((*store)->settle());
  if (store.ok()) static_cast<void>((*store)->rebuild("counting", {}));
  raise(SIGKILL);
}

// Killed at a random moment, again and again, until it is done: at each, every row is as the one version or the other has it.
TEST(Beside, ACrashAtAnyMomentLeavesTheOneOrTheOther) {
  const auto commits = history(21, 6000);
  const std::string of_before = digest_of(commits, commits.size(), 1), of_now = digest_of(commits, commits.size(), 2);
  std::mt19937_64 random(21);
  int old_rows = 0, new_rows = 0;
  for (int round = 0; round < 4; ++round) {
    const std::string directory = scratch("killed");
    { ASSERT_TRUE(open(directory, 1)->fold(counted(commits, 0, commits.size())).ok()); }
    for (int kill_it = 0; kill_it < 8; ++kill_it) {
      setenv("CONCORDAT_BESIDE", directory.c_str(), 1);
      const pid_t child = fork();
      if (child == 0) {
        execl("/proc/self/exe", "views_tests", "--gtest_also_run_disabled_tests", "--gtest_filter=Beside.DISABLED_MakesItAgain", "--gtest_brief=1", nullptr);
        _exit(127);
      }
      if (kill_it < 7) {                                 // The last of each round comes to its end by itself.
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
        kill(child, SIGKILL);
      }
      int state = 0;
      waitpid(child, &state, 0);
      auto store = Store::open_read_only(directory, with(2));
      ASSERT_TRUE(store.ok()) << store.status().why();
      const std::string digest = (*store)->digest("p", "");
      ASSERT_TRUE(digest == of_before || digest == of_now);
      EXPECT_EQ(digest == of_before, (*store)->behind().size() == 1) << "and it says which";
      ++(digest == of_before ? old_rows : new_rows);
    }
    { auto store = open(directory, 2); EXPECT_TRUE(store->settle().ok()); EXPECT_EQ(store->digest("p", ""), of_now); }
    std::filesystem::remove_all(directory);
  }
  EXPECT_GT(old_rows + new_rows, 30);
  EXPECT_GT(new_rows, 0);
}

// What was begun goes on where it was: a short-lived program brings it further each time.
TEST(Beside, WhatWasBegunGoesOn) {
  const auto commits = history(31, 9000);
  const std::string directory = scratch("begun");
  { ASSERT_TRUE(open(directory, 1)->fold(counted(commits, 0, commits.size())).ok()); }
  int opened = 0;
  for (bool behind = true; behind && opened < 2000; ++opened) {
    auto store = open(directory, 2);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    behind = !store->behind().empty();
  }
  EXPECT_LT(opened, 2000);
  EXPECT_EQ(open(directory, 2)->digest("p", ""), digest_of(commits, commits.size(), 2));
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace concordat::tests
