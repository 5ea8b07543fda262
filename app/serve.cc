// concordat serve
#include <CLI/CLI.hpp>
#include <grpcpp/grpcpp.h>

#include <csignal>
#include <cstdio>
#include <thread>

#include "app/common.h"
#include "app/service.h"

namespace concordat::app {
namespace {

struct Flags { std::string listen = "127.0.0.1:7400"; bool anywhere = false, echo = false, no_sync = false; };

constexpr int kMessageBytesMax = 1 << 20;

Status serve(Common& common, const Flags& flags) {
  const bool loopback = flags.listen.starts_with("127.") || flags.listen.starts_with("localhost:") || flags.listen.starts_with("[::1]:");
  if (!loopback && !flags.anywhere)
    return Status::invalid("--listen: expected a loopback address, but " + flags.listen + " is none; there is no authentication yet: add --insecure-listen if you mean it");
  if (!loopback) std::fprintf(stderr, "concordat: WARNING: serving on %s without authentication or encryption\n", flags.listen.c_str());
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);        // Before any thread starts: only sigwait below sees them.
  std::unique_ptr<Node> node;
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
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0) return Status::unavailable("--listen: expected an address that is free, but " + flags.listen + " cannot be listened on");
  std::printf("ready on %s:%d\n", flags.listen.substr(0, flags.listen.rfind(':')).c_str(), port);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  std::printf("draining\n");
  handle->stop();
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
  server->Wait();
  node.reset();
  std::printf("stopped\n");
  return {};
}

}  // namespace

void add_serve(CLI::App& app, Common& common) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("serve", "Serve gRPC: Submit, SubmitStream, Ask, Get, Watch");
  command->add_option("--listen", flags->listen, "Address; port 0 takes a free one")->capture_default_str();
  command->add_flag("--insecure-listen", flags->anywhere, "Allow an address other than loopback, without authentication");
  command->add_flag("--no-sync", flags->no_sync, "Embedded journal: do not wait for the disk (a power cut may lose the last moments)");
  command->add_flag("--echo", flags->echo, "Serve only Echo, the limit that benches measure against")->group("");
  command->footer("Prints \"ready on ADDRESS\" when it takes commands; drains on SIGTERM or SIGINT.\nExample:\n  concordat serve --listen 127.0.0.1:7400");
  command->callback([&common, flags] { run(common, [&] { return serve(common, *flags); }); });
}

}  // namespace concordat::app
