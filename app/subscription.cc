#include "app/subscription.h"

#include <algorithm>

namespace concordat::app {
namespace {

constexpr std::size_t kReasonBytesMax = 500;
constexpr std::int64_t kReplayedAt = -1, kNewAt = 0;    // Due at once, in this order; retries are due at a time, which is later.

}  // namespace

DeliveryBook::DeliveryBook(Settings settings, v1::SubscriptionState kept) : settings_(std::move(settings)), kept_(std::move(kept)), next_(kept_.settled() + 1) {
  for (const auto& parked : kept_.parked())
    if (parked.again()) wait(items_.try_emplace(parked.sequence(), Item{.way = Way::kReplayed}).first, kReplayedAt);
}

std::size_t DeliveryBook::parked() const {
  return static_cast<std::size_t>(std::count_if(kept_.parked().begin(), kept_.parked().end(), [&](const auto& one) { return !items_.contains(one.sequence()); }));
}

std::optional<std::uint64_t> DeliveryBook::wants() const {
  // Retries wait long: they must not keep new ones away, nor may they pile up without end.
  const std::size_t fresh = static_cast<std::size_t>(std::distance(due_.lower_bound({kNewAt, 0}), due_.lower_bound({kNewAt + 1, 0})));
  if (paused() || fresh >= settings_.in_flight || items_.size() >= 10 * static_cast<std::size_t>(settings_.in_flight)) return {};
  return next_;
}

void DeliveryBook::read(std::uint64_t sequence, bool for_this_feed) {
  next_ = sequence + 1;
  const bool parked_before = parked_at(sequence) != kept_.mutable_parked()->end();      // Parked above `settled` before a crash: once is enough.
  if (for_this_feed && !parked_before) {
    unsettled_.insert(sequence);
    wait(items_.try_emplace(sequence).first, kNewAt);
  }
  advance();
}

std::vector<DeliveryBook::Due> DeliveryBook::take(std::size_t most, std::int64_t now_ms) {
  std::vector<Due> out;
  const auto one_after = [&](auto first, std::int64_t until) {
    while (out.size() < most && out_.size() < settings_.in_flight && !paused()) {
      const auto due = due_.lower_bound({first, 0});
      if (due == due_.end() || due->first > until) return;
      const auto item = items_.find(due->second);
      due_.erase(due);
      item->second.out = true;
      item->second.at_ms = now_ms + settings_.timeout_ms;
      out_.emplace(item->second.at_ms, item->first);
      out.push_back({item->first, ++item->second.attempt});
    }
  };
  one_after(kReplayedAt, kReplayedAt);
  one_after(kNewAt + 1, now_ms);
  one_after(kNewAt, kNewAt);
  return out;
}

bool DeliveryBook::settle(std::uint64_t sequence, v1::Settlement::Verdict verdict, const std::string& reason, std::int64_t now_ms, double chance) {
  const auto item = items_.find(sequence);
  if (item == items_.end() || !item->second.out) return false;
  if (verdict == v1::Settlement::retry) again(item, reason, now_ms, chance);
  else if (verdict == v1::Settlement::park) park(item, reason, now_ms);
  else {
    ++delivered_;
    if (item->second.way == Way::kReplayed) { kept_.mutable_parked()->erase(parked_at(sequence)); ++changes_; }
    drop(item);
  }
  return true;
}

bool DeliveryBook::give_back(std::uint64_t sequence, std::int64_t again_ms) {
  const auto item = items_.find(sequence);
  if (item == items_.end() || !item->second.out) return false;
  --item->second.attempt;
  wait(item, again_ms);
  return true;
}

void DeliveryBook::expire(std::int64_t now_ms, double chance) {
  while (!out_.empty() && out_.begin()->first <= now_ms)
    again(items_.find(out_.begin()->second), "it was not settled within " + std::to_string(settings_.timeout_ms) + " ms", now_ms, chance);
}

std::optional<std::int64_t> DeliveryBook::next_due_ms() const {
  std::optional<std::int64_t> out;
  if (!due_.empty() && !paused()) out = due_.begin()->first;
  if (!out_.empty()) out = out ? std::min(*out, out_.begin()->first) : out_.begin()->first;
  return out;
}

std::size_t DeliveryBook::replay(std::size_t most) {
  std::size_t count = 0;
  for (auto& parked : *kept_.mutable_parked()) {
    if (count >= most || items_.contains(parked.sequence())) continue;
    wait(items_.try_emplace(parked.sequence(), Item{.way = Way::kReplayed}).first, kReplayedAt);
    parked.set_again(true);
    ++count;
  }
  changes_ += count;
  return count;
}

std::size_t DeliveryBook::discard(std::size_t most) {
  auto* all = kept_.mutable_parked();
  std::size_t count = 0;
  for (auto one = all->begin(); one != all->end() && count < most;) {
    if (items_.contains(one->sequence())) { ++one; continue; }     // It is being replayed.
    one = all->erase(one);
    ++count;
  }
  changes_ += count;
  return count;
}

// Into the queue of what is due, from wherever it was.
void DeliveryBook::wait(Items::iterator one, std::int64_t at_ms) {
  (one->second.out ? out_ : due_).erase({one->second.at_ms, one->first});
  one->second.out = false;
  one->second.at_ms = at_ms;
  due_.emplace(at_ms, one->first);
}

void DeliveryBook::again(Items::iterator one, const std::string& reason, std::int64_t now_ms, double chance) {
  const std::uint32_t attempt = one->second.attempt;
  if (attempt >= settings_.attempts) return park(one, reason, now_ms);
  ++retried_;
  std::int64_t pause = settings_.wait_ms.empty() ? 0 : settings_.wait_ms[std::min<std::size_t>(attempt - 1, settings_.wait_ms.size() - 1)];
  pause += static_cast<std::int64_t>(static_cast<double>(pause) * settings_.jitter * (2 * chance - 1));
  wait(one, now_ms + pause);
}

void DeliveryBook::park(Items::iterator one, const std::string& reason, std::int64_t now_ms) {
  auto* all = kept_.mutable_parked();
  auto at = parked_at(one->first);
  if (at == all->end()) {                               // In the order of the ledger, each once.
    all->Add()->set_sequence(one->first);
    std::sort(all->begin(), all->end(), [](const auto& a, const auto& b) { return a.sequence() < b.sequence(); });
    at = parked_at(one->first);
  }
  at->set_attempts(at->attempts() + one->second.attempt);
  at->set_reason(reason.substr(0, kReasonBytesMax));
  at->set_at_ms(now_ms);
  at->clear_again();
  ++changes_;
  drop(one);
  if (static_cast<std::uint32_t>(all->size()) >= settings_.parked_max && !paused())
    pause(std::to_string(all->size()) + " events are parked, as many as may be; look at them, replay or discard them, and resume");
}

void DeliveryBook::drop(Items::iterator one) {
  (one->second.out ? out_ : due_).erase({one->second.at_ms, one->first});
  unsettled_.erase(one->first);
  items_.erase(one);
  advance();
}

// Over everything in front of the first that is neither settled nor parked: also what was not for this feed.
void DeliveryBook::advance() {
  const std::uint64_t settled = unsettled_.empty() ? next_ - 1 : *unsettled_.begin() - 1;
  if (settled == kept_.settled()) return;
  kept_.set_settled(settled);
  ++changes_;
}

google::protobuf::RepeatedPtrField<v1::SubscriptionState::Parked>::iterator DeliveryBook::parked_at(std::uint64_t sequence) {
  auto* all = kept_.mutable_parked();
  const auto at = std::lower_bound(all->begin(), all->end(), sequence, [](const auto& one, std::uint64_t wanted) { return one.sequence() < wanted; });
  return at != all->end() && at->sequence() == sequence ? at : all->end();
}

}  // namespace concordat::app
