// Work that one of several instances does at a time, settled and kept on Kafka. Whose turn it is, is a consumer group's to say: it
// tells the living from the dead. Safety never rests on that: who has the turn writes through transactional ids that are
// the lease's, so that its first act fences whoever wrote before and ends what that one left open.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"

namespace concordat::app {

// Membership of a group on the partitions of a topic. Who has one keeps it when others join; when he leaves or gives no sign
// for `lease_ms`, another gets it.
class KafkaTurn {
 public:
  static Result<std::unique_ptr<KafkaTurn>> open(const std::string& bootstrap, const std::string& group, const std::string& topic, int lease_ms);
  virtual ~KafkaTurn() = default;                                // Leaves: another need not wait.
  virtual void poll(int wait_ms) = 0;                            // At least every second, from one thread.
  virtual bool mine(std::int32_t partition) const = 0;           // Any thread.
};

// One writer at a time. Threads: one at a time.
class KafkaLease {
 public:
  struct Record {
    std::string_view topic, key, value;
    bool gone = false;                                           // A tombstone for that key.
    std::vector<std::pair<std::string, std::string>> headers = {};
  };
  // `name`: of the group and of the writer. `place`: topic of one partition in which it stands; made if it is missing.
  static Result<std::unique_ptr<KafkaLease>> open(const std::string& bootstrap, const std::string& name, const std::string& place, bool compacted, int lease_ms);
  virtual ~KafkaLease() = default;
  virtual bool turn(int wait_ms) = 0;                            // At least every second.
  // Fences who wrote before. Call when the turn came, and again after any failure.
  virtual Status begin() = 0;
  // All of it or nothing. kDeposed: another instance writes.
  virtual Status write(const std::vector<Record>& records) = 0;
  // The last `most` offsets of the place, oldest first; `value` null: a tombstone. True: it began at the beginning.
  virtual Result<bool> read_last(std::int64_t most, const std::function<void(std::string_view key, const std::string* value)>& each) = 0;
};

}  // namespace concordat::app
