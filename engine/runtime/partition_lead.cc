// Who leads: what happens when the journal fails or another takes over, and how the lead comes back; catching up at the start.
#include <algorithm>
#include <random>

#include "engine/runtime/running.h"
#include "projections/views/ledger.h"

namespace concordat::runtime {
namespace {

constexpr int kRetryMs = 200;        // Between attempts to lead again after a failure.

std::string nonce() {
  std::random_device random;
  std::string out;
  for (int i = 0; i < 4; ++i) out += std::to_string(random()) + ".";
  return out;
}

}  // namespace

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
  for (int i = 0; status.ok() && !journal_->leading() && i < 1500; ++i) {
    status = absorb(20);
    if (status.ok()) status = fold();
  }
  if (status.ok() && !journal_->leading()) status = Status::unavailable("the journal did not give back the epoch record within 30 s");
  leading_ = status.ok();
  return status;
}

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
