// concordat feed list, show, run, asyncapi
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <list>
#include <map>
#include <memory>

#include "app/common.h"
#include "app/feed_asyncapi.h"
#include "app/feed_run.h"
#include "app/joined.h"
#include "app/table.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

struct Flags { std::string feeds = "deploy/feeds", name; std::vector<std::string> names; std::uint64_t after = 0; int limit = 20, lease_ms = 6000; bool once = false, accept_filter = false; };

Result<v1::Feed> named(const std::vector<v1::Feed>& feeds, const std::string& name) {
  std::string all;
  for (const v1::Feed& feed : feeds) {
    if (feed.name() == name) return feed;
    all += (all.empty() ? "" : ", ") + feed.name();
  }
  return Status::not_found("expected one of the feeds " + all + ", but there is none called " + name);
}

std::string joined_or(const google::protobuf::RepeatedPtrField<std::string>& all, const char* none) { return all.empty() ? none : joined(all); }

Status list(Common& common, const Flags& flags) {
  auto feeds = load_feeds(flags.feeds);
  if (!feeds.ok()) return feeds.status();
  for (const v1::Feed& feed : *feeds) {
    if (common.json()) { std::printf("%s\n", json_of(feed).c_str()); continue; }
    std::printf("%-22s %-11s %-9s %s\n%24s%s; types: %s; procedures: %s\n", feed.name().c_str(), v1::Audience::Value_Name(feed.audience()).c_str(), feed.format() == v1::Feed::protobuf ? "protobuf" : "json",
                feed.topic().empty() ? "(not on Kafka)" : feed.topic().c_str(), "", feed.title().c_str(), joined_or(feed.types(), "all").c_str(), joined_or(feed.procedures(), "all").c_str());
    if (feed.audience() == v1::Audience::public_)
      std::printf("%24spublished: procedures %s; record sets %s\n", "", joined_or(feed.publish_procedures(), "none").c_str(), joined_or(feed.publish_record_sets(), "none").c_str());
  }
  return {};
}

// What the feed would tell, whether or not it is on Kafka.
Status show(Common& common, const Flags& flags) {
  auto feeds = load_feeds(flags.feeds);
  if (!feeds.ok()) return feeds.status();
  auto feed = named(*feeds, flags.name);
  if (!feed.ok()) return feed.status();
  if (!feed->ledger().empty()) common.ledger = feed->ledger();
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  auto key = feed_key(common.place);
  if (!key.ok()) return key.status();
  const std::string format = feed->format() == v1::Feed::protobuf ? "protobuf" : "json";
  Teller teller(*feed, reading->ledger, *key);
  int told = 0;
  std::uint64_t number = 0;
  projections::each_event(*reading->store, reading->ledger, 1, [&](const projections::Committed& one) {
    const auto event = teller.tell(*reading->store, one, number + 1);
    if (!event) return true;
    ++number;
    if (one.sequence <= flags.after) return true;
    if (common.json()) std::printf("%s\n", event->json(format).c_str());
    else std::printf("%6llu  %-28s %-24s %s\n", static_cast<unsigned long long>(number), event->type.c_str(), event->key.c_str(), format == "json" ? event->data.substr(0, 400).c_str() : (std::to_string(event->data.size()) + " bytes").c_str());
    return ++told < flags.limit;
  });
  if (told == 0 && !common.json()) std::printf("Nothing of the ledger is for this feed.\n");
  return {};
}

// The views of a ledger as another process writes them: each caller has a reader of its own, caught up at every call.
FeedRunner::Fresh following(const std::string& data, const std::string& ledger) {
  auto store = std::make_shared<std::shared_ptr<projections::Store>>();      // Shared by the copies of this function.
  return [data, ledger, store]() -> Result<std::shared_ptr<const projections::Store>> {
    for (int i = 0; !*store; ++i) {
      const std::string directory = data + "/views/" + std::to_string(i);
      if (!std::filesystem::exists(directory + "/CURRENT")) return Status::not_found(data + ": expected ledger " + ledger + ", but there is none");
      auto opened = projections::Store::open_following(directory);
      if (!opened.ok()) return opened.status();
      if ((*opened)->sequence(ledger) > 0) *store = *std::move(opened);
    }
    if (Status status = (*store)->refresh(); !status.ok()) { store->reset(); return status; }
    return std::shared_ptr<const projections::Store>(*store);
  };
}

Status publish(Common& common, const Flags& flags) {
  if (common.place.kafka.empty()) return Status::invalid("expected --kafka HOST:PORT, where the feeds are published, but none is given");
  auto feeds = load_feeds(flags.feeds);
  if (!feeds.ok()) return feeds.status();
  auto key = feed_key(common.place);
  if (!key.ok()) return key.status();
  std::list<FeedRunner> runners;
  for (const std::string& name : flags.names)
    if (auto feed = named(*feeds, name); !feed.ok()) return feed.status();
  for (const v1::Feed& feed : *feeds) {
    const bool wanted = flags.names.empty() || std::find(flags.names.begin(), flags.names.end(), feed.name()) != flags.names.end();
    if (!wanted || feed.topic().empty()) continue;
    Common own = common;
    if (!feed.ledger().empty()) own.ledger = feed.ledger();
    auto reading = open_reading(own);
    if (!reading.ok()) return reading.status();
    if (common.ledger.empty()) common.ledger = reading->ledger;
    runners.emplace_back(feed, reading->ledger, *key, following(common.place.data, reading->ledger), FeedSettings{.bootstrap = common.place.kafka, .lease_ms = flags.lease_ms, .once = flags.once, .accept_filter = flags.accept_filter});
  }
  if (runners.empty()) return Status::invalid("expected a feed with a topic, but none of " + flags.feeds + " has one");
  if (flags.once) {
    for (FeedRunner& runner : runners) {
      if (Status status = runner.run(); !status.ok()) return status;
      const FeedState state = runner.state();
      std::printf("%-22s told up to event %llu; %llu events on %s\n", runner.feed().name().c_str(), static_cast<unsigned long long>(state.sequence), static_cast<unsigned long long>(state.number), runner.feed().topic().c_str());
    }
    return {};
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  for (FeedRunner& runner : runners) runner.start();
  std::printf("publishing %zu feeds\n", runners.size());
  std::fflush(stdout);
  constexpr timespec kMoment{0, 500'000'000};
  std::map<std::string, std::string> last;               // Why a feed does not move, as it was said.
  while (sigtimedwait(&signals, nullptr, &kMoment) < 0)
    for (const FeedRunner& runner : runners) {
      const std::string& name = runner.feed().name();
      const std::string why = runner.state().failure;
      if (last[name] == why) continue;
      std::fprintf(stderr, "concordat: feed %s: %s\n", name.c_str(), why.empty() ? "goes on" : (why + "; it is tried again").c_str());
      last[name] = why;
    }
  for (FeedRunner& runner : runners) runner.stop();
  return {};
}

}  // namespace

void add_feed(CLI::App& app, Common& common) {
  auto flags = std::make_shared<Flags>();
  CLI::App* feed = app.add_subcommand("feed", "Feeds of events for other systems: declared as data, told on Kafka and by `serve --feeds`");
  feed->require_subcommand(1);
  feed->add_option("--feeds", flags->feeds, "File or directory of declarations")->capture_default_str();
  CLI::App* all = feed->add_subcommand("list", "The feeds that are declared");
  all->footer("Example:\n  concordat feed list --feeds deploy/feeds");
  all->callback([&common, flags] { run(common, [&] { return list(common, *flags); }); });
  CLI::App* look = feed->add_subcommand("show", "What a feed tells of the ledger, without telling it to anybody");
  look->add_option("FEED", flags->name, "Its name")->required();
  look->add_option("--after", flags->after, "Only of events after this sequence");
  look->add_option("--limit", flags->limit, "At most so many")->capture_default_str();
  look->footer("Example:\n  concordat feed show public-register --format json");
  look->callback([&common, flags] { run(common, [&] { return show(common, *flags); }); });
  CLI::App* go = feed->add_subcommand("run", "Tell feeds on Kafka, exactly once, until interrupted; several may run, one at a time tells");
  go->add_option("FEED", flags->names, "Their names (default: all that have a topic)");
  go->add_flag("--once", flags->once, "Stop at the present end of the ledger");
  go->add_option("--lease", flags->lease_ms, "Milliseconds without a sign after which another instance takes over")->capture_default_str();
  go->add_flag("--accept-filter", flags->accept_filter, "Go on from where a feed stands although its filter was changed");
  go->footer("Example:\n  concordat --kafka 127.0.0.1:9092 feed run staff-transfers");
  go->callback([&common, flags] { run(common, [&] { return publish(common, *flags); }); });
  CLI::App* describe = feed->add_subcommand("asyncapi", "The AsyncAPI 3 document of the feeds");
  describe->footer("Example:\n  concordat feed asyncapi > asyncapi.json");
  describe->callback([&common, flags] { run(common, [&] {
    auto feeds = load_feeds(flags->feeds);
    if (feeds.ok()) std::printf("%s\n", asyncapi(*feeds, common.place.kafka).c_str());
    return feeds.status();
  }); });
}

}  // namespace concordat::app
