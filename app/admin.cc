// concordat init, ledgers, watch, digest, rebuild
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "app/common.h"
#include "app/json_text.h"
#include "app/lines.h"
#include "app/replay.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

struct Watch { std::uint64_t after = 0; bool follow = false; };

Status ledgers(Common& common) {
  const std::string views = common.place.data + "/views";
  for (int i = 0; std::filesystem::exists(views + "/" + std::to_string(i) + "/CURRENT"); ++i) {
    auto store = projections::Store::open_read_only(views + "/" + std::to_string(i));
    if (!store.ok()) return store.status();
    for (const std::string& ledger : (*store)->ledgers()) {
      if (common.json()) std::printf("{\"ledger\":\"%s\",\"partition\":%d,\"sequence\":%llu}\n", ledger.c_str(), i, static_cast<unsigned long long>((*store)->sequence(ledger)));
      else std::printf("%s  partition %d, %llu events\n", ledger.c_str(), i, static_cast<unsigned long long>((*store)->sequence(ledger)));
    }
  }
  return {};
}

void print(const Common& common, const projections::Committed& one) {
  if (common.json()) {
    std::printf("{\"sequence\":%llu,\"day\":\"%s\",\"actor\":%s,\"command_id\":\"%s\",%s\"event\":%s}\n", static_cast<unsigned long long>(one.sequence),
                day_of(one.commit.stamp().time_ms()).c_str(), json_of(one.commit.actor()).c_str(), one.commit.command_id().c_str(), one.commit.backfill() ? "\"backfill\":true," : "", json_of(one.event).c_str());
    return;
  }
  const std::string when = projections::day_of(one);
  std::printf("%6llu  %s  %-24s %s\n", static_cast<unsigned long long>(one.sequence), when.c_str(), one.commit.actor().who().c_str(), line_of(one.event).c_str());
}

Status watch(Common& common, const Watch& flags) {
  std::uint64_t next = flags.after + 1;
  for (;;) {
    auto reading = open_reading(common);
    if (!reading.ok()) return reading.status();
    projections::each_event(*reading->store, reading->ledger, next, [&](const projections::Committed& one) { print(common, one); next = one.sequence + 1; return true; });
    std::fflush(stdout);
    if (!flags.follow) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
}

Status digest(Common& common, const std::string& view, const std::string& at) {
  if (Status status = check_view(view); !status.ok()) return status;
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  std::uint64_t sequence = reading->store->sequence(reading->ledger);
  std::string digest;
  if (at.empty()) {
    digest = reading->store->digest(reading->ledger, view);
  } else {
    const auto to = replay_to(*reading, at, "", "--at");
    if (!to.ok()) return to.status();
    if (!to->whole.empty()) std::fprintf(stderr, "concordat: %s\n", to->whole.c_str());
    auto then = digest_at(*reading, *to, view, &sequence);
    if (!then.ok()) return then.status();
    digest = *std::move(then);
  }
  const auto event = static_cast<unsigned long long>(sequence);
  if (common.json()) std::printf("{\"ledger\":\"%s\",\"view\":\"%s\",\"sequence\":%llu,\"sha256\":\"%s\"}\n", reading->ledger.c_str(), view.c_str(), event, digest.c_str());
  else std::printf("%s  %s%s at event %llu\n", digest.c_str(), reading->ledger.c_str(), view.empty() ? ", all views" : (", " + view).c_str(), event);
  return {};
}

// One view from the ledger view; all of them from the journal, into a new directory that takes the old one's place.
Status rebuild(Common& common, const std::string& view) {
  const std::string views = common.place.data + "/views";
  if (!view.empty()) {
    for (int i = 0; std::filesystem::exists(views + "/" + std::to_string(i)); ++i) {
      auto store = projections::Store::open(views + "/" + std::to_string(i));
      if (!store.ok()) return store.status();
      if (Status status = (*store)->rebuild(view, [](std::uint64_t events) { std::fprintf(stderr, "\rrebuilding: %llu events", static_cast<unsigned long long>(events)); }); !status.ok()) return status;
      std::fprintf(stderr, "\n");
    }
    return {};
  }
  if (!std::filesystem::exists(common.place.data + "/node.json")) return Status::not_found(common.place.data + ": expected a data directory made by `concordat init`, but there is none");
  std::error_code error;
  const std::string old = views + ".old";
  std::filesystem::remove_all(old, error);
  std::filesystem::rename(views, old, error);
  auto node = open_node(common);
  if (!node.ok()) {                       // The journal could not be read: what was there before comes back.
    std::filesystem::remove_all(views, error);
    std::filesystem::rename(old, views, error);
    return node.status();
  }
  std::uint64_t events = 0;
  for (const std::string& ledger : (*node)->ledgers()) events += (*node)->partition_for(ledger).store().sequence(ledger);
  node->reset();
  std::filesystem::remove_all(old, error);
  if (common.json()) std::printf("{\"events\":%llu}\n", static_cast<unsigned long long>(events));
  else std::printf("rebuilt every view from the journal: %llu events\n", static_cast<unsigned long long>(events));
  return {};
}

}  // namespace

void add_admin(CLI::App& app, Common& common) {
  CLI::App* make = app.add_subcommand("init", "Make a data directory (and with --kafka the topic)");
  make->add_option("--partitions", common.place.partitions, "Partitions, fixed for life")->check(CLI::Range(1u, 1024u));
  make->footer("Examples:\n  concordat init --data ./var\n  concordat init --data ./var --kafka 127.0.0.1:9092");
  make->callback([&common] { run(common, [&] {
    if (Status status = init(common.place); !status.ok()) return status;
    if (common.json()) std::printf("{\"data\":%s,\"ready\":true}\n", json_text(common.place.data).c_str());
    else std::printf("%s is ready\n", common.place.data.c_str());
    return Status();
  }); });
  CLI::App* all = app.add_subcommand("ledgers", "The ledgers of this data directory");
  all->footer("Example:\n  concordat ledgers --format json");
  all->callback([&common] { run(common, [&] { return ledgers(common); }); });

  auto flags = std::make_shared<Watch>();
  CLI::App* look = app.add_subcommand("watch", "Events, one a line");
  look->add_option("--after", flags->after, "Only events after this sequence");
  look->add_flag("--follow,-f", flags->follow, "Go on until interrupted");
  look->footer("Examples:\n  concordat watch --after 400\n  concordat watch --follow --format json");
  look->callback([&common, flags] { run(common, [&] { return watch(common, *flags); }); });

  auto of = std::make_shared<std::string>();
  CLI::App* sum = app.add_subcommand("digest", "SHA-256 over the rows of the views");
  auto at = std::make_shared<std::string>();
  sum->add_option("--view", *of, "Only this view");
  sum->add_option("--at", *at, "As it was at that event or at the end of that day of recording (default: now)");
  sum->footer("Examples:\n  concordat digest\n  concordat digest --at 400 --view record");
  sum->callback([&common, of, at] { run(common, [&] { return digest(common, *of, *at); }); });

  auto which = std::make_shared<std::string>();
  CLI::App* again = app.add_subcommand("rebuild", "Make the views again: all from the journal, or one from the ledger view");
  again->add_option("--view", *which, "Only this view, beside the rows that are there; then they are swapped");
  again->footer("Examples:\n  concordat rebuild\n  concordat rebuild --view record");
  again->callback([&common, which] { run(common, [&] { return rebuild(common, *which); }); });
}

}  // namespace concordat::app
