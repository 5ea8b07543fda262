#include "app/service_explain.h"

#include <utility>

namespace concordat::app {
namespace {
constexpr std::size_t kWaitingMax = 64;
}

Explaining::~Explaining() {
  { const std::lock_guard lock(mutex_); stop_ = true; }
  more_.notify_one();
  thread_.join();
}

void Explaining::run(std::function<Status()> body, std::function<void(const Status&)> done) {
  {
    const std::lock_guard lock(mutex_);
    if (wanted_.size() < kWaitingMax) {
      wanted_.push_back({std::move(body), std::move(done)});
      more_.notify_one();
      return;
    }
  }
  done(Status::unavailable("expected at most 64 explanations to be waited for, but there are so many; ask again later"));
}

void Explaining::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    more_.wait(lock, [this] { return stop_ || !wanted_.empty(); });
    if (wanted_.empty()) return;
    const Wanted one = std::move(wanted_.front());
    wanted_.pop_front();
    lock.unlock();
    one.done(one.body());
    lock.lock();
  }
}

}  // namespace concordat::app
