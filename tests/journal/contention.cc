// Several writers contend for one faulty disk, in random order, under every fault at once. Whatever happens: each of them
// sees a prefix of the same history, what was read back as one's own is in it, and nothing stands in it twice.
// CONCORDAT_SEED=N runs only that seed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "engine/journal/journal.h"

namespace concordat::journal {
namespace {

struct Writer {
  std::unique_ptr<Journal> journal;
  std::vector<std::string> seen, acknowledged;      // Over all its reigns and failures.
};

struct Tally { std::size_t acknowledged = 0, deposed = 0, unavailable = 0; };

void poll(Writer& writer, Tally* tally) {
  std::vector<Counted> all;
  const Status status = writer.journal->poll(0, &all);
  for (const Counted& one : all) {
    writer.seen.push_back(one.payload);
    if (one.mine) writer.acknowledged.push_back(one.payload);
  }
  if (status.kind() == Status::Kind::kDeposed) ++tally->deposed;
  else if (!status.ok()) { ASSERT_TRUE(status.retryable()) << status.why(); ++tally->unavailable; }
  if (!status.ok()) { EXPECT_FALSE(writer.journal->leading()); }
}

void contend(std::uint64_t seed, Tally* tally) {
  const auto disk = faulty_disk(seed, {.lose = 15, .duplicate = 40, .delay = 40, .unavailable = 20});
  std::mt19937_64 random(seed * 7919);
  std::vector<Writer> writers(3);
  for (Writer& one : writers) one.journal = *Journal::open(faulty_log(disk), {});
  std::set<std::string> appended;
  for (int step = 0; step < 400; ++step) {
    Writer& one = writers[random() % writers.size()];
    const std::uint64_t draw = random() % 100;
    if (draw < (one.journal->leading() ? 1u : 15u)) {
      (void)one.journal->lead("nonce " + std::to_string(step)).ok();
    } else if (draw < 65 && one.journal->leading()) {
      const std::string payload = "commit " + std::to_string(step) + " in reign " + std::to_string(one.journal->position().epoch);
      appended.insert(payload);
      if (!one.journal->append(payload).ok()) { EXPECT_FALSE(one.journal->leading()); }
    } else {
      poll(one, tally);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
  heal(*disk);
  std::vector<std::string> history;
  std::vector<Counted> all;
  auto reader = *Journal::open(faulty_log(disk), {});
  ASSERT_TRUE(reader->poll(0, &all).ok());
  for (const Counted& one : all) {
    history.push_back(one.payload);
    EXPECT_TRUE(one.payload.ends_with(" in reign " + std::to_string(one.position.epoch))) << one.payload << " counts in another reign";
  }

  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < history.size(); ++i) {
    EXPECT_TRUE(appended.contains(history[i])) << history[i] << " counts, but nobody appended it";
    EXPECT_TRUE(place.emplace(history[i], i).second) << history[i] << " counts twice";
  }
  std::set<std::string> owned;
  for (const Writer& one : writers) {
    ASSERT_LE(one.seen.size(), history.size());
    EXPECT_TRUE(std::equal(one.seen.begin(), one.seen.end(), history.begin())) << "a writer saw another history than the reader";
    for (const std::string& payload : one.acknowledged) EXPECT_TRUE(owned.insert(payload).second) << payload << " was acknowledged to two writers";
    tally->acknowledged += one.acknowledged.size();
  }
  for (const std::string& payload : owned) EXPECT_TRUE(place.contains(payload)) << payload << " was acknowledged and does not count";
  for (std::size_t i = 0; i < all.size(); i += 1 + all.size() / 5) {          // And from any position on it is the same.
    auto later = *Journal::open(faulty_log(disk), all[i].position);
    std::vector<Counted> rest;
    ASSERT_TRUE(later->poll(0, &rest).ok());
    ASSERT_EQ(rest.size(), all.size() - i - 1);
    for (std::size_t j = 0; j < rest.size(); ++j) EXPECT_EQ(rest[j].payload, all[i + 1 + j].payload);
  }
}

TEST(Contention, ThreeWritersUnderEveryFaultShareOneHistory) {
  Tally tally;
  const char* only = std::getenv("CONCORDAT_SEED");
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    if (only != nullptr) seed = std::strtoull(only, nullptr, 10);
    SCOPED_TRACE("CONCORDAT_SEED=" + std::to_string(seed));
    contend(seed, &tally);
    if (HasFailure() || only != nullptr) return;
  }
  EXPECT_GT(tally.acknowledged, 300u * 10) << "the faults left too little to judge";
  EXPECT_GT(tally.deposed, 300u);
  EXPECT_GT(tally.unavailable, 300u);
}

}  // namespace
}  // namespace concordat::journal
