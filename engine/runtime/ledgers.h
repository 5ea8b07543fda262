// The engine states of a partition's ledgers, and how they come back after a restart or a failure:
// snapshot (the commits that still matter) + tail, both read from the ledger view. No thread of its own.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/base/status.h"
#include "engine/engine.h"
#include "projections/store.h"

namespace concordat::runtime {

class Ledgers {
 public:
  explicit Ledgers(projections::Store& store) : store_(store) {}

  // Forgets every state and folds each ledger again from the store. What was speculative is gone.
  Status recover();
  State& state(const std::string& ledger) { return states_[ledger].state; }
  template <typename Each>
  void each(Each each) { for (auto& [ledger, one] : states_) each(ledger, one.state); }

  // Folds a commit of another writer. REQUIRES: not speculating on that ledger.
  Status evolve(const v1::Commit& commit) { return concordat::evolve(state(commit.ledger()), commit); }
  // The store holds everything up to that sequence: closed matters up to it can be looked up there.
  void stored(const std::string& ledger, std::uint64_t sequence);
  // Writes a snapshot of each ledger that moved on by `every` events since its last. REQUIRES: nothing in flight.
  Status take_snapshots(const journal::Position& at, std::uint64_t every);

 private:
  struct One { State state; std::uint64_t snapshot_at = 0; };
  Status recover(const std::string& ledger);
  projections::Store& store_;
  std::map<std::string, One> states_;
};

}  // namespace concordat::runtime
