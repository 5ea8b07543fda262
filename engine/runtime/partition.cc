// The one writer of a partition: commands in, commits out, read back, replied to and folded.
#include <algorithm>

#include "concordat/v1/meet.pb.h"
#include "engine/runtime/running.h"
#include "projections/hash.h"
#include "projections/reply.h"
#include "projections/views/matters.h"
#include "projections/views/meetings.h"
#include "projections/views/private.h"

namespace concordat::runtime {
namespace {

constexpr int kLagEveryMs = 1000;
constexpr std::size_t kBatchMax = 1024;
constexpr std::size_t kFoldAt = 512;   // Commits read back that wait for the views at most …
constexpr int kFoldMs = 3;           // … and for how long, while there is other work: many at once cost less each.
constexpr std::size_t kTimersRemembered = 10'000;

std::string digest_of(const v1::Command& command) {
  const std::string bytes = command.SerializeAsString();   // No maps in our messages: stable within a build, which is all it needs.
  return projections::sha256_of({bytes}).substr(0, 8);
}

std::string key_of(const v1::Command& command) { return command.ledger() + '\0' + command.command_id(); }

}  // namespace

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
  Prefetched out{closed, outcome};
  v1::MeetingRow meeting;
  if (command.has_correct_minutes() && projections::find_meeting(*store_, command.ledger(), matter, &meeting)) out.items = static_cast<std::uint32_t>(meeting.agenda_size());
  return out;
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

}  // namespace concordat::runtime
