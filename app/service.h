// The service over gRPC. Identity is what the edge establishes (identity.h; without it, the peer's address); authority is the engine's.
// Threads: gRPC's own; replies are finished from the partition's thread and never block it.
#pragma once

#include <memory>

#include "app/node.h"

namespace grpc { class Service; class Status; }

namespace concordat::app {

class Calls;
class Followers;
class Gate;

// What the world's failures are called on the wire. A refusal is none of them: it is a reply.
grpc::Status told(const Status& status);

// Owner: the caller; it goes after the server and before the node.
// stop() lets a server drain: commands that were read are answered, then streams, watches and waiting reads are ended
// with UNAVAILABLE, so that clients go on elsewhere.
class ServiceHandle {
 public:
  virtual ~ServiceHandle() = default;
  virtual grpc::Service* service() = 0;
  virtual Calls* calls() { return nullptr; }             // The same calls for another face; null for the echo.
  virtual Followers* followers() { return nullptr; }
  virtual void stop() = 0;
};
// `gate`: who may come in; null = nobody is asked. It outlives the service.
std::unique_ptr<ServiceHandle> make_service(Node& node, const Gate* gate = nullptr);
// Answers Echo with its payload: the limit for benches.
std::unique_ptr<ServiceHandle> make_echo();

}  // namespace concordat::app
