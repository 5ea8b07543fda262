// One feed's topic on Kafka, written exactly once: every batch of events and the position it leads to go in one transaction, the
// position to a topic of the feed's own. A new writer's transactional id fences the old one and ends what it left open, and only
// then is the position read: so after kill -9 or a take-over nothing is missing and nothing stands twice for a reader of committed
// records. Why not the topic's own last record: docs/decisions/0004-service.md.
//
// Who should write is settled by a consumer group on the position's topic: its one member publishes, the others stand by.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/feed.h"
#include "engine/base/status.h"

namespace concordat::app {

struct FeedPosition {
  std::uint64_t sequence = 0;      // Last event of the ledger that was told or passed over.
  std::uint64_t number = 0;        // Events the feed has told.
  std::string filter;              // filter_hash of the feed that told them; empty = none yet.
};

class FeedTopic {
 public:
  // Makes the two topics if they are missing, joins the group. Nothing is fenced yet.
  static Result<std::unique_ptr<FeedTopic>> open(const std::string& bootstrap, const std::string& feed, const std::string& topic, int lease_ms);
  virtual ~FeedTopic() = default;

  // Whether it is this instance's turn; to be called at least every second.
  virtual bool turn(int wait_ms) = 0;
  // Fences whoever wrote before and reads where the feed stands. Call when the turn came, and again after any failure.
  virtual Result<FeedPosition> begin() = 0;
  // All of it and the position, or nothing. kDeposed: another instance writes. Any failure: begin() again.
  virtual Status publish(const std::vector<FeedEvent>& events, const FeedPosition& then) = 0;
};

}  // namespace concordat::app
