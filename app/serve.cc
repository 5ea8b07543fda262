// concordat serve
#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>

#include <csignal>
#include <cstdio>
#include <fstream>

#include "app/common.h"
#include "app/service.h"

namespace concordat::app {
namespace {

struct Flags { std::string listen = "127.0.0.1:7400", ready_file; bool anywhere = false, echo = false, no_sync = false; };

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

Status ready(const Flags& flags, const std::string& address) {
  if (!flags.ready_file.empty()) {
    std::ofstream out(flags.ready_file);
    out << address << "\n";
    out.flush();
    if (!out) return Status::invalid("--ready-file: expected a file that can be written, but " + flags.ready_file + " cannot");
  }
  std::printf("ready on %s\n", address.c_str());
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

Status serve(Common& common, const Flags& flags) {
  const bool local = loopback(flags.listen);
  if (!local && !flags.anywhere)
    return Status::invalid("--listen: expected a loopback address, but " + flags.listen + " is none; there is no authentication yet: add --insecure-listen if you mean it");
  if (!local)
    std::fprintf(stderr, "concordat: WARNING: %s is open to other machines, without authentication and without encryption.\n"
                         "concordat: WARNING: whoever reaches it can submit commands in anybody's name.\n", flags.listen.c_str());
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
  Status status = ready(flags, address_of(flags.listen, port));
  int signal = 0;
  if (status.ok()) sigwait(&signals, &signal);
  if (status.ok()) std::printf("draining\n");
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
  CLI::App* command = app.add_subcommand("serve", "Serve gRPC: Submit, SubmitStream, Ask, Get, Watch");
  command->add_option("--listen", flags->listen, "Address, or unix:PATH; port 0 takes a free one")->capture_default_str();
  command->add_flag("--insecure-listen", flags->anywhere, "Allow an address other than loopback, without authentication");
  command->add_option("--ready-file", flags->ready_file, "Write the address there once commands are taken; removed at the end");
  command->add_flag("--no-sync", flags->no_sync, "Embedded journal: do not wait for the disk (a power cut may lose the last moments)");
  command->add_flag("--echo", flags->echo, "Serve only Echo, the limit that benches measure against")->group("");
  command->footer("Prints \"ready on ADDRESS\" when it takes commands. SIGTERM or SIGINT drains: what was taken is answered, then it ends with 0.\n"
                  "Example:\n  concordat serve --listen 127.0.0.1:7400");
  command->callback([&common, flags] { run(common, [&] { return serve(common, *flags); }); });
}

}  // namespace concordat::app
