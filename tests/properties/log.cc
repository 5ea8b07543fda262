// The log of random histories: its root is that of the definition at every size, every proof holds, and damage shows.
#include <gtest/gtest.h>

#include <filesystem>

#include "projections/proof/leaf.h"
#include "projections/proof/log.h"
#include "tests/support/world.h"

namespace concordat::tests {
namespace {

namespace proof = projections::proof;

// RFC 6962 2.1, as it stands there: no stored hash, no short cut.
proof::Hash by_definition(const std::vector<proof::Hash>& leaves, std::size_t from, std::size_t to) {
  if (from == to) return proof::sha256("");
  if (to - from == 1) return leaves[from];
  std::size_t split = 1;
  while (split * 2 < to - from) split *= 2;
  return proof::node_hash(by_definition(leaves, from, from + split), by_definition(leaves, from + split, to));
}

TEST(Log, IsTheTreeOfTheDefinitionAtEverySize) {
  State state;
  std::mt19937_64 random(5);
  std::vector<journal::Counted> commits;
  std::vector<proof::Hash> leaves;
  const auto add = [&](const v1::Command& command, std::int64_t now) {
    const v1::Commit one = commit(state, command, now);
    commits.push_back({{commits.size() + 1, 1, commits.size()}, commits.size(), false, one.SerializeAsString()});
    for (int i = 0; i < one.events_size(); ++i)
      leaves.push_back(proof::leaf_hash(proof::leaf_of(one.first_sequence() + static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(one.stamp().time_ms()), proof::envelope_of(one), one.events(i))));
  };
  for (const v1::Command& command : small_world("p")) add(command, 1'640'000'000'000);
  for (int i = 0; i < 600; ++i) add(random_command(random, i, "p"), 1'640'000'000'000 + i * 1000);
  const std::string directory = scratch("log");
  auto store = projections::Store::open(directory);
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->fold(commits).ok());
  proof::Log log(**store, "p");
  ASSERT_EQ(log.size(), leaves.size());
  ASSERT_GT(log.size(), 512u) << "too few events to reach the third level of rows";
  for (std::uint64_t size = 0; size <= log.size(); ++size) {
    const auto root = log.root(size);
    ASSERT_TRUE(root.ok()) << root.status().why();
    ASSERT_EQ(*root, by_definition(leaves, 0, size)) << size;
    if (size == 0) continue;
    const std::uint64_t index = random() % size, old = 1 + random() % size;
    const auto path = log.inclusion(index, size);
    ASSERT_TRUE(path.ok());
    ASSERT_TRUE(proof::included(index, size, leaves[index], *path, *root)) << index << " of " << size;
    const auto link = log.consistency(old, size);
    ASSERT_TRUE(link.ok());
    ASSERT_TRUE(proof::consistent(old, size, by_definition(leaves, 0, old), *root, *link)) << old << " to " << size;
  }
  EXPECT_EQ(*log.leaf(17), leaves[17]);
  const std::uint64_t beyond = log.size() + 1;
  EXPECT_EQ(log.root(beyond).status().kind(), Status::Kind::kInvalid);
  EXPECT_EQ(log.leaf(log.size()).status().kind(), Status::Kind::kInvalid);
  EXPECT_EQ(log.inclusion(3, 3).status().kind(), Status::Kind::kInvalid);
  EXPECT_EQ(log.consistency(9, 8).status().kind(), Status::Kind::kInvalid);
  EXPECT_EQ(log.hashes(0, 0, beyond).status().kind(), Status::Kind::kInvalid);
  EXPECT_EQ(log.hashes(8, 0, 2)->substr(32), by_definition(leaves, 256, 512));
  std::filesystem::remove_all(directory);
}

// Whatever of the envelope changes, the leaf changes: nothing of who, when, on what command stands outside it.
TEST(Log, ALeafCoversTheEnvelope) {
  v1::Commit commit;
  commit.set_ledger("p");
  commit.set_first_sequence(7);
  commit.set_command_id("c-1");
  commit.set_command_digest("12345678");
  commit.mutable_stamp()->set_time_ms(1'700'000'000'000);
  commit.mutable_stamp()->set_principal("local:someone");
  commit.mutable_actor()->set_who("office:a");
  commit.mutable_actor()->set_capacity(v1::Capacity::member);
  commit.mutable_actor()->set_on_behalf_of("body:a");
  commit.mutable_actor()->set_mandate("minute 7");
  commit.set_acted_on("2023-11-14");
  commit.add_events("event");
  const auto leaf = [](const v1::Commit& one) { return proof::leaf_of(one.first_sequence(), static_cast<std::uint64_t>(one.stamp().time_ms()), proof::envelope_of(one), one.events(0)); };
  EXPECT_EQ(leaf(commit).size(), proof::kLeafBytes);
  proof::Envelope read;
  ASSERT_TRUE(proof::read_envelope(proof::envelope_of(commit), &read));
  EXPECT_EQ(read.who + read.on_behalf_of + read.mandate + read.principal + read.command_id + read.acted_on + read.ledger, "office:abody:aminute 7local:someonec-12023-11-14p");
  EXPECT_EQ(read.first_sequence, 7u);
  EXPECT_EQ(read.events, 1u);
  EXPECT_EQ(read.time_ms, 1'700'000'000'000u);
  EXPECT_FALSE(proof::read_envelope(proof::envelope_of(commit) + "x", &read));
  EXPECT_FALSE(proof::read_envelope(proof::envelope_of(commit).substr(0, 90), &read));
  std::vector<v1::Commit> others(12, commit);
  others[0].set_ledger("q");
  others[1].set_first_sequence(8);
  others[2].set_command_id("c-2");
  others[3].set_command_digest("12345679");
  others[4].mutable_stamp()->set_time_ms(1'700'000'000'001);
  others[5].mutable_stamp()->set_principal("local:another");
  others[6].mutable_actor()->set_who("office:b");
  others[7].mutable_actor()->set_capacity(v1::Capacity::host);
  others[8].mutable_actor()->set_mandate("minute 8");
  others[9].set_acted_on("2023-11-15");
  others[10].set_backfill(true);
  others[11].add_events("another");
  for (std::size_t i = 0; i < others.size(); ++i) EXPECT_NE(leaf(others[i]), leaf(commit)) << i;
  others[0] = commit;
  others[0].set_events(0, "evenT");
  EXPECT_NE(leaf(others[0]), leaf(commit));
}

}  // namespace
}  // namespace concordat::tests
