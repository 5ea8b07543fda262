// What this program serves over HTTP: the service (http_connect.h), feeds (http_feeds.h), health, readiness and figures.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/http.h"
#include "app/node.h"
#include "concordat/v1/feed.pb.h"

namespace concordat::app {

class Gate;
class ServiceHandle;

// Of all partitions: ok, or the first failure. In memory only; it asks nobody.
Status health_of(Node& node);
// The same, and whether it may be sent commands: not while it stands by.
Status ready_of(Node& node);

class HttpFace {
 public:
  virtual ~HttpFace() = default;               // Goes before the handle.
  virtual std::string address() const = 0;
  virtual void drain() = 0;                    // From now on not ready; what is under way is answered, streams are ended.
};
struct FaceOptions {
  std::string listen;
  bool local = true;
  const Gate* gate = nullptr;                  // Who may come in; null = nobody is asked.
  std::vector<v1::Feed> feeds;
  std::string key;                             // For positions of feeds.
  std::function<std::string()> figures;        // More lines for /metrics.
  http::Tls tls = {};
};
// `local`: only this machine reaches it. Then a request must name it as such, or a page in a browser could reach it under a
// name of its own (DNS rebinding).
Result<std::unique_ptr<HttpFace>> open_http(FaceOptions options, ServiceHandle& handle);

}  // namespace concordat::app
