// What /metrics says of durable subscriptions. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "concordat/v1/subscription.pb.h"

namespace concordat::app {

// One row for each subscription; `now_ms` is what their ages are counted to.
std::string subscription_figures(const std::vector<v1::SubscriptionFigures>& rows, std::int64_t now_ms);

}  // namespace concordat::app
