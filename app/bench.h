// Shared by the benches: a place of their own that is removed afterwards, time, and one form of figure.
#pragma once

#include <string>
#include <vector>

#include "app/node.h"

namespace CLI { class App; }

namespace concordat::app {

struct Common;

// A directory and a topic of its own. Removed at the end, also when the bench is interrupted.
struct BenchPlace {
  explicit BenchPlace(const std::string& kafka);
  ~BenchPlace();
  BenchPlace(const BenchPlace&) = delete;
  BenchPlace& operator=(const BenchPlace&) = delete;
  std::string name;      // Also the topic.
  Place place;
};

// What an interrupted bench still has to end. Before any thread is started.
void bench_owns_process(int pid, bool yes);

double bench_now_s();
double bench_cpu_s();                              // Of this process.

enum class Must { kNothing, kAtLeast, kAtMost };
// One figure. With `of`, beside its limit from the same run, and `bound` is for their ratio; else for the value.
struct Figure {
  std::string what = {};
  double value = 0;
  std::string unit = {};
  double limit = 0;
  std::string of = {};
  Must must = Must::kNothing;
  double bound = 0;
};
void bench_print(const Common& common, const Figure& figure);
void bench_head(const Common& common, const std::string& text);      // People only.
double bench_rank(std::vector<double>& sorted_here, double share);   // 0.5: the median.

Result<std::unique_ptr<Node>> bench_node(const BenchPlace& at);      // With the bench's world in ledger "bench".
// Runs decisions in process, up to 1024 commands in flight, until every view holds them; events written.
Result<std::uint64_t> bench_drive(Node& node, std::uint64_t decisions, const std::string& run);

void add_bench_append(CLI::App& bench, Common& common);
void add_bench_decisions(CLI::App& bench, Common& common);
void add_bench_replay(CLI::App& bench, Common& common);
void add_bench_ask(CLI::App& bench, Common& common);
void add_bench_feed(CLI::App& bench, Common& common);
void add_bench_rulings(CLI::App& bench, Common& common);
void add_bench_rebuild(CLI::App& bench, Common& common);      // rebuild, memory

}  // namespace concordat::app
