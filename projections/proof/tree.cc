#include "projections/proof/tree.h"

#include <bit>

#include "engine/base/check.h"
#include "projections/hash.h"

namespace concordat::projections::proof {
namespace {

// The root of leaves [from, to). REQUIRES: from is a multiple of the greatest power of two below to - from.
Hash range(std::uint64_t from, std::uint64_t to, const Nodes& nodes) {
  const std::uint64_t size = to - from;
  if (std::has_single_bit(size)) {
    const auto level = static_cast<unsigned>(std::countr_zero(size));
    return nodes(level, from >> level);
  }
  const std::uint64_t left = std::bit_floor(size);
  return node_hash(range(from, from + left, nodes), range(from + left, to, nodes));
}

std::uint64_t split(std::uint64_t size) { return std::bit_floor(size - 1); }   // Greatest power of two below size.

}  // namespace

Hash sha256(std::string_view bytes) { return sha256_of({bytes}); }
Hash leaf_hash(std::string_view data) { return sha256_of({std::string_view("\0", 1), data}); }
Hash node_hash(std::string_view left, std::string_view right) { return sha256_of({std::string_view("\1", 1), left, right}); }

Hash subtree(std::string_view hashes) {
  CHECK(hashes.size() >= 32 && std::has_single_bit(hashes.size() / 32), "a subtree is a power of two of hashes");
  if (hashes.size() == 32) return Hash(hashes);
  const std::size_t half = hashes.size() / 2;
  return node_hash(subtree(hashes.substr(0, half)), subtree(hashes.substr(half)));
}

void append(std::uint64_t index, const Hash& leaf, const Nodes& nodes, const Keep& keep) {
  Hash hash = leaf;
  unsigned level = 0;
  keep(0, index, hash);
  for (; index & 1; index >>= 1) {
    hash = node_hash(nodes(level, index - 1), hash);
    keep(++level, index >> 1, hash);
  }
}

Hash root(std::uint64_t size, const Nodes& nodes) { return size == 0 ? sha256("") : range(0, size, nodes); }

std::vector<Hash> inclusion(std::uint64_t index, std::uint64_t size, const Nodes& nodes) {
  std::vector<Hash> down;
  std::uint64_t from = 0, to = size;
  while (to - from > 1) {
    const std::uint64_t middle = from + split(to - from);
    down.push_back(index < middle ? range(middle, to, nodes) : range(from, middle, nodes));
    (index < middle ? to : from) = middle;
  }
  return {down.rbegin(), down.rend()};
}

std::vector<Hash> consistency(std::uint64_t old_size, std::uint64_t size, const Nodes& nodes) {
  if (old_size == 0 || old_size == size) return {};
  std::vector<Hash> down;
  std::uint64_t from = 0, to = size;
  while (to != old_size) {                        // Down to the subtree that ends where the old tree ended.
    const std::uint64_t middle = from + split(to - from);
    down.push_back(old_size <= middle ? range(middle, to, nodes) : range(from, middle, nodes));
    (old_size <= middle ? to : from) = middle;
  }
  if (from != 0) down.push_back(range(from, to, nodes));
  return {down.rbegin(), down.rend()};
}

bool included(std::uint64_t index, std::uint64_t size, const Hash& leaf, const std::vector<Hash>& path, const Hash& root) {
  if (index >= size) return false;
  std::uint64_t fn = index, sn = size - 1;
  Hash r = leaf;
  for (const Hash& p : path) {
    if (sn == 0 || p.size() != 32) return false;
    if ((fn & 1) || fn == sn) {
      r = node_hash(p, r);
      while (!(fn & 1) && fn != 0) { fn >>= 1; sn >>= 1; }
    } else {
      r = node_hash(r, p);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && r == root;
}

bool consistent(std::uint64_t old_size, std::uint64_t size, const Hash& old_root, const Hash& root, const std::vector<Hash>& path) {
  if (old_size == 0 || old_size > size) return false;
  if (old_size == size) return path.empty() && old_root == root;
  std::vector<Hash> all = path;
  if (std::has_single_bit(old_size)) all.insert(all.begin(), old_root);
  if (all.empty()) return false;
  std::uint64_t fn = old_size - 1, sn = size - 1;
  while (fn & 1) { fn >>= 1; sn >>= 1; }
  Hash fr = all[0], sr = all[0];
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (sn == 0 || all[i].size() != 32) return false;
    if ((fn & 1) || fn == sn) {
      fr = node_hash(all[i], fr);
      sr = node_hash(all[i], sr);
      while (!(fn & 1) && fn != 0) { fn >>= 1; sn >>= 1; }
    } else {
      sr = node_hash(sr, all[i]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && fr == old_root && sr == root;
}

}  // namespace concordat::projections::proof
