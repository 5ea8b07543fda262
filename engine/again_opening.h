// A refused opening of a matter, of which the ledger keeps the name: which fields it may have had. Part of again.
#pragma once

#include <string>
#include <vector>

#include "engine/state.h"

namespace concordat::v1 { class Command; class Refused; }

namespace concordat {

// The command with the fields that each procedure asks for, of subjects that the refusal itself names, in every
// combination up to a few hundred. Whether one of them is refused in just those words only decide knows.
std::vector<v1::Command> openings(const State& state, const v1::Command& command, const v1::Refused& refused);

}  // namespace concordat
