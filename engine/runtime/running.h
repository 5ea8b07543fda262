// The one writer of a partition, as it runs. For engine/runtime's own files: everybody else sees partition.h.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "concordat/v1/ledger.pb.h"
#include "engine/engine.h"
#include "engine/runtime/ledgers.h"
#include "engine/runtime/partition.h"

namespace concordat::runtime {

inline constexpr int kIdleMs = 50;          // How long an idle writer sleeps before it looks for frames of others and due times.
inline constexpr int kReadBackMs = 1;       // How long a poll waits while commits are in flight.

inline std::int64_t system_now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

struct Asked { v1::Command command; std::string principal; Replied replied; };
// Sent; kept until the views hold it, so that the same command again finds its reply.
struct Sent { std::string key, digest; std::vector<Replied> replied; v1::Reply reply; };

class Running final : public Partition {
 public:
  Running(Options options, std::unique_ptr<projections::Store> store, std::unique_ptr<journal::Journal> journal)
      : options_(std::move(options)), store_(std::move(store)), journal_(std::move(journal)), ledgers_(*store_) {
    if (!options_.now_ms) options_.now_ms = system_now_ms;
  }

  ~Running() override {
    { std::lock_guard lock(mutex_); stopping_ = true; }
    woken_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  Status catch_up(const std::function<void(std::uint64_t, std::uint64_t)>& progress);
  void run() { thread_ = std::thread([this] { loop(); }); }

  void submit(v1::Command command, std::string principal, Replied replied) override {
    if (Status status = check(command); !status.ok()) return replied(status);
    std::unique_lock lock(mutex_);
    Status why;
    if (stopping_) why = Status::unavailable("this instance is stopping; submit the same command id again elsewhere");
    else if (options_.read_only) why = Status::unavailable("this instance is a read-only replica; submit to the one that leads");
    else if (!health_.ok() && !health_.retryable()) why = health_;
    else if (queue_.size() >= options_.queue_max) why = Status::unavailable("too many commands are waiting; try again");
    if (!why.ok()) { lock.unlock(); return replied(why); }
    queue_.push_back({std::move(command), std::move(principal), std::move(replied)});
    const bool first = queue_.size() == 1;
    lock.unlock();
    if (first) woken_.notify_one();
  }

  Result<v1::Reply> submit_and_wait(v1::Command command, std::string principal) override {
    std::promise<Result<v1::Reply>> promise;
    auto future = promise.get_future();
    submit(std::move(command), std::move(principal), [&](Result<v1::Reply> reply) { promise.set_value(std::move(reply)); });
    return future.get();
  }

  Status wait_for(const std::string& ledger, std::uint64_t sequence, int timeout_ms) override {
    std::unique_lock lock(mutex_);
    const bool awaited = store_->sequence(ledger) < sequence;
    if (awaited) { ++waiting_; woken_.notify_one(); }
    const bool there = folded_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] { return store_->sequence(ledger) >= sequence; });
    if (awaited) --waiting_;
    if (there) return {};
    return Status::unavailable("the views of ledger " + ledger + " stand at " + std::to_string(store_->sequence(ledger)) + ", not yet at " + std::to_string(sequence));
  }

  void on_fold(std::function<void()> moved) override { std::lock_guard lock(mutex_); moved_ = std::move(moved); }
  const projections::Store& store() const override { return *store_; }
  Status rebuild(std::string_view view) override { return store_->rebuild(view, {}); }
  bool leading() const override { return leading_; }
  std::uint64_t lag() const override { return lag_; }
  bool standing_by() const override { return follows_ && !options_.read_only; }
  Status health() const override { std::lock_guard lock(mutex_); return health_; }

 private:
  void loop();
  void take(std::deque<Asked>* batch, int wait_ms);
  void handle(Asked asked);
  void answer(const v1::Command& command, const std::string& digest, Replied& replied, bool* known);
  Prefetched prefetch(const v1::Command& command);
  Status absorb(int wait_ms);
  Status fold();
  bool fold_is_due();
  bool in_flight() const { return read_back_ < sent_.size(); }
  Status take_in(std::size_t before, const Status& polled);
  Status recognise();
  void timers();
  void count_lag();
  void fail(const Status& status);
  bool regain();
  bool stand_by(std::deque<Asked>& batch);
  bool my_turn() const { return !options_.turn || options_.turn(); }
  void follow();
  bool step_down(std::deque<Asked>& batch);
  Status not_leading() const {
    const Status why = health();
    return why.ok() ? Status::unavailable("this instance stands by while another leads; submit the same command id there, or here again if it is gone") : why;
  }
  static void answer_all(std::deque<Asked>& batch, const Status& why) {
    for (Asked& one : batch) one.replied(why);
    batch.clear();
  }
  static void pause(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }
  bool stopping() const { std::lock_guard lock(mutex_); return stopping_; }
  void set_health(Status status) { std::lock_guard lock(mutex_); health_ = std::move(status); }

  Options options_;
  std::unique_ptr<projections::Store> store_;
  std::unique_ptr<journal::Journal> journal_;
  Ledgers ledgers_;
  std::thread thread_;
  std::atomic<std::uint64_t> lag_{0};
  std::atomic<bool> leading_{false}, follows_{false};  // Neither: it cannot serve, and health says why.

  mutable std::mutex mutex_;               // Guards the seven below.
  std::condition_variable woken_, folded_;
  std::deque<Asked> queue_;
  bool stopping_ = false;
  int waiting_ = 0;                        // For the views to hold something.
  Status health_;
  std::function<void()> moved_;

  // The partition's thread only.
  std::deque<Sent> sent_;                              // In the journal's order; the first `read_back_` are answered.
  std::size_t read_back_ = 0;
  std::unordered_map<std::string, Sent*> by_id_;       // Lookup only; nothing is decided in its order.
  std::int64_t lag_ms_ = 0;                            // When it was counted.
  std::int64_t deposed_ms_ = 0;                        // When another instance took over; 0 = it did not.
  std::set<std::string> timers_tried_;
  std::vector<journal::Counted> counted_;              // Read back, not yet in the views.
  std::size_t counted_mine_ = 0;
  std::int64_t counted_since_ms_ = 0;
};

}  // namespace concordat::runtime
