#include "engine/runtime/partition.h"

#include <algorithm>
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
#include "projections/views/ledger.h"
#include "projections/views/matters.h"
#include "projections/views/private.h"

namespace concordat::runtime {
namespace {

constexpr int kIdleMs = 50;          // How long an idle writer sleeps before it looks for frames of others and due times.
constexpr int kReadBackMs = 1;       // How long a poll waits while commits are in flight.
constexpr int kLagEveryMs = 1000;
constexpr int kRetryMs = 200;        // Between attempts to lead again after a failure.
constexpr std::size_t kBatchMax = 1024;
constexpr std::size_t kFoldAt = 512;   // Commits read back that wait for the views at most …
constexpr int kFoldMs = 3;           // … and for how long, while there is other work: many at once cost less each.
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
// Sent; kept until the views hold it, so that the same command again finds its reply.
struct Sent { std::string key, digest; std::vector<Replied> replied; v1::Reply reply; };

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

void Running::take(std::deque<Asked>* batch, int wait_ms) {
  std::unique_lock lock(mutex_);
  if (queue_.empty() && wait_ms > 0)
    woken_.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] { return !queue_.empty() || stopping_ || (waiting_ > 0 && !counted_.empty()); });
  while (!queue_.empty() && batch->size() < kBatchMax && sent_.size() - read_back_ + batch->size() < options_.in_flight_max) {
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
  if (const auto sent = by_id_.find(key_of(command)); sent != by_id_.end()) {
    Sent& before = *sent->second;
    if (before.digest != digest) return replied(other());
    if (!before.replied.empty()) return before.replied.push_back(std::move(replied));
    v1::Reply again = before.reply;
    again.set_repeated_command(true);
    return replied(std::move(again));
  }
  bool same = true;
  auto before = store_->answered(command.ledger(), command.command_id(), digest, &same);
  if (!before) { *known = false; return; }
  if (!same) return replied(other());
  before->set_repeated_command(true);
  replied(*std::move(before));
}

Prefetched Running::prefetch(const v1::Command& command) {
  v1::PrivateRow words;
  if (command.has_mark_words() && projections::find_private(*store_, command.ledger(), command.mark_words().mark(), &words))
    return {.closed = false, .outcome = "", .words_subject = words.words().subject(), .words_key = words.words().sealed().key()};
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
  if (!events.front().has_refused()) *commit.mutable_sealed() = command.sealed();     // Words nobody committed to are not kept.
  Status status = journal_->append(commit.SerializeAsString());
  if (!status.ok()) {
    asked.replied(status.kind() == Status::Kind::kInvalid ? status : Status::unavailable(status.why() + "; submit the same command id again"));
    return fail(status);   // The state has moved and the journal has not: drop it.
  }
  sent_.push_back({key_of(command), digest, {}, projections::reply_of(commit, events)});
  sent_.back().replied.push_back(std::move(asked.replied));
  by_id_[sent_.back().key] = &sent_.back();
}

// Reads back: replies to what is ours, evolves what is not. The views get it later: whoever waits for a reply does not
// wait for them.
Status Running::absorb(int wait_ms) {
  const std::size_t before = counted_.size();
  return take_in(before, journal_->poll(wait_ms, &counted_));
}

// Those read from the counted one at `before` on.
Status Running::take_in(std::size_t before, const Status& polled) {
  const bool deposed = polled.kind() == Status::Kind::kDeposed;   // Then the states are speculative: fail() recovers them.
  if (before == 0 && !counted_.empty()) counted_since_ms_ = system_now_ms();
  for (std::size_t i = before; i < counted_.size(); ++i) {
    const journal::Counted& one = counted_[i];
    if (one.mine) {
      Sent& sent = sent_[read_back_++];
      ++counted_mine_;
      for (Replied& replied : sent.replied) replied(sent.reply);
      sent.replied.clear();
      continue;
    }
    v1::Commit commit;
    if (!commit.ParseFromString(one.payload)) return Status::corrupt("offset " + std::to_string(one.offset) + ": expected a commit, but its bytes do not parse as one");
    if (commit.format() != 1) return Status::corrupt("offset " + std::to_string(one.offset) + ": expected commit format 1, but it is " + std::to_string(commit.format()) + "; a newer build wrote it");
    if (deposed) continue;
    if (Status status = ledgers_.evolve(commit); !status.ok()) return status;
  }
  return polled;
}

bool Running::fold_is_due() {
  if (counted_.empty()) return false;
  if (counted_.size() >= kFoldAt || system_now_ms() - counted_since_ms_ >= kFoldMs) return true;
  std::lock_guard lock(mutex_);
  return waiting_ > 0 || stopping_;
}

// Everything read back, into the views. If the store cannot take it, it is kept for another attempt.
Status Running::fold() {
  if (counted_.empty()) return {};
  if (Status status = store_->fold(counted_); !status.ok()) return status;
  for (std::size_t i = 0; i < counted_mine_; ++i) {
    by_id_.erase(sent_.front().key);
    sent_.pop_front();
  }
  read_back_ -= counted_mine_;
  counted_mine_ = 0;
  counted_.clear();
  ledgers_.each([&](const std::string& ledger, State&) { ledgers_.stored(ledger, store_->sequence(ledger)); });
  std::function<void()> moved;
  { std::lock_guard lock(mutex_); moved = moved_; }
  folded_.notify_all();
  if (moved) moved();
  return in_flight() ? Status() : ledgers_.take_snapshots(journal_->position(), options_.snapshot_every);
}

void Running::count_lag() {
  if (leading_) { lag_ = sent_.size() - read_back_; return; }
  if (!follows_) return;                               // Away: asking would only wait.
  const std::int64_t now = system_now_ms();
  if (now - lag_ms_ < kLagEveryMs) return;
  lag_ms_ = now;
  if (const auto end = journal_->end(); end.ok()) lag_ = *end - std::min(*end, journal_->position().offset);
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
  const bool deposed = status.kind() == Status::Kind::kDeposed;
  follows_ = deposed;
  deposed_ms_ = deposed ? system_now_ms() : 0;
  set_health(status.kind() == Status::Kind::kCorrupt ? status : deposed && options_.turn ? Status() : Status::unavailable(status.why()));
  const Status told = Status::unavailable(status.why() + "; it may or may not count: submit the same command id again");
  for (Sent& one : sent_)
    for (Replied& replied : one.replied) replied(told);
  sent_.clear();
  by_id_.clear();
  read_back_ = counted_mine_ = 0;
  Status kept = fold();
  if (!deposed) return;
  if (kept.ok()) kept = ledgers_.recover();        // To follow, from what is confirmed.
  if (!kept.ok()) set_health(kept);
}

// Leads again: recovers the states from the store, opens a reign, reads up to its own epoch frame.
bool Running::regain() {
  Status status = fold();
  if (status.ok()) status = ledgers_.recover();
  if (status.ok() && !options_.read_only) status = journal_->lead(nonce());
  while (status.ok() && !options_.read_only && !journal_->leading()) {
    { std::lock_guard lock(mutex_); if (stopping_) return false; }
    status = absorb(20);
  }
  if (!status.ok()) { fail(status); return false; }
  leading_ = !options_.read_only;
  follows_ = options_.read_only;
  deposed_ms_ = 0;
  set_health({});
  return true;
}

// Not leading and not to lead: goes on reading from what is confirmed.
void Running::follow() {
  leading_ = false;
  Status status = fold();
  if (status.ok()) status = ledgers_.recover();
  if (!status.ok()) return fail(status);
  follows_ = true;
  deposed_ms_ = 0;
  set_health({});
}

// The turn is another's. What is in flight still counts until that one has begun, so it is awaited; nothing more is taken.
bool Running::step_down(std::deque<Asked>& batch) {
  answer_all(batch, Status::unavailable("another instance is about to lead; submit the same command id there"));
  if (!in_flight()) follow();
  return leading_;
}

// Not leading. After an outage: tries again. While another leads: follows it, and leads again once it is its turn; where nobody says
// whose turn it is, when a command asks for it and the lease has passed, so that two instances do not snatch the lead from each other.
bool Running::stand_by(std::deque<Asked>& batch) {
  const Status why = not_leading();
  if (health().kind() == Status::Kind::kCorrupt || stopping()) { answer_all(batch, why); pause(kIdleMs); return false; }
  const bool turn = my_turn();
  if (!follows_) {
    answer_all(batch, why);
    pause(kRetryMs);
    if (turn) return regain();
    follow();
    return false;
  }
  const bool rested = deposed_ms_ == 0 || system_now_ms() - deposed_ms_ >= options_.lease_ms;
  if (turn && rested && (options_.turn || !batch.empty())) return regain();
  answer_all(batch, why);
  Status status = absorb(kIdleMs);
  if (deposed_ms_ != 0 && !counted_.empty()) deposed_ms_ = system_now_ms();     // Whoever took over is still at work.
  if (status.kind() == Status::Kind::kDeposed) { follow(); return false; }      // The reign that was laid down is over: the states are recovered.
  if (status.ok()) status = fold();
  if (!status.ok()) fail(status);
  return false;
}

void Running::loop() {
  bool able = leading_ || options_.read_only;
  for (;;) {
    std::deque<Asked> batch;
    take(&batch, !able || in_flight() || options_.read_only ? 0 : counted_.empty() ? kIdleMs : kReadBackMs);
    if (stopping() && batch.empty() && !in_flight()) {
      if (Status status = fold(); !status.ok()) fail(status);
      return;
    }
    count_lag();
    if (able && leading_ && !my_turn()) able = step_down(batch);
    else if (!able) able = stand_by(batch);
    if (!able) { answer_all(batch, not_leading()); continue; }
    for (Asked& one : batch) {
      if (leading_) handle(std::move(one));
      else one.replied(not_leading());
    }
    if (leading_) timers();
    const bool lost = !options_.read_only && !leading_;
    Status status = lost ? Status() : absorb(options_.read_only ? kIdleMs : in_flight() ? kReadBackMs : 0);
    if (status.ok() && !lost && ((batch.empty() && !in_flight()) || fold_is_due())) status = fold();
    if (!status.ok()) fail(status);
    able = !lost && status.ok();
  }
}

// Is the journal the one that the views were folded from? The last commit they hold must be the first that is read.
Status Running::recognise() {
  const journal::Position at = store_->position();
  if (at.number == 0) return {};
  const auto other = [&](const std::string& what) {
    return Status::corrupt("store " + options_.store_directory + ": expected the journal that it was folded from, but " + what + "; the views or the journal were replaced: run: concordat rebuild");
  };
  const auto end = journal_->end();
  if (!end.ok()) return end.status();
  if (*end < at.offset) return other("it goes on at offset " + std::to_string(at.offset) + " and the journal ends at " + std::to_string(*end));
  counted_.clear();
  for (int i = 0; i < 300 && counted_.empty() && journal_->position().offset < at.offset; ++i)
    if (Status status = journal_->poll(100, &counted_); !status.ok()) return status;
  if (counted_.empty() && journal_->position().offset < at.offset) return Status::unavailable("the journal did not give back the last commit of the views within 30 s");
  v1::Commit commit;
  const bool there = !counted_.empty() && counted_.front().position == at && commit.ParseFromString(counted_.front().payload);
  const auto held = there ? store_->get(projections::kLedgerView, commit.ledger(), projections::ledger_key(commit.first_sequence())) : std::nullopt;
  if (!held || *held != counted_.front().payload) return other("offset " + std::to_string(at.offset - 1) + " holds another commit than the last one of the views");
  counted_.erase(counted_.begin());
  const Status taken = take_in(0, {});
  return taken.ok() ? fold() : taken;
}

Status Running::catch_up(const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  if (Status status = ledgers_.recover(); !status.ok()) return status;
  if (Status status = recognise(); !status.ok()) return status;
  if (auto end = journal_->end(); end.ok()) {
    while (journal_->position().offset < *end) {
      const std::uint64_t before = journal_->position().offset;
      if (Status status = absorb(100); !status.ok()) return status;
      if (Status status = fold(); !status.ok()) return status;
      if (progress) progress(journal_->position().offset, *end);
      if (journal_->position().offset == before) break;                       // Only control records are left.
    }
  } else {
    return end.status();
  }
  follows_ = options_.read_only || !my_turn();
  if (follows_) return {};
  Status status = journal_->lead(nonce());
  for (int i = 0; status.ok() && !journal_->leading() && i < 1500; ++i) status = absorb(20);
  if (status.ok()) status = fold();
  if (status.ok() && !journal_->leading()) status = Status::unavailable("the journal did not give back the epoch record within 30 s");
  leading_ = status.ok();
  return status;
}

}  // namespace

Result<std::unique_ptr<Partition>> Partition::start(Options options, std::function<void(std::uint64_t, std::uint64_t)> progress) {
  auto store = projections::Store::open(options.store_directory);   // A replica has a store of its own.
  if (!store.ok()) return store.status();
  journal::Position from = (*store)->position();      // One commit back: it is read again, and recognised.
  if (from.number > 0) from = {from.offset - 1, from.epoch, from.number - 1};
  auto journal = journal::Journal::open(options.open_log, from);
  if (!journal.ok()) return journal.status();
  auto running = std::make_unique<Running>(std::move(options), std::move(*store), std::move(*journal));
  if (Status status = running->catch_up(progress); !status.ok()) return status;
  running->run();
  return std::unique_ptr<Partition>(std::move(running));
}

}  // namespace concordat::runtime
