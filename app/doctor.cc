// concordat doctor: looks at everything a node needs, and says what is wrong and what to do.
#include <CLI/CLI.hpp>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>

#include "app/common.h"
#include "app/feed.h"
#include "app/files.h"
#include "app/audit.h"
#include "app/private.h"
#include "app/private_keys.h"

namespace concordat::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kFreeBytesMin = 1u << 30;

struct Findings {
  bool json = false;
  int bad = 0;
  void good(const std::string& what) { tell("ok", what); }
  void wrong(const std::string& what) { ++bad; tell("WRONG", what); }
  void tell(const char* finding, const std::string& what) const {
    if (json) std::printf("{\"finding\":\"%s\",\"words\":%s}\n", finding, quoted_json(what).c_str());
    else std::printf("%-5s %s\n", finding, what.c_str());
  }
  void is(const Status& status, const std::string& what) { status.ok() ? good(what) : wrong(what + ": " + status.why()); }
};

void views(const Common& common, Findings& found) {
  const std::string at = common.place.data + "/views/";
  for (int i = 0; fs::exists(at + std::to_string(i)); ++i) {
    auto store = projections::Store::open_read_only(at + std::to_string(i));
    std::string what = "views of partition " + std::to_string(i);
    if (store.ok())
      for (const std::string& ledger : (*store)->ledgers()) what += ", " + ledger + " up to event " + std::to_string((*store)->sequence(ledger));
    if (store.ok())
      for (const std::string& view : (*store)->behind()) what += "; " + view + " has rows of an older version, which are served until whoever serves has made them again";
    found.is(store.status(), what);
  }
}

void private_keys(const Common& common, Findings& found) {
  auto keys = PrivateKeys::open(common.place.private_keys, common.place.data);
  if (!keys.ok()) return found.wrong(keys.status().why());
  std::size_t good = 0;
  const std::string at = common.place.data + "/views/";
  for (int i = 0; fs::exists(at + std::to_string(i)); ++i) {
    auto store = projections::Store::open_read_only(at + std::to_string(i));
    if (!store.ok()) return;                                           // As views() said.
    for (const std::string& ledger : (*store)->ledgers())
      for (const KeyState& one : key_states(**store, ledger, *keys)) {
        if (one.good) ++good;
        else found.wrong("private key " + one.id + " of " + ledger + ": " + one.state);
      }
  }
  found.good("private keys in " + common.place.private_keys + ", " + std::to_string(good) + " as they should be");
}

// Made by `replay --into`.
bool is_replay(const std::string& data) {
  const auto node = read_file(data + "/node.json");
  return node.ok() && node->find("\"journal\": \"replay\"") != std::string::npos;
}

Status doctor(Common& common, const std::string& feeds) {
  Findings found{.json = common.json()};
  const std::string& data = common.place.data;
  std::error_code error;
  if (!fs::exists(data + "/node.json")) return Status::not_found(data + ": expected a data directory made by `concordat init`, but there is no node.json in it");
  found.good("data directory " + data);
  const fs::space_info space = fs::space(data, error);
  if (error) found.wrong("free space: " + error.message());
  else if (space.available < kFreeBytesMin) found.wrong("free space: expected at least 1 GiB, but there are " + std::to_string(space.available >> 20) + " MiB; make room before it is full");
  else found.good("free space " + std::to_string(space.available >> 30) + " GiB");
  views(common, found);
  if (fs::exists(data + "/journal")) {
    // Read to the end by its own rules; damage is named with its place.
    for (int i = 0; fs::exists(data + "/journal/" + std::to_string(i)); ++i) {
      auto journal = journal::Journal::open(journal::embedded_log({.directory = data + "/journal/" + std::to_string(i), .sync = false, .read_only = true}), {});
      Status status = journal.status();
      std::uint64_t commits = 0;
      for (std::vector<journal::Counted> some; status.ok(); some.clear()) {
        status = (*journal)->poll(0, &some);
        commits += some.size();
        if (some.empty()) break;
      }
      found.is(status, "journal of partition " + std::to_string(i) + ", " + std::to_string(commits) + " commits");
    }
  } else if (is_replay(data)) found.good("journal: none, since this is a replay: it is read, never written");
  else if (common.place.kafka.empty()) found.wrong("journal: it is on Kafka; give --kafka HOST:PORT to have it looked at");
  else {
    const auto topic = topic_of(common.place);
    Status status = topic.status();
    if (topic.ok()) status = journal::kafka_log({.bootstrap = common.place.kafka, .topic = *topic, .partition = 0, .read_only = true})(0).status();
    found.is(status, "journal on Kafka at " + common.place.kafka + (topic.ok() ? ", topic " + *topic : ""));
  }
  struct stat key{};
  if (stat((data + "/feed.key").c_str(), &key) == 0) {
    if ((key.st_mode & 077) != 0) found.wrong("feed.key: expected it to be readable by its owner only; run: chmod 600 " + data + "/feed.key");
    else found.good("feed.key");
  }
  if (!common.place.private_keys.empty()) private_keys(common, found);
  if (!feeds.empty()) {
    auto loaded = load_feeds(feeds);
    found.is(loaded.status(), "feeds of " + feeds);
  }
  if (found.bad > 0) common.exit = kFailed;
  return {};
}

}  // namespace

void add_doctor(CLI::App& app, Common& common) {
  auto feeds = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("doctor", "Look at everything a node needs: directory, space, views, journal, keys, feeds");
  command->add_option("--feeds", *feeds, "Also check these declarations");
  command->footer("Ends with 0 if all is well, else with 1. Takes no lock: run it beside a server.\nExample:\n  concordat doctor --feeds deploy/feeds");
  command->callback([&common, feeds] { run(common, [&] { return doctor(common, *feeds); }); });
}

}  // namespace concordat::app
