#include "app/bench.h"

#include <CLI/CLI.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>

#include "app/audit.h"
#include "app/bench_world.h"
#include "app/common.h"
#include "engine/journal/kafka_limit.h"

namespace concordat::app {
namespace {

constexpr std::uint64_t kInFlight = 1024;

// What must not outlive the bench. Never destroyed: the thread that waits for signals may look at any time.
struct Leftovers {
  std::mutex mutex;
  std::set<std::string> directories;
  std::set<int> processes;

  static Leftovers& all() { static auto* one = new Leftovers; return *one; }

  Leftovers() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::thread([this, signals] {
      int signal = 0;
      sigwait(&signals, &signal);
      const std::lock_guard lock(mutex);
      for (const int process : processes) kill(process, SIGKILL);
      std::error_code error;
      for (const std::string& directory : directories) std::filesystem::remove_all(directory, error);
      _exit(128 + signal);
    }).detach();
  }
};

}  // namespace

BenchPlace::BenchPlace(const std::string& kafka) {
  static std::atomic<int> count{0};
  name = "bench-" + std::to_string(getpid()) + "-" + std::to_string(count++);
  place.data = std::filesystem::temp_directory_path().string() + "/concordat-" + name;
  place.kafka = kafka;
  place.topic = name;
  std::filesystem::remove_all(place.data);
  Leftovers& all = Leftovers::all();
  const std::lock_guard lock(all.mutex);
  all.directories.insert(place.data);
}

BenchPlace::~BenchPlace() {
  if (!place.kafka.empty())
    if (const Status status = journal::drop_topic(place.kafka, name); !status.ok()) std::fprintf(stderr, "concordat: %s\n", status.why().c_str());
  std::error_code error;
  std::filesystem::remove_all(place.data, error);
  Leftovers& all = Leftovers::all();
  const std::lock_guard lock(all.mutex);
  all.directories.erase(place.data);
}

void bench_owns_process(int pid, bool yes) {
  Leftovers& all = Leftovers::all();
  const std::lock_guard lock(all.mutex);
  if (yes) all.processes.insert(pid);
  else all.processes.erase(pid);
}

double bench_now_s() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

double bench_cpu_s() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void bench_print(const Common& common, const Figure& figure) {
  const bool beside = !figure.of.empty();
  const double judged = beside ? figure.value / figure.limit : figure.value;
  const bool met = figure.must == Must::kAtLeast ? judged >= figure.bound : judged <= figure.bound;
  const char* sign = figure.must == Must::kAtLeast ? ">=" : "<=";
  if (common.json()) {
    std::printf("{\"what\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"", figure.what.c_str(), figure.value, figure.unit.c_str());
    if (beside) std::printf(",\"limit\":%.6g,\"of\":\"%s\",\"ratio\":%.4g", figure.limit, figure.of.c_str(), judged);
    if (figure.must != Must::kNothing) std::printf(",\"must\":\"%s %.6g\",\"met\":%s", sign, figure.bound, met ? "true" : "false");
    std::printf("}\n");
  } else {
    std::printf("  %-44s %12.4g %-11s", figure.what.c_str(), figure.value, figure.unit.c_str());
    if (beside) std::printf(" %.3g of %s, %.4g;", judged, figure.of.c_str(), figure.limit);
    if (figure.must != Must::kNothing) std::printf(" must be %s %.4g: %s", sign, figure.bound, met ? "met" : "MISSED");
    std::printf("\n");
  }
  std::fflush(stdout);
}

void bench_head(const Common& common, const std::string& text) {
  if (common.json()) return;
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

double bench_rank(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(std::min(static_cast<double>(values.size() - 1), static_cast<double>(values.size()) * share));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

Result<std::unique_ptr<Node>> bench_node(const BenchPlace& at) {
  if (Status status = init(at.place); !status.ok()) return status;
  auto node = Node::open(at.place);
  if (!node.ok()) return node.status();
  auto commands = bench_world("bench");
  if (!commands.ok()) return commands.status();
  for (v1::Command& command : *commands) {
    auto reply = (*node)->submit_and_wait(std::move(command), "bench");
    if (!reply.ok()) return reply.status();
    if (reply->has_refused()) return Status::invalid("bench world: " + reply->refused().sentence());
  }
  return node;
}

Result<std::uint64_t> bench_drive(Node& node, std::uint64_t decisions, const std::string& run) {
  const std::uint64_t before = node.partition(0).store().sequence("bench");
  std::atomic<std::uint64_t> answered{0}, failed{0}, last{0};
  std::uint64_t sent = 0;
  for (std::uint64_t n = 0; n < decisions; ++n)
    for (int step = 0; step < kCommandsPerDecision; ++step, ++sent) {
      while (sent - answered >= kInFlight) std::this_thread::sleep_for(std::chrono::microseconds(50));
      node.submit(bench_command("bench", run, n, step), "bench", [&](const Result<v1::Reply>& reply) {
        if (!reply.ok() || reply->has_refused()) ++failed;
        else last = reply->last_sequence();
        ++answered;
      });
    }
  while (answered < sent) std::this_thread::sleep_for(std::chrono::microseconds(100));
  if (failed > 0) return Status::unavailable(std::to_string(failed) + " of " + std::to_string(sent) + " commands failed");
  if (Status status = node.partition(0).wait_for("bench", last, 30'000); !status.ok()) return status;
  return last - before;
}

void add_bench(CLI::App& app, Common& common) {
  CLI::App* bench = app.add_subcommand("bench", "Measure, each figure beside its limit from the same run");
  bench->require_subcommand(1);
  add_bench_append(*bench, common);
  add_bench_decisions(*bench, common);
  add_bench_replay(*bench, common);
  add_bench_feed(*bench, common);
  add_bench_ask(*bench, common);
  add_bench_rulings(*bench, common);
  add_bench_rebuild(*bench, common);
  add_bench_proof(*bench, common);
}

}  // namespace concordat::app
