// Figures in Prometheus' text format, and those of the calls. Base units; labels are few and never name a matter or a person.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/status.h"

namespace concordat::v1 { class Reply; }

namespace concordat::app {

class Node;

// Writes one family after the other.
class Figures {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;
  Figures& gauge(const std::string& name, const std::string& help) { return family(name, help, "gauge"); }
  Figures& counter(const std::string& name, const std::string& help) { return family(name, help, "counter"); }
  Figures& histogram(const std::string& name, const std::string& help) { return family(name, help, "histogram"); }
  Figures& add(double value, const Labels& labels = {}, const std::string& suffix = "");
  const std::string& text() const { return text_; }

 private:
  Figures& family(const std::string& name, const std::string& help, const std::string& type);
  std::string name_, text_;
};

// How long commands took and what became of them. Threads: any; a command costs two relaxed additions.
class CommandFigures {
 public:
  void answered(const Result<v1::Reply>& reply, double seconds);
  void write(Figures& out) const;

 private:
  static constexpr std::array<double, 12> kBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5, 30};
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets_{};
  std::atomic<std::uint64_t> micros_{0}, accepted_{0};
  mutable std::mutex mutex_;                     // Guards the two below, which only refusals and failures touch.
  std::map<std::string, std::uint64_t> refused_, failed_;
};

// Of the node: positions, leadership, health, open matters.
void node_figures(Node& node, Figures& out);

}  // namespace concordat::app
