// Two versions of a procedure, and whether a matter of the one could go on under the other.
#pragma once

#include <string>
#include <vector>

#include "engine/state.h"

namespace concordat::procedures {

// What is otherwise in `to`, in words, each naming its step. Empty = nothing.
std::vector<std::string> changes(const v1::Procedure& from, const v1::Procedure& to);

// What keeps the matter from standing at that step of `to`, in words; `step` empty = the step of the same id where it
// stands. Empty = it fits: the step is there, what it and the steps after it read is given or will be asked for, and
// nothing that was begun (a referral, a planned track) would be lost.
std::vector<std::string> misfits(const Matter& matter, const v1::Procedure& to, const std::string& step);

}  // namespace concordat::procedures
