// concordat bench append: engine, Kafka journal and views in process, against the Kafka client alone.
#include <CLI/CLI.hpp>

#include "app/bench.h"
#include "app/bench_world.h"
#include "app/common.h"
#include "engine/journal/kafka_limit.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

constexpr std::uint64_t kAlone = 420;              // Commands sent one at a time.

std::vector<std::string> commits_of(const projections::Store& store, std::size_t most) {
  std::vector<std::string> out;
  store.scan(projections::kLedgerView, "bench", "", "", [&](std::string_view, std::string_view bytes) { out.emplace_back(bytes); return out.size() < most; });
  return out;
}

Result<double> alone_ms(Node& node) {
  std::vector<double> took;
  for (std::uint64_t n = 0; n < kAlone; ++n) {
    v1::Command command = bench_command("bench", "alone", n / kCommandsPerDecision, static_cast<int>(n % kCommandsPerDecision));
    const double asked = bench_now_s();
    auto reply = node.submit_and_wait(std::move(command), "bench");
    if (!reply.ok()) return reply.status();
    took.push_back((bench_now_s() - asked) * 1e3);
  }
  return bench_rank(took, 0.5);
}

// Without a broker there is no limit to measure against: what the process itself spends on a command.
Status append_embedded(Common& common, std::uint64_t count) {
  const BenchPlace at("");
  auto node = bench_node(at);
  if (!node.ok()) return node.status();
  const std::uint64_t decisions = count / kCommandsPerDecision, commands = decisions * kCommandsPerDecision;
  const double began = bench_now_s(), cpu = bench_cpu_s();
  auto events = bench_drive(**node, decisions, "d");
  if (!events.ok()) return events.status();
  const double took = bench_now_s() - began, used = bench_cpu_s() - cpu;
  bench_head(common, "append, " + std::to_string(commands) + " commands, each one record of the embedded journal");
  bench_print(common, {.what = "through engine, journal and every view", .value = static_cast<double>(*events) / took, .unit = "events/s"});
  bench_print(common, {.what = "  the same in commands", .value = static_cast<double>(commands) / took, .unit = "commands/s"});
  bench_print(common, {.what = "  CPU of the whole process a command", .value = used / static_cast<double>(commands) * 1e6, .unit = "us"});
  return {};
}

Status append(Common& common, std::uint64_t count) {
  if (common.place.kafka.empty()) return append_embedded(common, count);
  const BenchPlace at(common.place.kafka), raw(common.place.kafka);
  auto node = bench_node(at);
  if (!node.ok()) return node.status();
  if (auto warm = bench_drive(**node, 500, "w"); !warm.ok()) return warm.status();
  const std::uint64_t decisions = count / kCommandsPerDecision, commits = decisions * kCommandsPerDecision;
  const double began = bench_now_s(), cpu = bench_cpu_s();
  auto events = bench_drive(**node, decisions, "d");
  if (!events.ok()) return events.status();
  const double took = bench_now_s() - began, used = bench_cpu_s() - cpu;

  const auto records = commits_of((*node)->partition(0).store(), commits);
  if (Status status = journal::create_topic(common.place.kafka, raw.name, 1, 1); !status.ok()) return status;
  auto limit = journal::raw_produce_s(common.place.kafka, raw.name, records);
  if (!limit.ok()) return limit.status();
  const double per_commit = static_cast<double>(*events) / static_cast<double>(commits);
  const double raw_per_s = static_cast<double>(records.size()) / *limit, ours_per_s = static_cast<double>(commits) / took;
  bench_head(common, "append, " + std::to_string(commits) + " commands, each one record of the journal");
  bench_print(common, {.what = "through engine, journal and every view", .value = ours_per_s * per_commit, .unit = "events/s", .limit = raw_per_s * per_commit,
                       .of = "the raw producer", .must = Must::kAtLeast, .bound = 0.6});
  bench_print(common, {.what = "  the same in commands", .value = ours_per_s, .unit = "commands/s"});
  bench_print(common, {.what = "  CPU of the whole process a command", .value = used / static_cast<double>(commits) * 1e6, .unit = "us"});

  auto alone = alone_ms(**node);
  if (!alone.ok()) return alone.status();
  auto trips = journal::raw_round_trips(common.place.kafka, raw.name, {.records = records, .in_flight = 1, .count = kAlone});
  if (!trips.ok()) return trips.status();
  bench_print(common, {.what = "one command alone, read back, p50", .value = *alone, .unit = "ms", .limit = trips->p50_ms, .of = "raw produce and read back",
                       .must = Must::kAtMost, .bound = 1.5});
  return {};
}

}  // namespace

void add_bench_append(CLI::App& bench, Common& common) {
  auto count = std::make_shared<std::uint64_t>(100'000);
  CLI::App* command = bench.add_subcommand("append", "Engine and Kafka journal against a raw producer; without --kafka what a command costs on the embedded journal");
  command->add_option("-n", *count, "Commands")->check(CLI::Range(1000, 10'000'000))->capture_default_str();
  command->footer("Example:\n  concordat bench append --kafka 127.0.0.1:9092");
  command->callback([&common, count] { run(common, [&] { return append(common, *count); }); });
}

}  // namespace concordat::app
