// The engine's memory made again in memory, from the commits that the views hold. Nothing is written.
#pragma once

#include <functional>

#include "app/common.h"
#include "engine/engine.h"

namespace concordat::app {

// Every commit of the ledger, in order, until `each` fails or the ledger ends.
Status each_commit(const Reading& reading, const std::function<Status(const v1::Commit&)>& each);

// The state after the last commit. An initialised directory in which nothing was submitted yet gives the empty state.
Result<State> state_now(const Common& common);

}  // namespace concordat::app
