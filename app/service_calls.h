// The calls of the service, whatever face they come through: gRPC (service.cc) or HTTP (http_connect.cc).
// Threads: any; a call is finished from whichever thread has its answer, never from inside a lock.
#pragma once

#include <functional>
#include <string>

#include "app/identity.h"
#include "app/node.h"
#include "app/service_explain.h"
#include "app/service_figures.h"
#include "app/service_list.h"

namespace concordat::v1 {
class AskRequest; class AskResponse; class GetRequest; class GetResponse; class SubmitBatchRequest; class SubmitBatchResponse;
class ShowModelRequest; class ShowModelResponse; class ListVocabularyRequest; class ListVocabularyResponse;
class ListRequest; class ListResponse; class SnapshotRequest;
class ExplainRequest; class ExplainResponse; class WhyNotRequest; class WhyNotResponse;
class ReadPrivateRequest; class ReadPrivateResponse;
}

namespace concordat::app {

class Followers;
class Subscriptions;

inline constexpr int kBatchCommandsMax = 100;

class Calls {
 public:
  using Done = std::function<void(const Status&)>;           // Called once.
  Calls(Node& node, Followers& followers) : node_(node), followers_(followers) {}

  void submit(v1::Command command, const Caller& caller, runtime::Replied replied);
  // Request and response outlive the call of `done`.
  void submit_batch(const v1::SubmitBatchRequest& request, const Caller& caller, v1::SubmitBatchResponse* response, Done done);
  void ask(const v1::AskRequest& request, const Caller& caller, v1::AskResponse* response, Done done);
  void show_model(const v1::ShowModelRequest& request, const Caller& caller, v1::ShowModelResponse* response, Done done);
  void list_vocabulary(const v1::ListVocabularyRequest& request, const Caller& caller, v1::ListVocabularyResponse* response, Done done);
  void get(const v1::GetRequest& request, const Caller& caller, v1::GetResponse* response, Done done);
  void list(const v1::ListRequest& request, const Caller& caller, v1::ListResponse* response, Done done);
  // `opened` has the snapshot, or why there is none; once.
  void snapshot(const v1::SnapshotRequest& request, const Caller& caller, std::function<void(Result<std::unique_ptr<SnapshotReader>>)> opened);
  void explain(const v1::ExplainRequest& request, const Caller& caller, v1::ExplainResponse* response, Done done);
  void why_not(const v1::WhyNotRequest& request, const Caller& caller, v1::WhyNotResponse* response, Done done);
  // Records that the words are read, and only then opens them.
  void read_private(const v1::ReadPrivateRequest& request, const Caller& caller, v1::ReadPrivateResponse* response, Done done);
  // The one that was named, or the only one there is.
  Result<std::string> ledger_of(const std::string& named) const;
  // Durable subscriptions, if this instance has any; they outlive it. Before the first call.
  void offer(Subscriptions* subscriptions) { subscriptions_ = subscriptions; }
  // For one that the caller may read; an empty name: for a list of them.
  Result<Subscriptions*> subscriptions(const Caller& caller, const std::string& name) const;
  Node& node() { return node_; }
  CommandFigures& commands() { return commands_; }
  std::string figures() const;                               // For /metrics.

 private:
  void read(const std::string& named, std::uint64_t at_least, const Caller& caller, Done done, std::function<Status(const std::string& ledger)> body);
  // The same, on the thread for what takes long.
  void read_long(const std::string& named, std::uint64_t at_least, const Caller& caller, Done done, std::function<Status(const std::string& ledger)> body);
  Node& node_;
  Followers& followers_;
  Subscriptions* subscriptions_ = nullptr;
  CommandFigures commands_;
  Explaining explaining_;            // Last: what it still answers uses the rest.
};

// A status in the words of gRPC and Connect: "invalid_argument", "unavailable", …
const char* code_of(const Status& status);

}  // namespace concordat::app
