#include "app/service_stream.h"

#include <deque>

#include "app/service.h"
#include "app/service_calls.h"
#include "concordat/v1/service.grpc.pb.h"

namespace concordat::app {
namespace {

constexpr std::size_t kSlotsMax = 2048;             // Commands of one stream whose replies are not written yet; reading pauses at it.
constexpr std::size_t kSlotsResume = kSlotsMax / 2;

}  // namespace

// Ends with that status and nothing else.
class Declined final : public grpc::ServerBidiReactor<v1::Command, v1::SubmitResponse> {
 public:
  explicit Declined(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

// Threads: gRPC's (one read and one write at a time) and the partition's, in answered().
// Life: gRPC deletes it through OnDone once Finish was called and no read or write is outstanding. Finish waits for every
// command in flight, so no reply can come to a stream that is gone. A write is started outside the lock, because
// `writing_` keeps Finish away meanwhile; nothing may touch the stream after Finish.
class SubmitStream final : public grpc::ServerBidiReactor<v1::Command, v1::SubmitResponse> {
 public:
  SubmitStream(Calls& calls, SubmitStreams& all, Caller caller, std::string ledger)
      : calls_(calls), all_(all), caller_(std::move(caller)), ledger_(std::move(ledger)) { StartRead(&command_); }

  void OnReadDone(bool ok) override {
    v1::Command command = std::move(command_);
    std::unique_lock lock(mutex_);
    if (!ok || stopping_ || closing_) {
      reading_ = false;
      ended_by_client_ = ended_by_client_ || !ok;
      return turn(lock);
    }
    Slot* slot = &slots_.emplace_back();            // Addresses stay: a deque, and only its ends change.
    ++in_flight_;
    const bool more = reading_ = slots_.size() < kSlotsMax;
    lock.unlock();
    if (command.ledger().empty()) command.set_ledger(ledger_);
    calls_.submit(std::move(command), caller_, [this, slot](Result<v1::Reply> reply) { answered(slot, std::move(reply)); });
    if (more) StartRead(&command_);
  }

  void OnWriteDone(bool ok) override {
    std::unique_lock lock(mutex_);
    writing_ = false;
    slots_.pop_front();
    if (!ok) close({grpc::StatusCode::CANCELLED, "the client went away"});
    turn(lock);
  }

  void OnCancel() override {
    std::unique_lock lock(mutex_);
    close({grpc::StatusCode::CANCELLED, "the client went away"});
    turn(lock);
  }

  void OnDone() override {
    all_.ended(this);
    delete this;
  }

  void stop() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    turn(lock);
  }

 private:
  struct Slot { bool ready = false; Status status; v1::SubmitResponse response; };

  void answered(Slot* slot, Result<v1::Reply> reply) {
    if (reply.ok()) *slot->response.mutable_reply() = *std::move(reply);    // Nobody else looks until it is ready.
    else slot->status = reply.status();
    std::unique_lock lock(mutex_);
    slot->ready = true;
    --in_flight_;
    turn(lock);
  }

  // No more replies: the stream ends with the first failure.
  void close(grpc::Status status) {
    if (!closing_) ending_ = std::move(status);
    closing_ = true;
  }

  // What is due now: write the next reply, read on, or finish. Takes the lock held and releases it.
  void turn(std::unique_lock<std::mutex>& lock) {
    const v1::SubmitResponse* out = nullptr;
    grpc::WriteOptions options;
    if (!writing_ && !closing_ && !slots_.empty() && slots_.front().ready) {
      if (slots_.front().status.ok()) {
        writing_ = true;
        out = &slots_.front().response;
        if (begun_ && slots_.size() > 1 && slots_[1].ready) options.set_buffer_hint();     // One send for a run of replies; the first goes with the headers, which would lie with it.
        begun_ = true;
      } else {
        close(told(slots_.front().status));
      }
    }
    if (!reading_ && !ended_by_client_ && !stopping_ && !closing_ && slots_.size() < kSlotsResume) {
      reading_ = true;
      StartRead(&command_);                         // Under the lock: outside it, another thread could finish before.
    }
    const bool finish = !finished_ && !writing_ && in_flight_ == 0 && (closing_ || (slots_.empty() && (ended_by_client_ || stopping_)));
    if (finish) finished_ = true;
    if (finish && !closing_ && !ended_by_client_) ending_ = {grpc::StatusCode::UNAVAILABLE, "this instance is stopping; submit what was not answered again elsewhere, under the same command ids"};
    lock.unlock();
    if (out != nullptr) StartWrite(out, options);
    if (finish) Finish(ending_);
  }

  Calls& calls_;
  SubmitStreams& all_;
  const Caller caller_;
  const std::string ledger_;
  v1::Command command_;                             // Of the one read outstanding.
  std::mutex mutex_;                                // Guards the rest.
  std::deque<Slot> slots_;                          // In the order of the commands.
  std::size_t in_flight_ = 0;                       // Slots that are not ready.
  bool reading_ = true, writing_ = false;           // Outstanding at gRPC.
  bool begun_ = false;                              // Something was written.
  bool ended_by_client_ = false, stopping_ = false, closing_ = false, finished_ = false;
  grpc::Status ending_;
};

grpc::ServerBidiReactor<v1::Command, v1::SubmitResponse>* SubmitStreams::open(Result<Caller> caller, std::string ledger) {
  if (!caller.ok()) return new Declined(told(caller.status()));                         // Deletes itself too.
  auto* one = new SubmitStream(calls_, *this, *std::move(caller), std::move(ledger));      // Deleted in OnDone.
  const std::lock_guard lock(mutex_);
  open_.insert(one);
  if (stopping_) one->stop();
  return one;
}

void SubmitStreams::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (SubmitStream* one : open_) one->stop();
}

}  // namespace concordat::app
