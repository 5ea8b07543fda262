// concordat bench rebuild: one view made again while others write, against writing alone; and what a replay needs of memory.
#include <CLI/CLI.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "app/bench.h"
#include "app/bench_world.h"
#include "app/common.h"

extern char** environ;

namespace concordat::app {
namespace {

constexpr int kRounds = 6;                         // Pairs: each writes once alone and once beside a rebuild, in turns.

// Commands a second, of so many decisions. `beside`: a view is made again and again meanwhile.
Result<double> write(Node& node, std::uint64_t decisions, const std::string& run, const std::string& beside) {
  std::atomic<bool> over = false;
  Status rebuilt;
  std::thread again;
  if (!beside.empty())
    again = std::thread([&] {
      while (!over && rebuilt.ok()) rebuilt = node.partition(0).rebuild(beside);
    });
  const double began = bench_now_s();
  const auto events = bench_drive(node, decisions, run);
  const double took = bench_now_s() - began;
  over = true;
  if (again.joinable()) again.join();
  if (!events.ok()) return events.status();
  if (!rebuilt.ok()) return rebuilt;
  return static_cast<double>(decisions * kCommandsPerDecision) / took;
}

Status beside(Common& common, std::uint64_t count, const std::string& view) {
  const BenchPlace at(common.place.kafka);
  auto node = bench_node(at);
  if (!node.ok()) return node.status();
  const std::uint64_t decisions = count / kCommandsPerDecision;
  if (auto events = bench_drive(**node, 2 * decisions, "before"); !events.ok()) return events.status();
  std::vector<double> alone, together;
  for (int round = 0; round < kRounds; ++round)
    for (const bool first : {true, false}) {
      const bool rebuilds = first == (round % 2 == 0);
      auto per_s = write(**node, decisions, std::string(rebuilds ? "r" : "a") + std::to_string(round) + ".", rebuilds ? view : "");
      if (!per_s.ok()) return per_s.status();
      (rebuilds ? together : alone).push_back(*per_s);
    }
  bench_head(common, "rebuild of view " + view + " while " + std::to_string(decisions * kCommandsPerDecision) + " commands are written, " + std::to_string(kRounds) + " times each");
  bench_print(common, {.what = "written beside a rebuild", .value = bench_rank(together, 0.5), .unit = "commands/s", .limit = bench_rank(alone, 0.5), .of = "written alone", .must = Must::kAtLeast, .bound = 0.9});
  return {};
}

// The most that a process has had resident so far, in kB; 0 once it is gone. Not what the system reports of a child that
// ended: that also counts what its parent had as it was started.
long resident_kb(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string word; status >> word;)
    if (long kb = 0; word == "VmHWM:" && status >> kb) return kb;
  return 0;
}

// Peak memory in MB of `concordat rebuild`, which folds the whole journal into every view.
Result<double> peak_mb(const Place& place) {
  std::vector<std::string> words{"concordat", "--data", place.data};
  if (!place.kafka.empty()) words.insert(words.end(), {"--kafka", place.kafka, "--topic", place.topic});
  words.emplace_back("rebuild");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = posix_spawn(&child, "/proc/self/exe", &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) return Status::unavailable("bench replay: the program could not be started again");
  bench_owns_process(child, true);
  int state = 0;
  long peak = 0;
  while (waitpid(child, &state, WNOHANG) == 0) {
    peak = std::max(peak, resident_kb(child));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  bench_owns_process(child, false);
  if (state != 0) return Status::unavailable("bench replay: `concordat rebuild` failed");
  return static_cast<double>(peak) / 1024;
}

Result<double> peak_of(Common& common, std::uint64_t commands, std::uint64_t* events) {
  const BenchPlace at(common.place.kafka);
  {
    auto node = bench_node(at);
    if (!node.ok()) return node.status();
    if (auto written = bench_drive(**node, commands / kCommandsPerDecision, "m"); !written.ok()) return written.status();
    *events = (*node)->partition(0).store().sequence("bench");
  }
  return peak_mb(at.place);
}

Status memory(Common& common, std::uint64_t count) {
  std::uint64_t few = 0, many = 0;
  const auto less = peak_of(common, count / 4, &few);
  if (!less.ok()) return less.status();
  const auto more = peak_of(common, count, &many);
  if (!more.ok()) return more.status();
  bench_head(common, "peak memory of a replay into every view, in a process of its own");
  bench_print(common, {.what = "of " + std::to_string(many) + " events", .value = *more, .unit = "MB", .limit = *less, .of = "that of " + std::to_string(few) + " events", .must = Must::kAtMost, .bound = 1.25});
  return {};
}

}  // namespace

void add_bench_rebuild(CLI::App& bench, Common& common) {
  auto count = std::make_shared<std::uint64_t>(100'000);
  auto view = std::make_shared<std::string>("matters");
  CLI::App* command = bench.add_subcommand("rebuild", "One view made again while others write, against writing alone");
  command->add_option("-n", *count, "Commands a round")->check(CLI::Range(1000, 10'000'000))->capture_default_str();
  command->add_option("--view", *view, "The view")->capture_default_str();
  command->footer("Without --kafka on the embedded journal.\nExample:\n  concordat bench rebuild --view record");
  command->callback([&common, count, view] { run(common, [&] { return beside(common, *count, *view); }); });

  auto most = std::make_shared<std::uint64_t>(1'000'000);
  CLI::App* peak = bench.add_subcommand("memory", "Peak memory of a replay, of a quarter of the events and of all");
  peak->add_option("-n", *most, "Commands to write first")->check(CLI::Range(4000, 10'000'000))->capture_default_str();
  peak->footer("Example:\n  concordat bench memory -n 1000000");
  peak->callback([&common, most] { run(common, [&] { return memory(common, *most); }); });
}

}  // namespace concordat::app
