// A small world for tests: three boards with one joint body, and procedures of every step kind. Made by ordinary commands.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "concordat/v1/ledger.pb.h"
#include "engine/engine.h"

namespace concordat::tests {

// Commands of a YAML text; the test fails loudly if it does not parse. `ledger` is filled in.
std::vector<v1::Command> commands(const std::string& yaml, const std::string& ledger);
// The files of a directory of the repository, in name order, as commands.
std::vector<v1::Command> pack(const std::vector<std::string>& files, const std::string& ledger);

std::vector<v1::Command> small_world(const std::string& ledger);
// The n-th command of a random history over the small world: mostly sensible, often wrong, always well formed.
v1::Command random_command(std::mt19937_64& random, int n, const std::string& ledger);

// Decides, and wraps the events as the runtime would.
v1::Commit commit(State& state, const v1::Command& command, std::int64_t now_ms);

std::string source_path(const std::string& file);      // In the repository.
std::string scratch(const std::string& name);          // A new empty directory below the build's.

}  // namespace concordat::tests
