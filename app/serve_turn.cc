#include "app/serve_turn.h"

#include <chrono>

namespace concordat::app {
namespace {

constexpr int kPollMs = 50;
constexpr auto kJoinTime = std::chrono::milliseconds(4000);       // A broker gives a new group three seconds to gather.
constexpr auto kLookEvery = std::chrono::milliseconds(20);

bool leads_any(Node& node) {
  for (std::uint32_t i = 0; i < node.partitions(); ++i)
    if (node.partition(i).leading()) return true;
  return false;
}

}  // namespace

bool ServeTurn::mine(std::uint32_t partition) const { return joined_ && !stopping_ && turn_->mine(static_cast<std::int32_t>(partition)); }

Status ServeTurn::start(const Place& place, Node& node) {
  auto turn = KafkaTurn::open(place.kafka, "concordat-lead-" + node.topic(), node.topic(), place.lease_ms);
  if (!turn.ok()) return turn.status();
  turn_ = *std::move(turn);
  joined_ = true;
  thread_ = std::thread([this] { while (!stopping_) turn_->poll(kPollMs); });
  for (const auto until = std::chrono::steady_clock::now() + kJoinTime; std::chrono::steady_clock::now() < until && !leads_any(node);) std::this_thread::sleep_for(kLookEvery);
  return {};
}

void ServeTurn::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  thread_.join();                          // Who still asks is told no by `stopping_`; the group is left when this goes.
}

}  // namespace concordat::app
