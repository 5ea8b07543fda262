// Whoever waits for the ledger to move: watchers, and reads that want a position. One thread that sleeps until a partition
// has folded; the partition only rings a bell, so no reader, slow or dead, can hold it up.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "app/node.h"

namespace concordat::v1 { class WatchRequest; class WatchResponse; }

namespace concordat::app {

class Watcher;

// Threads: any. The node outlives it.
class Followers {
 public:
  explicit Followers(Node& node);
  ~Followers();
  Followers(const Followers&) = delete;
  Followers& operator=(const Followers&) = delete;

  // Events of the ledger from where the request says, then those that come; or a stream that ends with the failure. Never null.
  grpc::ServerWriteReactor<v1::WatchResponse>* watch(const Result<std::string>& ledger, const v1::WatchRequest& request);
  // Calls `then` once the views hold that sequence of the ledger, or with kUnavailable after so long.
  // At once and from this thread if they do already.
  void when(const std::string& ledger, std::uint64_t sequence, int patience_ms, std::function<void(const Status&)> then);
  // Calls `moved` from the thread of this object after every fold, for other faces; it must not block. {} ends it: when that
  // returns it is not called any more.
  void listen(const std::string& name, std::function<void()> moved);
  // Ends the watchers ("resume elsewhere") and the waits. No more of either afterwards.
  void stop();

 private:
  friend class Watcher;
  using Clock = std::chrono::steady_clock;
  struct Wait { std::string ledger; std::uint64_t sequence; int patience_ms; Clock::time_point until; std::function<void(const Status&)> then; };
  struct Bell;
  void loop();
  void settle();
  void ended(Watcher* one);

  Node& node_;
  const std::shared_ptr<Bell> bell_;     // Shared with the partitions, which may still be ringing while this goes away.
  std::mutex mutex_;                     // Guards the four below. Taken before a watcher's own.
  std::set<Watcher*> watchers_;
  std::list<Wait> waits_;
  bool stopping_ = false;
  std::map<std::string, std::function<void()>> moved_;
  std::thread thread_;
};

}  // namespace concordat::app
