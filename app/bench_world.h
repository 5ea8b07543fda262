// What benches run on: six boards with one joint body that decides by majority, made by ordinary commands.
#pragma once

#include <string>
#include <vector>

#include "concordat/v1/ledger.pb.h"
#include "engine/base/status.h"

namespace concordat::app {
Result<std::vector<v1::Command>> bench_world(const std::string& ledger);
// Command `step` (0 opens, 1 to 6 are positions) of decision `n`.
v1::Command bench_command(const std::string& ledger, const std::string& run, std::uint64_t n, int step);
inline constexpr int kCommandsPerDecision = 7;
}  // namespace concordat::app
