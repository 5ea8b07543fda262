#include "app/service_snapshot.h"

#include <grpcpp/alarm.h>

#include <atomic>
#include <chrono>

#include "app/service.h"
#include "app/service_calls.h"
#include "concordat/v1/service.grpc.pb.h"

namespace concordat::app {
namespace {

constexpr std::size_t kOpenMax = 16;
constexpr auto kTimeMax = std::chrono::minutes(5);

using Reactor = grpc::ServerWriteReactor<v1::SnapshotResponse>;

class Declined final : public Reactor {
 public:
  explicit Declined(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

// Life: gRPC deletes it through OnDone, once Finish was called, no write is outstanding, and the alarm has rung or been cancelled
// (it holds a part of its life). The reader is opened from any thread, perhaps after the client went.
class SnapshotStream final : public Reactor {
 public:
  explicit SnapshotStream(SnapshotStreams& all) : all_(all) {}

  // Apart from the constructor: what is called back must find it in the list.
  void begin(Calls& calls, const Caller& caller, const v1::SnapshotRequest& request) {
    alarm_.Set(std::chrono::system_clock::now() + kTimeMax, [this](bool rang) {
      if (rang) end({grpc::StatusCode::DEADLINE_EXCEEDED, "expected a client that takes a snapshot within five minutes; begin again"});
      leave();
    });
    calls.snapshot(request, caller, [this](Result<std::unique_ptr<SnapshotReader>> reader) {
      {
        const std::lock_guard lock(mutex_);
        opening_ = false;
        if (reader.ok()) reader_ = *std::move(reader);
        else stop(told(reader.status()));
        if (ended_) finish();
        else next();
      }
      leave();
    });
  }
  void end(const grpc::Status& status) {
    const std::lock_guard lock(mutex_);
    stop(status);
    if (!writing_ && !opening_) finish();
  }
  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok) stop(grpc::Status::CANCELLED);
    if (!out_.resume().empty()) stop(grpc::Status::OK);
    if (ended_) finish();
    else next();
  }
  void OnCancel() override { end(grpc::Status::CANCELLED); }
  void OnDone() override {
    alarm_.Cancel();
    leave();
  }

 private:
  // All below but leave(): REQUIRES mutex_ held.
  void stop(const grpc::Status& status) {
    if (!ended_) ending_ = status;
    ended_ = true;
  }
  void finish() {
    if (finished_) return;
    finished_ = true;
    reader_.reset();                   // The disk space is free again.
    Finish(ending_);
  }
  void next() {
    out_.Clear();
    if (const Status status = reader_->next(&out_); !status.ok()) { stop(told(status)); return finish(); }
    writing_ = true;
    StartWrite(&out_);
  }
  // The alarm, the opening and gRPC each hold it; the last one to leave deletes it.
  void leave() {
    if (--held_ > 0) return;
    all_.ended(this);
    delete this;
  }

  SnapshotStreams& all_;
  grpc::Alarm alarm_;
  std::atomic<int> held_{3};
  std::mutex mutex_;                   // Guards the rest.
  std::unique_ptr<SnapshotReader> reader_;
  v1::SnapshotResponse out_;           // Being written.
  bool opening_ = true, writing_ = false, ended_ = false, finished_ = false;
  grpc::Status ending_;
};

Reactor* SnapshotStreams::open(const Result<Caller>& caller, const v1::SnapshotRequest& request) {
  if (!caller.ok()) return new Declined(told(caller.status()));                  // Deletes itself.
  auto* one = new SnapshotStream(*this);                                         // Deletes itself.
  {
    const std::lock_guard lock(mutex_);
    const bool full = open_.size() >= kOpenMax;
    if (stopping_ || full) {
      delete one;
      return new Declined(stopping_ ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "this instance is stopping; ask elsewhere")
                                    : grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "expected at most 16 snapshots at once, but there are so many; try again later"));
    }
    open_.insert(one);
  }
  one->begin(calls_, *caller, request);
  return one;
}

void SnapshotStreams::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (SnapshotStream* one : open_) one->end({grpc::StatusCode::UNAVAILABLE, "this instance is stopping; begin again elsewhere"});
}

}  // namespace concordat::app
