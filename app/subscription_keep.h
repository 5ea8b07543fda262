// Subscriptions as declared, and what is kept of each: DATA/subscriptions/NAME, written whole, so that a crash leaves the old or the new.
#pragma once

#include <string>
#include <vector>

#include "app/feed.h"
#include "app/subscription.h"

namespace concordat::app {

// Every subscription of a file, or of the *.yaml of a directory; checked, names unique, their feeds among `feeds`, secrets readable
// by their owner only. Errors say file and line.
Result<std::vector<v1::Subscription>> load_subscriptions(const std::string& path, const std::vector<v1::Feed>& feeds);
DeliveryBook::Settings settings_of(const v1::Subscription& one);

// Not found: there is none yet.
Result<v1::SubscriptionState> read_state(const std::string& data, const std::string& name);
Status write_state(const std::string& data, const std::string& name, const v1::SubscriptionState& state);

// The secrets of a webhook, decoded. They are read at each start and stand nowhere else.
Result<std::vector<std::string>> secrets_of(const v1::Webhook& webhook);

}  // namespace concordat::app
