// A small pack, and bytes of it flipped: each is noticed. There is none in a pack that may be otherwise.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "app/files.h"
#include "app/pack.h"
#include "concordat/v1/views.pb.h"
#include "projections/proof/log.h"
#include "projections/views/matters.h"
#include "tests/support/world.h"

namespace concordat::tests {
namespace {

namespace proof = projections::proof;

// Makes the archive of a pack about the matter with the fewest events of a random history.
struct Made { std::string archive; app::Trust trust; };
// `step_ms`: between one command and the next by the writer's clock.
Made small_pack(const std::string& directory, int step_ms = 1000) {
  State state;
  std::mt19937_64 random(11);
  std::vector<journal::Counted> commits;
  const auto add = [&](const v1::Command& command, std::int64_t now) {
    v1::Commit one = commit(state, command, now);
    one.mutable_stamp()->set_time_ms(now);           // Whatever came before.
    commits.push_back({{commits.size() + 1, 1, commits.size()}, commits.size(), false, one.SerializeAsString()});
  };
  for (const v1::Command& command : small_world("p")) add(command, 1'640'000'000'000);
  for (int i = 0; i < 150; ++i) add(random_command(random, i, "p"), 1'640'000'000'000 + i * step_ms);
  auto store = projections::Store::open(directory + "/store");
  EXPECT_TRUE(store.ok() && (*store)->fold(commits).ok());
  app::Reading reading{*std::move(store), "p", nullptr};
  reading.record = std::make_unique<projections::RecordReader>(*reading.store, "p");
  v1::MatterRow least;
  reading.store->scan("matters", "p", "m/", "", [&](std::string_view, std::string_view bytes) {
    v1::MatterRow row;
    row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    if (least.id().empty() || row.events_size() < least.events_size()) least = row;
    return true;
  });
  proof::Log log(*reading.store, "p");
  auto key = proof::generate("log.example/p", proof::kLogKey);
  const std::string text = proof::write(proof::Checkpoint{"log.example/p", log.size(), *log.root(log.size()), ""});
  auto pack = app::collect(reading, {"matter " + least.id(), {least.id()}}, proof::write({text, {proof::sign(text, *key)}}));
  EXPECT_TRUE(pack.ok()) << pack.status().why();
  EXPECT_TRUE(app::write_pack(app::files_of(*pack), directory + "/a.pack").ok());
  return {*app::read_file(directory + "/a.pack"), {{key->verifier}, 0}};
}

bool noticed(const std::string& archive, const app::Trust& trust, const std::string& file) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << archive;
  const auto files = app::load_pack(file);
  return !files.ok() || !app::verify_pack(*files, trust).wrong.empty();
}

// No writer of ours makes such a ledger; whoever forges one, signatures and all, is told on.
TEST(Pack, AClockThatRanBackIsNoticed) {
  const std::string directory = scratch("pack-back");
  const Made made = small_pack(directory, -1000);
  const auto files = app::load_pack(directory + "/a.pack");
  ASSERT_TRUE(files.ok());
  const app::Verdict verdict = app::verify_pack(*files, made.trust);
  ASSERT_FALSE(verdict.wrong.empty());
  EXPECT_NE(verdict.wrong.front().find("no writer lets its clock run back"), std::string::npos) << verdict.wrong.front();
}

TEST(Pack, AFlippedByteIsNoticed) {
  const std::string directory = scratch("pack");
  const Made made = small_pack(directory);
  const std::string whole = directory + "/a.pack";
  const auto files = app::load_pack(whole);
  ASSERT_TRUE(files.ok());
  const app::Verdict verdict = app::verify_pack(*files, made.trust);
  ASSERT_TRUE(verdict.wrong.empty()) << verdict.wrong.front();
  EXPECT_FALSE(noticed(made.archive, made.trust, directory + "/b.pack")) << "a pack that nobody touched";

  // Every byte of every file.
  for (const auto& [name, bytes] : *files) {
    app::Files changed = *files;
    std::string& inside = changed[name];
    for (std::size_t i = 0; i < inside.size(); ++i) {
      inside[i] = static_cast<char>(inside[i] ^ 1 << i % 8);
      EXPECT_FALSE(app::verify_pack(changed, made.trust).wrong.empty()) << name << ", byte " << i;
      inside[i] = bytes[i];
    }
    inside += '\n';
    EXPECT_FALSE(app::verify_pack(changed, made.trust).wrong.empty()) << name << ", a byte more";
    changed.erase(name);
    EXPECT_FALSE(app::verify_pack(changed, made.trust).wrong.empty()) << name << " is missing";
  }
  // Headers, padding and end of the archive.
  std::string archive = made.archive;
  for (std::size_t at = 0; at < archive.size();) {
    std::size_t size = 0;
    if (archive[at] != '\0') for (std::size_t i = at + 124; i < at + 135; ++i) size = size * 8 + static_cast<std::size_t>(archive[i] - '0');
    const auto flip = [&](std::size_t i) {
      archive[i] = static_cast<char>(archive[i] ^ 1);
      EXPECT_TRUE(noticed(archive, made.trust, directory + "/b.pack")) << "archive, byte " << i;
      archive[i] = static_cast<char>(archive[i] ^ 1);
    };
    for (std::size_t i = at; i < at + 512; ++i) flip(i);
    const std::size_t next = at + 512 + (size + 511) / 512 * 512;
    for (std::size_t i = at + 512 + size; i < next; ++i) flip(i);
    at = next;
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace concordat::tests
