// Shared by the benches: a place of their own that is removed afterwards, time, and one form of line.
#pragma once

#include <string>

#include "app/node.h"

namespace CLI { class App; }

namespace concordat::app {

struct Common;

struct BenchPlace {
  explicit BenchPlace(const std::string& kafka);
  ~BenchPlace();
  BenchPlace(const BenchPlace&) = delete;
  BenchPlace& operator=(const BenchPlace&) = delete;
  std::string name;      // Also the topic.
  Place place;
};

double bench_now_s();
// One figure, and if `of` is not empty its ratio to a limit and what the ratio must be.
void bench_line(const Common& common, const std::string& what, double ours, const std::string& unit, double ratio, const std::string& of, double must);
void add_bench_decisions(CLI::App& bench, Common& common);

}  // namespace concordat::app
