// A feed at work: tells the events of its ledger on its topic, from where it stands, as they come. It never holds up a writer: it
// reads the views by itself, and what it cannot send waits there.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "app/feed.h"

namespace concordat::app {

// Figures for people and metrics.
struct FeedState {
  std::uint64_t sequence = 0, head = 0;   // Told up to; the ledger's last. Their difference is the lag.
  std::uint64_t number = 0;               // Events told, ever.
  std::int64_t moved_ms = 0;              // When the position last moved; 0 = not since the start.
  bool publishing = false;                // This instance's turn.
  std::string failure;                    // Why it does not move, if it does not: never silence.
};

struct FeedSettings {
  std::string bootstrap;
  int lease_ms = 6000;                    // How long after its last sign another instance is taken for dead.
  bool once = false;                      // Stop when the ledger's present end is told.
  bool accept_filter = false;             // Go on although the feed's filter was changed.
};

class FeedRunner {
 public:
  // `store` gives the views as they are now (a new one or the same), and lives as long as this.
  using Fresh = std::function<Result<std::shared_ptr<const projections::Store>>()>;
  FeedRunner(v1::Feed feed, std::string ledger, std::string key, Fresh store, FeedSettings settings);
  ~FeedRunner();                          // Stops between two batches.
  void start();                           // On a thread of its own.
  Status run();                           // On this one: until stop(), or the end with `once`; a failure that does not pass ends it.
  void wake();                            // Any thread: something may have come.
  void stop();
  FeedState state() const;
  const v1::Feed& feed() const { return teller_.feed(); }

 private:
  Status publish_from(class FeedTopic& topic);
  void rest(int ms);
  void say(const std::function<void(FeedState&)>& change);

  Teller teller_;
  const Fresh fresh_;
  const FeedSettings settings_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;              // Guards the three below.
  std::condition_variable woken_;
  bool woke_ = false;
  FeedState state_;
  std::thread thread_;
};

}  // namespace concordat::app
