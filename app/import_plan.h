// What loading a history into a ledger would do, found by doing it to a copy in memory.
#pragma once

#include <string>
#include <vector>

#include "app/history.h"
#include "engine/engine.h"

namespace concordat::app {

// A row that cannot be loaded. Nothing is guessed: who may have been meant stands in `candidates`.
struct Unplaced { std::string where, what, why; std::vector<std::string> candidates; };
// A question that is answered otherwise with the history than without it.
struct Turned { v1::Answer was, now; };

struct Plan {
  std::vector<v1::Command> commands;               // What loads it; each carries the marker that keeps subscribers from acting.
  std::size_t documents = 0, words = 0, facts = 0; // That are new.
  std::size_t there = 0;                           // That the ledger holds already, in the same words.
  std::vector<Unplaced> unplaced;
  std::vector<v1::Answer> conflicts;               // Questions that a loaded fact bears on, where sources disagree.
  std::vector<Turned> turned;                      // Determined before, and now otherwise.
};

// `state` is the copy, and holds what can be placed afterwards.
Plan plan_import(State& state, History history, const v1::Actor& actor, const std::string& ledger, std::int64_t now_ms);

}  // namespace concordat::app
