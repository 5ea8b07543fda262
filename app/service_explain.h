// Explain and WhyNot: they fold a whole ledger, so they run on a thread of their own, one after the other, and never keep
// the threads that answer and follow waiting.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "engine/base/status.h"

namespace concordat::app {

class Explaining {
 public:
  Explaining() : thread_([this] { loop(); }) {}
  ~Explaining();                                       // What was asked is answered first.
  Explaining(const Explaining&) = delete;
  Explaining& operator=(const Explaining&) = delete;

  // `done` is called once, with what `body` came to; kUnavailable at once if too many wait.
  void run(std::function<Status()> body, std::function<void(const Status&)> done);

 private:
  struct Wanted { std::function<Status()> body; std::function<void(const Status&)> done; };
  void loop();
  std::mutex mutex_;                                   // Guards the two below.
  std::deque<Wanted> wanted_;
  bool stop_ = false;
  std::condition_variable more_;
  std::thread thread_;                                 // Last: it uses the rest.
};

}  // namespace concordat::app
