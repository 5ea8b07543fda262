// Ledgers as an earlier build wrote them: every later one folds them into every view, to the digests that stand beside them.
// And what a build does with a ledger that a newer one has written to.
// Recording: tests/ledgers/record, which runs this with CONCORDAT_RECORDED=DIR (what the stories wrote) and CONCORDAT_RECORD_AS=NAME.
#include <google/protobuf/io/gzip_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "engine/journal/journal.h"
#include "engine/runtime/partition.h"
#include "projections/store.h"
#include "projections/views/ledger.h"
#include "tests/support/world.h"

namespace concordat::tests {
namespace {

namespace fs = std::filesystem;
namespace io = google::protobuf::io;
using projections::Store;

const fs::path kHere = source_path("tests/ledgers");
constexpr std::size_t kPositions = 4;                // At so many of a ledger its digests were taken.

std::vector<v1::Commit> read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  io::IstreamInputStream bytes(&in);
  io::GzipInputStream unpacked(&bytes);
  io::ZeroCopyInputStream& plain = file.extension() == ".gz" ? static_cast<io::ZeroCopyInputStream&>(unpacked) : bytes;
  std::vector<v1::Commit> out;
  for (bool end = false; !end;) {
    v1::Commit one;
    if (google::protobuf::util::ParseDelimitedFromZeroCopyStream(&one, &plain, &end)) out.push_back(std::move(one));
    else if (!end) { ADD_FAILURE() << file << ": a commit does not parse"; break; }
  }
  return out;
}

void write(const fs::path& file, const std::vector<v1::Commit>& commits) {
  std::ofstream out(file, std::ios::binary);
  io::OstreamOutputStream bytes(&out);
  io::GzipOutputStream::Options options;
  options.compression_level = 9;
  io::GzipOutputStream packed(&bytes, options);
  for (const v1::Commit& one : commits) google::protobuf::util::SerializeDelimitedToZeroCopyStream(one, &packed);
  packed.Close();
}

std::vector<journal::Counted> counted(const std::vector<v1::Commit>& commits, std::size_t from, std::size_t to) {
  std::vector<journal::Counted> out;
  for (std::size_t i = from; i < to; ++i) out.push_back({{i + 1, 1, i}, i, false, commits[i].SerializeAsString()});
  return out;
}

std::set<int> types_of(const std::vector<v1::Commit>& commits) {
  std::set<int> out;
  v1::Event event;
  for (const v1::Commit& one : commits)
    for (const std::string& bytes : one.events()) out.insert(event.ParseFromString(bytes) ? static_cast<int>(event.happened_case()) : 0);
  return out;
}

// One digest: of which ledger, after which event, of which view in which version.
struct Digest {
  std::string ledger, view, version, sha256;
  std::uint64_t at = 0;
};

// Folds the ledger, and gives every digest at every position.
std::vector<Digest> digests_of(const std::string& name, const std::vector<v1::Commit>& commits) {
  std::vector<Digest> out;
  const std::string directory = scratch("recorded");
  {
    auto store = Store::open(directory);
    EXPECT_TRUE(store.ok());
    for (std::size_t part = 0; part < kPositions; ++part) {
      const Status folded = (*store)->fold(counted(commits, commits.size() * part / kPositions, commits.size() * (part + 1) / kPositions));
      EXPECT_TRUE(folded.ok()) << name << ": " << folded.why();
      const std::uint64_t at = (*store)->sequence(commits.front().ledger());
      out.push_back({name, std::string(projections::kLedgerView), "0", (*store)->digest(commits.front().ledger(), projections::kLedgerView), at});
      for (const projections::View* view : projections::all_views())
        out.push_back({name, std::string(view->name()), std::to_string(view->version()), (*store)->digest(commits.front().ledger(), view->name()), at});
    }
  }
  fs::remove_all(directory);
  return out;
}

std::vector<Digest> recorded_digests(const fs::path& directory) {
  std::vector<Digest> out;
  std::ifstream in(directory / "digests");
  for (Digest one; in >> one.ledger >> one.at >> one.view >> one.version >> one.sha256;) out.push_back(one);
  return out;
}

std::vector<fs::path> recordings() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(kHere))
    if (entry.is_directory() && !fs::exists(entry.path() / "node.json")) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<fs::path> ledgers_in(const fs::path& directory, const char* ending) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == ending) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::string name_of(const fs::path& file) { return file.stem().string(); }

// ---- Recording ----

struct Told { fs::path file; std::set<int> types; std::uintmax_t size = 0; };

// The fewest stories, roughly, in which every event type happens: always the one that adds most, the smaller of two.
std::vector<fs::path> choose(std::vector<Told> stories) {
  std::vector<fs::path> out;
  std::set<int> have;
  const auto fresh = [&](const Told& one) { return std::count_if(one.types.begin(), one.types.end(), [&](int type) { return !have.contains(type); }); };
  for (;;) {
    const auto best = std::max_element(stories.begin(), stories.end(), [&](const Told& a, const Told& b) { return std::pair(fresh(a), b.size) < std::pair(fresh(b), a.size); });
    if (best == stories.end() || fresh(*best) == 0) return out;
    have.insert(best->types.begin(), best->types.end());
    out.push_back(best->file);
  }
}

class Recording final : public testing::Environment {
 public:
  void SetUp() override {
    const char *from = std::getenv("CONCORDAT_RECORDED"), *name = std::getenv("CONCORDAT_RECORD_AS");
    if (from == nullptr || name == nullptr) return;
    std::vector<Told> stories;
    for (const fs::path& file : ledgers_in(from, ".ledger")) stories.push_back({file, types_of(read(file)), fs::file_size(file)});
    const fs::path to = kHere / name;
    fs::create_directories(to);
    std::ofstream digests(to / "digests");
    std::vector<fs::path> chosen = choose(std::move(stories));
    std::sort(chosen.begin(), chosen.end());
    for (const fs::path& file : chosen) {
      const auto commits = read(file);
      write(to / (name_of(file) + ".gz"), commits);
      for (const Digest& one : digests_of(name_of(file), commits)) digests << one.ledger << ' ' << one.at << ' ' << one.view << ' ' << one.version << ' ' << one.sha256 << '\n';
    }
  }
};
[[maybe_unused]] const testing::Environment* const recording = testing::AddGlobalTestEnvironment(new Recording);   // gtest owns it.

// ---- For ever ----

TEST(Recorded, EveryEventTypeStandsInALedger) {
  std::set<int> have;
  for (const fs::path& directory : recordings())
    for (const fs::path& file : ledgers_in(directory, ".gz")) have.merge(types_of(read(file)));
  const auto* happened = v1::Event::descriptor()->oneof_decl(0);
  for (int i = 0; i < happened->field_count(); ++i)
    EXPECT_TRUE(have.contains(happened->field(i)->number())) << happened->field(i)->name() << " is in no recorded ledger: tell a story in which it happens, then run tests/ledgers/record";
}

TEST(Recorded, EachReplaysToItsDigests) {
  ASSERT_FALSE(recordings().empty());
  std::size_t compared = 0;
  for (const fs::path& directory : recordings()) {
    std::map<std::string, std::vector<Digest>> by_ledger;
    for (const Digest& one : recorded_digests(directory)) by_ledger[one.ledger].push_back(one);
    for (const fs::path& file : ledgers_in(directory, ".gz")) {
      const std::string name = name_of(file);
      const auto commits = read(file);
      ASSERT_FALSE(commits.empty());
      ASSERT_FALSE(by_ledger[name].empty()) << file << " has no digests";
      State state;
      for (const v1::Commit& one : commits) ASSERT_TRUE(evolve(state, one).ok()) << file;
      std::map<std::string, std::uint64_t> same_until;       // By view.
      std::set<std::string> differ;
      const auto now = digests_of(name, commits);
      for (const Digest& was : by_ledger[name]) {
        const auto is = std::find_if(now.begin(), now.end(), [&](const Digest& one) { return one.view == was.view && one.at == was.at; });
        ASSERT_NE(is, now.end()) << file << ": no view " << was.view << " at event " << was.at;
        if (is->version != was.version) continue;            // Its rows have another shape since; the ledger is the same.
        ++compared;
        if (is->sha256 == was.sha256) { same_until[was.view] = was.at; continue; }
        if (!differ.insert(was.view).second) continue;
        ADD_FAILURE() << directory.filename() << ", " << name << ": view " << was.view << " comes out differently at event " << was.at << "; up to event " << same_until[was.view]
                      << " it was the same. Rows of another shape are another version of the view.";
      }
    }
  }
  EXPECT_GT(compared, 100u);
}

// The test can fail, and says where: an event of the ledger is altered.
TEST(Recorded, WhatWasAlteredIsFound) {
  ASSERT_FALSE(recordings().empty());
  const auto files = ledgers_in(recordings().front(), ".gz");
  ASSERT_FALSE(files.empty());
  auto commits = read(files.front());
  ASSERT_GT(commits.size(), kPositions);
  const auto before = digests_of("x", commits);
  commits[commits.size() / 2].mutable_stamp()->set_time_ms(commits[commits.size() / 2].stamp().time_ms() + 1);
  const auto after = digests_of("x", commits);
  EXPECT_EQ(before.front().sha256, after.front().sha256) << "before it all is the same";
  EXPECT_NE(before[before.size() - projections::all_views().size() - 1].sha256, after[after.size() - projections::all_views().size() - 1].sha256);
}

// ---- Written to by a newer build ----

v1::Commit newer(std::uint64_t first_sequence, const std::string& event) {
  v1::Commit out;
  out.set_format(1);
  out.set_ledger("n");
  out.set_first_sequence(first_sequence);
  out.set_command_id("newer/" + std::to_string(first_sequence));
  out.mutable_stamp()->set_time_ms(1'800'000'000'000);
  *out.add_events() = event;
  return out;
}

// "An event of a kind that this build does not know": field 1900 of Event, a message of eight bytes.
const std::string kUnknownEvent = std::string("\xe2\x76\x08", 3) + "whatever";

std::vector<v1::Commit> known() {
  State state;
  std::vector<v1::Commit> out;
  for (const v1::Command& command : small_world("n")) out.push_back(commit(state, command, 1'700'000'000'000));
  return out;
}

TEST(Newer, AnEventItDoesNotKnowIsRefusedLoudlyAndWhatItKnowsIsServed) {
  const auto commits = known();
  State state;
  for (const v1::Commit& one : commits) ASSERT_TRUE(evolve(state, one).ok());
  const std::string before = describe(state);
  const v1::Commit unknown = newer(state.last_sequence + 1, kUnknownEvent);
  EXPECT_EQ(evolve(state, unknown).kind(), Status::Kind::kCorrupt);
  EXPECT_EQ(describe(state), before);

  const std::string directory = scratch("newer");
  {
    auto store = Store::open(directory);
    ASSERT_TRUE((*store)->fold(counted(commits, 0, commits.size())).ok());
    const std::string digest = (*store)->digest("n", "");
    const Status told = (*store)->fold({{{commits.size() + 1, 1, commits.size()}, commits.size(), false, unknown.SerializeAsString()}});
    EXPECT_EQ(told.kind(), Status::Kind::kCorrupt);
    EXPECT_NE(told.why().find("ledger n, sequence " + std::to_string(unknown.first_sequence()) + ": expected an event this build knows"), std::string::npos) << told.why();
    EXPECT_EQ((*store)->digest("n", ""), digest) << "nothing of it was folded";
    EXPECT_EQ((*store)->sequence("n") + 1, unknown.first_sequence()) << "what came before is served";
  }
  fs::remove_all(directory);
}

// A field that this build does not know, of an event that it does: the ledger and its proof keep the bytes as they were written.
TEST(Newer, AFieldItDoesNotKnowIsKeptAsWritten) {
  const auto commits = known();
  const std::uint64_t next = commits.back().first_sequence() + static_cast<std::uint64_t>(commits.back().events_size());
  v1::Event event;
  event.mutable_document_registered()->mutable_document()->set_id("newer");
  event.mutable_document_registered()->mutable_document()->GetReflection()->MutableUnknownFields(event.mutable_document_registered()->mutable_document())->AddLengthDelimited(1900, "of tomorrow");
  const v1::Commit one = newer(next, event.SerializeAsString());
  ASSERT_NE(one.events(0).find("of tomorrow"), std::string::npos);
  const std::string directory = scratch("field");
  {
    auto store = Store::open(directory);
    ASSERT_TRUE((*store)->fold(counted(commits, 0, commits.size())).ok());
    ASSERT_TRUE((*store)->fold({{{commits.size() + 1, 1, commits.size()}, commits.size(), false, one.SerializeAsString()}}).ok());
    const bool there = projections::find_event(**store, "n", next, [&](const projections::Committed& found) { EXPECT_EQ(found.bytes, one.events(0)); });
    EXPECT_TRUE(there);
    const std::string proof = (*store)->digest("n", "proof");
    ASSERT_TRUE((*store)->rebuild("proof", {}).ok());
    EXPECT_EQ((*store)->digest("n", "proof"), proof);
  }
  fs::remove_all(directory);
}

std::string bytes_of(const std::string& directory) {
  std::string out;
  for (const auto& entry : fs::recursive_directory_iterator(directory))
    if (entry.path().extension() == ".log") { std::ifstream in(entry.path(), std::ios::binary); std::stringstream text; text << in.rdbuf(); out += text.str(); }
  return out;
}

// The whole of it: a partition of this build on a journal that a newer one has written to. It says so, takes nothing, and
// leaves every byte where it was; whoever only reads goes on with what the views have.
TEST(Newer, APartitionStopsAndLosesNothing) {
  const std::string at = scratch("partition");
  const auto log = [&](bool read_only) { return journal::embedded_log({.directory = at + "/journal", .sync = true, .read_only = read_only}); };
  const auto options = [&] { runtime::Options out; out.open_log = log(false); out.store_directory = at + "/views"; out.timers = false; return out; };
  std::uint64_t last = 0;
  {
    auto partition = runtime::Partition::start(options());
    ASSERT_TRUE(partition.ok()) << partition.status().why();
    for (const v1::Command& command : small_world("n")) {
      auto reply = (*partition)->submit_and_wait(command, "test");
      ASSERT_TRUE(reply.ok());
      last = reply->last_sequence();
    }
    ASSERT_TRUE((*partition)->wait_for("n", last, 5000).ok());
  }
  {
    auto journal = journal::Journal::open(log(false), {});
    ASSERT_TRUE(journal.ok()) << journal.status().why();
    std::vector<journal::Counted> read;
    ASSERT_TRUE((*journal)->lead("newer").ok());
    while (!(*journal)->leading()) ASSERT_TRUE((*journal)->poll(20, &read).ok());
    const std::size_t there = read.size();
    ASSERT_TRUE((*journal)->append(newer(last + 1, kUnknownEvent).SerializeAsString()).ok());
    while (read.size() == there) ASSERT_TRUE((*journal)->poll(20, &read).ok());
  }
  const std::string before = bytes_of(at + "/journal");
  ASSERT_NE(before.find("whatever"), std::string::npos);
  {
    auto partition = runtime::Partition::start(options());
    const Status told = partition.ok() ? (*partition)->health() : partition.status();
    EXPECT_EQ(told.kind(), Status::Kind::kCorrupt) << told.why();
    EXPECT_NE(told.why().find("sequence " + std::to_string(last + 1)), std::string::npos) << told.why();
    if (partition.ok()) {
      v1::Command command = small_world("n").front();
      command.set_command_id("one more");
      EXPECT_FALSE((*partition)->submit_and_wait(command, "test").ok());
    }
  }
  EXPECT_EQ(bytes_of(at + "/journal"), before) << "nothing was cut off, nothing was added";
  auto store = Store::open_read_only(at + "/views");
  ASSERT_TRUE(store.ok()) << store.status().why();
  EXPECT_EQ((*store)->sequence("n"), last);
  fs::remove_all(at);
}

}  // namespace
}  // namespace concordat::tests
