#include "app/service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>

#include "app/common.h"
#include "app/service_follow.h"
#include "app/service_stream.h"
#include "concordat/v1/service.grpc.pb.h"
#include "concordat/v1/views.pb.h"
#include "engine/record/record.h"
#include "projections/views/decisions.h"

namespace concordat::app {
namespace {

constexpr std::size_t kMessageMax = 2000;           // A status travels in headers, which are bounded.
constexpr int kRowsUsual = 100, kRowsMax = 1000;

std::string cut(std::string text) {
  if (text.size() > kMessageMax) text.resize(kMessageMax);
  return text;
}

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : ", ") + one;
  return out;
}

const std::string& id_of(const v1::MatterRow& row) { return row.id(); }
const std::string& id_of(const v1::DecisionRow& row) { return row.matter(); }
const std::string& id_of(const v1::TransferRow& row) { return row.matter(); }
const std::string& id_of(const v1::EscalationRow& row) { return row.matter(); }

class Service final : public v1::Concordat::CallbackService, public ServiceHandle {
 public:
  explicit Service(Node& node) : node_(node), streams_(node), followers_(node) {}
  grpc::Service* service() override { return this; }
  void stop() override {
    streams_.stop();
    followers_.stop();
  }

  grpc::ServerUnaryReactor* Submit(grpc::CallbackServerContext* context, const v1::Command* command, v1::SubmitResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    v1::Command own = std::move(*const_cast<v1::Command*>(command));      // gRPC made it for this call alone and does not read it again.
    if (own.ledger().empty()) {
      auto ledger = ledger_of("");
      if (!ledger.ok()) return reactor->Finish(told(ledger.status())), reactor;
      own.set_ledger(*ledger);
    }
    node_.submit(std::move(own), context->peer(), [reactor, response](Result<v1::Reply> reply) {
      if (reply.ok()) *response->mutable_reply() = *std::move(reply);
      reactor->Finish(told(reply.status()));
    });
    return reactor;
  }

  grpc::ServerBidiReactor<v1::Command, v1::SubmitResponse>* SubmitStream(grpc::CallbackServerContext* context) override {
    const auto ledger = ledger_of("");
    return streams_.open(context->peer(), ledger.ok() ? *ledger : "");    // Without one, a command that names none is malformed.
  }

  grpc::ServerUnaryReactor* Ask(grpc::CallbackServerContext* context, const v1::AskRequest* request, v1::AskResponse* response) override {
    return read(context, request->ledger(), request->at_least(), [this, request, response](const std::string& ledger) { return ask(ledger, *request, response); });
  }
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::GetRequest* request, v1::GetResponse* response) override {
    return read(context, request->ledger(), request->at_least(), [this, request, response](const std::string& ledger) { return get(ledger, *request, response); });
  }
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(grpc::CallbackServerContext*, const v1::WatchRequest* request) override {
    return followers_.watch(ledger_of(request->ledger()), request->after());
  }

 private:
  // The one that was named, or the only one there is.
  Result<std::string> ledger_of(const std::string& named) const {
    if (!named.empty()) return named;
    std::vector<std::string> all = node_.ledgers();
    if (all.size() == 1) return std::move(all.front());
    return Status::invalid("ledger: expected " + (all.empty() ? std::string("the id of one, since there is none yet") : "one of " + joined(all)) + ", but none was given");
  }

  // Runs `body` once the views hold the position asked for; nothing waits on a thread of gRPC's.
  template <typename Body>
  grpc::ServerUnaryReactor* read(grpc::CallbackServerContext* context, const std::string& named, std::uint64_t at_least, Body body) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    auto ledger = ledger_of(named);
    if (!ledger.ok()) return reactor->Finish(told(ledger.status())), reactor;
    const auto then = [this, reactor, ledger = *ledger, body](const Status& there) {
      if (!there.ok()) return reactor->Finish(told(there));
      if (node_.partition_for(ledger).store().sequence(ledger) == 0)
        return reactor->Finish(told(Status::not_found("ledger: expected one that something was submitted to (" + joined(node_.ledgers()) + "), but it is \"" + ledger + "\"")));
      reactor->Finish(told(body(ledger)));
    };
    followers_.when(*ledger, at_least, then);
    return reactor;
  }

  Status ask(const std::string& ledger, const v1::AskRequest& request, v1::AskResponse* response) const {
    const projections::Store& store = node_.partition_for(ledger).store();
    response->set_position(store.sequence(ledger));          // Before reading: what is read is at least as new.
    projections::RecordReader reader(store, ledger);
    v1::Question question = request.question();
    const record::Resolution found = reader.resolve(question.subject());
    if (found.subject.empty())
      return Status::invalid("question.subject: expected a subject by id or recorded name, but \"" + question.subject() + "\" is " + (found.candidates.empty() ? "neither; names are never guessed" : "the name of several: " + joined(found.candidates)));
    question.set_subject(found.subject);
    if (reader.predicate(question.predicate()) == nullptr) return Status::invalid("question.predicate: expected a word of the vocabulary, but \"" + question.predicate() + "\" is none");
    const auto at = record::parse_day(question.valid_at());
    if (!at.ok()) return Status::invalid("question.valid_at: " + at.status().why());
    const auto known = record::parse_day(question.known_at());
    if (!question.known_at().empty() && !known.ok()) return Status::invalid("question.known_at: " + known.status().why());
    if (!v1::Mode::Value_IsValid(question.mode())) return Status::invalid("question.mode: expected arrangement, happened or expected, but " + std::to_string(question.mode()) + " is none");
    *response->mutable_answer() = record::ask(reader, question);
    return {};
  }

  Status get(const std::string& ledger, const v1::GetRequest& request, v1::GetResponse* response) const {
    if (request.view() == "matters") return rows<v1::MatterRow>("m/", ledger, request, response);
    if (request.view() == "decisions") return rows<v1::DecisionRow>("d/", ledger, request, response);
    if (request.view() == "transfers") return rows<v1::TransferRow>("", ledger, request, response);
    if (request.view() == "escalations") return rows<v1::EscalationRow>("", ledger, request, response);
    return Status::invalid("view: expected matters, decisions, transfers or escalations, but it is \"" + request.view() + "\"");
  }

  // Rows in the order of their ids: those of one matter, or from the one after `after` on.
  template <typename Row>
  Status rows(const std::string& prefix, const std::string& ledger, const v1::GetRequest& request, v1::GetResponse* response) const {
    const projections::Store& store = node_.partition_for(ledger).store();
    response->set_position(store.sequence(ledger));
    const int most = request.limit() == 0 ? kRowsUsual : static_cast<int>(std::min<std::uint32_t>(request.limit(), kRowsMax));
    const bool one = !request.key().empty();
    constexpr bool several = std::is_same_v<Row, v1::DecisionRow>;                          // A matter may decide more than once: id/step.
    const std::string among = prefix + request.key() + (one && several ? "/" : "");
    Status status;
    store.scan(request.view(), ledger, among, one ? among : prefix + request.after(), [&](std::string_view, std::string_view bytes) {
      Row row;
      if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        status = Status::corrupt("view " + request.view() + ": a row does not parse; run: concordat rebuild --view " + request.view());
        return false;
      }
      if (one && id_of(row) != request.key()) return several;
      if (!one && id_of(row) == request.after()) return true;
      if constexpr (several) projections::full_decision(store, ledger, &row);
      response->add_json(json_of(row));
      return response->json_size() < most;
    });
    return status;
  }

  Node& node_;
  SubmitStreams streams_;
  Followers followers_;
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
    case Status::Kind::kCorrupt: return {grpc::StatusCode::DATA_LOSS, cut(status.why())};
  }
  return {grpc::StatusCode::INTERNAL, cut(status.why())};
}

std::unique_ptr<ServiceHandle> make_service(Node& node) { return std::make_unique<Service>(node); }
std::unique_ptr<ServiceHandle> make_echo() { return std::make_unique<EchoService>(); }

}  // namespace concordat::app
