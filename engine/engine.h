// Every command and every event comes in here. Pure: no clock, no I/O; time and identity come with the stamp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/state.h"

namespace concordat::v1 { class Command; class Commit; class Event; class Stamp; }

namespace concordat {

// What the runtime looked up for this command outside the engine's memory: a matter of that id that is closed.
struct Prefetched {
  bool closed = false;
  std::string outcome;
  std::string words_subject{}, words_key{};    // Of the private words that it marks; empty = there are none.
  std::uint32_t items = 0;                     // On the agenda, if the closed matter was a meeting.
};

// Is the command well formed? Asked at the edge; a failure says which field, what was wrong, what would be right.
// Never recorded: malformed input is the world's fault, not a matter of rules.
Status check(const v1::Command& command);

// The id of the matter a command is about; empty if none.
const std::string& matter_of(const v1::Command& command);

// Decides and evolves `state`. The events are never empty; a refusal is one Refused event and changes nothing else.
// REQUIRES: check(command).ok(), stamp.time_ms >= state.last_stamp_ms.
std::vector<v1::Event> decide(State& state, const v1::Command& command, const v1::Stamp& stamp, const Prefetched& prefetched = {});

// What evolve knows besides the event: the envelope of its commit.
struct Occasion {
  std::uint64_t sequence = 0;
  std::uint64_t commit = 0;          // First sequence of the commit.
  std::int64_t time_ms = 0;
  std::string_view by;               // Actor.
};
// Folds one event. Cannot fail: an event that does not fit is corruption and CHECKs.
void evolve(State& state, const v1::Event& event, const Occasion& occasion);
// Folds a commit. kCorrupt if its events do not parse or its sequence is not the next; then `state` is unchanged.
Status evolve(State& state, const v1::Commit& commit);

// A matter's next due time, for timers: of the earliest in `state.due` that is at or before now_ms; empty if none.
std::string due_matter(const State& state, std::int64_t now_ms);

// The matter an event is about; empty if it is about none.
const std::string& matter_named(const v1::Event& event);
// Puts a matter back as it was, with its due time. For Work::undo.
void restore(State& state, Matter matter);

// ---- Snapshots ----
// A snapshot is not the state but where the state comes from: the commits that still matter. So it cannot drift from
// evolve, and has no encoding of structs to keep up.
struct Snapshot {
  std::uint64_t last_sequence = 0;
  std::int64_t last_stamp_ms = 0;
  std::vector<std::string> open;               // Ids of the open matters.
  std::vector<std::uint64_t> commits;          // First sequences, rising, each once.
};
Snapshot snapshot(const State& state);
// Folds, of a commit that a snapshot names, the events that still matter. In order of the commits; then finish().
Status restore(State& state, const Snapshot& snapshot, const v1::Commit& commit);
void finish(State& state, const Snapshot& snapshot);

}  // namespace concordat
