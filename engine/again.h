// Rulings given again: what the ledger holds of a commit is decided anew, on the state just before it. The command is told
// from its events (told.h); of a refusal from before the command was kept, its words are sought among those it speaks of.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace concordat::v1 { class Ruling; }

namespace concordat {

// A ruling, wherever in an event it stands: "quorum", "severally[2].decision", "rulings[0]".
struct Ruled { std::string place; const v1::Ruling* ruling = nullptr; };
std::vector<Ruled> rulings_in(const v1::Event& event);       // In the order of the fields. Owned by the event.

struct Again {
  bool known = true;                  // False: a refused command, of which this ledger keeps the name and not the words, and on the words it depends.
  std::vector<v1::Event> events;      // What decide answers now; those of the commit, if nothing has changed.
  std::set<std::string> read;         // Ids of the facts it rests on.
};
// REQUIRES: `before` is the fold of everything before the commit, whose events parse.
Again decide_again(const State& before, const v1::Commit& commit);

// The ruling in the same place of that event; null if there is none.
const v1::Ruling* given_again(const Again& again, std::size_t event, const std::string& place);

}  // namespace concordat
