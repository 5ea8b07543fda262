// The log of a ledger: its size, its root at any size, and the proofs between them, read from the `proof` view.
// Leaf index = sequence - 1. Sees what the store held when it was opened; the store outlives it. Threads: any, one Log each.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "projections/proof/tree.h"
#include "projections/store.h"

namespace concordat::projections::proof {

class Log {
 public:
  Log(const Store& store, std::string ledger);
  std::uint64_t size() const { return size_; }

  // kInvalid if a size is beyond the log's, or an index not below its size; kCorrupt if the view lacks what it should hold.
  Result<Hash> root(std::uint64_t size);
  Result<Hash> leaf(std::uint64_t index);
  Result<std::vector<Hash>> inclusion(std::uint64_t index, std::uint64_t size);
  Result<std::vector<Hash>> consistency(std::uint64_t old_size, std::uint64_t size);
  // `count` hashes side by side of subtrees of 2^level leaves, from the n-th on: what a tile of 256 is made of.
  Result<std::string> hashes(unsigned level, std::uint64_t n, std::uint64_t count);

 private:
  Hash node(unsigned level, std::uint64_t n);
  const std::string& row(unsigned k, std::uint64_t n);
  Status within(std::uint64_t size) const;
  template <typename Out, typename Make> Result<Out> told(Make make);

  const Store& store_;
  const std::string ledger_;
  const std::uint64_t size_;
  std::map<std::pair<unsigned, std::uint64_t>, std::string> rows_;   // Of the question at hand.
  bool damaged_ = false;
};

}  // namespace concordat::projections::proof
