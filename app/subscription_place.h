// Where the state of a subscription is kept, and whether this instance is the one that delivers it. In a data directory there is
// one instance and one file; on Kafka it stands where the heir finds it. Why so: docs/decisions/0006-identity-and-subscriptions.md.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "concordat/v1/subscription.pb.h"
#include "engine/base/status.h"

namespace concordat::app {

// Threads: one at a time.
class SubscriptionPlace {
 public:
  virtual ~SubscriptionPlace() = default;
  // Whether it is this instance's turn; waits so long for it. At least once a second.
  virtual bool turn(int wait_ms) = 0;
  // When the turn came, and again after any failure: what is kept. From here on nobody else writes. kNotFound: nothing yet.
  virtual Result<v1::SubscriptionState> begin() = 0;
  // All of it or nothing. kDeposed: another instance has it now.
  virtual Status keep(const v1::SubscriptionState& state) = 0;
};

using OpenPlace = std::function<Result<std::unique_ptr<SubscriptionPlace>>(const std::string& name)>;
OpenPlace places_in(const std::string& data);
// One compacted topic a subscription: a record for the position, and one for each parked event.
OpenPlace places_on_kafka(const std::string& bootstrap, int lease_ms);

}  // namespace concordat::app
