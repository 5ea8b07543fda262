// Snapshot over gRPC: rows as fast as the client takes them. Few at once and not for ever, since each keeps disk space.
#pragma once

#include <grpcpp/grpcpp.h>

#include <mutex>
#include <set>

#include "app/identity.h"

namespace concordat::v1 { class SnapshotRequest; class SnapshotResponse; }

namespace concordat::app {

class Calls;
class SnapshotStream;

// Threads: any.
class SnapshotStreams {
 public:
  explicit SnapshotStreams(Calls& calls) : calls_(calls) {}
  // A caller that is not known gets a stream that ends with that. Never null.
  grpc::ServerWriteReactor<v1::SnapshotResponse>* open(const Result<Caller>& caller, const v1::SnapshotRequest& request);
  void stop();

 private:
  friend class SnapshotStream;
  void ended(SnapshotStream* one) { const std::lock_guard lock(mutex_); open_.erase(one); }
  Calls& calls_;
  std::mutex mutex_;                 // Guards the two below. Taken before a stream's own.
  std::set<SnapshotStream*> open_;
  bool stopping_ = false;
};

}  // namespace concordat::app
