// A ledger folded again, from its first event to a chosen one, into a store of its own. Nothing is written to the ledger.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "app/common.h"

namespace concordat::app {

struct ReplayTo {
  std::uint64_t sequence = UINT64_MAX;   // Last event wanted; a commit is one act, so the last whole one counts.
  std::string recorded;                  // Or: nothing that the ledger recorded after that day. Empty: no such end.
  std::string known;                     // Leaves out statements known only later. Empty: none.
  std::string whole;                     // What to tell if an event inside a commit was asked for: where it ends instead.
};

// kInvalid unless it is empty or the name of a view.
Status check_view(const std::string& view);

// "120", "2023-04-01" or empty. kInvalid for what is neither, and for a position or day the ledger does not reach.
// `flag`: the option that a failure names.
Result<ReplayTo> replay_to(const Reading& reading, const std::string& to, const std::string& known, const std::string& flag = "--to");

// Folds into `scratch`, which must be new and empty. `reached` is told the last sequence after every batch.
Status replay_into(const Reading& reading, const ReplayTo& to, projections::Store& scratch, const std::function<Status(std::uint64_t)>& reached, std::uint64_t batch);

// The digest as it was at that position, from a replay beside the live store.
Result<std::string> digest_at(const Reading& reading, const ReplayTo& to, const std::string& view, std::uint64_t* sequence);

void add_diff(CLI::App& app, Common& common);        // diff; registered by add_replay, with which it is one topic

}  // namespace concordat::app
