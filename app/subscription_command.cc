// concordat subscription list, show, pause, resume, replay, discard, secret: through the instance that serves them.
#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "app/common.h"
#include "app/table.h"
#include "concordat/v1/service.grpc.pb.h"

namespace concordat::app {
namespace {

struct Flags { std::string server = "127.0.0.1:7400", name, reason, file; std::uint32_t limit = 0; };

constexpr auto kAnswerWithin = std::chrono::seconds(10);

// One call to the server; its own words if it says no.
template <typename Call>
Status call(const Flags& flags, Call made) {
  const auto stub = v1::Concordat::NewStub(grpc::CreateChannel(flags.server, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  if (const char* token = std::getenv("CONCORDAT_TOKEN")) context.AddMetadata("authorization", std::string("Bearer ") + token);
  context.set_deadline(std::chrono::system_clock::now() + kAnswerWithin);
  const grpc::Status status = made(*stub, context);
  if (status.ok()) return {};
  if (status.error_code() == grpc::StatusCode::INVALID_ARGUMENT) return Status::invalid(status.error_message());
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) return Status::not_found(status.error_message());
  return Status::unavailable("expected `concordat serve` at " + flags.server + " (--server), but: " + status.error_message());
}

std::string state_of(const v1::SubscriptionFigures& one) {
  if (!one.failure().empty()) return "FAILING: " + one.failure();
  if (!one.paused().empty()) return "paused: " + one.paused();
  return one.receiver().empty() ? "running" : "the receiver does not answer well: " + one.receiver();
}

void show_row(const v1::SubscriptionFigures& one) {
  std::printf("%-24s feed %s%s\n%26ssettled up to %llu of %llu; waiting %u, out %u, parked %u\n%26s%s\n", one.name().c_str(), one.feed().c_str(), one.target().empty() ? "" : (" to " + one.target()).c_str(), "",
              static_cast<unsigned long long>(one.settled()), static_cast<unsigned long long>(one.head()), one.waiting(), one.out(), one.parked(), "", state_of(one).c_str());
}

Status show(Common& common, const Flags& flags) {
  v1::GetSubscriptionsRequest request;
  request.set_name(flags.name);
  v1::GetSubscriptionsResponse response;
  if (Status status = call(flags, [&](auto& stub, auto& context) { return stub.GetSubscriptions(&context, request, &response); }); !status.ok()) return status;
  if (common.json()) { std::printf("%s\n", json_of(response).c_str()); return {}; }
  for (const auto& one : response.subscriptions()) show_row(one);
  for (const auto& one : response.parked()) std::printf("  parked after %u attempt%s: %s\n    %s\n", one.attempts(), one.attempts() == 1 ? "" : "s", one.reason().c_str(), one.event().substr(0, 200).c_str());
  if (response.subscriptions_size() == 0) std::printf("There are no subscriptions.\n");
  return {};
}

Status steer(Common& common, const Flags& flags, v1::SteerSubscriptionRequest::Act act) {
  v1::SteerSubscriptionRequest request;
  request.set_name(flags.name);
  request.set_act(act);
  request.set_limit(flags.limit);
  request.set_reason(flags.reason);
  v1::SteerSubscriptionResponse response;
  if (Status status = call(flags, [&](auto& stub, auto& context) { return stub.SteerSubscription(&context, request, &response); }); !status.ok()) return status;
  if (common.json()) std::printf("%s\n", json_of(response.subscription()).c_str());
  else show_row(response.subscription());
  return {};
}

// A new secret on a line of its own at the end: the first line signs until it is taken away, so that both sides can change over.
Status secret(const Flags& flags) {
  unsigned char bytes[32], text[48];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return Status::unavailable("no random bytes could be had");
  const int size = EVP_EncodeBlock(text, bytes, sizeof bytes);
  const std::string line = "whsec_" + std::string(reinterpret_cast<char*>(text), static_cast<std::size_t>(size)) + "\n";
  const int out = open(flags.file.c_str(), O_CREAT | O_APPEND | O_WRONLY, 0600);
  const bool good = out >= 0 && write(out, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && fsync(out) == 0;
  if (out >= 0) close(out);
  if (!good) return Status::invalid(flags.file + ": expected a file that can be written, but it cannot");
  std::printf("A secret was added to %s. Give the same line to the receiver, over a channel that nobody else reads.\n", flags.file.c_str());
  return {};
}

}  // namespace

void add_subscription(CLI::App& app, Common& common) {
  auto flags = std::make_shared<Flags>();
  CLI::App* group = app.add_subcommand("subscription", "Durable subscriptions and webhooks that `serve --subscriptions` delivers");
  group->require_subcommand(1);
  group->add_option("--server", flags->server, "The instance that serves them, over gRPC")->capture_default_str();
  group->footer("CONCORDAT_TOKEN in the environment is sent as bearer token.\nExamples:\n  concordat subscription list\n  concordat subscription show payroll\n  concordat subscription replay payroll --limit 10");
  group->add_subcommand("list", "How each stands")->callback([&common, flags] { run(common, [&] { flags->name.clear(); return show(common, *flags); }); });
  const auto named = [&](const char* verb, const char* what) {
    CLI::App* out = group->add_subcommand(verb, what);
    out->add_option("NAME", flags->name, "Subscription")->required();
    return out;
  };
  named("show", "How one stands, and what it has parked")->callback([&common, flags] { run(common, [&] { return show(common, *flags); }); });
  const auto act = [&](const char* verb, const char* what, v1::SteerSubscriptionRequest::Act which) {
    CLI::App* out = named(verb, what);
    out->callback([&common, flags, which] { run(common, [&] { return steer(common, *flags, which); }); });
    return out;
  };
  act("pause", "Deliver nothing until it is resumed", v1::SteerSubscriptionRequest::pause)->add_option("--reason", flags->reason, "For people");
  act("resume", "Deliver again", v1::SteerSubscriptionRequest::resume);
  act("replay", "Deliver what is parked again, before what is new", v1::SteerSubscriptionRequest::replay)->add_option("--limit", flags->limit, "The oldest so many (default: all)");
  act("discard", "Give up what is parked for good", v1::SteerSubscriptionRequest::discard)->add_option("--limit", flags->limit, "The oldest so many (default: all)");
  CLI::App* make = group->add_subcommand("secret", "Add a new secret for signing webhooks to a file that only you may read");
  make->add_option("FILE", flags->file, "File")->required();
  make->callback([&common, flags] { run(common, [&] { return secret(*flags); }); });
}

}  // namespace concordat::app
