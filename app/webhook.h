// Pushes what is due of subscriptions with a webhook, per Standard Webhooks 1.0: signed, only 2xx is done, redirects are failures and
// not followed, 410 pauses the subscription, a receiver that cannot be reached or says that it is too much is left alone for a while. An event that was tried in vain to its end is
// parked; it pauses the subscription if the receiver could not be reached, and no other event is held up if it refused this one. Thread: one of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/subscriptions.h"

namespace concordat::app {

// "v1,…" for each secret, separated by spaces: over id, seconds since 1970 and body.
std::string webhook_signature(const std::vector<std::string>& secrets, const std::string& id, std::int64_t seconds, const std::string& body);

class Webhooks {
 public:
  explicit Webhooks(Subscriptions& subscriptions);       // They outlive it; not started yet.
  ~Webhooks();                                           // stop().
  Status start();                                        // Reads the secrets.
  void stop();                                           // What is under way is given a second, then given back.

 private:
  struct Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace concordat::app
