#include "app/service.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>

#include "app/common.h"
#include "concordat/v1/service.grpc.pb.h"
#include "concordat/v1/views.pb.h"
#include "engine/record/record.h"
#include "projections/views/decisions.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

constexpr std::size_t kStreamInFlightMax = 2048;    // Commands of one stream not yet answered; reading pauses above it.
constexpr int kWaitMs = 5000;                       // For at_least.
constexpr std::size_t kWatchBatch = 512;

grpc::Status told(const Status& status) {
  switch (status.kind()) {
    case Status::Kind::kOk: return grpc::Status::OK;
    case Status::Kind::kInvalid: return {grpc::StatusCode::INVALID_ARGUMENT, status.why()};
    case Status::Kind::kNotFound: return {grpc::StatusCode::NOT_FOUND, status.why()};
    case Status::Kind::kUnavailable: case Status::Kind::kDeposed: case Status::Kind::kBusy: return {grpc::StatusCode::UNAVAILABLE, status.why()};
    case Status::Kind::kCorrupt: return {grpc::StatusCode::DATA_LOSS, status.why()};
  }
  return {grpc::StatusCode::INTERNAL, status.why()};
}

// Commands in, replies out in the same order, many in flight.
class SubmitStream final : public grpc::ServerBidiReactor<v1::Command, v1::SubmitResponse> {
 public:
  SubmitStream(Node& node, std::string peer) : node_(node), peer_(std::move(peer)) { StartRead(&command_); }

  void OnReadDone(bool ok) override {
    std::unique_lock lock(mutex_);
    if (!ok) { reading_ended_ = true; finish_if_done(); return; }
    slots_.emplace_back();
    Slot* slot = &slots_.back();
    ++in_flight_;
    lock.unlock();
    node_.submit(std::move(command_), peer_, [this, slot](Result<v1::Reply> reply) { answered(slot, std::move(reply)); });
    lock.lock();
    if (in_flight_ < kStreamInFlightMax) { lock.unlock(); command_.Clear(); StartRead(&command_); }
    else paused_ = true;
  }

  void OnWriteDone(bool ok) override {
    std::unique_lock lock(mutex_);
    writing_ = false;
    slots_.pop_front();
    broken_ = broken_ || !ok;
    pump(lock);
  }
  void OnCancel() override {}
  void OnDone() override { delete this; }

 private:
  struct Slot { bool ready = false; Status status; v1::SubmitResponse response; };

  void answered(Slot* slot, Result<v1::Reply> reply) {
    std::unique_lock lock(mutex_);
    if (reply.ok()) *slot->response.mutable_reply() = *std::move(reply);
    else slot->status = reply.status();
    slot->ready = true;
    --in_flight_;
    pump(lock);
  }

  // Writes the next reply that is due, and reads on if there is room again.
  void pump(std::unique_lock<std::mutex>& lock) {
    const bool resume = paused_ && in_flight_ < kStreamInFlightMax / 2 && !broken_;
    if (resume) paused_ = false;
    while (broken_ && !writing_ && !slots_.empty() && slots_.front().ready) slots_.pop_front();
    if (!writing_ && !broken_ && !finished_ && !slots_.empty() && slots_.front().ready) {
      if (!slots_.front().status.ok()) {
        finished_ = true;
        ending_ = told(slots_.front().status);
        broken_ = true;
        slots_.pop_front();
      } else {
        writing_ = true;
        grpc::WriteOptions options;
        if (slots_.size() > 1 && slots_[1].ready) options.set_buffer_hint();
        StartWrite(&slots_.front().response, options);
      }
    }
    finish_if_done();
    lock.unlock();
    if (resume) { command_.Clear(); StartRead(&command_); }
  }

  void finish_if_done() {
    if (ended_ || writing_ || in_flight_ > 0) return;
    if (finished_ || (reading_ended_ && slots_.empty()) || (broken_ && reading_ended_)) { ended_ = true; Finish(ending_); }
  }

  Node& node_;
  const std::string peer_;
  v1::Command command_;
  std::mutex mutex_;                       // Guards the rest.
  std::deque<Slot> slots_;                 // In the order of the commands; addresses stay.
  std::size_t in_flight_ = 0;
  bool writing_ = false, reading_ended_ = false, broken_ = false, finished_ = false, paused_ = false, ended_ = false;
  grpc::Status ending_;
};

class Watchers;

// One follower. Reads from the store in batches; a slow one holds up nobody.
class Watcher final : public grpc::ServerWriteReactor<v1::WatchResponse> {
 public:
  Watcher(Watchers& all, const projections::Store& store, std::string ledger, std::uint64_t after);
  void kick();
  void stop() { std::lock_guard lock(mutex_); end(grpc::Status::OK); }
  void OnWriteDone(bool ok) override;
  void OnCancel() override { std::lock_guard lock(mutex_); end(grpc::Status::CANCELLED); }
  void OnDone() override;

 private:
  void next();                             // REQUIRES: mutex_ held.
  void end(const grpc::Status& status) { if (!ended_) { ended_ = true; if (!writing_) Finish(status); else ending_ = status; } }
  Watchers& all_;
  const projections::Store& store_;
  const std::string ledger_;
  std::mutex mutex_;
  std::uint64_t after_;
  std::deque<v1::WatchResponse> batch_;
  bool writing_ = false, ended_ = false;
  grpc::Status ending_;
};

class Watchers {
 public:
  void add(Watcher* one) { std::lock_guard lock(mutex_); all_.insert(one); }
  void remove(Watcher* one) { std::lock_guard lock(mutex_); all_.erase(one); gone_.notify_all(); }
  void kick() { std::lock_guard lock(mutex_); for (Watcher* one : all_) one->kick(); }
  void stop() {
    std::unique_lock lock(mutex_);
    for (Watcher* one : all_) one->stop();
    gone_.wait_for(lock, std::chrono::seconds(2), [&] { return all_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable gone_;
  std::set<Watcher*> all_;
};

Watcher::Watcher(Watchers& all, const projections::Store& store, std::string ledger, std::uint64_t after)
    : all_(all), store_(store), ledger_(std::move(ledger)), after_(after) {
  all_.add(this);
  kick();
}

void Watcher::kick() { std::lock_guard lock(mutex_); if (!writing_ && !ended_) next(); }

void Watcher::next() {
  if (batch_.empty()) {
    projections::each_event(store_, ledger_, after_ + 1, [&](const projections::Committed& one) {
      v1::WatchResponse& out = batch_.emplace_back();
      out.set_sequence(one.sequence);
      out.set_ledger(ledger_);
      *out.mutable_stamp() = one.commit.stamp();
      *out.mutable_actor() = one.commit.actor();
      out.set_acted_on(one.commit.acted_on());
      out.set_backfill(one.commit.backfill());
      out.set_command_id(one.commit.command_id());
      *out.mutable_event() = one.event;
      return batch_.size() < kWatchBatch;
    });
    if (!batch_.empty()) after_ = batch_.back().sequence();
  }
  if (batch_.empty()) return;
  writing_ = true;
  StartWrite(&batch_.front());
}

void Watcher::OnWriteDone(bool ok) {
  std::lock_guard lock(mutex_);
  writing_ = false;
  batch_.pop_front();
  if (ended_) { Finish(ending_); return; }
  if (!ok) { end(grpc::Status::CANCELLED); return; }
  next();
}

void Watcher::OnDone() { all_.remove(this); delete this; }

class Service final : public v1::Concordat::CallbackService, public ServiceHandle {
 public:
  explicit Service(Node& node) : node_(node) {
    for (std::uint32_t i = 0; i < node_.partitions(); ++i) node_.partition(i).on_fold([this] { watchers_.kick(); });
  }
  ~Service() override { for (std::uint32_t i = 0; i < node_.partitions(); ++i) node_.partition(i).on_fold({}); }
  grpc::Service* service() override { return this; }
  void stop() override { watchers_.stop(); }

  grpc::ServerUnaryReactor* Submit(grpc::CallbackServerContext* context, const v1::Command* command, v1::SubmitResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    node_.submit(*command, context->peer(), [reactor, response](Result<v1::Reply> reply) {
      if (reply.ok()) *response->mutable_reply() = *std::move(reply);
      reactor->Finish(reply.ok() ? grpc::Status::OK : told(reply.status()));
    });
    return reactor;
  }

  grpc::ServerBidiReactor<v1::Command, v1::SubmitResponse>* SubmitStream(grpc::CallbackServerContext* context) override {
    return new class SubmitStream(node_, context->peer());
  }

  grpc::ServerUnaryReactor* Ask(grpc::CallbackServerContext* context, const v1::AskRequest* request, v1::AskResponse* response) override {
    return finish(context, ask(*request, response));
  }
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::GetRequest* request, v1::GetResponse* response) override {
    return finish(context, get(*request, response));
  }
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(grpc::CallbackServerContext*, const v1::WatchRequest* request) override {
    return new Watcher(watchers_, node_.partition_for(request->ledger()).store(), request->ledger(), request->after());
  }

 private:
  static grpc::ServerUnaryReactor* finish(grpc::CallbackServerContext* context, const Status& status) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(told(status));
    return reactor;
  }

  Status ask(const v1::AskRequest& request, v1::AskResponse* response) {
    runtime::Partition& partition = node_.partition_for(request.ledger());
    if (request.at_least() > 0)
      if (Status status = partition.wait_for(request.ledger(), request.at_least(), kWaitMs); !status.ok()) return status;
    projections::RecordReader reader(partition.store(), request.ledger());
    v1::Question question = request.question();
    const record::Resolution found = reader.resolve(question.subject());
    if (found.subject.empty()) return Status::invalid("question.subject: expected a subject by id or recorded name, but \"" + question.subject() + "\" is " + (found.candidates.empty() ? "neither" : "the name of several"));
    question.set_subject(found.subject);
    if (reader.predicate(question.predicate()) == nullptr) return Status::invalid("question.predicate: expected a word of the vocabulary, but \"" + question.predicate() + "\" is none");
    const auto at = record::parse_day(question.valid_at());
    if (!at.ok()) return Status::invalid("question.valid_at: " + at.status().why());
    const auto known = record::parse_day(question.known_at());
    if (!question.known_at().empty() && !known.ok()) return Status::invalid("question.known_at: " + known.status().why());
    *response->mutable_answer() = record::ask(reader, question);
    response->set_position(partition.store().sequence(request.ledger()));
    return {};
  }

  template <typename Row>
  static void add(std::string_view bytes, v1::GetResponse* response) {
    Row row;
    if (row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) response->add_json(json_of(row));
  }

  static void add_decision(const projections::Store& store, const std::string& ledger, std::string_view bytes, v1::GetResponse* response) {
    v1::DecisionRow row;
    if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
    projections::full_decision(store, ledger, &row);
    response->add_json(json_of(row));
  }

  Status get(const v1::GetRequest& request, v1::GetResponse* response) {
    runtime::Partition& partition = node_.partition_for(request.ledger());
    if (request.at_least() > 0)
      if (Status status = partition.wait_for(request.ledger(), request.at_least(), kWaitMs); !status.ok()) return status;
    const std::string& view = request.view();
    const std::string prefix = view == "matters" ? "m/" : view == "decisions" ? "d/" : "";
    if (view != "matters" && view != "decisions" && view != "transfers" && view != "escalations")
      return Status::invalid("view: expected matters, decisions, transfers or escalations, but it is \"" + view + "\"");
    const int most = static_cast<int>(std::min<std::uint32_t>(request.limit() == 0 ? 100 : request.limit(), 1000));
    partition.store().scan(view, request.ledger(), prefix, prefix + request.key(), [&](std::string_view key, std::string_view bytes) {
      if (!request.key().empty() && request.limit() <= 1 && !key.starts_with(prefix + request.key())) return false;
      if (view == "matters") add<v1::MatterRow>(bytes, response);
      else if (view == "decisions") add_decision(partition.store(), request.ledger(), bytes, response);
      else if (view == "transfers") add<v1::TransferRow>(bytes, response);
      else add<v1::EscalationRow>(bytes, response);
      return response->json_size() < most;
    });
    response->set_position(partition.store().sequence(request.ledger()));
    return {};
  }

  Node& node_;
  Watchers watchers_;
};

class EchoService final : public v1::Echo::CallbackService, public ServiceHandle {
 public:
  grpc::Service* service() override { return this; }
  void stop() override {}
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const v1::EchoRequest* request, v1::EchoResponse* response) override {
    response->set_payload(request->payload());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

std::unique_ptr<ServiceHandle> make_service(Node& node) { return std::make_unique<Service>(node); }
std::unique_ptr<ServiceHandle> make_echo() { return std::make_unique<EchoService>(); }

}  // namespace concordat::app
