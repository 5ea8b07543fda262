#include "app/service_follow.h"

#include <atomic>
#include <condition_variable>
#include <deque>

#include "app/service.h"
#include "app/watch_place.h"
#include "concordat/v1/service.grpc.pb.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);      // How late a wait that runs out may be told so.
constexpr std::size_t kWatchersMax = 1024, kWaitsMax = 4096;
constexpr std::size_t kBatchMax = 256;                      // Events of one watcher in memory.
constexpr std::uint64_t kPassedOverMax = 1000;              // Events that are not for a watcher before it is told how far it is.

using Reactor = grpc::ServerWriteReactor<v1::WatchResponse>;

class Declined final : public Reactor {
 public:
  explicit Declined(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

const char* const kStopping = "this instance is stopping; resume elsewhere after the last sequence you have";

}  // namespace

struct Followers::Bell {
  std::atomic<int> listeners{0};         // Nobody there: a fold costs one load.
  std::mutex mutex;                      // Guards the two below.
  std::condition_variable rung;
  bool ring = false, stop = false;

  void press() {
    if (listeners.load() == 0) return;
    { const std::lock_guard lock(mutex); ring = true; }
    rung.notify_one();
  }
  // False: stop.
  bool wait(bool ticking) {
    std::unique_lock lock(mutex);
    const auto due = [&] { return ring || stop; };
    if (ticking) rung.wait_for(lock, kTick, due);
    else rung.wait(lock, due);
    ring = false;
    return !stop;
  }
};

// One follower. Reads from the store by itself, a batch at a time, as fast as its client takes them.
class Watcher final : public Reactor {
 public:
  Watcher(Followers& all, const projections::Store& store, std::string ledger, WatchPlace from)
      : all_(all), store_(store), ledger_(std::move(ledger)), place_(std::move(from)) {}

  void look() { const std::lock_guard lock(mutex_); if (!writing_) next(); }
  void end(const grpc::Status& status) {
    const std::lock_guard lock(mutex_);
    if (!ended_) ending_ = status;
    ended_ = true;
    if (!writing_) finish();
  }
  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    batch_.pop_front();
    ended_ = ended_ || !ok;
    if (ended_) finish();
    else next();
  }
  void OnCancel() override { end(grpc::Status::CANCELLED); }
  void OnDone() override {
    all_.ended(this);
    delete this;
  }

 private:
  // Both: REQUIRES mutex_ held and no write outstanding. Finish under the lock is safe: whoever holds it is in a callback of
  // this stream, or holds the list of watchers that OnDone has to get into.
  void finish() {
    if (finished_) return;
    finished_ = true;
    Finish(ending_);
  }
  void next() {
    if (ended_) return;
    while (batch_.empty() && store_.sequence(ledger_) > place_.sequence && read()) {}
    if (batch_.empty()) return;
    writing_ = true;
    StartWrite(&batch_.front());         // Without a hint that more follows: the first one would lie at the transport until much more came.
  }
  // False: there was nothing to read.
  bool read() {
    const std::uint64_t before = place_.sequence;
    projections::each_event(store_, ledger_, before + 1, [&](const projections::Committed& one) {
      place_.sequence = one.sequence;
      if (place_.wants(one.event)) put(one);
      else if (++passed_over_ >= kPassedOverMax) put_progress();
      return batch_.size() < kBatchMax && one.sequence - before < kPassedOverMax;
    });
    return place_.sequence > before;
  }
  void put(const projections::Committed& one) {
    passed_over_ = 0;
    v1::WatchResponse& out = batch_.emplace_back();
    out.set_sequence(one.sequence);
    out.set_ledger(ledger_);
    *out.mutable_stamp() = one.commit.stamp();
    *out.mutable_actor() = one.commit.actor();
    out.set_acted_on(one.commit.acted_on());
    out.set_backfill(one.commit.backfill());
    out.set_command_id(one.commit.command_id());
    out.set_resume(place_.token(ledger_));
    *out.mutable_event() = one.event;
  }
  void put_progress() {
    passed_over_ = 0;
    v1::WatchResponse& out = batch_.emplace_back();
    out.set_sequence(place_.sequence);
    out.set_ledger(ledger_);
    out.set_resume(place_.token(ledger_));
  }

  Followers& all_;
  const projections::Store& store_;
  const std::string ledger_;
  std::mutex mutex_;                     // Guards the rest.
  WatchPlace place_;
  std::uint64_t passed_over_ = 0;
  std::deque<v1::WatchResponse> batch_;  // The first is being written.
  bool writing_ = false, ended_ = false, finished_ = false;
  grpc::Status ending_;
};

Followers::Followers(Node& node) : node_(node), bell_(std::make_shared<Bell>()) {
  for (std::uint32_t i = 0; i < node_.partitions(); ++i) node_.partition(i).on_fold([bell = bell_] { bell->press(); });
  thread_ = std::thread([this] { loop(); });
}

Followers::~Followers() {
  for (std::uint32_t i = 0; i < node_.partitions(); ++i) node_.partition(i).on_fold({});
  stop();
  { const std::lock_guard lock(bell_->mutex); bell_->stop = true; }
  bell_->rung.notify_one();
  thread_.join();
}

Reactor* Followers::watch(const Result<std::string>& ledger, const v1::WatchRequest& request) {
  if (!ledger.ok()) return new Declined(told(ledger.status()));
  auto from = watch_place(node_.partition_for(*ledger).store(), *ledger, request);
  if (!from.ok()) return new Declined(told(from.status()));
  const std::lock_guard lock(mutex_);
  if (stopping_) return new Declined({grpc::StatusCode::UNAVAILABLE, kStopping});
  if (watchers_.size() >= kWatchersMax) return new Declined({grpc::StatusCode::RESOURCE_EXHAUSTED, "expected at most 1024 watchers, but there are so many; try again later"});
  auto* one = new Watcher(*this, node_.partition_for(*ledger).store(), *ledger, *std::move(from));      // Deleted in OnDone.
  ++bell_->listeners;
  watchers_.insert(one);
  one->look();                           // Counted as a listener first: what is folded from now on rings.
  return one;
}

void Followers::ended(Watcher* one) {
  const std::lock_guard lock(mutex_);
  watchers_.erase(one);
  --bell_->listeners;
}

void Followers::when(const std::string& ledger, std::uint64_t sequence, int patience_ms, std::function<void(const Status&)> then) {
  const projections::Store& store = node_.partition_for(ledger).store();
  if (store.sequence(ledger) >= sequence) return then({});
  Status full;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) full = Status::unavailable("this instance is stopping; ask elsewhere");
    else if (waits_.size() >= kWaitsMax) full = Status::unavailable("too many reads are waiting for a position; try again");
    else {
      ++bell_->listeners;
      waits_.push_back({ledger, sequence, patience_ms, Clock::now() + std::chrono::milliseconds(patience_ms), std::move(then)});
    }
  }
  if (!full.ok()) return then(full);
  bell_->press();                        // It may have been folded meanwhile.
}

// Tells the waits that are over. They are called without the lock: they may take a while.
void Followers::settle() {
  std::list<Wait> over;
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    stopping = stopping_;
    const auto now = Clock::now();
    for (auto one = waits_.begin(); one != waits_.end();) {
      const auto here = one++;
      const bool there = node_.partition_for(here->ledger).store().sequence(here->ledger) >= here->sequence;
      if (there || stopping_ || now >= here->until) over.splice(over.end(), waits_, here);
    }
  }
  for (const Wait& one : over) {
    --bell_->listeners;
    const std::uint64_t now = node_.partition_for(one.ledger).store().sequence(one.ledger);
    if (now >= one.sequence) one.then({});
    else if (stopping) one.then(Status::unavailable("this instance is stopping; ask elsewhere"));
    else one.then(Status::unavailable("expected ledger " + one.ledger + " to reach " + std::to_string(one.sequence) + " within " + std::to_string(one.patience_ms) + " ms, but its views stand at " + std::to_string(now)));
  }
}

void Followers::loop() {
  for (bool ticking = false; bell_->wait(ticking);) {
    settle();
    const std::lock_guard lock(mutex_);
    for (Watcher* one : watchers_) one->look();
    for (const auto& [name, moved] : moved_) moved();
    ticking = !waits_.empty();
  }
}

void Followers::listen(const std::string& name, std::function<void()> moved) {
  const std::lock_guard lock(mutex_);
  bell_->listeners += (moved ? 1 : 0) - static_cast<int>(moved_.erase(name));
  if (moved) moved_[name] = std::move(moved);
}

void Followers::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (Watcher* one : watchers_) one->end({grpc::StatusCode::UNAVAILABLE, kStopping});
  }
  settle();
}

}  // namespace concordat::app
