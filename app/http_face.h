// What this program serves over HTTP: the service (http_connect.h), health and readiness.
#pragma once

#include <memory>
#include <string>

#include "app/node.h"

namespace concordat::app {

class ServiceHandle;

// Of all partitions: ok, or the first failure. In memory only; it asks nobody.
Status health_of(Node& node);

class HttpFace {
 public:
  virtual ~HttpFace() = default;               // Goes before the handle.
  virtual std::string address() const = 0;
  virtual void drain() = 0;                    // From now on not ready; what is under way is answered, streams are ended.
};
// `local`: only this machine reaches it. Then a request must name it as such, or a page in a browser could reach it under a
// name of its own (DNS rebinding).
Result<std::unique_ptr<HttpFace>> open_http(const std::string& listen, bool local, ServiceHandle& handle);

}  // namespace concordat::app
