#include "app/bench_client.h"

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

#include "app/bench.h"
#include "app/bench_world.h"

namespace concordat::app {
namespace {

// So many runners, each with one call outstanding at a time. `Runner` gives the next call or ends, and looks at the answer.
class Crowd {
 public:
  Crowd(int runners, double seconds) : began_(bench_now_s()), until_(began_ + seconds), running_(runners) {}
  bool over() const { return bench_now_s() >= until_; }
  // Ends a runner unless it goes on.
  bool answered(bool more, std::string failure, double took_ms) {
    const std::lock_guard lock(mutex_);
    ++out_.calls;
    if (!failure.empty() && out_.failure.empty()) out_.failure = std::move(failure);
    if (took_ms >= 0) out_.took_ms.push_back(took_ms);
    more = more && out_.failure.empty();
    if (!more && --running_ == 0) done_.notify_all();
    return more;
  }
  Driven wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return running_ == 0; });
    out_.seconds = bench_now_s() - began_;
    return std::move(out_);
  }

 private:
  const double began_, until_;
  std::mutex mutex_;                   // Guards the rest.
  std::condition_variable done_;
  int running_;
  Driven out_;
};

// Deletes itself when its runner ends.
class Decider {
 public:
  Decider(v1::Concordat::Stub& stub, Crowd& crowd, std::string run) : stub_(stub), crowd_(crowd), run_(std::move(run)) {}
  void go() {
    if (step_ == 0) opened_ = bench_now_s();
    call_ = std::make_unique<Call>();
    call_->command = bench_command("bench", run_, n_, step_);
    stub_.async()->Submit(&call_->context, &call_->command, &call_->response, [this](const grpc::Status& status) { answered(status); });
  }

 private:
  struct Call { grpc::ClientContext context; v1::Command command; v1::SubmitResponse response; };
  void answered(const grpc::Status& status) {
    const bool last = ++step_ == kCommandsPerDecision;
    std::string failure = status.ok() ? call_->response.reply().refused().sentence() : status.error_message();
    if (last && failure.empty() && call_->response.reply().outcome() != "carried") failure = "expected the decision to be carried, but its outcome is \"" + call_->response.reply().outcome() + "\"";
    const double took = last ? (bench_now_s() - opened_) * 1e3 : -1;
    if (last) { step_ = 0; ++n_; }
    if (crowd_.answered(!last || !crowd_.over(), std::move(failure), took)) go();
    else delete this;
  }
  v1::Concordat::Stub& stub_;
  Crowd& crowd_;
  const std::string run_;
  std::unique_ptr<Call> call_;
  std::uint64_t n_ = 0;
  int step_ = 0;
  double opened_ = 0;
};

class Caller {
 public:
  Caller(v1::Echo::Stub& stub, Crowd& crowd) : stub_(stub), crowd_(crowd) {}
  void go() {
    asked_ = bench_now_s();
    call_ = std::make_unique<Call>();
    call_->request.set_payload(std::string(100, 'x'));       // As long as a command of a decision.
    stub_.async()->Echo(&call_->context, &call_->request, &call_->response, [this](const grpc::Status& status) {
      if (crowd_.answered(!crowd_.over(), status.ok() ? "" : status.error_message(), (bench_now_s() - asked_) * 1e3)) go();
      else delete this;
    });
  }

 private:
  struct Call { grpc::ClientContext context; v1::EchoRequest request; v1::EchoResponse response; };
  v1::Echo::Stub& stub_;
  Crowd& crowd_;
  std::unique_ptr<Call> call_;
  double asked_ = 0;
};

class Streamer final : public grpc::ClientBidiReactor<v1::Command, v1::SubmitResponse> {
 public:
  Streamer(v1::Concordat::Stub& stub, int in_flight, double seconds, std::string run) : run_(std::move(run)), began_(bench_now_s()), until_(began_ + seconds) {
    stub.async()->SubmitStream(&context_, this);
    const std::lock_guard lock(mutex_);
    for (int i = 0; i < in_flight; ++i) open();
    StartRead(&response_);
    write();
    StartCall();
  }
  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (ok) write();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;                   // OnDone says why.
    {
      const std::lock_guard lock(mutex_);
      ++out_.calls;
      if (response_.reply().has_refused()) out_.failure = response_.reply().refused().sentence();
      if (out_.calls % kCommandsPerDecision == 0) {
        const double now = bench_now_s();
        out_.took_ms.push_back((now - opened_.front()) * 1e3);
        opened_.pop_front();
        if (response_.reply().outcome() != "carried" && out_.failure.empty()) out_.failure = "expected a decision to be carried, but its outcome is \"" + response_.reply().outcome() + "\"";
        if (now < until_ && out_.failure.empty()) open();
      }
      write();
    }
    StartRead(&response_);
  }
  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    if (!status.ok()) out_.failure = status.error_message();
    out_.seconds = bench_now_s() - began_;
    ended_ = true;
    done_.notify_all();
  }
  Driven wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return ended_; });
    return std::move(out_);
  }

 private:
  // Both: REQUIRES mutex_ held.
  void open() {
    for (int step = 0; step < kCommandsPerDecision; ++step) to_send_.push_back(bench_command("bench", run_, next_, step));
    ++next_;
    opened_.push_back(bench_now_s());
  }
  void write() {
    if (writing_ || closed_) return;
    if (to_send_.empty()) {
      closed_ = opened_.empty();
      if (closed_) StartWritesDone();
      return;
    }
    writing_ = true;
    command_ = std::move(to_send_.front());
    to_send_.pop_front();
    grpc::WriteOptions options;
    if (!to_send_.empty()) options.set_buffer_hint();
    StartWrite(&command_, options);
  }

  const std::string run_;
  const double began_, until_;
  grpc::ClientContext context_;
  v1::Command command_;                // Of the write outstanding.
  v1::SubmitResponse response_;        // Of the read outstanding.
  std::mutex mutex_;                   // Guards the rest.
  std::condition_variable done_;
  std::deque<v1::Command> to_send_;
  std::deque<double> opened_;          // Of the decisions in flight: replies come in order.
  std::uint64_t next_ = 0;
  bool writing_ = false, closed_ = false, ended_ = false;
  Driven out_;
};

}  // namespace

Driven drive_unary(v1::Concordat::Stub& stub, int in_flight, double seconds, const std::string& run) {
  Crowd crowd(in_flight, seconds);
  for (int i = 0; i < in_flight; ++i) (new Decider(stub, crowd, run + std::to_string(i) + "."))->go();
  return crowd.wait();
}

Driven drive_stream(v1::Concordat::Stub& stub, int in_flight, double seconds, const std::string& run) {
  Streamer streamer(stub, in_flight, seconds, run);
  return streamer.wait();
}

Driven drive_echo(v1::Echo::Stub& stub, int in_flight, double seconds) {
  Crowd crowd(in_flight, seconds);
  for (int i = 0; i < in_flight; ++i) (new Caller(stub, crowd))->go();
  return crowd.wait();
}

}  // namespace concordat::app
