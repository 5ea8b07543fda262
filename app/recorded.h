// The command that a commit answers, read back from its events.
#pragma once

#include <optional>

#include "concordat/v1/ledger.pb.h"

namespace concordat::app {

// The first event of a commit tells what was done, in the words in which it was asked. Empty for a refused attempt: the
// ledger keeps that it was refused and why, not all that it said.
std::optional<v1::Command> command_of(const v1::Commit& commit);

}  // namespace concordat::app
