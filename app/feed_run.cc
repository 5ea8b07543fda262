#include "app/feed_run.h"

#include <chrono>

#include "app/clock.h"
#include "app/feed_kafka.h"
#include "app/operation_log.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

constexpr std::uint64_t kBatchEventsMax = 1000;      // Of the ledger, in one transaction.
constexpr std::size_t kBatchBytesMax = 4u << 20;
constexpr int kPollMs = 100;                         // How late a turn or a stop may be noticed.
constexpr int kAgainMsMax = 10'000;

}  // namespace

FeedRunner::FeedRunner(v1::Feed feed, std::string ledger, std::string key, Fresh store, FeedSettings settings)
    : teller_(std::move(feed), std::move(ledger), std::move(key)), fresh_(std::move(store)), settings_(std::move(settings)) {}

FeedRunner::~FeedRunner() {
  stop();
  if (thread_.joinable()) thread_.join();
}

void FeedRunner::start() {
  thread_ = std::thread([this] {
    const Status status = run();
    if (!status.ok()) log_event("feed_stopped", {{"feed", feed().name()}, {"why", status.why()}}, true);
  });
}

void FeedRunner::wake() {
  { const std::lock_guard lock(mutex_); woke_ = true; }
  woken_.notify_one();
}
void FeedRunner::stop() {
  stopping_ = true;
  wake();
}
void FeedRunner::rest(int ms) {
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, std::chrono::milliseconds(ms), [&] { return woke_; });
  woke_ = false;
}
FeedState FeedRunner::state() const { const std::lock_guard lock(mutex_); return state_; }
void FeedRunner::say(const std::function<void(FeedState&)>& change) { const std::lock_guard lock(mutex_); change(state_); }

Status FeedRunner::run() {
  std::unique_ptr<FeedTopic> topic;
  for (int again = 100; !stopping_;) {
    Status status;
    if (!topic) {
      auto opened = FeedTopic::open(settings_.bootstrap, feed().name(), feed().topic(), settings_.lease_ms);
      status = opened.status();
      if (opened.ok()) topic = *std::move(opened);
    }
    if (status.ok() && !topic->turn(kPollMs)) continue;
    if (status.ok()) status = publish_from(*topic);
    if (status.ok()) {
      again = 100;
      if (settings_.once) return {};
      continue;
    }
    say([&](FeedState& state) { state.publishing = false; state.failure = status.why(); });
    if (status.kind() == Status::Kind::kInvalid || status.kind() == Status::Kind::kCorrupt) return status;
    rest(again);                                     // It stays in its group meanwhile; a dead broker is tried again, ever more rarely.
    again = std::min(again * 2, kAgainMsMax);
  }
  return {};
}

// While it is this instance's turn. Ok: no longer, or stopped, or all is told.
Status FeedRunner::publish_from(FeedTopic& topic) {
  auto began = topic.begin();
  if (!began.ok()) return began.status();
  FeedPosition at = *began;
  const std::string filter = filter_hash(feed(), teller_.ledger());
  if (!at.filter.empty() && at.filter != filter && !settings_.accept_filter)
    return Status::invalid("feed " + feed().name() + ": expected the ledger, audience and filter it was told with up to event " + std::to_string(at.sequence) + ", but they were changed; give it another name and topic, or go on from there with: concordat feed run --accept-filter " + feed().name());
  at.filter = filter;
  say([&](FeedState& state) { state.publishing = true; state.failure.clear(); state.sequence = at.sequence; state.number = at.number; });
  while (!stopping_ && topic.turn(0)) {
    auto store = fresh_();
    if (!store.ok()) return store.status();
    const std::uint64_t head = (*store)->sequence(teller_.ledger());
    if (head < at.sequence)
      return Status::unavailable("feed " + feed().name() + ": expected a ledger of at least " + std::to_string(at.sequence) + " events, as it was told, but it has " + std::to_string(head) + "; it is still catching up, or it is another ledger");
    say([&](FeedState& state) { state.head = head; });
    if (head == at.sequence) {
      if (settings_.once) return {};
      rest(kPollMs);
      continue;
    }
    FeedPosition then = at;
    std::vector<FeedEvent> events;
    std::size_t bytes = 0;
    projections::each_event(**store, teller_.ledger(), at.sequence + 1, [&](const projections::Committed& one) {
      then.sequence = one.sequence;
      if (auto event = teller_.tell(**store, one, then.number + 1)) {
        ++then.number;
        bytes += event->data.size();
        events.push_back(*std::move(event));
      }
      return one.sequence - at.sequence < kBatchEventsMax && bytes < kBatchBytesMax && one.sequence < head;
    });
    if (then.sequence == at.sequence) return Status::corrupt("feed " + feed().name() + ": event " + std::to_string(at.sequence + 1) + " of ledger " + teller_.ledger() + " cannot be read; run: concordat rebuild");
    if (Status status = topic.publish(events, then); !status.ok()) return status;
    at = then;
    say([&](FeedState& state) { state.sequence = at.sequence; state.number = at.number; state.moved_ms = now_ms(); });
  }
  say([&](FeedState& state) { state.publishing = false; });
  return {};
}

}  // namespace concordat::app
