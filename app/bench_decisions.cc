// concordat bench decisions: open, six positions, outcome seen, through gRPC to a server process of its own.
#include <CLI/CLI.hpp>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <filesystem>

#include "app/bench.h"
#include "app/bench_client.h"
#include "app/bench_server.h"
#include "app/bench_world.h"
#include "app/common.h"
#include "engine/journal/kafka_limit.h"

namespace concordat::app {
namespace {

struct Flags { std::vector<int> in_flight{1, 16, 64, 256}; bool stream = false, no_sync = false; double seconds = 4; };

constexpr double kLimitS = 1.5;           // How long each limit is measured.
constexpr std::size_t kRecords = 5000;    // Of the run's own commits, for the raw limit.

std::uint64_t bytes_in(const std::string& directory) {
  std::uint64_t sum = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, error))
    if (entry.is_regular_file(error)) sum += entry.file_size(error);
  return sum;
}

// The server, the echo server, and one client for both.
struct Trial {
  explicit Trial(const std::string& kafka) : at(kafka), raw(kafka) {}

  Status start(bool no_sync) {
    if (Status status = init(at.place); !status.ok()) return status;
    std::vector<std::string> words{"--data", at.place.data, "--topic", at.place.topic};
    if (kafka()) words.insert(words.end(), {"--kafka", at.place.kafka});
    words.insert(words.end(), {"serve", "--listen", "127.0.0.1:0"});
    if (no_sync) words.emplace_back("--no-sync");
    if (Status status = server.start(words, at.place.data + "/serve.log"); !status.ok()) return status;
    if (Status status = echo.start({"serve", "--echo", "--listen", "127.0.0.1:0"}, at.place.data + "/echo.log"); !status.ok()) return status;
    stub = v1::Concordat::NewStub(grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials()));
    echo_stub = v1::Echo::NewStub(grpc::CreateChannel(echo.address(), grpc::InsecureChannelCredentials()));
    return load();
  }

  bool kafka() const { return !at.place.kafka.empty(); }

  // Raw produce-and-read-back of records of this very run.
  Result<journal::RoundTrips> raw_trips(std::size_t in_flight) {
    return journal::raw_round_trips(at.place.kafka, raw.name, {.records = records, .in_flight = in_flight, .seconds = kLimitS});
  }

  BenchPlace at, raw;                     // Go last.
  BenchServer server, echo;
  std::unique_ptr<v1::Concordat::Stub> stub;
  std::unique_ptr<v1::Echo::Stub> echo_stub;
  std::vector<std::string> records;       // Of this run, with --kafka.
  double record_bytes = 0;                // On average.
  double decisions = 0;                   // Since the start: disk is shared over all of them, since compaction comes and goes.

 private:
  Status load() {
    auto commands = bench_world("bench");
    if (!commands.ok()) return commands.status();
    for (const v1::Command& command : *commands) {
      grpc::ClientContext context;
      v1::SubmitResponse response;
      const grpc::Status status = stub->Submit(&context, command, &response);
      if (!status.ok() || response.reply().has_refused()) return Status::unavailable("bench world: " + status.error_message() + response.reply().refused().sentence());
    }
    const Driven warm = drive_stream(*stub, 16, 0.5, "warm");
    decisions += static_cast<double>(warm.took_ms.size());
    if (!warm.failure.empty()) return Status::unavailable(warm.failure);
    return kafka() ? look_at_records() : Status();
  }

  Status look_at_records() {
    if (Status status = journal::create_topic(at.place.kafka, raw.name, 1, 1); !status.ok()) return status;
    double bytes = 0;
    Status status = journal::raw_consume(at.place.kafka, at.place.topic, [&](std::string_view payload) {
      if (records.size() == kRecords) return;
      records.emplace_back(payload);
      bytes += static_cast<double>(payload.size());
    });
    if (status.ok() && records.empty()) return Status::corrupt("topic " + at.place.topic + ": expected the commits of the bench, but it is empty");
    record_bytes = bytes / static_cast<double>(records.size());
    return status;
  }
};

Status beside_echo(const Common& common, Trial& trial, const std::string& with, int c, const Driven& ours) {
  Driven limit = drive_echo(*trial.echo_stub, c, kLimitS);
  if (!limit.failure.empty()) return Status::unavailable("an echo failed: " + limit.failure);
  bench_print(common, {.what = with + "commands", .value = static_cast<double>(ours.calls) / ours.seconds, .unit = "commands/s", .limit = static_cast<double>(limit.calls) / limit.seconds,
                       .of = "an empty echo", .must = Must::kAtLeast, .bound = 0.5});
  return {};
}

Status beside_raw(const Common& common, Trial& trial, const std::string& with, int c, const Driven& ours, double p50_ms) {
  const auto limit = trial.raw_trips(static_cast<std::size_t>(c * kCommandsPerDecision));
  if (!limit.ok()) return limit.status();
  bench_print(common, {.what = with + "commands", .value = static_cast<double>(ours.calls) / ours.seconds, .unit = "commands/s", .limit = limit->per_s,
                       .of = "raw produce and read back", .must = Must::kAtLeast, .bound = 0.4});
  if (c > 1) return {};
  const auto one = trial.raw_trips(1);
  if (!one.ok()) return one.status();
  Driven echo = drive_echo(*trial.echo_stub, 1, kLimitS);
  if (!echo.failure.empty()) return Status::unavailable("an echo failed: " + echo.failure);
  bench_print(common, {.what = with + "p50", .value = p50_ms, .unit = "ms", .limit = 3 * one->p50_ms + 2 * bench_rank(echo.took_ms, 0.5), .of = "3 raw appends and 2 echoes",
                       .must = Must::kAtMost, .bound = 1});
  return {};
}

Status one_load(const Common& common, const Flags& flags, Trial& trial, int c) {
  const double cpu = trial.server.cpu_s();
  const std::string run = (flags.stream ? "s" : "u") + std::to_string(c) + ".";
  Driven ours = flags.stream ? drive_stream(*trial.stub, c, flags.seconds, run) : drive_unary(*trial.stub, c, flags.seconds, run);
  if (!ours.failure.empty()) return Status::unavailable("a command failed: " + ours.failure);
  const auto decisions = static_cast<double>(ours.took_ms.size());
  trial.decisions += decisions;
  const double disk = static_cast<double>(bytes_in(trial.at.place.data)) / trial.decisions + kCommandsPerDecision * trial.record_bytes;
  const double used = trial.server.cpu_s() - cpu, p50 = bench_rank(ours.took_ms, 0.5);
  const std::string with = std::to_string(c) + " in flight: ";
  bench_print(common, {.what = with + "decisions", .value = decisions / ours.seconds, .unit = "decisions/s"});
  bench_print(common, {.what = with + "p50", .value = p50, .unit = "ms"});
  bench_print(common, {.what = with + "p99", .value = bench_rank(ours.took_ms, 0.99), .unit = "ms"});
  bench_print(common, {.what = with + "server CPU a decision", .value = used / decisions * 1e6, .unit = "us", .must = Must::kAtMost, .bound = 150});
  bench_print(common, {.what = with + "disk a decision", .value = disk, .unit = "bytes", .must = Must::kAtMost, .bound = 4096});
  if (!flags.stream) return beside_echo(common, trial, with, c, ours);
  return trial.kafka() ? beside_raw(common, trial, with, c, ours, p50) : Status();
}

Status decisions(Common& common, const Flags& flags) {
  Trial trial(common.place.kafka);
  if (Status status = trial.start(flags.no_sync); !status.ok()) return status;
  bench_head(common, std::string("joint decisions (open, six positions, outcome seen), ") + (flags.stream ? "streamed, " : "unary, ") + (trial.kafka() ? "journal on Kafka" : "embedded journal"));
  for (const int c : flags.in_flight)
    if (Status status = one_load(common, flags, trial, c); !status.ok()) return status;
  return {};
}

}  // namespace

void add_bench_decisions(CLI::App& bench, Common& common) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = bench.add_subcommand("decisions", "Joint decisions through gRPC, to a server process of its own");
  command->add_option("-c", flags->in_flight, "Decisions in flight, e.g. 1,16,64,256")->delimiter(',')->check(CLI::Range(1, 4096))->capture_default_str();
  command->add_flag("--stream", flags->stream, "One stream instead of unary calls");
  command->add_option("--seconds", flags->seconds, "For each number in flight")->check(CLI::Range(0.2, 120.0))->capture_default_str();
  command->add_flag("--no-sync", flags->no_sync, "Embedded journal: do not wait for the disk");
  command->footer("Without --kafka on the embedded journal; disk is journal and views; on Kafka the journal counts as its records, uncompressed.\nExample:\n  concordat bench decisions -c 1,64 --stream --kafka 127.0.0.1:9092");
  command->callback([&common, flags] { run(common, [&] { return decisions(common, *flags); }); });
}

}  // namespace concordat::app
