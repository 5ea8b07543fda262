// SubmitStream: one client's commands in, their replies out in the same order, many in flight.
#pragma once

#include <grpcpp/grpcpp.h>

#include <mutex>
#include <set>
#include <string>

#include "app/identity.h"
#include "app/node.h"

namespace concordat::v1 { class SubmitResponse; }

namespace concordat::app {

class Calls;
class SubmitStream;

// The streams that are open, so that a drain can end them: what was read is answered, then the client is told to go on
// elsewhere. Threads: any.
class SubmitStreams {
 public:
  explicit SubmitStreams(Calls& calls) : calls_(calls) {}
  // `ledger`: for commands that name none; empty = they must. A caller that is not known gets a stream that ends with that.
  grpc::ServerBidiReactor<v1::Command, v1::SubmitResponse>* open(Result<Caller> caller, std::string ledger);
  void stop();

 private:
  friend class SubmitStream;
  void ended(SubmitStream* one) { const std::lock_guard lock(mutex_); open_.erase(one); }
  Calls& calls_;
  std::mutex mutex_;                 // Guards the two below. Taken before a stream's own.
  std::set<SubmitStream*> open_;
  bool stopping_ = false;
};

}  // namespace concordat::app
