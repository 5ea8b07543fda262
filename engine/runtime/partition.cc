#include "engine/runtime/partition.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

#include "concordat/v1/ledger.pb.h"
#include "engine/engine.h"
#include "engine/runtime/ledgers.h"
#include "projections/hash.h"
#include "projections/reply.h"
#include "projections/views/matters.h"

namespace concordat::runtime {
namespace {

constexpr int kIdleMs = 50;          // How long an idle writer sleeps before it looks for frames of others and due times.
constexpr int kReadBackMs = 1;       // How long a poll waits while commits are in flight.
constexpr int kRetryMs = 200;        // Between attempts to lead again after a failure.
constexpr std::size_t kBatchMax = 1024;
constexpr std::size_t kTimersRemembered = 10'000;

std::int64_t system_now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string digest_of(const v1::Command& command) {
  const std::string bytes = command.SerializeAsString();   // No maps in our messages: stable within a build, which is all it needs.
  return projections::sha256_of({bytes}).substr(0, 8);
}

std::string nonce() {
  std::random_device random;
  std::string out;
  for (int i = 0; i < 4; ++i) out += std::to_string(random()) + ".";
  return out;
}

struct Asked { v1::Command command; std::string principal; Replied replied; };
struct InFlight { std::string key, digest; std::vector<Replied> replied; v1::Reply reply; };

std::string key_of(const v1::Command& command) { return command.ledger() + '\0' + command.command_id(); }

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
    const bool there = folded_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] { return store_->sequence(ledger) >= sequence; });
    if (there) return {};
    return Status::unavailable("the views of ledger " + ledger + " stand at " + std::to_string(store_->sequence(ledger)) + ", not yet at " + std::to_string(sequence));
  }

  void on_fold(std::function<void()> moved) override { std::lock_guard lock(mutex_); moved_ = std::move(moved); }
  const projections::Store& store() const override { return *store_; }
  bool leading() const override { return leading_; }
  Status health() const override { std::lock_guard lock(mutex_); return health_; }

 private:
  void loop();
  void take(std::deque<Asked>* batch, int wait_ms);
  void handle(Asked asked);
  void answer(const v1::Command& command, const std::string& digest, Replied& replied, bool* known);
  Prefetched prefetch(const v1::Command& command);
  Status absorb(int wait_ms);
  void timers();
  void fail(const Status& status);
  bool regain();
  bool stand_by(std::deque<Asked>& batch);
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
  std::atomic<bool> leading_{false};

  mutable std::mutex mutex_;               // Guards the six below.
  std::condition_variable woken_, folded_;
  std::deque<Asked> queue_;
  bool stopping_ = false;
  Status health_;
  std::function<void()> moved_;

  // The partition's thread only.
  std::deque<InFlight> in_flight_;
  std::unordered_map<std::string, InFlight*> by_id_;   // Lookup only; nothing is decided in its order.
  std::int64_t deposed_ms_ = 0;                        // When another instance took over; 0 = it did not.
  std::set<std::string> timers_tried_;
  std::vector<journal::Counted> counted_;
};

void Running::take(std::deque<Asked>* batch, int wait_ms) {
  std::unique_lock lock(mutex_);
  if (queue_.empty() && wait_ms > 0) woken_.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] { return !queue_.empty() || stopping_; });
  while (!queue_.empty() && batch->size() < kBatchMax && in_flight_.size() + batch->size() < options_.in_flight_max) {
    batch->push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
}

// The same command id again: the first answer, or an error if it now says something else.
void Running::answer(const v1::Command& command, const std::string& digest, Replied& replied, bool* known) {
  *known = true;
  const auto other = [&] {
    return Status::invalid("command_id " + command.command_id() + ": expected a new id, but it was used for another command in ledger " + command.ledger());
  };
  const auto flying = by_id_.find(key_of(command));
  if (flying != by_id_.end()) {
    if (flying->second->digest != digest) return replied(other());
    flying->second->replied.push_back(std::move(replied));
    return;
  }
  bool same = true;
  auto before = store_->answered(command.ledger(), command.command_id(), digest, &same);
  if (!before) { *known = false; return; }
  if (!same) return replied(other());
  before->set_repeated_command(true);
  replied(*std::move(before));
}

Prefetched Running::prefetch(const v1::Command& command) {
  const std::string& matter = matter_of(command);
  if (matter.empty() || ledgers_.state(command.ledger()).matters.contains(matter)) return {};
  std::string outcome;
  const bool closed = projections::closed_matter(*store_, command.ledger(), matter, &outcome);
  return {closed, outcome};
}

void Running::handle(Asked asked) {
  const v1::Command& command = asked.command;
  const std::string digest = digest_of(command);
  bool known = false;
  answer(command, digest, asked.replied, &known);
  if (known) return;
  State& state = ledgers_.state(command.ledger());
  v1::Commit commit;
  commit.set_format(1);
  commit.set_ledger(command.ledger());
  commit.set_first_sequence(state.last_sequence + 1);
  commit.set_command_id(command.command_id());
  commit.set_command_digest(digest);
  commit.mutable_stamp()->set_time_ms(std::max(options_.now_ms(), state.last_stamp_ms));
  commit.mutable_stamp()->set_principal(asked.principal);
  *commit.mutable_actor() = command.actor();
  commit.set_acted_on(command.acted_on());
  commit.set_backfill(command.backfill());
  const std::vector<v1::Event> events = decide(state, command, commit.stamp(), prefetch(command));
  for (const v1::Event& event : events) event.SerializeToString(commit.add_events());
  Status status = journal_->append(commit.SerializeAsString());
  if (!status.ok()) {
    asked.replied(status.kind() == Status::Kind::kInvalid ? status : Status::unavailable(status.why() + "; submit the same command id again"));
    return fail(status);   // The state has moved and the journal has not: drop it.
  }
  in_flight_.push_back({key_of(command), digest, {}, projections::reply_of(commit, events)});
  in_flight_.back().replied.push_back(std::move(asked.replied));
  by_id_[in_flight_.back().key] = &in_flight_.back();
}

// Reads back: replies to what is ours, evolves what is not, folds all of it into the views.
Status Running::absorb(int wait_ms) {
  counted_.clear();
  const Status polled = journal_->poll(wait_ms, &counted_);
  const bool deposed = polled.kind() == Status::Kind::kDeposed;   // Then the states are speculative: fail() recovers them.
  std::size_t mine = 0;
  for (const journal::Counted& one : counted_) {
    if (one.mine) {
      InFlight& front = in_flight_[mine++];
      for (Replied& replied : front.replied) replied(front.reply);
      by_id_.erase(front.key);
      continue;
    }
    v1::Commit commit;
    if (!commit.ParseFromString(one.payload)) return Status::corrupt("offset " + std::to_string(one.offset) + ": expected a commit, but its bytes do not parse as one");
    if (commit.format() != 1) return Status::corrupt("offset " + std::to_string(one.offset) + ": expected commit format 1, but it is " + std::to_string(commit.format()) + "; a newer build wrote it");
    if (deposed) continue;
    if (Status status = ledgers_.evolve(commit); !status.ok()) return status;
  }
  in_flight_.erase(in_flight_.begin(), in_flight_.begin() + static_cast<std::ptrdiff_t>(mine));
  if (!counted_.empty()) {
    if (Status status = store_->fold(counted_); !status.ok()) return status;
    ledgers_.each([&](const std::string& ledger, State&) { ledgers_.stored(ledger, store_->sequence(ledger)); });
    std::function<void()> moved;
    { std::lock_guard lock(mutex_); moved = moved_; }
    folded_.notify_all();
    if (moved) moved();
    if (in_flight_.empty() && !deposed)
      if (Status status = ledgers_.take_snapshots(journal_->position(), options_.snapshot_every); !status.ok()) return status;
  }
  return polled;
}

void Running::timers() {
  if (!options_.timers) return;
  const std::int64_t now = options_.now_ms();
  std::vector<std::pair<std::string, std::string>> due;
  ledgers_.each([&](const std::string& ledger, State& state) {
    std::string matter = due_matter(state, now);
    if (matter.empty()) return;
    const std::int64_t at = state.due.begin()->first;
    const std::string id = "due/" + std::to_string(at) + "/" + std::to_string(state.matters.find(matter)->second.last_sequence);
    if (timers_tried_.insert(ledger + '\0' + id).second) due.emplace_back(ledger, id + '\0' + matter);
  });
  if (timers_tried_.size() > kTimersRemembered) timers_tried_.clear();   // A repeat is answered as before: no harm.
  for (auto& [ledger, both] : due) {
    v1::Command command;
    const std::size_t cut = both.find('\0');
    command.set_command_id(both.substr(0, cut));
    command.set_ledger(ledger);
    command.mutable_actor()->set_who("system:clock");
    command.mutable_deadline_reached()->set_matter(both.substr(cut + 1));
    handle({std::move(command), "system:clock", [](const Result<v1::Reply>&) {}});
    if (!leading_) return;
  }
}

// Everything speculative goes; whoever waits is told to ask again under the same id.
void Running::fail(const Status& status) {
  leading_ = false;
  deposed_ms_ = status.kind() == Status::Kind::kDeposed ? system_now_ms() : 0;
  set_health(status.kind() == Status::Kind::kCorrupt ? status : Status::unavailable(status.why()));
  const Status told = Status::unavailable(status.why() + "; it may or may not count: submit the same command id again");
  for (InFlight& one : in_flight_)
    for (Replied& replied : one.replied) replied(told);
  in_flight_.clear();
  by_id_.clear();
  if (deposed_ms_ == 0) return;
  if (Status recovered = ledgers_.recover(); !recovered.ok()) set_health(recovered);   // To follow, from what is confirmed.
}

// Leads again: recovers the states from the store, opens a reign, reads up to its own epoch frame.
bool Running::regain() {
  if (Status status = ledgers_.recover(); !status.ok()) { fail(status); return false; }
  Status status = options_.read_only ? Status() : journal_->lead(nonce());
  while (status.ok() && !options_.read_only && !journal_->leading()) {
    { std::lock_guard lock(mutex_); if (stopping_) return false; }
    status = absorb(20);
  }
  if (!status.ok()) { fail(status); return false; }
  leading_ = !options_.read_only;
  deposed_ms_ = 0;
  set_health({});
  return true;
}

// Not leading. After an outage: tries again. After another instance took over: follows it, and leads again only when a
// command asks for it and the lease has passed, so that two instances do not snatch the lead from each other.
bool Running::stand_by(std::deque<Asked>& batch) {
  const Status why = health();
  const std::int64_t since = system_now_ms() - deposed_ms_;
  const bool follows = deposed_ms_ != 0;
  if (why.kind() == Status::Kind::kCorrupt || stopping()) { answer_all(batch, why); pause(kIdleMs); return false; }
  if (!follows) { answer_all(batch, why); pause(kRetryMs); return regain(); }
  if (!batch.empty() && since >= options_.lease_ms) return regain();
  answer_all(batch, why);
  if (Status status = absorb(kIdleMs); !status.ok() && status.kind() != Status::Kind::kDeposed) fail(status);
  return false;
}

void Running::loop() {
  bool able = true;
  for (;;) {
    std::deque<Asked> batch;
    take(&batch, able && in_flight_.empty() && !options_.read_only ? kIdleMs : 0);
    if (stopping() && batch.empty() && in_flight_.empty()) return;
    if (!able) able = stand_by(batch);
    if (!able) { answer_all(batch, health()); continue; }
    for (Asked& one : batch) {
      if (leading_) handle(std::move(one));
      else one.replied(health());
    }
    if (leading_) timers();
    const bool lost = !options_.read_only && !leading_;
    const Status status = lost ? Status() : absorb(options_.read_only ? kIdleMs : in_flight_.empty() ? 0 : kReadBackMs);
    if (!status.ok()) fail(status);
    able = !lost && status.ok();
  }
}

Status Running::catch_up(const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  if (Status status = ledgers_.recover(); !status.ok()) return status;
  if (auto end = journal_->end(); end.ok()) {
    while (journal_->position().offset < *end) {
      const std::uint64_t before = journal_->position().offset;
      if (Status status = absorb(100); !status.ok()) return status;
      if (progress) progress(journal_->position().offset, *end);
      if (journal_->position().offset == before && counted_.empty()) break;   // Only control records are left.
    }
  } else {
    return end.status();
  }
  if (options_.read_only) return {};
  Status status = journal_->lead(nonce());
  for (int i = 0; status.ok() && !journal_->leading() && i < 1500; ++i) status = absorb(20);
  if (status.ok() && !journal_->leading()) status = Status::unavailable("the journal did not give back the epoch record within 30 s");
  leading_ = status.ok();
  return status;
}

}  // namespace

Result<std::unique_ptr<Partition>> Partition::start(Options options, std::function<void(std::uint64_t, std::uint64_t)> progress) {
  auto store = projections::Store::open(options.store_directory);   // A replica has a store of its own.
  if (!store.ok()) return store.status();
  auto journal = journal::Journal::open(options.open_log, (*store)->position());
  if (!journal.ok()) return journal.status();
  auto running = std::make_unique<Running>(std::move(options), std::move(*store), std::move(*journal));
  if (Status status = running->catch_up(progress); !status.ok()) return status;
  running->run();
  return std::unique_ptr<Partition>(std::move(running));
}

}  // namespace concordat::runtime
