// Cases beside a procedure: played by the engine upon a state in memory; nothing is recorded.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "concordat/v1/cases.pb.h"
#include "engine/base/status.h"
#include "engine/state.h"

namespace concordat::app {

// The cases of procedures/hosting.yaml stand in procedures/hosting.cases.
std::string cases_beside(const std::string& procedure_file);
Result<v1::Cases> read_cases(const std::string& file);

// What a played case came to.
struct Played {
  std::vector<std::string> wrong;            // "act 3, 2026-02-01, cw: expected …, but …". Empty = it passed.
  std::vector<std::string> closed;           // Outcomes of the matters that it closed: "host-designation: enacted".
  std::vector<std::string> refused;          // Refusals that it foresaw: "host-designation: inquorate".
};

// Plays one case upon `state`. Its days may lie before what the ledger holds: the clock of a case is its own. What falls
// due between two acts happens, as under a watcher. `seen` is told every event.
Played play(State state, const v1::Cases& all, const v1::Case& one, const std::function<void(const v1::Event&)>& seen = nullptr);

}  // namespace concordat::app
