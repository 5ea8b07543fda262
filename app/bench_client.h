// Drives a server as many clients would: so many decisions, or empty calls, at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "concordat/v1/service.grpc.pb.h"

namespace concordat::app {

struct Driven {
  double seconds = 0;
  std::uint64_t calls = 0;            // Commands answered, or echoes.
  std::vector<double> took_ms;        // One a decision: from its opening to its outcome. Or one an echo.
  std::string failure;                // Of the first call that failed; then the rest means little.
};

// Each decision's next command goes when the one before was answered. `run` makes ids unique.
Driven drive_unary(v1::Concordat::Stub& stub, int in_flight, double seconds, const std::string& run);
// On one stream, a decision's seven commands together.
Driven drive_stream(v1::Concordat::Stub& stub, int in_flight, double seconds, const std::string& run);
// Empty calls, driven as drive_unary drives commands.
Driven drive_echo(v1::Echo::Stub& stub, int in_flight, double seconds);

}  // namespace concordat::app
