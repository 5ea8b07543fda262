// concordat serve
#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <list>

#include "app/common.h"
#include "app/feed_run.h"
#include "app/http_face.h"
#include "app/service.h"
#include "app/service_calls.h"
#include "app/service_figures.h"
#include "app/service_follow.h"
#include "app/subscription_keep.h"
#include "app/subscriptions.h"
#include "app/webhook.h"

namespace concordat::app {
namespace {

struct Flags { std::string listen = "127.0.0.1:7400", http, ready_file, feeds, subscriptions; int lease_ms = 6000; bool anywhere = false, echo = false, no_sync = false; };

constexpr int kMessageBytesMax = 1 << 20;           // As much as a record of the journal takes.
constexpr int kCallsPerClientMax = 4096;            // At once on one connection; more wait at the client.
constexpr std::size_t kMemoryMax = 512u << 20;      // Of gRPC's buffers.
constexpr auto kDrainMax = std::chrono::seconds(5);

// Whether only this machine can reach the address.
bool loopback(const std::string& listen) {
  if (listen.starts_with("unix:")) return true;
  std::string host = listen.substr(0, listen.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  return host == "::1" || host == "localhost";
}

std::string address_of(const std::string& listen, int port) {
  return listen.starts_with("unix:") ? listen : listen.substr(0, listen.rfind(':')) + ":" + std::to_string(port);
}

Status ready(const Flags& flags, const std::string& address, const std::string& http) {
  if (!flags.ready_file.empty()) {
    std::ofstream out(flags.ready_file);
    out << address << "\n";
    out.flush();
    if (!out) return Status::invalid("--ready-file: expected a file that can be written, but " + flags.ready_file + " cannot");
  }
  std::printf("ready on %s\n", address.c_str());
  if (!http.empty()) std::printf("http on %s\n", http.c_str());
  std::fflush(stdout);
  return {};
}

void say(const Common& common, Node& node) {
  std::string ledgers;
  for (const std::string& one : node.ledgers()) ledgers += (ledgers.empty() ? "" : ", ") + one + " (" + std::to_string(node.partition_for(one).store().sequence(one)) + " events)";
  const Place& place = common.place;
  std::fprintf(stderr, "concordat: serving %s from %s, %s\n", ledgers.empty() ? "no ledger yet" : ledgers.c_str(), place.data.c_str(),
               place.kafka.empty() ? "embedded journal" : ("journal on Kafka at " + place.kafka + ", topic " + place.topic).c_str());
}

// Signals are blocked before any thread starts, so that only sigwait sees them.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// Without credentials, other machines are let in only if that was said.
Status may_listen(const char* flag, const std::string& address, const Flags& flags) {
  if (loopback(address)) return {};
  if (!flags.anywhere)
    return Status::invalid(std::string(flag) + ": expected a loopback address, but " + address + " is none; there is no authentication yet: add --insecure-listen if you mean it");
  std::fprintf(stderr, "concordat: WARNING: %s is open to other machines, without authentication and without encryption.\n"
                       "concordat: WARNING: whoever reaches it can submit commands in anybody's name.\n", address.c_str());
  return {};
}

// As many descriptors as may be had: each follower is one.
void raise_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Until a signal comes; meanwhile what gRPC's health service says follows the node.
void wait_for_signal(const sigset_t& signals, grpc::Server& server, Node* node) {
  const timespec second{1, 0};
  while (sigtimedwait(&signals, nullptr, &second) < 0)
    if (auto* health = server.GetHealthCheckService(); health != nullptr && node != nullptr) health->SetServingStatus(health_of(*node).ok());
}

Status prepare(const Common& common, const Flags& flags, std::vector<v1::Feed>* feeds, std::string* key) {
  auto loaded = load_feeds(flags.feeds);
  if (!loaded.ok()) return loaded.status();
  *feeds = *std::move(loaded);
  auto made = feed_key(common.place);
  if (made.ok()) *key = *std::move(made);
  return made.status();
}

// The feeds that this process tells on Kafka, from the views it has open.
struct Publishing {
  std::list<FeedRunner> runners;

  Status start(const Common& common, const Flags& flags, const std::vector<v1::Feed>& feeds, const std::string& key, ServiceHandle& handle) {
    for (const v1::Feed& feed : feeds) {
      if (feed.topic().empty()) continue;
      auto ledger = handle.calls()->ledger_of(feed.ledger());
      if (!ledger.ok()) return Status::invalid("feed " + feed.name() + ": " + ledger.status().why());
      const projections::Store& store = handle.calls()->node().partition_for(*ledger).store();
      // Not owned: the node outlives the runners.
      const auto fresh = [&store]() -> Result<std::shared_ptr<const projections::Store>> { return std::shared_ptr<const projections::Store>(&store, [](const projections::Store*) {}); };
      runners.emplace_back(feed, *ledger, key, fresh, FeedSettings{.bootstrap = common.place.kafka, .lease_ms = flags.lease_ms});
    }
    for (FeedRunner& one : runners) one.start();
    handle.followers()->listen("feeds", [this] { for (FeedRunner& one : runners) one.wake(); });
    followers = handle.followers();
    return {};
  }
  void stop() {
    if (followers != nullptr) followers->listen("feeds", {});
    followers = nullptr;
    for (FeedRunner& one : runners) one.stop();
    runners.clear();
  }
  std::string figures() const {
    Figures out;
    const auto each = [&](const char* name, const char* help, auto value) {
      out.gauge(name, help);
      for (const FeedRunner& one : runners) out.add(static_cast<double>(value(one.state())), {{"feed", one.feed().name()}});
    };
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    each("concordat_feed_position", "Sequence up to which the feed was told", [](const FeedState& state) { return state.sequence; });
    each("concordat_feed_lag_events", "Events of the ledger that the feed was not told yet", [](const FeedState& state) { return state.head - state.sequence; });
    each("concordat_feed_publishing", "1: this instance tells it", [](const FeedState& state) { return state.publishing ? 1 : 0; });
    each("concordat_feed_failing", "1: it does not move, and the log says why", [](const FeedState& state) { return state.failure.empty() ? 0 : 1; });
    each("concordat_feed_position_age_seconds", "Since its position last moved", [&](const FeedState& state) { return state.moved_ms == 0 ? 0.0 : static_cast<double>(now - state.moved_ms) / 1000; });
    return out.text();
  }
  ~Publishing() { stop(); }
  Followers* followers = nullptr;
};

// The durable subscriptions of this process, those that are fetched and those that are pushed.
struct Subscribing {
  std::unique_ptr<Subscriptions> all;
  std::unique_ptr<Webhooks> webhooks;

  Status start(const Common& common, const Flags& flags, const std::vector<v1::Feed>& feeds, const std::string& key, ServiceHandle& handle) {
    auto declared = load_subscriptions(flags.subscriptions, feeds);
    if (!declared.ok()) return declared.status();
    all = std::make_unique<Subscriptions>(common.place.data, key);
    for (const v1::Subscription& one : *declared) {
      const auto feed = std::find_if(feeds.begin(), feeds.end(), [&](const v1::Feed& each) { return each.name() == one.feed(); });
      auto ledger = handle.calls()->ledger_of(feed->ledger());
      if (!ledger.ok()) return Status::invalid("subscription " + one.name() + ": " + ledger.status().why());
      if (Status status = all->add(one, *feed, *ledger, handle.calls()->node().partition_for(*ledger).store()); !status.ok()) return status;
    }
    webhooks = std::make_unique<Webhooks>(*all);
    if (Status status = webhooks->start(); !status.ok()) return status;
    all->start();
    handle.calls()->offer(all.get());
    followers = handle.followers();
    followers->listen("subscriptions", [this] { all->wake(); });
    return {};
  }
  void stop() {
    if (followers != nullptr) followers->listen("subscriptions", {});
    followers = nullptr;
    if (webhooks) webhooks->stop();
    if (all) all->stop();
  }
  ~Subscribing() { stop(); }
  Followers* followers = nullptr;
};

Status serve(Common& common, const Flags& flags) {
  if (Status status = may_listen("--listen", flags.listen, flags); !status.ok()) return status;
  if (!flags.http.empty())
    if (Status status = may_listen("--http", flags.http, flags); !status.ok()) return status;
  raise_descriptors();
  const sigset_t signals = block_signals();
  std::unique_ptr<Node> node;                       // Outlives the service, which outlives the server.
  if (!flags.echo) {
    Common own = common;
    own.place.sync = !flags.no_sync;
    auto opened = open_node(own);
    if (!opened.ok()) return opened.status();
    node = *std::move(opened);
  }
  const auto handle = flags.echo ? make_echo() : make_service(*node);
  int port = 0;
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  builder.AddListeningPort(flags.listen, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(handle->service());
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  builder.SetResourceQuota(grpc::ResourceQuota("concordat").Resize(kMemoryMax));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kCallsPerClientMax);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0) return Status::unavailable("--listen: expected an address that is free, but " + flags.listen + " cannot be listened on");
  if (node) say(common, *node);
  Publishing publishing;
  Subscribing subscribing;
  std::unique_ptr<HttpFace> http;
  Status status;
  std::string key;
  std::vector<v1::Feed> feeds;
  if (node && !flags.feeds.empty()) status = prepare(common, flags, &feeds, &key);
  if (status.ok() && !common.place.kafka.empty()) status = publishing.start(common, flags, feeds, key, *handle);
  if (status.ok() && node && !flags.subscriptions.empty())
    status = flags.feeds.empty() ? Status::invalid("--subscriptions: expected --feeds too, which they follow, but there is none") : subscribing.start(common, flags, feeds, key, *handle);
  if (status.ok() && node && !flags.http.empty()) {
    auto opened = open_http({.listen = flags.http, .local = loopback(flags.http), .feeds = feeds, .key = key, .figures = [&] { return publishing.figures() + (subscribing.all ? subscribing.all->figures() : ""); }}, *handle);
    status = opened.status();
    if (opened.ok()) http = *std::move(opened);
  }
  if (status.ok()) status = ready(flags, address_of(flags.listen, port), http ? http->address() : "");
  if (status.ok()) wait_for_signal(signals, *server, node.get());
  if (status.ok()) std::printf("draining\n");
  if (auto* health = server->GetHealthCheckService()) health->Shutdown();
  if (http) http->drain();
  publishing.stop();
  subscribing.stop();
  handle->stop();
  server->Shutdown(std::chrono::system_clock::now() + kDrainMax);
  server->Wait();
  if (!flags.ready_file.empty()) std::remove(flags.ready_file.c_str());
  if (status.ok()) std::printf("stopped\n");
  return status;
}

}  // namespace

void add_serve(CLI::App& app, Common& common) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("serve", "Serve gRPC and HTTP/JSON: Submit, SubmitBatch, SubmitStream, Ask, Get, Watch");
  command->add_option("--listen", flags->listen, "Address, or unix:PATH; port 0 takes a free one")->capture_default_str();
  command->add_option("--http", flags->http, "Address for HTTP/JSON (the Connect protocol), health and readiness; none by default");
  command->add_option("--feeds", flags->feeds, "File or directory of feeds: told over HTTP as server-sent events, and with --kafka on their topics");
  command->add_option("--subscriptions", flags->subscriptions, "File or directory of durable subscriptions and webhooks to those feeds");
  command->add_option("--lease", flags->lease_ms, "Milliseconds without a sign after which another instance tells the feeds")->capture_default_str();
  command->add_flag("--insecure-listen", flags->anywhere, "Allow an address other than loopback, without authentication");
  command->add_option("--ready-file", flags->ready_file, "Write the address there once commands are taken; removed at the end");
  command->add_flag("--no-sync", flags->no_sync, "Embedded journal: do not wait for the disk (a power cut may lose the last moments)");
  command->add_flag("--echo", flags->echo, "Serve only Echo, the limit that benches measure against")->group("");
  command->footer("Prints \"ready on ADDRESS\" when it takes commands. SIGTERM or SIGINT drains: what was taken is answered, then it ends with 0.\n"
                  "Examples:\n  concordat serve --listen 127.0.0.1:7400\n  concordat serve --listen 127.0.0.1:7400 --http 127.0.0.1:7401 --feeds deploy/feeds");
  command->callback([&common, flags] { run(common, [&] { return serve(common, *flags); }); });
}

}  // namespace concordat::app
