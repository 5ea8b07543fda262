// concordat bench decisions: open, six positions, outcome seen, through gRPC to a server process of its own.
#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "app/bench.h"
#include "app/bench_world.h"
#include "app/common.h"
#include "concordat/v1/service.grpc.pb.h"
#include "engine/journal/kafka_limit.h"

namespace concordat::app {
namespace {

struct Flags { std::vector<int> in_flight{1, 16, 64, 256}; bool stream = false; double seconds = 4; };

// A server process of this very program; stopped by its own pid.
class Server {
 public:
  Status start(const std::vector<std::string>& arguments) {
    int ends[2];
    if (pipe(ends) != 0) return Status::unavailable("no pipe");
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], 1);
      close(ends[0]);
      std::vector<char*> argv;
      std::string self = "/proc/self/exe";
      argv.push_back(self.data());
      for (const std::string& one : arguments) argv.push_back(const_cast<char*>(one.c_str()));
      argv.push_back(nullptr);
      execv(self.c_str(), argv.data());
      _exit(127);
    }
    close(ends[1]);
    std::string line;
    char c = 0;
    while (read(ends[0], &c, 1) == 1 && c != '\n') line.push_back(c);
    out_ = ends[0];
    if (!line.starts_with("ready on ")) return Status::unavailable("the server did not start: " + line);
    address = line.substr(9);
    return {};
  }
  ~Server() {
    if (pid_ <= 0) return;
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    close(out_);
  }
  double cpu_s() const {
    std::ifstream in("/proc/" + std::to_string(pid_) + "/stat");
    std::string text((std::istreambuf_iterator<char>(in)), {});
    long long user = 0, system = 0;
    std::sscanf(text.c_str() + text.rfind(')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld", &user, &system);
    return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  std::string address;

 private:
  pid_t pid_ = -1;
  int out_ = -1;
};

std::uint64_t bytes_in(const std::string& directory) {
  std::uint64_t sum = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, error))
    if (entry.is_regular_file(error)) sum += entry.file_size(error);
  return sum;
}

struct Figures { double decisions = 0, seconds = 0, p50_ms = 0, p99_ms = 0; std::uint64_t commands = 0; std::string failure; };

void sum_up(std::vector<double>& took, Figures* out) {
  if (took.empty()) return;
  std::sort(took.begin(), took.end());
  out->p50_ms = took[took.size() / 2] * 1e3;
  out->p99_ms = took[took.size() * 99 / 100] * 1e3;
}

// Unary: so many decisions at a time, each waiting for every reply before its next command.
Figures unary(v1::Concordat::Stub& stub, int in_flight, double seconds, const std::string& run) {
  struct Call { grpc::ClientContext context; v1::Command command; v1::SubmitResponse response; };
  std::mutex mutex;
  std::condition_variable done;
  std::vector<double> took;
  Figures out;
  std::atomic<std::uint64_t> next{0};
  int running = in_flight;
  const double began = bench_now_s(), until = began + seconds;
  std::function<void(std::uint64_t, int, double)> go = [&](std::uint64_t n, int step, double opened) {
    auto call = std::make_shared<Call>();
    call->command = bench_command("bench", run, n, step);
    stub.async()->Submit(&call->context, &call->command, &call->response, [&, call, n, step, opened](const grpc::Status& status) {
      const bool good = status.ok() && !call->response.reply().has_refused();
      const double now = bench_now_s();
      bool more = good;
      {
        std::lock_guard lock(mutex);
        ++out.commands;
        if (!good) out.failure = status.ok() ? call->response.reply().refused().sentence() : status.error_message();
        if (good && step == kCommandsPerDecision - 1) { took.push_back(now - opened); more = now < until; }
        if (!more && --running == 0) done.notify_all();
      }
      if (!more) return;
      if (step < kCommandsPerDecision - 1) go(n, step + 1, opened);
      else go(next++, 0, bench_now_s());
    });
  };
  for (int i = 0; i < in_flight; ++i) go(next++, 0, bench_now_s());
  std::unique_lock lock(mutex);
  done.wait(lock, [&] { return running == 0; });
  out.seconds = bench_now_s() - began;
  out.decisions = static_cast<double>(took.size());
  sum_up(took, &out);
  return out;
}

// Streamed: all seven commands of a decision are sent at once; so many decisions at a time.
class Streamer final : public grpc::ClientBidiReactor<v1::Command, v1::SubmitResponse> {
 public:
  Streamer(v1::Concordat::Stub& stub, int in_flight, double seconds, std::string run) : run_(std::move(run)), began_(bench_now_s()), until_(began_ + seconds) {
    stub.async()->SubmitStream(&context_, this);
    for (int i = 0; i < in_flight; ++i) open();
    StartRead(&response_);
    { std::lock_guard lock(mutex_); write(); }
    StartCall();
  }
  void OnWriteDone(bool ok) override { std::lock_guard lock(mutex_); writing_ = false; if (ok) write(); }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    std::lock_guard lock(mutex_);
    ++out_.commands;
    if (response_.reply().has_refused()) out_.failure = response_.reply().refused().sentence();
    if (++answered_ % kCommandsPerDecision == 0) {
      const double now = bench_now_s();
      took_.push_back(now - opened_.front());
      opened_.pop_front();
      if (now < until_ && out_.failure.empty()) open();
    }
    if (opened_.empty()) { closing_ = true; if (!writing_) StartWritesDone(); }
    write();
    StartRead(&response_);
  }
  void OnDone(const grpc::Status& status) override {
    std::lock_guard lock(mutex_);
    if (!status.ok()) out_.failure = status.error_message();
    ended_ = true;
    done_.notify_all();
  }
  Figures wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return ended_; });
    out_.seconds = bench_now_s() - began_;
    out_.decisions = static_cast<double>(took_.size());
    sum_up(took_, &out_);
    return out_;
  }

 private:
  void open() {
    for (int step = 0; step < kCommandsPerDecision; ++step) to_send_.push_back(bench_command("bench", run_, next_, step));
    ++next_;
    opened_.push_back(bench_now_s());
  }
  void write() {
    if (writing_ || to_send_.empty() || closing_) return;
    writing_ = true;
    command_ = std::move(to_send_.front());
    to_send_.pop_front();
    grpc::WriteOptions options;
    if (!to_send_.empty()) options.set_buffer_hint();
    StartWrite(&command_, options);
  }
  grpc::ClientContext context_;
  const std::string run_;
  const double began_, until_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::deque<v1::Command> to_send_;
  std::deque<double> opened_;
  std::vector<double> took_;
  v1::Command command_;
  v1::SubmitResponse response_;
  std::uint64_t next_ = 0, answered_ = 0;
  bool writing_ = false, closing_ = false, ended_ = false;
  Figures out_;
};

// Empty calls with the same client and the same number in flight.
double echoes_per_s(v1::Echo::Stub& stub, int in_flight, double seconds) {
  struct Call { grpc::ClientContext context; v1::EchoRequest request; v1::EchoResponse response; };
  std::mutex mutex;
  std::condition_variable done;
  std::uint64_t count = 0;
  int running = in_flight;
  const double began = bench_now_s(), until = began + seconds;
  std::function<void()> go = [&] {
    auto call = std::make_shared<Call>();
    call->request.set_payload(std::string(100, 'x'));
    stub.async()->Echo(&call->context, &call->request, &call->response, [&, call](const grpc::Status& status) {
      bool more = status.ok() && bench_now_s() < until;
      { std::lock_guard lock(mutex); ++count; if (!more && --running == 0) done.notify_all(); }
      if (more) go();
    });
  };
  for (int i = 0; i < in_flight; ++i) go();
  std::unique_lock lock(mutex);
  done.wait(lock, [&] { return running == 0; });
  return static_cast<double>(count) / (bench_now_s() - began);
}

Status decisions(Common& common, const Flags& flags) {
  BenchPlace at(common.place.kafka), raw(common.place.kafka);
  if (Status status = init(at.place); !status.ok()) return status;
  std::vector<std::string> arguments{"--data", at.place.data, "--topic", at.place.topic};
  if (!at.place.kafka.empty()) { arguments.push_back("--kafka"); arguments.push_back(at.place.kafka); }
  for (const char* one : {"serve", "--listen", "127.0.0.1:0"}) arguments.push_back(one);
  Server server, echo;
  if (Status status = server.start(arguments); !status.ok()) return status;
  if (Status status = echo.start({"serve", "--echo", "--listen", "127.0.0.1:0"}); !status.ok()) return status;
  const auto stub = v1::Concordat::NewStub(grpc::CreateChannel(server.address, grpc::InsecureChannelCredentials()));
  const auto echo_stub = v1::Echo::NewStub(grpc::CreateChannel(echo.address, grpc::InsecureChannelCredentials()));
  auto commands = bench_world("bench");
  if (!commands.ok()) return commands.status();
  for (const v1::Command& command : *commands) {
    grpc::ClientContext context;
    v1::SubmitResponse response;
    const grpc::Status status = stub->Submit(&context, command, &response);
    if (!status.ok() || response.reply().has_refused()) return Status::unavailable("bench world: " + status.error_message() + response.reply().refused().sentence());
  }
  if (!common.json()) std::printf("joint decisions (open, six positions, outcome seen), %s, %s journal\n", flags.stream ? "streamed" : "unary", at.place.kafka.empty() ? "embedded" : "Kafka");
  (void)unary(*stub, 16, 0.5, "warm");
  const std::vector<std::string> frames(4000, std::string(260, 'x'));
  if (!at.place.kafka.empty())
    if (Status status = journal::create_topic(at.place.kafka, raw.name, 1, 1); !status.ok()) return status;
  double all = 0;      // Decisions so far: disk is shared over them, since compaction comes and goes.
  for (const int c : flags.in_flight) {
    const double cpu = server.cpu_s();
    const std::string run = (flags.stream ? "s" : "u") + std::to_string(c) + ".";
    Figures figures;
    if (flags.stream) { auto streamer = std::make_unique<Streamer>(*stub, c, flags.seconds, run); figures = streamer->wait(); }
    else figures = unary(*stub, c, flags.seconds, run);
    if (!figures.failure.empty()) return Status::unavailable("a command failed: " + figures.failure);
    all += figures.decisions;
    const double used = server.cpu_s() - cpu, per_s = figures.decisions / figures.seconds, commands_per_s = static_cast<double>(figures.commands) / figures.seconds;
    const std::string with = std::to_string(c) + " in flight: ";
    bench_line(common, with + "decisions", per_s, "decisions/s", 0, "", 0);
    bench_line(common, with + "p50", figures.p50_ms, "ms", 0, "", 0);
    bench_line(common, with + "p99", figures.p99_ms, "ms", 0, "", 0);
    bench_line(common, with + "server CPU a decision (must be at most 150)", used / figures.decisions * 1e6, "us", 0, "", 0);
    bench_line(common, with + "disk a decision (must be at most 4096)", static_cast<double>(bytes_in(at.place.data)) / all, "bytes", 0, "", 0);
    if (!flags.stream) {
      const double limit = echoes_per_s(*echo_stub, c, std::min(2.0, flags.seconds));
      bench_line(common, with + "commands", commands_per_s, "commands/s", commands_per_s / limit, "an empty echo", 0.5);
    } else if (!at.place.kafka.empty()) {
      auto limit = journal::raw_round_trips(at.place.kafka, raw.name, frames, static_cast<std::size_t>(c * kCommandsPerDecision));
      if (!limit.ok()) return limit.status();
      bench_line(common, with + "commands", commands_per_s, "commands/s", commands_per_s / limit->per_s, "raw produce and read back", 0.4);
    }
  }
  return {};
}

}  // namespace

void add_bench_decisions(CLI::App& bench, Common& common) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = bench.add_subcommand("decisions", "Joint decisions through gRPC, to a server process of its own");
  command->add_option("-c", flags->in_flight, "Decisions in flight, e.g. 1,16,64,256")->delimiter(',')->check(CLI::Range(1, 4096));
  command->add_flag("--stream", flags->stream, "One stream instead of unary calls");
  command->add_option("--seconds", flags->seconds, "For each number in flight")->check(CLI::Range(0.2, 120.0));
  command->footer("Without --kafka on the embedded journal.\nExample:\n  concordat bench decisions -c 1,64 --stream --kafka 127.0.0.1:9092");
  command->callback([&common, flags] { run(common, [&] { return decisions(common, *flags); }); });
}

}  // namespace concordat::app
