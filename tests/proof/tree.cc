// The tree against published roots, and every proof of every small tree, damaged in every way that must show.
#include <gtest/gtest.h>

#include <map>

#include "projections/proof/tree.h"

namespace concordat::projections::proof {
namespace {

struct Tree {
  std::map<std::pair<unsigned, std::uint64_t>, Hash> kept;
  std::uint64_t size = 0;
  Nodes nodes() const { return [this](unsigned level, std::uint64_t n) { return kept.at({level, n}); }; }
  void add(std::string_view data) {
    append(size++, leaf_hash(data), nodes(), [this](unsigned level, std::uint64_t n, const Hash& hash) { kept[{level, n}] = hash; });
  }
};
std::string hex(const std::string& bytes) {
  std::string out;
  for (unsigned char byte : bytes) { out += "0123456789abcdef"[byte >> 4]; out += "0123456789abcdef"[byte & 15]; }
  return out;
}

TEST(Tree, PublishedRoots) {   // certificate-transparency, merkle_tree_test.cc
  Tree tree;
  EXPECT_EQ(hex(root(0, tree.nodes())), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (const std::string& data : {std::string(), std::string(1, '\0'), std::string("\x10"), std::string("\x20\x21"), std::string("\x30\x31"), std::string("@ABC"), std::string("PQRSTUVW"), std::string("`abcdefghijklmno")}) tree.add(data);
  EXPECT_EQ(hex(root(1, tree.nodes())), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(hex(root(2, tree.nodes())), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
  EXPECT_EQ(hex(root(3, tree.nodes())), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
  EXPECT_EQ(hex(root(8, tree.nodes())), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
  EXPECT_EQ(hex(node_hash("N123", "N456")), "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb");
}

TEST(Tree, EveryProofHoldsAndNoDamagedOneDoes) {
  Tree tree;
  for (int i = 0; i < 40; ++i) tree.add("leaf " + std::to_string(i));
  for (std::uint64_t size = 1; size <= tree.size; ++size) {
    const Hash top = root(size, tree.nodes());
    for (std::uint64_t i = 0; i < size; ++i) {
      const Hash leaf = tree.kept.at({0, i});
      std::vector<Hash> path = inclusion(i, size, tree.nodes());
      ASSERT_TRUE(included(i, size, leaf, path, top)) << i << " of " << size;
      EXPECT_FALSE(included(size, size, leaf, path, top));
      if (size > 1) { EXPECT_FALSE(included((i + 1) % size, size, leaf, path, top)); }
      for (Hash& hash : path) { hash[7] ^= 1; EXPECT_FALSE(included(i, size, leaf, path, top)); hash[7] ^= 1; }
      path.push_back(top);
      EXPECT_FALSE(included(i, size, leaf, path, top));
    }
    for (std::uint64_t old = 1; old <= size; ++old) {
      const Hash before = root(old, tree.nodes());
      std::vector<Hash> path = consistency(old, size, tree.nodes());
      ASSERT_TRUE(consistent(old, size, before, top, path)) << old << " to " << size;
      EXPECT_FALSE(consistent(0, size, before, top, path));
      EXPECT_FALSE(consistent(size + 1, size, before, top, path));
      for (Hash& hash : path) { hash[31] ^= 1; EXPECT_FALSE(consistent(old, size, before, top, path)); hash[31] ^= 1; }
      path.push_back(top);
      EXPECT_FALSE(consistent(old, size, before, top, path));
    }
  }
}

}  // namespace
}  // namespace concordat::projections::proof
