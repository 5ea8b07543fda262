// What every journal promises, tested by one suite against all of them: embedded, faulty (without faults), Kafka.
#include <gtest/gtest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "engine/journal/embedded_mark.h"
#include "engine/journal/frame.h"
#include "engine/journal/journal.h"

namespace concordat::journal {
namespace {

struct Place {
  OpenLog open;
  OpenLog reader;                                  // May be opened beside the writer.
  std::function<void()> release = [] {};           // Makes room for a second writer where a lock would keep it away.
  std::string directory;
};

std::string fresh(const char* what) {
  static int count = 0;
  return std::string(what) + "-" + std::to_string(getpid()) + "-" + std::to_string(count++);
}

class Promises : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "kafka" && std::getenv("KAFKA_BOOTSTRAP") == nullptr) GTEST_SKIP() << "SKIPPED: no Kafka broker (KAFKA_BOOTSTRAP is not set)";
    if (GetParam() == "embedded") {
      place_.directory = std::filesystem::temp_directory_path().string() + "/" + fresh("journal");
      place_.open = embedded_log({.directory = place_.directory, .segment_bytes = 20'000});
      place_.reader = embedded_log({.directory = place_.directory, .read_only = true});
    } else if (GetParam() == "faulty") {
      place_.open = place_.reader = faulty_log(faulty_disk(1, {}));
    } else {
      const std::string topic = fresh("promises"), bootstrap = std::getenv("KAFKA_BOOTSTRAP");
      const Status made = create_topic(bootstrap, topic, 1, 1);
      ASSERT_TRUE(made.ok()) << made.why();
      place_.open = kafka_log({.bootstrap = bootstrap, .topic = topic});
      place_.reader = kafka_log({.bootstrap = bootstrap, .topic = topic, .read_only = true});
    }
  }
  void TearDown() override { if (!place_.directory.empty()) std::filesystem::remove_all(place_.directory); }

  std::unique_ptr<Journal> open(const OpenLog& log, Position from = {}) {
    auto journal = Journal::open(log, from);
    EXPECT_TRUE(journal.ok()) << journal.status().why();
    return *std::move(journal);
  }
  std::unique_ptr<Journal> leader(std::vector<Counted>* before = nullptr) {
    auto journal = open(place_.open);
    EXPECT_TRUE(journal->lead(fresh("nonce")).ok());
    std::vector<Counted> ignored;
    for (int i = 0; i < 200 && !journal->leading(); ++i) { const Status polled = journal->poll(50, before != nullptr ? before : &ignored); EXPECT_TRUE(polled.ok()) << polled.why(); if (!polled.ok()) break; }
    EXPECT_TRUE(journal->leading());
    return journal;
  }
  static void read(Journal& journal, std::size_t count, std::vector<Counted>* out) {
    for (int i = 0; i < 200 && out->size() < count; ++i) { const Status status = journal.poll(50, out); ASSERT_TRUE(status.ok()) << status.why(); }
    ASSERT_GE(out->size(), count);
  }
  static std::vector<std::string> payloads(const std::vector<Counted>& all) {
    std::vector<std::string> out;
    for (const Counted& one : all) out.push_back(one.payload);
    return out;
  }
  Place place_;
};

TEST_P(Promises, AnAppendIsReadBackInOrderAndByEveryReaderAlike) {
  auto writer = leader();
  std::vector<Counted> mine, theirs;
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(writer->append("commit " + std::to_string(i) + std::string(static_cast<std::size_t>(i), '.')).ok());
  read(*writer, 500, &mine);
  for (std::size_t i = 0; i < mine.size(); ++i) {
    EXPECT_TRUE(mine[i].mine);
    EXPECT_EQ(mine[i].payload, "commit " + std::to_string(i) + std::string(i, '.'));
    EXPECT_EQ(mine[i].position.number, i + 1);
  }
  EXPECT_EQ(writer->in_flight(), 0u);
  auto reader = open(place_.reader);
  read(*reader, 500, &theirs);
  EXPECT_EQ(payloads(mine), payloads(theirs));
  EXPECT_FALSE(theirs.front().mine);
}

TEST_P(Promises, ReadingGoesOnFromAnyPosition) {
  auto writer = leader();
  std::vector<Counted> all;
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(writer->append(std::to_string(i)).ok());
  read(*writer, 60, &all);
  for (const std::size_t at : {std::size_t{0}, std::size_t{17}, std::size_t{58}}) {
    auto reader = open(place_.reader, all[at].position);
    std::vector<Counted> rest;
    read(*reader, 59 - at, &rest);
    ASSERT_EQ(rest.size(), 59 - at);
    EXPECT_EQ(rest.front().payload, std::to_string(at + 1));
  }
}

TEST_P(Promises, WhatWasAcknowledgedIsThereAfterReopening) {
  {
    auto writer = leader();
    std::vector<Counted> all;
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(writer->append("kept " + std::to_string(i)).ok());
    read(*writer, 20, &all);
  }
  std::vector<Counted> before;
  auto next = leader(&before);
  EXPECT_EQ(before.size(), 20u);
  ASSERT_TRUE(next->append("after").ok());
  std::vector<Counted> after;
  read(*next, 1, &after);
  EXPECT_EQ(after.front().payload, "after");
  EXPECT_EQ(after.front().position.number, 1u) << "a new reign counts from one";
}

// Where several processes can write at once; the embedded log keeps a second writer away by its lock.
class Contended : public Promises {};
TEST_P(Contended, NothingADeposedWriterAppendsCountsForAnybody) {
  auto zombie = leader();
  ASSERT_TRUE(zombie->append("before").ok());
  std::vector<Counted> first;
  read(*zombie, 1, &first);
  auto heir = leader();
  ASSERT_TRUE(heir->append("counts").ok());
  std::vector<Counted> heirs, zombies;
  read(*heir, 1, &heirs);
  // The zombie's next number is also the next of the heir's reign: only the epoch tells them apart.
  ASSERT_TRUE(zombie->append("void 1").ok()) << "it has not noticed yet";
  ASSERT_TRUE(zombie->append("void 2").ok());
  ASSERT_TRUE(zombie->end().ok());                    // What was appended is in the log by then.
  auto witness = open(place_.reader);
  for (int i = 0; i < 200 && *witness->end() < 6; ++i) usleep(10'000);      // Two epochs, two that count, two void.
  ASSERT_EQ(*witness->end(), 6u);
  ASSERT_TRUE(heir->append("counts too").ok());
  read(*heir, 2, &heirs);
  Status told;
  for (int i = 0; i < 100 && told.ok(); ++i) told = zombie->poll(20, &zombies);
  EXPECT_EQ(told.kind(), Status::Kind::kDeposed) << told.why();
  EXPECT_FALSE(zombie->leading());
  for (const Counted& one : zombies) EXPECT_FALSE(one.mine);
  auto reader = open(place_.reader);
  std::vector<Counted> all;
  read(*reader, 3, &all);
  EXPECT_EQ(payloads(all), (std::vector<std::string>{"before", "counts", "counts too"}));
}

TEST_P(Promises, TooLargeIsRefusedAndNothingHappened) {
  auto writer = leader();
  const Status status = writer->append(std::string(2'000'000, 'x'));
  EXPECT_EQ(status.kind(), Status::Kind::kInvalid);
  EXPECT_NE(status.why().find("1000000"), std::string::npos) << status.why();
  EXPECT_EQ(writer->append(std::string(writer->payload_bytes_max() + 1, 'x')).kind(), Status::Kind::kInvalid);
  ASSERT_TRUE(writer->leading());
  ASSERT_TRUE(writer->append("small").ok());
  std::vector<Counted> all;
  read(*writer, 1, &all);
  EXPECT_EQ(all.front().payload, "small");
}

TEST_P(Promises, ForeignBytesAndNewerFormatsStopTheReaderWithThePlaceNamed) {
  for (const bool newer : {false, true}) {
    TearDown();
    SetUp();
    auto writer = leader();
    ASSERT_TRUE(writer->append("fine").ok());
    std::vector<Counted> all;
    read(*writer, 1, &all);
    writer.reset();
    auto raw = place_.open(all.back().position.offset);
    ASSERT_TRUE(raw.ok());
    std::string bytes = "{\"somebody\": \"else's record\", \"padding\": 1}";
    if (newer) { bytes.clear(); write_frame(FrameKind::kCommit, all.back().position.epoch, 2, "later", &bytes); bytes[2] = 9; }
    ASSERT_TRUE((*raw)->append(bytes).ok());
    std::vector<Frame> frames;
    for (int i = 0; i < 100 && frames.empty(); ++i) ASSERT_TRUE((*raw)->poll(50, &frames).ok());
    raw = Status::unavailable("closed");
    auto reader = open(place_.reader);
    std::vector<Counted> seen;
    Status status;
    for (int i = 0; i < 100 && status.ok(); ++i) status = reader->poll(20, &seen);
    EXPECT_EQ(status.kind(), Status::Kind::kCorrupt);
    EXPECT_NE(status.why().find("offset " + std::to_string(frames.front().offset)), std::string::npos) << status.why();
    EXPECT_EQ(seen.size(), 1u) << "what stood before it was served";
    EXPECT_EQ(reader->poll(0, &seen).kind(), Status::Kind::kCorrupt) << "and it stays so";
  }
}

TEST_P(Promises, AHoleADuplicateAndAReorderingAreIgnoredUntilTheNextReign) {
  auto writer = leader();
  const Position reign = writer->position();
  writer.reset();
  {
    auto raw = place_.open(reign.offset);
    ASSERT_TRUE(raw.ok());
    const auto put = [&](std::uint64_t number, const char* payload) { std::string bytes; write_frame(FrameKind::kCommit, reign.epoch, number, payload, &bytes); ASSERT_TRUE((*raw)->append(bytes).ok()); };
    put(1, "one"); put(1, "one again"); put(3, "three too early"); put(2, "two"); put(4, "four: a hole before it");
    std::vector<Frame> frames;
    for (int i = 0; i < 100 && frames.size() < 5; ++i) ASSERT_TRUE((*raw)->poll(50, &frames).ok());
  }
  std::vector<Counted> before;
  auto next = leader(&before);
  EXPECT_EQ(payloads(before), (std::vector<std::string>{"one", "two"}));
  ASSERT_TRUE(next->append("goes on").ok());
  std::vector<Counted> all;
  read(*next, 1, &all);
  EXPECT_EQ(all.front().payload, "goes on");
}

// Whoever knows the epoch can forge a hole: what the leader appends behind it counts for nobody, so its reign must end.
TEST_P(Contended, AHoleInTheOwnReignEndsItAndANewOneGoesOn) {
  auto writer = leader();
  {
    auto raw = place_.open(writer->position().offset);
    std::string bytes;
    write_frame(FrameKind::kCommit, writer->position().epoch, 2, "two, but one never came", &bytes);
    ASSERT_TRUE(raw.ok() && (*raw)->append(bytes).ok());
    std::vector<Frame> frames;
    for (int i = 0; i < 100 && frames.empty(); ++i) ASSERT_TRUE((*raw)->poll(50, &frames).ok());
  }
  std::vector<Counted> all;
  Status told;
  for (int i = 0; i < 100 && told.ok(); ++i) told = writer->poll(20, &all);
  EXPECT_EQ(told.kind(), Status::Kind::kUnavailable) << told.why();
  EXPECT_FALSE(writer->leading());
  ASSERT_TRUE(writer->lead(fresh("nonce")).ok());
  for (int i = 0; i < 100 && !writer->leading(); ++i) ASSERT_TRUE(writer->poll(20, &all).ok());
  ASSERT_TRUE(writer->append("goes on").ok());
  read(*writer, 1, &all);
  EXPECT_EQ(payloads(all), std::vector<std::string>{"goes on"});
}

INSTANTIATE_TEST_SUITE_P(Journals, Contended, testing::Values("faulty", "kafka"), [](const auto& one) { return one.param; });
INSTANTIATE_TEST_SUITE_P(Journals, Promises, testing::Values("embedded", "faulty", "kafka"), [](const auto& one) { return one.param; });

// ---- The embedded log alone ----

struct Files {
  std::string directory = std::filesystem::temp_directory_path().string() + "/" + fresh("embedded");
  ~Files() { std::filesystem::remove_all(directory); }
  std::string segment() const { return directory + "/00000000000000000000.log"; }
  std::string bytes() const {
    std::ifstream in(segment(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& bytes) const { std::ofstream(segment(), std::ios::binary) << bytes; }
  // As a crash leaves it: the last commit was being written and is not durable.
  void mark_before_the_last(const std::string& where, std::uint64_t length) const {
    const int mark = ::open((where + "/mark").c_str(), O_RDWR);
    const auto all = read_mark(mark);
    ASSERT_TRUE(all && write_mark(mark, {.end = all->end - 1, .segment = 0, .bytes = length}));
    ::close(mark);
  }
  Result<std::size_t> count() const {      // Of the commits that a writer finds.
    auto journal = Journal::open(embedded_log({.directory = directory}), {});
    if (!journal.ok()) return journal.status();
    std::vector<Counted> all;
    if (Status status = (*journal)->poll(0, &all); !status.ok()) return status;
    return all.size();
  }
  void write(int commits) const {
    auto journal = Journal::open(embedded_log({.directory = directory}), {});
    ASSERT_TRUE(journal.ok());
    ASSERT_TRUE((*journal)->lead("n").ok());
    std::vector<Counted> all;
    while (!(*journal)->leading()) { const Status polled = (*journal)->poll(0, &all); ASSERT_TRUE(polled.ok()) << polled.why(); }
    for (int i = 0; i < commits; ++i) ASSERT_TRUE((*journal)->append("commit " + std::to_string(i)).ok());
    ASSERT_TRUE((*journal)->poll(0, &all).ok());
    ASSERT_EQ(all.size(), static_cast<std::size_t>(commits));
  }
};

TEST(Embedded, ATornTailIsCutOffWhereverItTore) {
  Files files;
  files.write(5);
  const auto whole = std::filesystem::file_size(files.segment());
  const std::uintmax_t last = 4 + kFrameHead + 8;   // "commit 4" with its length.
  for (std::uintmax_t cut = 1; cut < last; ++cut) {
    const std::string copy = files.directory + "-cut";
    std::filesystem::remove_all(copy);
    std::filesystem::copy(files.directory, copy);
    std::filesystem::resize_file(copy + "/00000000000000000000.log", whole - cut);
    files.mark_before_the_last(copy, whole - last);
    auto journal = Journal::open(embedded_log({.directory = copy}), {});
    ASSERT_TRUE(journal.ok()) << "cut " << cut << ": " << journal.status().why();
    std::vector<Counted> all;
    ASSERT_TRUE((*journal)->poll(0, &all).ok());
    EXPECT_EQ(all.size(), 4u) << "cut " << cut;
    journal = Status::unavailable("closed");
    std::filesystem::remove_all(copy);
  }
}

TEST(Embedded, DamageBeforeTheTailIsToldWithFileAndPlace) {
  Files files;
  files.write(5);
  std::fstream file(files.segment(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(60);
  file.put('~');
  file.close();
  const auto journal = Journal::open(embedded_log({.directory = files.directory}), {});
  ASSERT_FALSE(journal.ok());
  EXPECT_EQ(journal.status().kind(), Status::Kind::kCorrupt);
  EXPECT_NE(journal.status().why().find(files.segment()), std::string::npos) << journal.status().why();
}

TEST(Embedded, NoFlippedBitGoesUnnoticed) {
  Files files;
  files.write(4);
  const std::string good = files.bytes();
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
    files.put(bad);
    const auto found = files.count();
    ASSERT_FALSE(found.ok()) << "byte " << at << ": it found " << *found << " commits";
    EXPECT_EQ(found.status().kind(), Status::Kind::kCorrupt) << found.status().why();
    EXPECT_NE(found.status().why().find(files.segment()), std::string::npos) << found.status().why();
    ASSERT_EQ(files.bytes(), bad) << "damage is never cut off";
  }
  files.put(good);
  EXPECT_EQ(*files.count(), 4u);
}

TEST(Embedded, MissingAcknowledgedBytesAreNotATornTail) {
  Files files;
  files.write(4);
  const std::string good = files.bytes();
  for (std::size_t size = 0; size < good.size(); ++size) {
    files.put(good.substr(0, size));
    const auto found = files.count();
    ASSERT_FALSE(found.ok()) << "cut to " << size;
    EXPECT_EQ(found.status().kind(), Status::Kind::kCorrupt) << found.status().why();
  }
}

TEST(Embedded, AReaderBesideTheWriterSeesOnlyWhatIsDurableAndFollowsIntoNewSegments) {
  Files files;
  const auto log = [&](bool read_only) { return embedded_log({.directory = files.directory, .read_only = read_only, .segment_bytes = 300}); };
  auto writer = *Journal::open(log(false), {});
  auto reader = *Journal::open(log(true), {});
  ASSERT_TRUE(writer->lead("n").ok());
  std::vector<Counted> mine, theirs;
  for (int i = 0; i < 60; ++i) {
    if (writer->leading()) { ASSERT_TRUE(writer->append("commit " + std::to_string(i)).ok()); }
    ASSERT_TRUE(reader->poll(0, &theirs).ok());
    EXPECT_EQ(theirs.size(), mine.size()) << "neither less nor more than was read back";
    ASSERT_TRUE(writer->poll(0, &mine).ok());
    ASSERT_TRUE(reader->poll(0, &theirs).ok());
    EXPECT_EQ(*reader->end(), *writer->end());
  }
  ASSERT_EQ(mine.size(), 59u);
  ASSERT_EQ(theirs.size(), 59u);
  for (std::size_t i = 0; i < mine.size(); ++i) EXPECT_EQ(mine[i].payload, theirs[i].payload);
  EXPECT_TRUE(std::filesystem::exists(files.directory + "/" + "00000000000000000000.log"));
  EXPECT_GT(std::distance(std::filesystem::directory_iterator(files.directory), {}), 6) << "several segments, the lock, the mark";
  Status stale = Journal::open(log(true), {.offset = 1000, .epoch = 1, .number = 999}).status();
  EXPECT_EQ(stale.kind(), Status::Kind::kCorrupt) << "a reader ahead of the journal";
}

// Whoever catches up takes an empty poll for the end.
TEST(Embedded, NoPollIsEmptyWhereOneSegmentEndsAndAnotherBegins) {
  Files files;
  const auto log = embedded_log({.directory = files.directory, .segment_bytes = 300});
  std::vector<Counted> all;
  {
    auto writer = *Journal::open(log, {});
    ASSERT_TRUE(writer->lead("n").ok());
    while (!writer->leading()) ASSERT_TRUE(writer->poll(0, &all).ok());
    for (int i = 0; i < 60; ++i) {
      ASSERT_TRUE(writer->append("commit " + std::to_string(i)).ok());
      ASSERT_TRUE(writer->poll(0, &all).ok());
    }
  }
  auto again = *Journal::open(log, {});
  std::vector<Counted> read;
  for (std::size_t before = 0; read.size() < all.size(); before = read.size()) {
    ASSERT_TRUE(again->poll(0, &read).ok());
    ASSERT_GT(read.size(), before) << "an empty poll with more to come";
  }
}

TEST(Embedded, WhatIsWrittenBehindTheMarkIsSeenOnlyOnceAWriterHasMadeItDurable) {
  Files files;
  files.write(5);
  files.mark_before_the_last(files.directory, files.bytes().size() - (4 + kFrameHead + 8));
  auto reader = *Journal::open(embedded_log({.directory = files.directory, .read_only = true}), {});
  std::vector<Counted> all;
  ASSERT_TRUE(reader->poll(0, &all).ok());
  EXPECT_EQ(all.size(), 4u);
  EXPECT_EQ(*files.count(), 5u) << "it was whole, so the writer keeps it";
  ASSERT_TRUE(reader->poll(0, &all).ok());
  EXPECT_EQ(all.size(), 5u);
}

TEST(Embedded, ALeaderThatHasNotReadTheOldTailYetGetsItFirstAcrossSegments) {
  Files files;
  const auto log = embedded_log({.directory = files.directory, .segment_bytes = 300});
  std::vector<Counted> first, second;
  for (auto* out : {&first, &second}) {
    auto journal = *Journal::open(log, {});
    ASSERT_TRUE(journal->lead(out == &first ? "a" : "b").ok());
    for (int i = 0; i < 100 && !journal->leading(); ++i) ASSERT_TRUE(journal->poll(0, out).ok());
    for (int i = 0; i < 20; ++i) { ASSERT_TRUE(journal->append("commit " + std::to_string(i)).ok()); ASSERT_TRUE(journal->poll(0, out).ok()); }
  }
  EXPECT_EQ(first.size(), 20u);
  ASSERT_EQ(second.size(), 40u);
  EXPECT_FALSE(second[19].mine);
  EXPECT_TRUE(second[20].mine);
}

TEST(Embedded, ASecondWriterIsToldWhoHasIt) {
  Files files;
  files.write(1);
  const auto first = Journal::open(embedded_log({.directory = files.directory}), {});
  ASSERT_TRUE(first.ok());
  const auto second = Journal::open(embedded_log({.directory = files.directory}), {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().kind(), Status::Kind::kBusy);
  EXPECT_NE(second.status().why().find(std::to_string(getpid())), std::string::npos) << second.status().why();
}

TEST(Embedded, AFullDiskIsAnErrorAndNothingIsHalfWritten) {
  Files files;
  files.write(3);
  std::signal(SIGXFSZ, SIG_IGN);
  auto journal = Journal::open(embedded_log({.directory = files.directory}), {});
  ASSERT_TRUE(journal.ok());
  ASSERT_TRUE((*journal)->lead("m").ok());
  std::vector<Counted> all;
  while (!(*journal)->leading()) { const Status polled = (*journal)->poll(0, &all); ASSERT_TRUE(polled.ok()) << polled.why(); }
  const auto size = std::filesystem::file_size(files.segment());
  rlimit before{}, full{};
  getrlimit(RLIMIT_FSIZE, &before);
  full = before;
  full.rlim_cur = size + 20;
  setrlimit(RLIMIT_FSIZE, &full);
  ASSERT_TRUE((*journal)->append("does not fit any more").ok());
  const Status status = (*journal)->poll(0, &all);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(status.kind(), Status::Kind::kUnavailable);
  EXPECT_NE(status.why().find("nothing of it was kept"), std::string::npos) << status.why();
  EXPECT_EQ(std::filesystem::file_size(files.segment()), size);
  ASSERT_TRUE((*journal)->lead("again").ok());
  for (int i = 0; i < 5 && !(*journal)->leading(); ++i) ASSERT_TRUE((*journal)->poll(0, &all).ok());
  ASSERT_TRUE((*journal)->append("fits now").ok());
  all.clear();
  ASSERT_TRUE((*journal)->poll(0, &all).ok());
  EXPECT_EQ(all.back().payload, "fits now");
}

// ---- The faulty log: whatever it does, two readers agree, and what was acknowledged counts ----

TEST(Faulty, WhatWasReadBackCountsForEverybodyUnderEveryFault) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    auto disk = faulty_disk(seed, {.lose = 20, .duplicate = 60, .delay = 60, .unavailable = 30});
    std::mt19937_64 random(seed);
    std::vector<std::string> acknowledged;
    for (int writer = 0, n = 0; writer < 6; ++writer) {
      auto journal = Journal::open(faulty_log(disk), {});
      ASSERT_TRUE(journal.ok());
      std::vector<Counted> read;
      for (int i = 0; i < 40; ++i) {
        if (!(*journal)->leading()) { if (!(*journal)->lead("w" + std::to_string(writer) + "." + std::to_string(i)).ok()) continue; }
        else if (!(*journal)->append("c" + std::to_string(n++)).ok()) continue;
        if (random() % 3 == 0) continue;
        read.clear();
        (void)(*journal)->poll(0, &read).ok();
        for (const Counted& one : read) if (one.mine) acknowledged.push_back(one.payload);
      }
    }
    heal(*disk);
    std::vector<std::string> a, b;
    for (auto* out : {&a, &b}) {
      auto reader = Journal::open(faulty_log(disk), {});
      std::vector<Counted> all;
      ASSERT_TRUE((*reader)->poll(0, &all).ok());
      for (const Counted& one : all) out->push_back(one.payload);
    }
    EXPECT_EQ(a, b);
    std::size_t at = 0;
    for (const std::string& one : acknowledged) {
      while (at < a.size() && a[at] != one) ++at;
      ASSERT_LT(at, a.size()) << one << " was acknowledged and does not count";
      ++at;
    }
    std::vector<std::string> sorted = a;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(std::adjacent_find(sorted.begin(), sorted.end()), sorted.end()) << "something counts twice";
  }
}

TEST(Kafka, ATopicThatExistsWithOtherPartitionsIsRefused) {
  const char* bootstrap = std::getenv("KAFKA_BOOTSTRAP");
  if (bootstrap == nullptr) GTEST_SKIP() << "SKIPPED: no Kafka broker (KAFKA_BOOTSTRAP is not set)";
  const std::string topic = fresh("partitions");
  ASSERT_TRUE(create_topic(bootstrap, topic, 2, 1).ok());
  EXPECT_TRUE(create_topic(bootstrap, topic, 2, 1).ok());
  const Status other = create_topic(bootstrap, topic, 3, 1);
  EXPECT_EQ(other.kind(), Status::Kind::kInvalid);
  EXPECT_NE(other.why().find("exists with 2"), std::string::npos) << other.why();
  const auto none = Journal::open(kafka_log({.bootstrap = bootstrap, .topic = topic, .partition = 2}), {});
  EXPECT_EQ(none.status().kind(), Status::Kind::kNotFound);
}

// ---- Kafka: the broker dies in mid-commit and comes back ----

TEST(Kafka, AKilledBrokerLosesNothingThatWasAcknowledged) {
  const char* bootstrap = std::getenv("KAFKA_BOOTSTRAP");
  const char* broker = std::getenv("CONCORDAT_BROKER_DIR");
  const char* port = std::getenv("CONCORDAT_BROKER_PORT");
  if (bootstrap == nullptr || broker == nullptr || port == nullptr) GTEST_SKIP() << "SKIPPED: no Kafka broker of our own to kill";
  const std::string script = std::string(CONCORDAT_SOURCE) + "/deploy/kafka/broker";
  const std::string topic = fresh("killed");
  ASSERT_TRUE(create_topic(bootstrap, topic, 1, 1).ok());
  auto journal = Journal::open(kafka_log({.bootstrap = bootstrap, .topic = topic}), {});
  ASSERT_TRUE(journal.ok());
  std::vector<std::string> acknowledged;
  int n = 0;
  bool killed = false, told = false;
  for (int i = 0; i < 4000 && (acknowledged.size() < 600 || !killed); ++i) {
    std::vector<Counted> all;
    if (!(*journal)->leading()) { (void)(*journal)->lead("k" + std::to_string(i)).ok(); }
    for (int j = 0; j < 20 && (*journal)->leading() && (*journal)->in_flight() < 100; ++j) (void)(*journal)->append("k" + std::to_string(n++)).ok();
    told = !(*journal)->poll(50, &all).ok() || told;
    for (const Counted& one : all) if (one.mine) acknowledged.push_back(one.payload);
    if (!killed && acknowledged.size() > 200) {
      killed = true;
      ASSERT_EQ(std::system((script + " kill " + broker + " && " + script + " start " + broker + " " + port).c_str()), 0);
    }
  }
  EXPECT_GE(acknowledged.size(), 600u);
  auto reader = Journal::open(kafka_log({.bootstrap = bootstrap, .topic = topic, .read_only = true}), {});
  ASSERT_TRUE(reader.ok());
  std::vector<Counted> all;
  const auto end = (*reader)->end();
  ASSERT_TRUE(end.ok());
  for (int i = 0; i < 400 && (*reader)->position().offset < *end; ++i) ASSERT_TRUE((*reader)->poll(50, &all).ok());
  std::size_t at = 0;
  for (const std::string& one : acknowledged) {
    while (at < all.size() && all[at].payload != one) ++at;
    ASSERT_LT(at, all.size()) << one << " was acknowledged and is gone";
  }
}

}  // namespace
}  // namespace concordat::journal
