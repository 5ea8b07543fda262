// Which partitions this server leads, where several serve the same topic: membership of a consumer group on it says so, and an idle
// instance that stands by takes over when the one that led leaves or gives no sign. Safe whoever believes what: the journal
// fences (docs/decisions/0002-journal.md).
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "app/lease_kafka.h"
#include "app/node.h"

namespace concordat::app {

class ServeTurn {
 public:
  ~ServeTurn() { stop(); }
  // For Place::turn: false before start() and after stop(). Any thread.
  bool mine(std::uint32_t partition) const;
  // Joins, once the node has caught up; returns when it leads something, or when it is clear enough that another does.
  Status start(const Place& place, Node& node);
  void stop();                             // Nothing more is led; the group is left when this goes, after the node.

 private:
  std::unique_ptr<KafkaTurn> turn_;        // Before `joined_` is set, and until the thread has ended.
  std::atomic<bool> joined_{false}, stopping_{false};
  std::thread thread_;
};

}  // namespace concordat::app
