#include "app/service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>

#include "app/operation_log.h"
#include "app/service_calls.h"
#include "app/service_follow.h"
#include "app/service_snapshot.h"
#include "app/service_stream.h"
#include "app/subscriptions.h"
#include "concordat/v1/service.grpc.pb.h"

namespace concordat::app {
namespace {

constexpr std::size_t kMessageMax = 2000;           // A status travels in headers, which are bounded.
constexpr auto kPatienceMax = std::chrono::seconds(60);

std::string cut(std::string text) {
  if (text.size() > kMessageMax) text.resize(kMessageMax);
  return text;
}

class Service final : public v1::Concordat::CallbackService, public ServiceHandle {
 public:
  Service(Node& node, const Gate* gate) : gate_(gate), followers_(node), calls_(node, followers_), streams_(calls_), snapshots_(calls_) {}
  grpc::Service* service() override { return this; }
  Calls* calls() override { return &calls_; }
  Followers* followers() override { return &followers_; }
  void stop() override {
    streams_.stop();
    snapshots_.stop();
    followers_.stop();
  }

  grpc::ServerUnaryReactor* Submit(grpc::CallbackServerContext* context, const v1::Command* command, v1::SubmitResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const auto who = caller(context);
    if (!who.ok()) return refuse(reactor, who.status());
    v1::Command own = std::move(*const_cast<v1::Command*>(command));      // gRPC made it for this call alone and does not read it again.
    calls_.submit(std::move(own), *who, [reactor, response](Result<v1::Reply> reply) {
      if (reply.ok()) *response->mutable_reply() = *std::move(reply);
      reactor->Finish(told(reply.status()));
    });
    return reactor;
  }
  grpc::ServerUnaryReactor* SubmitBatch(grpc::CallbackServerContext* context, const v1::SubmitBatchRequest* request, v1::SubmitBatchResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const auto who = caller(context);
    if (!who.ok()) return refuse(reactor, who.status());
    calls_.submit_batch(*request, *who, response, finish(reactor));
    return reactor;
  }

  grpc::ServerBidiReactor<v1::Command, v1::SubmitResponse>* SubmitStream(grpc::CallbackServerContext* context) override {
    const auto ledger = calls_.ledger_of("");
    return streams_.open(caller(context), ledger.ok() ? *ledger : "");    // Without one, a command that names none is malformed.
  }

  grpc::ServerUnaryReactor* Ask(grpc::CallbackServerContext* context, const v1::AskRequest* request, v1::AskResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const auto who = caller(context);
    if (!who.ok()) return refuse(reactor, who.status());
    calls_.ask(*request, *who, response, finish(reactor));
    return reactor;
  }
  grpc::ServerUnaryReactor* ShowModel(grpc::CallbackServerContext* context, const v1::ShowModelRequest* request, v1::ShowModelResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const auto who = caller(context);
    if (!who.ok()) return refuse(reactor, who.status());
    calls_.show_model(*request, *who, response, finish(reactor));
    return reactor;
  }
  grpc::ServerUnaryReactor* ListVocabulary(grpc::CallbackServerContext* context, const v1::ListVocabularyRequest* request, v1::ListVocabularyResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const auto who = caller(context);
    if (!who.ok()) return refuse(reactor, who.status());
    calls_.list_vocabulary(*request, *who, response, finish(reactor));
    return reactor;
  }
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::GetRequest* request, v1::GetResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const auto who = caller(context);
    if (!who.ok()) return refuse(reactor, who.status());
    calls_.get(*request, *who, response, finish(reactor));
    return reactor;
  }
  grpc::ServerUnaryReactor* Explain(grpc::CallbackServerContext* context, const v1::ExplainRequest* request, v1::ExplainResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const auto who = caller(context);
    if (!who.ok()) return refuse(reactor, who.status());
    calls_.explain(*request, *who, response, finish(reactor));
    return reactor;
  }
  grpc::ServerUnaryReactor* WhyNot(grpc::CallbackServerContext* context, const v1::WhyNotRequest* request, v1::WhyNotResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const auto who = caller(context);
    if (!who.ok()) return refuse(reactor, who.status());
    calls_.why_not(*request, *who, response, finish(reactor));
    return reactor;
  }
  grpc::ServerUnaryReactor* ReadPrivate(grpc::CallbackServerContext* context, const v1::ReadPrivateRequest* request, v1::ReadPrivateResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const auto who = caller(context);
    if (!who.ok()) return refuse(reactor, who.status());
    calls_.read_private(*request, *who, response, finish(reactor));
    return reactor;
  }
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(grpc::CallbackServerContext* context, const v1::WatchRequest* request) override {
    const auto who = caller(context);
    const Status may = who.ok() ? who->may_read(v1::Audience::restricted) : who.status();
    return followers_.watch(may.ok() ? calls_.ledger_of(request->ledger()) : Result<std::string>(may), *request);
  }
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context, const v1::ListRequest* request, v1::ListResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const auto who = caller(context);
    if (!who.ok()) return refuse(reactor, who.status());
    calls_.list(*request, *who, response, finish(reactor));
    return reactor;
  }
  grpc::ServerWriteReactor<v1::SnapshotResponse>* Snapshot(grpc::CallbackServerContext* context, const v1::SnapshotRequest* request) override {
    return snapshots_.open(caller(context), *request);
  }

  grpc::ServerUnaryReactor* FetchDeliveries(grpc::CallbackServerContext* context, const v1::FetchDeliveriesRequest* request, v1::FetchDeliveriesResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const auto who = caller(context);
    if (!who.ok()) return refuse(reactor, who.status());
    auto all = calls_.subscriptions(*who, request->subscription());
    if (all.ok()) (*all)->fetch(*request, response, finish(reactor));
    else reactor->Finish(told(all.status()));
    return reactor;
  }
  grpc::ServerUnaryReactor* SettleDeliveries(grpc::CallbackServerContext* context, const v1::SettleDeliveriesRequest* request, v1::SettleDeliveriesResponse* response) override {
    return subscription(context, request->subscription(), false, &Subscriptions::settle_all, request, response);
  }
  grpc::ServerUnaryReactor* GetSubscriptions(grpc::CallbackServerContext* context, const v1::GetSubscriptionsRequest* request, v1::GetSubscriptionsResponse* response) override {
    return subscription(context, request->name(), false, &Subscriptions::get, request, response);
  }
  grpc::ServerUnaryReactor* SteerSubscription(grpc::CallbackServerContext* context, const v1::SteerSubscriptionRequest* request, v1::SteerSubscriptionResponse* response) override {
    return subscription(context, request->name(), true, &Subscriptions::steer, request, response);
  }

 private:
  template <typename Asked, typename Told>
  grpc::ServerUnaryReactor* subscription(grpc::CallbackServerContext* context, const std::string& name, bool steers, Status (Subscriptions::*call)(const Asked&, Told*), const Asked* request, Told* response) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const auto who = caller(context);
    Status may = who.status();
    if (who.ok() && steers) may = who->may_steer();
    if (!may.ok()) return refuse(reactor, may);
    auto all = calls_.subscriptions(*who, name);
    reactor->Finish(told(all.ok() ? ((*all)->*call)(*request, response) : all.status()));
    return reactor;
  }
  // By token, or by the certificate of the connection.
  Result<Caller> caller(const grpc::CallbackServerContext* context) const {
    auto out = known(context);
    if (out.ok()) out->patience_ms = std::max(out->patience_ms, left_ms(context->deadline()));
    else log_event("refused", {{"face", "grpc"}, {"peer", context->peer()}, {"code", code_of(out.status())}}, true);      // Not why: that may be words of the caller's.
    return out;
  }
  // Until the call's own deadline; at most a minute.
  static int left_ms(std::chrono::system_clock::time_point until) {
    const auto now = std::chrono::system_clock::now();
    if (until <= now || until == std::chrono::system_clock::time_point::max()) return 0;
    return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(std::min<decltype(until)>(until, now + kPatienceMax) - now).count());
  }
  Result<Caller> known(const grpc::CallbackServerContext* context) const {
    if (gate_ == nullptr) return Caller{.stamp = context->peer()};
    std::vector<std::string> names;
    const auto connection = context->auth_context();
    if (connection && connection->IsPeerAuthenticated())
      for (const char* property : {GRPC_X509_SAN_PROPERTY_NAME, GRPC_X509_CN_PROPERTY_NAME})
        for (const grpc::string_ref& name : connection->FindPropertyValues(property)) names.emplace_back(name.data(), name.size());
    const auto header = context->client_metadata().find("authorization");
    return gate_->caller(header == context->client_metadata().end() ? std::string_view() : std::string_view(header->second.data(), header->second.size()), names);
  }
  static grpc::ServerUnaryReactor* refuse(grpc::ServerUnaryReactor* reactor, const Status& status) {
    reactor->Finish(told(status));
    return reactor;
  }
  static Calls::Done finish(grpc::ServerUnaryReactor* reactor) { return [reactor](const Status& status) { reactor->Finish(told(status)); }; }

  const Gate* const gate_;
  Followers followers_;
  Calls calls_;
  SubmitStreams streams_;
  SnapshotStreams snapshots_;
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

grpc::Status told(const Status& status) {
  switch (status.kind()) {
    case Status::Kind::kOk: return grpc::Status::OK;
    case Status::Kind::kInvalid: return {grpc::StatusCode::INVALID_ARGUMENT, cut(status.why())};
    case Status::Kind::kNotFound: return {grpc::StatusCode::NOT_FOUND, cut(status.why())};
    case Status::Kind::kUnavailable: case Status::Kind::kDeposed: case Status::Kind::kBusy: return {grpc::StatusCode::UNAVAILABLE, cut(status.why())};
    case Status::Kind::kUnauthenticated: return {grpc::StatusCode::UNAUTHENTICATED, cut(status.why())};
    case Status::Kind::kForbidden: return {grpc::StatusCode::PERMISSION_DENIED, cut(status.why())};
    case Status::Kind::kTooMany: return {grpc::StatusCode::RESOURCE_EXHAUSTED, cut(status.why())};
    case Status::Kind::kCorrupt: return {grpc::StatusCode::DATA_LOSS, cut(status.why())};
  }
  return {grpc::StatusCode::INTERNAL, cut(status.why())};
}

std::unique_ptr<ServiceHandle> make_service(Node& node, const Gate* gate) { return std::make_unique<Service>(node, gate); }
std::unique_ptr<ServiceHandle> make_echo() { return std::make_unique<EchoService>(); }

}  // namespace concordat::app
