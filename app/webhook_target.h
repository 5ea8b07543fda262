// Where a webhook may go: https to public addresses, and to private ones only where its declaration allows that network.
#pragma once

#include <sys/socket.h>

#include <string>

#include "concordat/v1/subscription.pb.h"
#include "engine/base/status.h"

namespace concordat::app {

using Networks = google::protobuf::RepeatedPtrField<std::string>;     // As 10.1.0.0/16.

struct WebhookTarget {
  std::string url;
  std::string shown;      // Scheme, host and port: a path or query may hold a secret, and is not for lists and logs.
  bool clear = false;     // http.
};

// Checks the address as it is written; who it leads to is checked when the connection is made.
Result<WebhookTarget> webhook_target(const v1::Webhook& webhook);

// Checks a list of networks.
Status check_networks(const Networks& allow);

// Whether this numeric address may be reached: public, or of a network that is allowed; in the clear only the latter.
bool may_reach(const Networks& allow, const std::string& address, bool clear);

// The same of where a connection is really going, after its name was resolved: nobody can point a name elsewhere between the
// check and the use. If not, `refused` says the address.
bool may_connect(const Networks& allow, const sockaddr& to, bool clear, std::string* refused);

}  // namespace concordat::app
