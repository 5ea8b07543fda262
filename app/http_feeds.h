// Feeds over HTTP: GET /feeds lists them, GET /feeds/NAME/events follows one as server-sent events, each a CloudEvent in JSON;
// GET /feeds/NAME/events/ID is one of them.
// Resume with Last-Event-ID (browsers do it by themselves), or begin with ?from=beginning, now or a day.
// What is told is made once and shared by all who follow the same feed. Thread: the HTTP server's.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/feed.h"
#include "app/http.h"
#include "app/identity.h"

namespace concordat::app {

class Calls;

inline constexpr std::string_view kFeedsPath = "/feeds";

class HttpFeeds {
 public:
  // `local`: only this machine is heard. Others hear public feeds alone, unless they have said who they are.
  HttpFeeds(Calls& calls, std::vector<v1::Feed> feeds, std::string key, bool local);
  ~HttpFeeds();
  http::Reply answer(const http::Request& request, const Caller& caller);     // REQUIRES: its path begins with kFeedsPath.
  struct Channel;                                       // One feed of one ledger.

 private:
  http::Reply single(const v1::Feed& feed, const std::string& id);
  http::Reply follow(const http::Request& request, const v1::Feed& feed);
  Calls& calls_;
  const std::vector<v1::Feed> feeds_;
  const Tokens tokens_;
  const bool local_;
  std::map<std::string, std::shared_ptr<Channel>> channels_;    // Shared with their followers.
};

}  // namespace concordat::app
