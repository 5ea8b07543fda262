// The service over gRPC. Identity is what the edge can establish (here: the peer's address); authority is the engine's.
// Threads: gRPC's own; replies are finished from the partition's thread and never block it.
#pragma once

#include <memory>

#include "app/node.h"

namespace grpc { class Service; }

namespace concordat::app {

// Owner: the caller; the node outlives it. stop() ends the watches, so that a server can drain.
class ServiceHandle {
 public:
  virtual ~ServiceHandle() = default;
  virtual grpc::Service* service() = 0;
  virtual void stop() = 0;
};
std::unique_ptr<ServiceHandle> make_service(Node& node);
// Answers Echo with its payload: the limit for benches.
std::unique_ptr<ServiceHandle> make_echo();

}  // namespace concordat::app
