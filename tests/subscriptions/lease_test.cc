// Several instances that all believe it is their turn: what stands on the topic was still written by one after the other.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "app/lease_kafka.h"

namespace concordat::app {
namespace {

constexpr int kInstances = 3, kWanted = 60, kLeaseMs = 6000;
constexpr std::chrono::seconds kLongest{60};


// Each begins, reads the newest number, and writes the next ones until it is deposed or tires of it; then it rests, as a feed does.
TEST(Lease, OfInstancesThatBeginAtOnceNoneWritesOverAnother) {
  const char* bootstrap = std::getenv("KAFKA_BOOTSTRAP");
  if (bootstrap == nullptr) GTEST_SKIP() << "SKIPPED: no Kafka broker (KAFKA_BOOTSTRAP is not set)";
  const std::string name = "concordat-test-lease-" + std::to_string(getpid());
  std::atomic<int> highest{0}, deposed{0};
  const auto until = std::chrono::steady_clock::now() + kLongest;
  std::atomic<bool> failed{false};
  const auto instance = [&](unsigned seed) {
    std::mt19937 random(seed);
    auto lease = KafkaLease::open(bootstrap, name, name, false, kLeaseMs);
    if (!lease.ok()) { failed = true; return; }
    for (bool rests = false; highest < kWanted && std::chrono::steady_clock::now() < until; rests = true) {
      if (rests) std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
      (*lease)->turn(0);                             // Its answer is what is not trusted here.
      if (!(*lease)->begin().ok()) { ++deposed; continue; }
      int at = 0;
      const auto read = (*lease)->read_last(64, [&](std::string_view, const std::string* value) { at = std::stoi(*value); });
      if (!read.ok()) continue;
      for (auto more = random() % 12; more > 0; --more) {
        const std::string next = std::to_string(at + 1);
        const Status status = (*lease)->write({{.topic = name, .key = {}, .value = next}});
        if (!status.ok()) { ++deposed; break; }
        highest = std::max(highest.load(), ++at);
      }
    }
  };
  std::vector<std::thread> all;
  for (unsigned i = 0; i < kInstances; ++i) all.emplace_back(instance, i + 1);
  for (std::thread& one : all) one.join();
  ASSERT_FALSE(failed);
  EXPECT_GE(highest, kWanted);
  EXPECT_GT(deposed, 0) << "nobody got in another's way, so nothing was shown";
  auto reader = KafkaLease::open(bootstrap, name, name, false, kLeaseMs);
  ASSERT_TRUE(reader.ok());
  (*reader)->turn(100);
  int before = 0;
  const auto whole = (*reader)->read_last(INT64_MAX, [&](std::string_view, const std::string* value) {
    EXPECT_EQ(std::stoi(*value), before + 1);
    before = std::stoi(*value);
  });
  ASSERT_TRUE(whole.ok());
  EXPECT_GE(before, kWanted);
}

}  // namespace
}  // namespace concordat::app
