// The partition at work: idempotency, restarts, kill -9, faults, take-over. Real stores, real journals.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "engine/runtime/partition.h"
#include "projections/views/ledger.h"
#include "tests/support/world.h"

namespace concordat::tests {
namespace {

using runtime::Options;
using runtime::Partition;

std::unique_ptr<Partition> start(const journal::OpenLog& log, const std::string& directory, std::uint64_t snapshot_every = 20, std::function<std::int64_t()> clock = {}) {
  Options options;
  options.open_log = log;
  options.store_directory = directory;
  options.snapshot_every = snapshot_every;
  options.now_ms = std::move(clock);
  auto partition = Partition::start(std::move(options));
  EXPECT_TRUE(partition.ok()) << partition.status().why();
  return partition.ok() ? *std::move(partition) : nullptr;
}

v1::Reply must(Partition& partition, const v1::Command& command) {
  auto reply = partition.submit_and_wait(command, "test");
  EXPECT_TRUE(reply.ok()) << reply.status().why();
  if (!reply.ok()) return {};
  EXPECT_TRUE(partition.wait_for(command.ledger(), reply->last_sequence(), 5000).ok());
  return *reply;
}

void load(Partition& partition, const std::string& ledger) {
  for (const v1::Command& command : small_world(ledger)) EXPECT_FALSE(must(partition, command).has_refused()) << command.command_id();
}

v1::Command position(const std::string& ledger, const std::string& matter, const std::string& party, const std::string& id) {
  v1::Command command;
  command.set_command_id(id);
  command.set_ledger(ledger);
  command.mutable_actor()->set_who("office:" + party);
  command.mutable_actor()->set_capacity(v1::Capacity::member);
  command.mutable_actor()->set_on_behalf_of("body:" + party);
  auto& take = *command.mutable_take_position();
  take.set_matter(matter);
  take.set_party("body:" + party);
  take.set_position(v1::Position::in_favour);
  return command;
}

v1::Command opening(const std::string& ledger, const std::string& matter, const std::string& procedure = "alone") {
  v1::Command command = position(ledger, matter, "a", "open/" + matter);
  command.mutable_open_matter()->set_matter(matter);
  command.mutable_open_matter()->set_procedure(procedure);
  return command;
}

// The views say the same when they are made again from the journal alone.
void expect_rebuilt_equal(const journal::OpenLog& reader, const projections::Store& live, const std::string& ledger) {
  const std::string directory = scratch("rebuilt");
  {
    auto store = projections::Store::open(directory);
    ASSERT_TRUE(store.ok());
    auto journal = journal::Journal::open(reader, {});
    ASSERT_TRUE(journal.ok()) << journal.status().why();
    const auto end = (*journal)->end();
    ASSERT_TRUE(end.ok());
    std::vector<journal::Counted> all;
    for (int i = 0; i < 400 && (*journal)->position().offset < *end; ++i) ASSERT_TRUE((*journal)->poll(20, &all).ok());
    ASSERT_TRUE((*store)->fold(all).ok());
    EXPECT_EQ((*store)->digest(ledger, ""), live.digest(ledger, ""));
  }
  std::filesystem::remove_all(directory);
}

struct Place {
  std::string directory = scratch("runtime");
  journal::OpenLog log = journal::embedded_log({.directory = directory + "/journal"});
  journal::OpenLog reader = journal::embedded_log({.directory = directory + "/journal", .read_only = true});
  std::string views = directory + "/views";
  ~Place() { std::filesystem::remove_all(directory); }
};

TEST(Runtime, TheSameCommandIdGetsTheFirstAnswerAlsoAfterARestart) {
  Place place;
  v1::Reply first, refused;
  v1::Command again = position("l", "M", "a", "position/a");
  {
    auto partition = start(place.log, place.views);
    load(*partition, "l");
    must(*partition, opening("l", "M"));
    first = must(*partition, again);
    refused = must(*partition, position("l", "nowhere", "a", "refused"));
    EXPECT_EQ(refused.refused().code(), v1::RefusalCode::matter_not_found);
    EXPECT_TRUE(must(*partition, again).repeated_command());
  }
  auto partition = start(place.log, place.views);
  v1::Reply now = must(*partition, again);
  EXPECT_TRUE(now.repeated_command());
  now.set_repeated_command(false);
  EXPECT_EQ(now.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(must(*partition, position("l", "nowhere", "a", "refused")).refused().sentence(), refused.refused().sentence());
  again.mutable_take_position()->set_position(v1::Position::against);
  const auto other = partition->submit_and_wait(again, "test");
  ASSERT_FALSE(other.ok());
  EXPECT_NE(other.status().why().find("it was used for another command"), std::string::npos) << other.status().why();
}

TEST(Runtime, OpenMattersGoOnAfterARestartFromASnapshot) {
  Place place;
  for (int round = 0; round < 4; ++round) {
    auto partition = start(place.log, place.views, 10);
    if (round == 0) { load(*partition, "l"); must(*partition, opening("l", "M")); must(*partition, opening("l", "other")); }
    if (round == 0) continue;
    const v1::Reply reply = must(*partition, position("l", "M", std::string(1, static_cast<char>('a' + round - 1)), "p" + std::to_string(round)));
    EXPECT_FALSE(reply.has_refused()) << reply.refused().sentence();
    if (round == 3) { EXPECT_EQ(reply.outcome(), "carried"); }
    if (round == 3) expect_rebuilt_equal(place.reader, partition->store(), "l");
  }
  auto partition = start(place.log, place.views, 10);
  EXPECT_EQ(must(*partition, position("l", "M", "a", "late")).refused().code(), v1::RefusalCode::matter_closed);
  v1::Command again = opening("l", "M", "hosting");
  again.set_command_id("open-again");
  EXPECT_EQ(must(*partition, again).refused().code(), v1::RefusalCode::matter_exists);
}

// Bytes that this process has read from files.
std::uint64_t bytes_read() {
  std::ifstream in("/proc/self/io");
  std::string name;
  std::uint64_t count = 0;
  in >> name >> count;
  EXPECT_EQ(name, "rchar:");
  return count;
}

// A start reads the last snapshot and what came after it, and the last segment of the journal, however long the history before.
TEST(Runtime, AStartReadsNoMoreAfterALongHistory) {
  Place place;
  place.log = journal::embedded_log({.directory = place.directory + "/journal", .segment_bytes = 16u << 10});
  std::uint64_t events = 0, count = 0;
  std::mt19937_64 random(7);                               // Ids that do not compress: what is read is as much as there is.
  const auto id = [&] {
    std::string out;
    for (int i = 0; i < 3; ++i) out += std::to_string(random());
    return out;
  };
  const auto go_on_to = [&](std::uint64_t more) {
    auto partition = start(place.log, place.views);
    if (events == 0) load(*partition, "l");
    for (; count < more; ++count) events = must(*partition, position("l", "NONE", "a", id())).last_sequence();
  };
  const auto of_a_start = [&] {
    { const auto settled = start(place.log, place.views); }    // What the last life left to be put in order.
    const std::uint64_t before = bytes_read();
    const auto partition = start(place.log, place.views);
    return bytes_read() - before;
  };
  const auto size = [&] {
    std::uint64_t out = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(place.directory + "/journal"))
      if (entry.is_regular_file()) out += entry.file_size();
    return out;
  };
  go_on_to(100);
  const std::uint64_t small = of_a_start(), short_one = size();
  go_on_to(3000);
  const std::uint64_t large = of_a_start(), grown = size() - short_one;
  EXPECT_GE(events, 3000u);
  EXPECT_LT(large, small + grown / 8) << "it read " << small << " bytes, and " << large << " when the journal had grown by " << grown;
}

TEST(Runtime, SeveralLedgersShareAPartitionAndStayApart) {
  Place place;
  auto partition = start(place.log, place.views);
  load(*partition, "north");
  load(*partition, "south");
  must(*partition, opening("north", "M"));
  EXPECT_EQ(must(*partition, position("south", "M", "a", "x")).refused().code(), v1::RefusalCode::matter_not_found);
  EXPECT_EQ(partition->store().ledgers(), (std::vector<std::string>{"north", "south"}));
  EXPECT_EQ(runtime::partition_of("foobar", 1 << 30), 1357151166u % (1u << 30)) << "murmur2 as Kafka's Java client computes it";
}

TEST(Runtime, DueTimesBecomeCommands) {
  Place place;
  std::atomic<std::int64_t> now{1'700'000'000'000};
  auto partition = start(place.log, place.views, 1000, [&] { return now.load(); });
  load(*partition, "l");
  EXPECT_EQ(must(*partition, opening("l", "R", "referral")).step(), "pause");
  const std::uint64_t before = partition->store().sequence("l");
  now += 86'400'000;
  const Status waited = partition->wait_for("l", before + 4, 5000);
  EXPECT_TRUE(waited.ok()) << waited.why();
  EXPECT_EQ(must(*partition, position("l", "R/ask", "a", "p")).matter(), "");
}

// The machine's clock may be set back, also between a stop and the next start: what is recorded later never stands earlier.
TEST(Runtime, AClockThatIsSetBackDoesNotTakeTheLedgerBack) {
  const std::string directory = scratch("clock-back");
  const auto log = journal::embedded_log({.directory = directory + "/journal"});
  std::atomic<std::int64_t> now{1'700'000'000'000};
  const auto clock = [&now] { return now.load(); };
  std::vector<std::int64_t> stamps;
  for (int run = 0; run < 3; ++run) {
    auto partition = start(log, directory + "/views", 20, clock);
    if (run == 0) load(*partition, "c");
    now -= 3'600'000;
    v1::Command command;
    command.set_command_id("back/" + std::to_string(run));
    command.set_ledger("c");
    command.mutable_actor()->set_who("office:a");
    command.mutable_actor()->set_capacity(v1::Capacity::member);
    command.mutable_actor()->set_on_behalf_of("body:a");
    command.mutable_withdraw_matter()->set_matter("none");
    must(*partition, command);
    now -= 3'600'000;
    if (run < 2) continue;
    projections::each_event(partition->store(), "c", 1, [&](const projections::Committed& one) { stamps.push_back(one.commit.stamp().time_ms()); return true; });
  }
  ASSERT_GT(stamps.size(), 5u);
  EXPECT_TRUE(std::is_sorted(stamps.begin(), stamps.end()));
}

TEST(Runtime, PipelinedCommandsAreAnsweredInOrderAndCountOnce) {
  Place place;
  auto partition = start(place.log, place.views);
  load(*partition, "l");
  std::atomic<int> answered{0}, bad{0};
  std::atomic<std::uint64_t> last{0};
  for (int i = 0; i < 3000; ++i) {
    const std::string matter = "M" + std::to_string(i / 4);
    v1::Command command = i % 4 == 0 ? opening("l", matter) : position("l", matter, std::string(1, static_cast<char>('a' + i % 4 - 1)), "p" + std::to_string(i));
    partition->submit(command, "test", [&](Result<v1::Reply> reply) {
      if (!reply.ok() || reply->has_refused() || reply->first_sequence() <= last) ++bad;
      else last = reply->last_sequence();
      ++answered;
    });
  }
  for (int i = 0; i < 2000 && answered < 3000; ++i) usleep(5000);
  EXPECT_EQ(answered, 3000);
  EXPECT_EQ(bad, 0);
  expect_rebuilt_equal(place.reader, partition->store(), "l");
}

// kill -9 at random moments: what was acknowledged is there, and nothing is half applied.
TEST(Runtime, KillNineLosesNothingAcknowledgedAndAppliesNothingByHalves) {
  Place place;
  { auto partition = start(place.log, place.views); load(*partition, "l"); }
  std::set<std::string> acknowledged;
  std::mt19937_64 random(4711);
  int next = 0;
  for (int round = 0; round < 12; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(pipe_ends[0]);
      Options options;
      options.open_log = place.log;
      options.store_directory = place.views;
      options.snapshot_every = 50;
      auto partition = Partition::start(std::move(options));
      if (!partition.ok()) _exit(3);
      for (int i = next;; ++i) {
        const std::string matter = "M" + std::to_string(i / 4);
        v1::Command command = i % 4 == 0 ? opening("l", matter) : position("l", matter, std::string(1, static_cast<char>('a' + i % 4 - 1)), "p" + std::to_string(i));
        (*partition)->submit(command, "test", [&, id = command.command_id()](Result<v1::Reply> reply) {
          if (!reply.ok()) return;
          const std::string line = id + "\n";
          if (write(pipe_ends[1], line.data(), line.size()) < 0) _exit(4);
        });
        if (i % 64 == 0) usleep(500);
      }
    }
    close(pipe_ends[1]);
    usleep(static_cast<useconds_t>(20'000 + random() % 150'000));
    kill(child, SIGKILL);
    std::string heard;
    char buffer[65536];
    for (ssize_t n; (n = read(pipe_ends[0], buffer, sizeof buffer)) > 0;) heard.append(buffer, static_cast<std::size_t>(n));
    close(pipe_ends[0]);
    int how = 0;
    waitpid(child, &how, 0);
    ASSERT_TRUE(WIFSIGNALED(how)) << "the child ended by itself: " << WEXITSTATUS(how);
    for (std::size_t at = 0, end; (end = heard.find('\n', at)) != std::string::npos; at = end + 1) acknowledged.insert(heard.substr(at, end - at));
    auto partition = start(place.log, place.views, 50);
    ASSERT_NE(partition, nullptr);
    std::set<std::string> there;
    projections::each_event(partition->store(), "l", 1, [&](const projections::Committed& one) { there.insert(one.commit.command_id()); return true; });
    for (const std::string& id : acknowledged) ASSERT_TRUE(there.contains(id)) << id << " was acknowledged and is gone, round " << round;
    while (there.contains("open/M" + std::to_string(next / 4)) || there.contains("p" + std::to_string(next))) ++next;
    next = (next + 3) / 4 * 4;
    expect_rebuilt_equal(place.reader, partition->store(), "l");
  }
  EXPECT_GT(acknowledged.size(), 200u) << "the kills left no time to acknowledge anything";
}

// A client that repeats its command id until it is answered gets everything done exactly once, whatever the disk does.
TEST(Runtime, UnderEveryFaultEachCommandHappensOnce) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::string directory = scratch("faults");
    auto disk = journal::faulty_disk(seed, {});
    {
      auto quiet = start(journal::faulty_log(disk), directory);
      load(*quiet, "l");
    }
    auto noisy = journal::faulty_disk(seed, {.lose = 4, .duplicate = 20, .delay = 20, .unavailable = 4});
    const std::string again = scratch("faults-noisy");
    {
      std::unique_ptr<Partition> partition;
      for (int i = 0; i < 50 && partition == nullptr; ++i) {
        Options options;
        options.open_log = journal::faulty_log(noisy);
        options.store_directory = again;
        auto started = Partition::start(std::move(options));
        if (started.ok()) partition = *std::move(started);
      }
      ASSERT_NE(partition, nullptr);
      std::vector<v1::Command> all = small_world("l");
      for (int i = 0; i < 100; ++i) all.push_back(i % 4 == 0 ? opening("l", "M" + std::to_string(i / 4)) : position("l", "M" + std::to_string(i / 4), std::string(1, static_cast<char>('a' + i % 4 - 1)), "p" + std::to_string(i)));
      for (const v1::Command& command : all) {
        bool done = false;
        for (int tries = 0; tries < 200 && !done; ++tries) {
          auto reply = partition->submit_and_wait(command, "test");
          done = reply.ok();
          if (done) { EXPECT_TRUE(partition->wait_for("l", reply->last_sequence(), 5000).ok()); }
          if (done) { EXPECT_FALSE(reply->has_refused()) << command.command_id() << ": " << reply->refused().sentence(); }
          else { usleep(20'000); }
        }
        ASSERT_TRUE(done) << command.command_id();
      }
      std::map<std::string, std::set<std::uint64_t>> commits;
      projections::each_event(partition->store(), "l", 1, [&](const projections::Committed& one) { commits[one.commit.command_id()].insert(one.commit.first_sequence()); return true; });
      for (const auto& [id, firsts] : commits) EXPECT_EQ(firsts.size(), 1u) << id << " happened twice";
      EXPECT_EQ(commits.size(), all.size());
    }
    std::filesystem::remove_all(directory);
    std::filesystem::remove_all(again);
  }
}

// Two instances on one real topic: the second takes over, the first notices, and the digests agree with a rebuild.
TEST(Runtime, ATakeOverOnKafkaLosesNothingAndBothInstancesAgree) {
  const char* bootstrap = std::getenv("KAFKA_BOOTSTRAP");
  if (bootstrap == nullptr) GTEST_SKIP() << "SKIPPED: no Kafka broker (KAFKA_BOOTSTRAP is not set)";
  const std::string topic = "takeover-" + std::to_string(getpid());
  ASSERT_TRUE(journal::create_topic(bootstrap, topic, 1, 1).ok());
  const auto log = journal::kafka_log({.bootstrap = bootstrap, .topic = topic});
  const std::string one_views = scratch("one"), two_views = scratch("two"), same_views = scratch("embedded"), same_journal = scratch("embedded-journal");
  {
    auto one = start(log, one_views);
    load(*one, "l");
    must(*one, opening("l", "M"));
    auto two = start(log, two_views);
    EXPECT_FALSE(must(*two, position("l", "M", "a", "p1")).has_refused());
    // The first was deposed; it leads again when it is asked to, and meets what the second did.
    bool done = false;
    std::string told;
    for (int i = 0; i < 200 && !done; ++i) {
      auto reply = one->submit_and_wait(position("l", "M", "b", "p2"), "test");
      done = reply.ok();
      if (!done) { told = reply.status().why(); usleep(20'000); }
    }
    EXPECT_TRUE(done) << told;
    EXPECT_NE(told.find("another writer"), std::string::npos) << told;
    const auto repeated = one->submit_and_wait(position("l", "M", "a", "p1"), "test");
    ASSERT_TRUE(repeated.ok());
    EXPECT_TRUE(repeated->repeated_command()) << "what the other instance did is known here";
    expect_rebuilt_equal(journal::kafka_log({.bootstrap = bootstrap, .topic = topic, .read_only = true}), one->store(), "l");
  }
  for (const std::string& directory : {one_views, two_views, same_views, same_journal}) std::filesystem::remove_all(directory);
}

// The broker is killed while commits are in flight and comes back: clients that repeat their ids get everything done once.
TEST(Runtime, ABrokerThatDiesInMidCommitAndComesBack) {
  const char* bootstrap = std::getenv("KAFKA_BOOTSTRAP");
  const char* broker = std::getenv("CONCORDAT_BROKER_DIR");
  const char* port = std::getenv("CONCORDAT_BROKER_PORT");
  if (bootstrap == nullptr || broker == nullptr || port == nullptr) GTEST_SKIP() << "SKIPPED: no Kafka broker of our own to kill";
  const std::string script = source_path("deploy/kafka/broker"), topic = "dies-" + std::to_string(getpid()), views = scratch("dies");
  ASSERT_TRUE(journal::create_topic(bootstrap, topic, 1, 1).ok());
  {
    auto partition = start(journal::kafka_log({.bootstrap = bootstrap, .topic = topic}), views);
    load(*partition, "l");
    std::thread killer([&] { usleep(100'000); EXPECT_EQ(std::system((script + " kill " + broker + " && " + script + " start " + broker + " " + port).c_str()), 0); });
    std::vector<v1::Command> all;
    for (int i = 0; i < 400; ++i) all.push_back(i % 4 == 0 ? opening("l", "M" + std::to_string(i / 4)) : position("l", "M" + std::to_string(i / 4), std::string(1, static_cast<char>('a' + i % 4 - 1)), "p" + std::to_string(i)));
    for (const v1::Command& command : all) {
      bool done = false;
      for (int tries = 0; tries < 600 && !done; ++tries) {
        auto reply = partition->submit_and_wait(command, "test");
        done = reply.ok() && !reply->has_refused();
        if (!done) usleep(50'000);
        else EXPECT_TRUE(partition->wait_for("l", reply->last_sequence(), 5000).ok());
      }
      ASSERT_TRUE(done) << command.command_id();
    }
    killer.join();
    std::map<std::string, int> commits;
    projections::each_event(partition->store(), "l", 1, [&](const projections::Committed& one) { commits[one.commit.command_id()] += one.index == 0 ? 1 : 0; return true; });
    for (const v1::Command& command : all) EXPECT_EQ(commits[command.command_id()], 1) << command.command_id();
    expect_rebuilt_equal(journal::kafka_log({.bootstrap = bootstrap, .topic = topic, .read_only = true}), partition->store(), "l");
  }
  std::filesystem::remove_all(views);
}

// The same commands at the same times give the same rows, whichever journal carried them.
TEST(Runtime, TheSameDigestInEveryJournal) {
  std::vector<std::pair<std::string, journal::OpenLog>> logs;
  Place place;
  logs.emplace_back("embedded", place.log);
  logs.emplace_back("faulty", journal::faulty_log(journal::faulty_disk(1, {})));
  const std::string topic = "digest-" + std::to_string(getpid());
  if (const char* bootstrap = std::getenv("KAFKA_BOOTSTRAP"); bootstrap != nullptr) {
    ASSERT_TRUE(journal::create_topic(bootstrap, topic, 1, 1).ok());
    logs.emplace_back("kafka", journal::kafka_log({.bootstrap = bootstrap, .topic = topic}));
  }
  std::string first;
  for (const auto& [name, log] : logs) {
    const std::string views = scratch(name);
    {
      std::atomic<std::int64_t> now{1'700'000'000'000};
      auto partition = start(log, views, 30, [&] { return now.load(); });
      load(*partition, "l");
      std::mt19937_64 random(99);
      for (int i = 0; i < 150; ++i) must(*partition, random_command(random, i, "l"));
      const std::string digest = partition->store().digest("l", "");
      if (first.empty()) first = digest;
      EXPECT_EQ(digest, first) << name;
    }
    std::filesystem::remove_all(views);
  }
}

TEST(Runtime, ADamagedSnapshotIsIgnoredAndADamagedStoreIsNamed) {
  Place place;
  { auto partition = start(place.log, place.views, 5); load(*partition, "l"); must(*partition, opening("l", "M")); must(*partition, opening("l", "N")); }
  {
    auto store = projections::Store::open(place.views);
    ASSERT_TRUE(store.ok());
    ASSERT_TRUE((*store)->put_snapshot("l", (*store)->position(), "\x07 from the future").ok());
  }
  { auto partition = start(place.log, place.views, 1000); EXPECT_FALSE(must(*partition, position("l", "M", "a", "p")).has_refused()); }
  for (const auto& entry : std::filesystem::directory_iterator(place.views))
    if (entry.path().filename().string().starts_with("MANIFEST")) std::filesystem::resize_file(entry.path(), 7);
  Options options;
  options.open_log = place.log;
  options.store_directory = place.views;
  const auto partition = Partition::start(std::move(options));
  ASSERT_FALSE(partition.ok());
  EXPECT_EQ(partition.status().kind(), Status::Kind::kCorrupt);
  EXPECT_NE(partition.status().why().find("concordat rebuild"), std::string::npos) << partition.status().why();
}

// Views that were folded from another journal, of a ledger of the same name and as many events, are not gone on with.
TEST(Runtime, ViewsOfAnotherLedgerAreNotServed) {
  const std::string one = scratch("one"), two = scratch("two");
  const auto log = [](const std::string& at) { return journal::embedded_log({.directory = at + "/journal"}); };
  for (const std::string& at : {one, two}) {
    auto partition = start(log(at), at + "/views");
    load(*partition, "same");
    ASSERT_FALSE(must(*partition, opening("same", at == one ? "M-1" : "M-2")).has_refused());
    if (at == two) { ASSERT_FALSE(must(*partition, opening("same", "M-3")).has_refused()); }
  }
  std::filesystem::rename(one + "/views", one + "/mine");
  std::filesystem::rename(two + "/views", two + "/mine");
  std::filesystem::copy(one + "/mine", two + "/views", std::filesystem::copy_options::recursive);
  std::filesystem::copy(two + "/mine", one + "/views", std::filesystem::copy_options::recursive);
  for (const auto& [at, words] : std::map<std::string, std::string>{{two, "holds another commit than the last one of the views"}, {one, "was it replaced"}}) {
    Options options;
    options.open_log = log(at);
    options.store_directory = at + "/views";
    const auto partition = Partition::start(std::move(options));
    ASSERT_FALSE(partition.ok());
    EXPECT_EQ(partition.status().kind(), Status::Kind::kCorrupt);
    const bool said = partition.status().why().find(words) != std::string::npos || partition.status().why().find("the journal ends at") != std::string::npos;
    EXPECT_TRUE(said) << partition.status().why();
  }
  for (const std::string& at : {one, two}) {              // Its own are: and they are gone on with, also twice.
    std::filesystem::remove_all(at + "/views");
    std::filesystem::rename(at + "/mine", at + "/views");
    for (const char* matter : {"M-8", "M-9"}) {
      auto partition = start(log(at), at + "/views");
      ASSERT_NE(partition, nullptr);
      EXPECT_FALSE(must(*partition, opening("same", matter)).has_refused());
    }
    std::filesystem::remove_all(at);
  }
}

}  // namespace
}  // namespace concordat::tests
