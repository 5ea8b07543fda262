#include "app/service_calls.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>

#include "app/clock.h"
#include "app/explain.h"
#include "app/joined.h"
#include "app/operation_log.h"
#include "app/private_words.h"
#include "app/service_follow.h"
#include "app/service_rows.h"
#include "app/subscriptions.h"
#include "concordat/v1/service.pb.h"

namespace concordat::app {
namespace {

constexpr double kSlowSeconds = 1;                  // A call that works for so long is worth a line in the log.

}  // namespace

Result<Subscriptions*> Calls::subscriptions(const Caller& caller, const std::string& name) const {
  if (subscriptions_ == nullptr) return Status::not_found("this instance serves no subscriptions; start it with: concordat serve --feeds … --subscriptions …");
  if (caller.nobody) return caller.may_read(v1::Audience::restricted);
  const v1::Audience::Value audience = name.empty() ? v1::Audience::members : subscriptions_->audience(name);     // One that is not there says so itself.
  if (Status status = caller.may_read(audience); !status.ok()) return status;
  return subscriptions_;
}

Result<std::string> Calls::ledger_of(const std::string& named) const {
  if (!named.empty()) return named;
  std::vector<std::string> all = node_.ledgers();
  if (all.size() == 1) return std::move(all.front());
  return Status::invalid("ledger: expected " + (all.empty() ? std::string("the id of one, since there is none yet") : "one of " + joined(all)) + ", but none was given");
}

void Calls::submit(v1::Command command, const Caller& caller, runtime::Replied replied) {
  if (Status status = caller.may_submit(command); !status.ok()) return replied(status);
  if (command.ledger().empty()) {
    auto ledger = ledger_of("");
    if (!ledger.ok()) return replied(ledger.status());
    command.set_ledger(*ledger);
  }
  const auto began = std::chrono::steady_clock::now();
  node_.submit(std::move(command), caller.stamp, [this, began, replied = std::move(replied)](Result<v1::Reply> reply) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    commands_.answered(reply, seconds);
    if (seconds >= kSlowSeconds) log_event("slow_call", {{"call", "Submit"}, {"ms", std::to_string(static_cast<long>(seconds * 1000))}}, true);
    replied(std::move(reply));
  });
}

std::string Calls::figures() const {
  Figures out;
  commands_.write(out);
  node_figures(node_, out);
  return out.text();
}

void Calls::submit_batch(const v1::SubmitBatchRequest& request, const Caller& caller, v1::SubmitBatchResponse* response, Done done) {
  if (request.commands_size() == 0 || request.commands_size() > kBatchCommandsMax)
    return done(Status::invalid("commands: expected 1 to 100 commands, but there are " + std::to_string(request.commands_size())));
  for (int i = 0; i < request.commands_size(); ++i) response->add_results();
  const auto open = std::make_shared<std::atomic<int>>(request.commands_size());   // Shared by the replies; the last one ends the call.
  for (int i = 0; i < request.commands_size(); ++i)
    submit(request.commands(i), caller, [result = response->mutable_results(i), open, done](Result<v1::Reply> reply) {
      if (reply.ok()) *result->mutable_reply() = *std::move(reply);
      else {
        result->set_code(code_of(reply.status()));
        result->set_message(reply.status().why());
      }
      if (--*open == 0) done({});
    });
}

// Runs `body` once the views hold the position asked for; nothing waits on a thread.
void Calls::read(const std::string& named, std::uint64_t at_least, const Caller& caller, Done done, std::function<Status(const std::string&)> body) {
  auto ledger = ledger_of(named);
  if (!ledger.ok()) return done(ledger.status());
  followers_.when(*ledger, at_least, caller.patience_ms, [this, ledger = *ledger, done = std::move(done), body = std::move(body)](const Status& there) {
    if (!there.ok()) return done(there);
    if (node_.partition_for(ledger).store().sequence(ledger) == 0)
      return done(Status::not_found("ledger: expected one that something was submitted to (" + joined(node_.ledgers()) + "), but it is \"" + ledger + "\""));
    const auto began = std::chrono::steady_clock::now();
    done(body(ledger));
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (took >= kSlowSeconds) log_event("slow_call", {{"call", "a read"}, {"ms", std::to_string(static_cast<long>(took * 1000))}}, true);
  });
}

void Calls::read_long(const std::string& named, std::uint64_t at_least, const Caller& caller, Done done, std::function<Status(const std::string&)> body) {
  auto there = std::make_shared<std::string>();
  read(named, at_least, caller, [this, there, done = std::move(done), body = std::move(body)](const Status& status) {
    if (!status.ok()) return done(status);
    explaining_.run([there, body] { return body(*there); }, done);
  }, [there](const std::string& ledger) { *there = ledger; return Status(); });
}

void Calls::explain(const v1::ExplainRequest& request, const Caller& caller, v1::ExplainResponse* response, Done done) {
  if (Status status = caller.may_read(v1::Audience::members); !status.ok()) return done(status);
  if (request.what().empty()) return done(Status::invalid("what: expected a matter, or a ruling by its id, but none was given"));
  read_long(request.ledger(), request.at_least(), caller, std::move(done), [this, &request, response](const std::string& ledger) {
    const projections::Store& store = node_.partition_for(ledger).store();
    response->set_position(store.sequence(ledger));
    return app::explain(store, ledger, request.what(), response);
  });
}

void Calls::why_not(const v1::WhyNotRequest& request, const Caller& caller, v1::WhyNotResponse* response, Done done) {
  if (Status status = caller.may_read(v1::Audience::members); !status.ok()) return done(status);
  read_long(request.ledger(), request.at_least(), caller, std::move(done), [this, &request, response](const std::string& ledger) {
    const projections::Store& store = node_.partition_for(ledger).store();
    response->set_position(store.sequence(ledger));
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    if (request.matter().empty()) return Status::invalid("matter: expected the id of one, but none was given");
    if (!v1::Capacity::Value_IsValid(request.capacity())) return Status::invalid("capacity: expected one of the words of Capacity, but " + std::to_string(request.capacity()) + " is none");
    return app::why_not(store, ledger, request, std::chrono::duration_cast<std::chrono::milliseconds>(now).count(), response);
  });
}

void Calls::read_private(const v1::ReadPrivateRequest& request, const Caller& caller, v1::ReadPrivateResponse* response, Done done) {
  if (Status status = caller.may_read(v1::Audience::members); !status.ok()) return done(status);
  if (!request.command().has_read_words()) return done(Status::invalid("command: expected read_words, but it asks for something else"));
  if (node_.private_keys() == nullptr) return done(Status::not_found("this instance keeps no keys of private words; start it with: concordat serve --private-keys DIR"));
  submit(request.command(), caller, [this, caller, asked = request.command().read_words(), response, done = std::move(done)](Result<v1::Reply> reply) {
    if (!reply.ok()) return done(reply.status());
    *response->mutable_reply() = *reply;
    if (reply->has_refused()) return done({});
    if (reply->repeated_command()) return done(Status::invalid("command.command_id: expected a new id, since every reading is an event of its own, but it was used"));
    read_long(reply->ledger(), reply->last_sequence(), caller, done, [this, asked, response](const std::string& ledger) {
      for (v1::OpenedWords& one : open_words(*node_.private_keys(), node_.partition_for(ledger).store(), ledger, asked)) *response->add_opened() = std::move(one);
      return Status();
    });
  });
}

void Calls::get(const v1::GetRequest& request, const Caller& caller, v1::GetResponse* response, Done done) {
  if (Status status = caller.may_read(v1::Audience::members); !status.ok()) return done(status);
  read(request.ledger(), request.at_least(), caller, std::move(done), [this, &request, response](const std::string& ledger) { return app::get(node_.partition_for(ledger).store(), ledger, request, response); });
}

void Calls::list(const v1::ListRequest& request, const Caller& caller, v1::ListResponse* response, Done done) {
  if (Status status = caller.may_read(v1::Audience::members); !status.ok()) return done(status);
  read(request.ledger(), request.at_least(), caller, std::move(done), [this, &request, response](const std::string& ledger) { return app::list(node_.partition_for(ledger).store(), ledger, request, response); });
}

void Calls::snapshot(const v1::SnapshotRequest& request, const Caller& caller, std::function<void(Result<std::unique_ptr<SnapshotReader>>)> opened) {
  if (Status status = caller.may_read(v1::Audience::members); !status.ok()) return opened(status);
  auto reader = std::make_shared<std::unique_ptr<SnapshotReader>>();      // From the read to the end of it.
  read(request.ledger(), request.at_least(), caller, [reader, opened](const Status& status) {
    if (status.ok()) opened(std::move(*reader));
    else opened(status);
  }, [this, &request, reader](const std::string& ledger) {
    auto made = SnapshotReader::open(node_.partition_for(ledger).store(), ledger, request);
    if (made.ok()) *reader = *std::move(made);
    return made.status();
  });
}

const char* code_of(const Status& status) {
  switch (status.kind()) {
    case Status::Kind::kOk: return "ok";
    case Status::Kind::kInvalid: return "invalid_argument";
    case Status::Kind::kNotFound: return "not_found";
    case Status::Kind::kUnavailable: case Status::Kind::kDeposed: case Status::Kind::kBusy: return "unavailable";
    case Status::Kind::kUnauthenticated: return "unauthenticated";
    case Status::Kind::kForbidden: return "permission_denied";
    case Status::Kind::kTooMany: return "resource_exhausted";
    case Status::Kind::kCorrupt: return "data_loss";
  }
  return "internal";
}

}  // namespace concordat::app
