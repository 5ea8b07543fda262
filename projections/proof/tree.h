// An RFC 6962 Merkle tree: leaf = SHA-256(0x00 data), node = SHA-256(0x01 left right). Pure; nothing added to the standard.
// The hashes of complete subtrees are kept by whoever calls: (level, n) covers leaves [n << level, (n + 1) << level).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace concordat::projections::proof {

using Hash = std::string;                                                    // 32 bytes.
using Nodes = std::function<Hash(unsigned level, std::uint64_t n)>;          // REQUIRES: that subtree is complete.
using Keep = std::function<void(unsigned level, std::uint64_t n, const Hash&)>;

Hash sha256(std::string_view bytes);
Hash leaf_hash(std::string_view data);
Hash node_hash(std::string_view left, std::string_view right);
// The root over complete subtrees side by side, 32 bytes each. REQUIRES: a power of two of them.
Hash subtree(std::string_view hashes);

// Adds leaf `index` and every subtree it completes; reads only nodes kept before.
void append(std::uint64_t index, const Hash& leaf, const Nodes& nodes, const Keep& keep);
Hash root(std::uint64_t size, const Nodes& nodes);
// REQUIRES: index < size; old_size <= size.
std::vector<Hash> inclusion(std::uint64_t index, std::uint64_t size, const Nodes& nodes);
std::vector<Hash> consistency(std::uint64_t old_size, std::uint64_t size, const Nodes& nodes);
// RFC 9162 2.1.3.2 and 2.1.4.2: false for a wrong length, an index out of range, a size of 0 or a larger old size.
bool included(std::uint64_t index, std::uint64_t size, const Hash& leaf, const std::vector<Hash>& path, const Hash& root);
bool consistent(std::uint64_t old_size, std::uint64_t size, const Hash& old_root, const Hash& root, const std::vector<Hash>& path);

}  // namespace concordat::projections::proof
