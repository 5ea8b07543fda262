// What can be done in a matter, as commands to try: every act there is, filled in from the state as far as it says.
// Whether the rules would let it happen only decide knows; ask a Trial.
#pragma once

#include <string>
#include <vector>

#include "engine/record/when.h"
#include "engine/state.h"

namespace concordat::v1 { class Actor; class Command; }

namespace concordat {

// How the record lets somebody act: for each party whose seat they or an office of theirs holds; else for nobody.
// Sorted; never empty.
std::vector<v1::Actor> guises(const State& state, const std::string& who, record::Day today);

// Every act that names a matter: one for each track, condition, obligation, party or item that is still open.
// Words that decide asks for and does not read are "(trial)".
std::vector<v1::Command> acts(const State& state, const Matter& matter, const v1::Actor& actor, record::Day today);

// " It waits until 2023-04-01; …", if the matter stands where nobody can act; else empty.
std::string waits_for(const State& state, const Matter& matter);

}  // namespace concordat
