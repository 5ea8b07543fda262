// concordat bench replay: a journal into every view, against reading and parsing it.
#include <CLI/CLI.hpp>

#include "app/bench.h"
#include "app/bench_world.h"
#include "app/common.h"
#include "engine/engine.h"
#include "engine/journal/kafka_limit.h"

namespace concordat::app {
namespace {

struct Run { double seconds = 0, cpu_s = 0; std::uint64_t events = 0; };

std::uint64_t parse(std::string_view payload) {
  static thread_local v1::Commit commit;
  static thread_local v1::Event event;
  if (!commit.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return 0;
  std::uint64_t events = 0;
  for (const std::string& bytes : commit.events()) events += event.ParseFromString(bytes) ? 1u : 0u;
  return events;
}

// Every counted commit of the log, a poll at a time.
template <typename Each>
Status read(const journal::OpenLog& log, Each each) {
  auto journal = journal::Journal::open(log, {});
  if (!journal.ok()) return journal.status();
  const auto end = (*journal)->end();
  if (!end.ok()) return end.status();
  std::vector<journal::Counted> counted;
  while ((*journal)->position().offset < *end) {
    counted.clear();
    if (Status status = (*journal)->poll(100, &counted); !status.ok()) return status;
    if (Status status = each(counted); !status.ok()) return status;
  }
  return {};
}

template <typename Body>
Result<Run> timed(Body body) {
  Run run;
  const double began = bench_now_s(), cpu = bench_cpu_s();
  if (Status status = body(&run.events); !status.ok()) return status;
  run.seconds = bench_now_s() - began;
  run.cpu_s = bench_cpu_s() - cpu;
  return run;
}

Status replay(Common& common, std::uint64_t count) {
  const BenchPlace at(common.place.kafka), again("");
  std::uint64_t written = 0;
  {
    auto node = bench_node(at);
    if (!node.ok()) return node.status();
    if (auto events = bench_drive(**node, count / kCommandsPerDecision, "d"); !events.ok()) return events.status();
    written = (*node)->partition(0).store().sequence("bench");
  }
  const bool kafka = !at.place.kafka.empty();
  const auto log = kafka ? journal::kafka_log({.bootstrap = at.place.kafka, .topic = at.place.topic, .read_only = true})
                         : journal::embedded_log({.directory = at.place.data + "/journal/0", .read_only = true});
  auto raw = timed([&](std::uint64_t* events) {
    if (kafka) return journal::raw_consume(at.place.kafka, at.place.topic, [&](std::string_view payload) { *events += parse(payload); });
    return read(log, [&](const std::vector<journal::Counted>& counted) {
      for (const auto& one : counted) *events += parse(one.payload);
      return Status();
    });
  });
  if (!raw.ok()) return raw.status();
  auto store = projections::Store::open(again.place.data + "/views");
  if (!store.ok()) return store.status();
  auto ours = timed([&](std::uint64_t* events) {
    Status status = read(log, [&](const std::vector<journal::Counted>& counted) { return (*store)->fold(counted); });
    *events = (*store)->sequence("bench");
    return status;
  });
  if (!ours.ok()) return ours.status();
  auto folded = timed([&](std::uint64_t* events) {
    State state;
    v1::Commit commit;
    Status status = read(log, [&](const std::vector<journal::Counted>& counted) -> Status {
      for (const auto& one : counted) {
        if (!commit.ParseFromString(one.payload)) return Status::corrupt("expected a commit, but it does not parse");
        if (Status evolved = evolve(state, commit); !evolved.ok()) return evolved;
      }
      state.just_closed.clear();                   // As when the store has it.
      return {};
    });
    *events = state.last_sequence;
    return status;
  });
  if (!folded.ok()) return folded.status();
  for (const std::uint64_t read : {raw->events, ours->events, folded->events})
    if (read != written) return Status::corrupt("expected to read the " + std::to_string(written) + " events that were written, but read " + std::to_string(read));
  const auto events = static_cast<double>(written);
  bench_head(common, "replay of " + std::to_string(written) + " events from " + (kafka ? "Kafka" : "the embedded journal"));
  bench_print(common, {.what = "into every view", .value = events / ours->seconds, .unit = "events/s", .limit = events / raw->seconds, .of = "read and parse alone", .must = Must::kAtLeast, .bound = 0.5});
  bench_print(common, {.what = "  the same for a second of CPU", .value = events / ours->cpu_s, .unit = "events", .limit = events / raw->cpu_s, .of = "read and parse alone"});
  bench_print(common, {.what = "into the engine's memory alone", .value = events / folded->seconds, .unit = "events/s", .must = Must::kAtLeast, .bound = 1'000'000});
  bench_print(common, {.what = "  the same for a second of CPU", .value = events / folded->cpu_s, .unit = "events"});
  return {};
}

}  // namespace

void add_bench_replay(CLI::App& bench, Common& common) {
  auto count = std::make_shared<std::uint64_t>(200'000);
  CLI::App* command = bench.add_subcommand("replay", "A journal into every view against reading and parsing it");
  command->add_option("-n", *count, "Commands to write first")->check(CLI::Range(1000, 10'000'000))->capture_default_str();
  command->footer("Without --kafka from the embedded journal.\nExample:\n  concordat bench replay -n 1000000 --kafka 127.0.0.1:9092");
  command->callback([&common, count] { run(common, [&] { return replay(common, *count); }); });
}

}  // namespace concordat::app
