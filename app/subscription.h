// The book of one durable subscription: what was read, is out, waits for its next attempt, is parked or settled. Pure: time comes as
// an argument, events are sequences, nothing is sent or written here.
// Kept are only `settled`, what is parked and which of that is wanted again, and whether it is paused; all else is had again by reading on from `settled`. So after a
// crash at most what was out or waiting is delivered twice, and nothing is lost.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "concordat/v1/subscription.pb.h"

namespace concordat::app {

class DeliveryBook {
 public:
  struct Settings {
    std::uint32_t attempts = 10, in_flight = 100, parked_max = 1000;
    std::int64_t timeout_ms = 30'000;
    std::vector<std::int64_t> wait_ms = {};             // Before the second attempt, …; the last repeats. Empty = none.
    double jitter = 0;                                  // Share of a wait by which it varies, 0 to 1.
  };
  struct Due { std::uint64_t sequence; std::uint32_t attempt; };

  DeliveryBook(Settings settings, v1::SubscriptionState kept);

  // Reading on: the next sequence that is wanted, none while enough waits or it is paused. Told in order, each once.
  std::optional<std::uint64_t> wants() const;
  void read(std::uint64_t sequence, bool for_this_feed);

  // Hands out what is due, replayed ones first, then retries, then new ones in order.
  std::vector<Due> take(std::size_t most, std::int64_t now_ms);
  // False: it was not out. `chance` in [0, 1) picks the jitter of the wait.
  bool settle(std::uint64_t sequence, v1::Settlement::Verdict verdict, const std::string& reason, std::int64_t now_ms, double chance = 0.5);
  // Not its fault: back as it was, to be had again at `again_ms`, the attempt not counted. False: it was not out.
  bool give_back(std::uint64_t sequence, std::int64_t again_ms);
  // What was not settled in time goes the way of a retry.
  void expire(std::int64_t now_ms, double chance = 0.5);
  // When something falls due by itself; none = nothing will.
  std::optional<std::int64_t> next_due_ms() const;

  void pause(const std::string& why) { kept_.set_paused(why); ++changes_; }
  void resume() { kept_.clear_paused(); ++changes_; }
  std::size_t replay(std::size_t most);                 // How many parked ones are handed out again; until settled they stay parked.
  std::size_t discard(std::size_t most);

  const v1::SubscriptionState& kept() const { return kept_; }
  bool open(std::uint64_t sequence) const { return items_.contains(sequence); }
  bool paused() const { return !kept_.paused().empty(); }
  std::uint64_t changes() const { return changes_; }    // Rises with every change of what is kept.
  std::size_t out() const { return out_.size(); }
  std::size_t waiting() const { return items_.size() - out_.size(); }
  std::size_t parked() const;                           // Aside: neither waiting nor out.
  std::uint64_t delivered() const { return delivered_; }
  std::uint64_t retried() const { return retried_; }

 private:
  enum class Way { kNew, kReplayed };
  struct Item { std::uint32_t attempt = 0; bool out = false; std::int64_t at_ms = 0; Way way = Way::kNew; };   // at_ms: due, or to be settled by.
  using Order = std::set<std::pair<std::int64_t, std::uint64_t>>;
  using Items = std::map<std::uint64_t, Item>;

  void wait(Items::iterator one, std::int64_t at_ms);
  void again(Items::iterator one, const std::string& reason, std::int64_t now_ms, double chance);
  void park(Items::iterator one, const std::string& reason, std::int64_t now_ms);
  void drop(Items::iterator one);
  void advance();
  google::protobuf::RepeatedPtrField<v1::SubscriptionState::Parked>::iterator parked_at(std::uint64_t sequence);

  const Settings settings_;
  v1::SubscriptionState kept_;
  std::uint64_t next_;                                  // To be read.
  Items items_;                                         // Open: not settled.
  std::set<std::uint64_t> unsettled_;                   // Of them the new ones: the first holds `settled` back.
  Order due_, out_;                                     // By at_ms; each item stands in one of them.
  std::uint64_t changes_ = 0, delivered_ = 0, retried_ = 0;
};

}  // namespace concordat::app
