// The tree held against the reference implementation, github.com/transparency-dev/merkle: its published roots, its roots and
// proofs of random trees, and its verdict on thousands of proofs, most of them damaged. tests/proof/go/vectors tells them.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>

#include "projections/proof/tree.h"

namespace concordat::projections::proof {
namespace {

Hash unhex(const std::string& text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  Hash out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) out += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return out;
}

std::vector<Hash> path_of(const std::string& text) {
  std::vector<Hash> out;
  std::istringstream parts(text == "-" ? "" : text + ",");
  for (std::string part; std::getline(parts, part, ',');) out.push_back(unhex(part));
  return out;
}

std::string told(const std::string& command) {
  std::string out;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  char bytes[65536];
  for (std::size_t got; pipe && (got = fread(bytes, 1, sizeof bytes, pipe.get())) > 0;) out.append(bytes, got);
  return out;
}

struct Ours {
  std::map<std::pair<unsigned, std::uint64_t>, Hash> kept;
  std::uint64_t size = 0;
  Nodes nodes() const { return [this](unsigned level, std::uint64_t n) { return kept.at({level, n}); }; }
  void add(const Hash& leaf) { append(size++, leaf, nodes(), [this](unsigned level, std::uint64_t n, const Hash& hash) { kept[{level, n}] = hash; }); }
};

TEST(Tree, LikeTheReferenceImplementation) {
  const char* seed = std::getenv("SEED");
  const std::string lines = told("cd '" CONCORDAT_SOURCE "/tests/proof/go' && GOFLAGS='-mod=mod -buildvcs=false' go run ./vectors " + std::to_string(seed == nullptr ? 7 : std::atoi(seed)));
  Ours ours;
  std::map<std::string, int> seen;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string kind, which, first, second, path;
    std::uint64_t a = 0, b = 0;
    int holds = 0;
    words >> kind;
    ++seen[kind];
    if (kind == "leaf") {
      words >> first;
      ours.add(unhex(first));
    } else if (kind == "root") {
      words >> a >> first;
      if (a == 0) ours = Ours();
      ASSERT_EQ(root(a, ours.nodes()), unhex(first)) << line;
    } else if (kind == "path") {
      words >> which >> a >> b >> path;
      ASSERT_EQ(which == "inclusion" ? inclusion(a, b, ours.nodes()) : consistency(a, b, ours.nodes()), path_of(path)) << line;
    } else {
      words >> holds >> a >> b >> first >> second >> path;
      const bool good = kind == "inclusion" ? included(a, b, unhex(first), path_of(path), unhex(second)) : consistent(a, b, unhex(first), unhex(second), path_of(path));
      ASSERT_EQ(good, holds == 1) << line;
      ++seen[kind + (good ? " that holds" : " that does not")];
    }
  }
  EXPECT_GE(seen["root"], 1000) << "go told nothing, or little: " << lines.substr(0, 500);
  for (const char* kind : {"inclusion that holds", "inclusion that does not", "consistency that holds", "consistency that does not", "path"}) EXPECT_GE(seen[kind], 250) << kind;
}

}  // namespace
}  // namespace concordat::projections::proof
