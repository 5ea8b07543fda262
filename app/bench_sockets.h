// Many plain sockets on one thread, for benches: followers of server-sent events that read, or do not, and a receiver of webhooks.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "engine/base/status.h"

namespace concordat::app {

// Followers of a path of an HTTP server. `seen` is told, on the thread, of every piece that one of them read.
class BenchFollowers {
 public:
  using Seen = std::function<void(int follower, std::string& text)>;      // May cut away what it has dealt with.
  // `reads` false: they ask and never read.
  Status start(const std::string& address, const std::string& path, int count, bool reads, Seen seen);
  ~BenchFollowers();

 private:
  void loop();
  std::map<int, std::pair<int, std::string>> lines_;                      // Socket -> follower, and what came and was not dealt with.
  Seen seen_;
  int poll_ = -1;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// Answers every POST with 204, or never.
class BenchSink {
 public:
  Status start(bool answers);
  ~BenchSink();
  int port() const { return port_; }
  std::uint64_t taken() const { return taken_; }

 private:
  void loop();
  std::map<int, std::string> lines_;
  int listen_ = -1, poll_ = -1, port_ = 0;
  bool answers_ = true;
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace concordat::app
