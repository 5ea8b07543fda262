// A server process of this very program, for benches. Stopped by its own pid; it also ends if the bench dies.
#pragma once

#include <string>
#include <vector>

#include "engine/base/status.h"

namespace concordat::app {

class BenchServer {
 public:
  BenchServer() = default;
  ~BenchServer();
  BenchServer(const BenchServer&) = delete;
  BenchServer& operator=(const BenchServer&) = delete;

  // Runs the program with these arguments until it is ready; what it says on stderr goes to `log`. REQUIRES: once only.
  Status start(const std::vector<std::string>& arguments, const std::string& log);
  const std::string& address() const { return address_; }
  std::string next_line();             // What it said next on stdout: "http on …".
  double cpu_s() const;                // Used so far, by all its threads.

 private:
  std::string address_;
  int pid_ = -1, out_ = -1;
};

}  // namespace concordat::app
