// concordat serve
#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <list>
#include <sstream>

#include "app/common.h"
#include "app/feed_run.h"
#include "app/http_face.h"
#include "app/identity.h"
#include "app/operation_log.h"
#include "app/serve_turn.h"
#include "app/serve_watch.h"
#include "app/service.h"
#include "app/service_calls.h"
#include "app/service_figures.h"
#include "app/service_follow.h"
#include "app/signing.h"
#include "app/subscription_keep.h"
#include "app/subscriptions.h"
#include "app/webhook.h"
#include "projections/views/record.h"

namespace concordat::app {
namespace {

struct Flags { std::string listen = "127.0.0.1:7400", http, ready_file, feeds, subscriptions, identity, certificate, key, client_ca, checkpoint; std::vector<std::string> sign; int lease_ms = 6000, sign_every_ms = 1000; std::string views, https, log = "text"; bool read_only = false, anywhere = false, echo = false, no_sync = false; };

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

Status ready(const Flags& flags, const std::string& address, const std::vector<std::string>& http) {
  if (!flags.ready_file.empty()) {
    std::ofstream out(flags.ready_file);
    out << address << "\n";
    out.flush();
    if (!out) return Status::invalid("--ready-file: expected a file that can be written, but " + flags.ready_file + " cannot");
  }
  std::printf("ready on %s\n", address.c_str());
  for (const std::string& one : http) std::printf("%s\n", one.c_str());
  for (const std::string& one : http) log_event("listen", {{"face", one.substr(0, one.find(' '))}, {"address", one.substr(one.rfind(' ') + 1)}});
  log_event("listen", {{"face", "grpc"}, {"address", address}});
  std::fflush(stdout);
  return {};
}

void say(const Common& common, Node& node) {
  std::string ledgers;
  for (const std::string& one : node.ledgers()) ledgers += (ledgers.empty() ? "" : ", ") + one + " (" + std::to_string(node.partition_for(one).store().sequence(one)) + " events)";
  const Place& place = common.place;
  log_event("start", {{"ledgers", ledgers.empty() ? "none yet" : ledgers}, {"data", place.data}, {"journal", place.kafka.empty() ? "embedded" : "on Kafka at " + place.kafka + ", topic " + node.topic()}});
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

// Without credentials or without encryption, other machines are let in only if that was said.
Status may_listen(const char* flag, const std::string& address, const Flags& flags, bool encrypted) {
  const bool known = !flags.identity.empty();
  if (loopback(address) || (known && encrypted)) return {};
  if (!flags.anywhere)
    return Status::invalid(std::string(flag) + ": expected a loopback address, but " + address + " is none" + (known ? "" : ", and nobody is asked who he is (--identity)") + (encrypted ? "" : ", and nothing is encrypted (--listen: --tls-cert; --http: --https, or a proxy on this machine)") + "; add --insecure-listen if you mean it");
  std::fprintf(stderr, "concordat: WARNING: %s is open to other machines, %s.\n"
                       "concordat: WARNING: %s.\n", address.c_str(), known ? "without encryption" : encrypted ? "without authentication" : "without authentication and without encryption",
               known ? "whoever can listen on the way can take a token and use it" : "whoever reaches it can submit commands in anybody's name");
  return {};
}

Result<std::string> text_of(const char* flag, const std::string& file) {
  std::ifstream in(file);
  if (!in) return Status::invalid(std::string(flag) + ": expected a file that can be read, but " + file + " cannot be opened");
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// TLS, and with --client-ca the certificates of clients that show one: a token does as well, so none is demanded.
Result<http::Tls> tls_of(const Flags& flags) {
  if (flags.certificate.empty() != flags.key.empty()) return Status::invalid("--tls-cert and --tls-key: expected both or neither, but there is one of them");
  if (flags.certificate.empty() && !flags.client_ca.empty()) return Status::invalid("--client-ca: expected --tls-cert and --tls-key too, but there are none");
  if (flags.certificate.empty() && !flags.https.empty()) return Status::invalid("--https: expected --tls-cert and --tls-key too, but there are none");
  http::Tls out;
  if (flags.certificate.empty()) return out;
  auto certificate = text_of("--tls-cert", flags.certificate), key = text_of("--tls-key", flags.key);
  if (!certificate.ok()) return certificate.status();
  if (!key.ok()) return key.status();
  struct stat about{};
  if (stat(flags.key.c_str(), &about) == 0 && (about.st_mode & 077) != 0) return Status::invalid("--tls-key: expected " + flags.key + " readable by its owner only, but others may read it (chmod 600)");
  out = {*certificate, *key, ""};
  if (flags.client_ca.empty()) return out;
  auto roots = text_of("--client-ca", flags.client_ca);
  if (!roots.ok()) return roots.status();
  out.client_roots = *roots;
  return out;
}

Result<std::shared_ptr<grpc::ServerCredentials>> credentials_of(const Flags& flags) {
  auto tls = tls_of(flags);
  if (!tls.ok()) return tls.status();
  if (tls->certificate.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  options.pem_key_cert_pairs.push_back({tls->key, tls->certificate});
  if (!tls->client_roots.empty()) {
    options.pem_root_certs = tls->client_roots;
    options.client_certificate_request = GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return grpc::SslServerCredentials(options);
}

// Somebody to act for whom no record knows is most likely a slip of the pen; the engine refuses him in any case.
void warn_of_strangers(const Gate& gate, Node& node) {
  for (const std::string& actor : gate.actors()) {
    bool known = false;
    for (const std::string& ledger : node.ledgers()) known = known || projections::RecordReader(node.partition_for(ledger).store(), ledger).resolve(actor).subject == actor;
    if (!known) std::fprintf(stderr, "concordat: WARNING: identity: acts_as names \"%s\", of whom the record knows nothing\n", actor.c_str());
  }
}

// As many descriptors as may be had: each follower is one.
void raise_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Until a signal comes; meanwhile what gRPC's health service says follows the node, and what changes is said.
void wait_for_signal(const sigset_t& signals, grpc::Server& server, Node* node, ServeWatch* watch) {
  const timespec second{1, 0};
  while (sigtimedwait(&signals, nullptr, &second) < 0) {
    if (watch != nullptr) watch->look();
    if (auto* health = server.GetHealthCheckService(); health != nullptr && node != nullptr) health->SetServingStatus(ready_of(*node).ok());
  }
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
  void failures(const std::function<void(const std::string&, const std::string&)>& each) const {
    for (const FeedRunner& one : runners) each("feed " + one.feed().name(), one.state().failure);
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
    all = std::make_unique<Subscriptions>(common.place.kafka.empty() ? places_in(common.place.data) : places_on_kafka(common.place.kafka, flags.lease_ms), key);
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
  void failures(const std::function<void(const std::string&, const std::string&)>& each) const {
    v1::GetSubscriptionsResponse told;
    if (!all || !all->get({}, &told).ok()) return;
    for (const auto& one : told.subscriptions()) each("subscription " + one.name(), !one.failure().empty() ? one.failure() : one.paused().empty() ? "" : "it is paused: " + one.paused());
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
Status start_signing(const Common& common, const Flags& flags, Node& node, Signing* signing) {
  if (flags.sign.empty()) return {};
  const auto ledger = ledger_of(common, node.ledgers());
  if (!ledger.ok()) return ledger.status();
  return signing->start(node, {.keys = flags.sign, .out = flags.checkpoint, .ledger = *ledger, .data = common.place.data, .every_ms = flags.sign_every_ms});
}

Status serve(Common& common, const Flags& flags) {
  if (Status status = may_listen("--listen", flags.listen, flags, !flags.certificate.empty()); !status.ok()) return status;
  if (!flags.http.empty())
    if (Status status = may_listen("--http", flags.http, flags, false); !status.ok()) return status;
  if (!flags.https.empty())
    if (Status status = may_listen("--https", flags.https, flags, true); !status.ok()) return status;
  log_as(flags.log == "json" ? LogForm::kJson : LogForm::kText);
  raise_descriptors();
  const sigset_t signals = block_signals();
  ServeTurn turn;                                   // Outlives the node, which asks it.
  std::unique_ptr<Node> node;                       // Outlives the service, which outlives the server.
  if (!flags.echo) {
    Common own = common;
    own.place.sync = !flags.no_sync;
    own.place.read_only = flags.read_only;
    own.place.views = flags.views;
    own.place.lease_ms = flags.lease_ms;
    const bool shared = !common.place.kafka.empty() && !flags.read_only;
    if (shared) own.place.turn = [&turn](std::uint32_t partition) { return turn.mine(partition); };
    auto opened = open_node(own);
    if (!opened.ok()) return opened.status();
    node = *std::move(opened);
    if (shared)
      if (Status status = turn.start(own.place, *node); !status.ok()) return status;
  }
  std::unique_ptr<Gate> gate;
  if (node && !flags.identity.empty()) {
    auto opened = Gate::open(flags.identity);
    if (!opened.ok()) return opened.status();
    gate = *std::move(opened);
    warn_of_strangers(*gate, *node);
  }
  auto credentials = credentials_of(flags);
  if (!credentials.ok()) return credentials.status();
  const auto handle = flags.echo ? make_echo() : make_service(*node, gate.get());
  int port = 0;
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  builder.AddListeningPort(flags.listen, *credentials, &port);
  builder.RegisterService(handle->service());
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  builder.SetResourceQuota(grpc::ResourceQuota("concordat").Resize(kMemoryMax));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kCallsPerClientMax);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  gpr_set_log_function([](gpr_log_func_args*) {});      // What follows says in our words why it cannot listen.
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  gpr_set_log_function(nullptr);
  if (!server || port == 0) return Status::unavailable("--listen: expected an address that is free, but " + flags.listen + " cannot be listened on" + (flags.certificate.empty() ? "" : ", or --tls-cert and --tls-key are no certificate and its key in PEM"));
  if (node) say(common, *node);
  Publishing publishing;
  Subscribing subscribing;
  std::vector<std::unique_ptr<HttpFace>> faces;
  Status status;
  std::string key;
  std::vector<v1::Feed> feeds;
  if (node && !flags.feeds.empty()) status = prepare(common, flags, &feeds, &key);
  if (status.ok() && !common.place.kafka.empty()) status = publishing.start(common, flags, feeds, key, *handle);
  if (status.ok() && node && !flags.subscriptions.empty())
    status = flags.feeds.empty() ? Status::invalid("--subscriptions: expected --feeds too, which they follow, but there is none") : subscribing.start(common, flags, feeds, key, *handle);
  std::vector<std::string> told;
  for (const bool sealed : {false, true}) {
    const std::string& listen = sealed ? flags.https : flags.http;
    if (!status.ok() || !node || listen.empty()) continue;
    auto tls = sealed ? tls_of(flags) : Result<http::Tls>(http::Tls{});
    if (!(status = tls.status()).ok()) break;
    auto opened = open_http({.listen = listen, .local = loopback(listen), .gate = gate.get(), .feeds = feeds, .key = key, .figures = [&] { return publishing.figures() + (subscribing.all ? subscribing.all->figures() : ""); }, .tls = *tls}, *handle);
    status = opened.status();
    if (!opened.ok()) break;
    told.push_back((sealed ? "https on " : "http on ") + (*opened)->address());
    faces.push_back(*std::move(opened));
  }
  Signing signing;
  if (status.ok() && node) status = start_signing(common, flags, *node, &signing);
  if (status.ok()) status = ready(flags, address_of(flags.listen, port), told);
  std::unique_ptr<ServeWatch> watch;
  if (node) watch = std::make_unique<ServeWatch>(*node, [&](const auto& each) { publishing.failures(each); subscribing.failures(each); });
  if (watch) watch->look();
  if (status.ok()) wait_for_signal(signals, *server, node.get(), watch.get());
  if (status.ok()) std::printf("draining\n");
  log_event("drain");
  if (auto* health = server->GetHealthCheckService()) health->Shutdown();
  for (const auto& face : faces) face->drain();
  signing.stop();
  publishing.stop();
  subscribing.stop();
  handle->stop();
  server->Shutdown(std::chrono::system_clock::now() + kDrainMax);
  server->Wait();
  if (!flags.ready_file.empty()) std::remove(flags.ready_file.c_str());
  if (status.ok()) std::printf("stopped\n");
  log_event("stop", {{"why", status.ok() ? "asked" : status.why()}}, !status.ok());
  return status;
}

}  // namespace

void add_serve(CLI::App& app, Common& common) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("serve", "Serve gRPC and HTTP/JSON: Submit, SubmitBatch, SubmitStream, Ask, Get, Watch");
  command->add_option("--listen", flags->listen, "Address, or unix:PATH; port 0 takes a free one")->capture_default_str();
  command->add_option("--http", flags->http, "Address for HTTP/JSON (the Connect protocol), health and readiness; none by default");
  command->add_option("--https", flags->https, "Address for the same over TLS, with --tls-cert and --tls-key");
  command->add_option("--log", flags->log, "Events of operation on stderr: text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
  command->add_option("--feeds", flags->feeds, "File or directory of feeds: told over HTTP as server-sent events, and with --kafka on their topics");
  command->add_option("--subscriptions", flags->subscriptions, "File or directory of durable subscriptions and webhooks to those feeds");
  command->add_option("--identity", flags->identity, "File of who may come in, by bearer token or client certificate, and what they may read");
  command->add_option("--tls-cert", flags->certificate, "Certificate chain of this server for --listen and --https, PEM");
  command->add_option("--tls-key", flags->key, "Its key, PEM");
  command->add_option("--client-ca", flags->client_ca, "Whose client certificates are believed, PEM");
  command->add_option("--lease", flags->lease_ms, "Milliseconds without a sign after which another instance leads, tells the feeds and delivers the subscriptions")->capture_default_str();
  command->add_flag("--read-only", flags->read_only, "Follow the journal and serve reads; take no commands");
  command->add_option("--views", flags->views, "With --read-only: a directory of its own for the views, so that it can stand beside the one that writes");
  command->add_flag("--insecure-listen", flags->anywhere, "Allow an address other than loopback although there is no authentication or no encryption");
  command->add_option("--sign", flags->sign, "Private key: sign the log whenever it grew (see: concordat key)");
  command->add_option("--checkpoint", flags->checkpoint, "With --sign: file for the newest checkpoint");
  command->add_option("--sign-every", flags->sign_every_ms, "With --sign: milliseconds between checkpoints, at least")->capture_default_str();
  command->add_option("--ready-file", flags->ready_file, "Write the address there once commands are taken; removed at the end");
  command->add_flag("--no-sync", flags->no_sync, "Embedded journal: do not wait for the disk (a power cut may lose the last moments)");
  command->add_flag("--echo", flags->echo, "Serve only Echo, the limit that benches measure against")->group("");
  command->footer("Prints \"ready on ADDRESS\" when it takes commands. SIGTERM or SIGINT drains: what was taken is answered, then it ends with 0.\n"
                  "Examples:\n  concordat serve --listen 127.0.0.1:7400\n  concordat serve --listen 127.0.0.1:7400 --http 127.0.0.1:7401 --feeds deploy/feeds");
  command->callback([&common, flags] { run(common, [&] { return serve(common, *flags); }); });
}

}  // namespace concordat::app
