// concordat log: the Merkle log of a ledger, for whoever wants it proved.
#include <CLI/CLI.hpp>

#include <cstdio>

#include "app/audit.h"
#include "app/common.h"
#include "app/keys.h"
#include "app/tiles.h"
#include "projections/proof/base64.h"
#include "projections/proof/leaf.h"
#include "projections/proof/log.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

namespace proof = projections::proof;

struct Asked { std::uint64_t sequence = 0, old_size = 0, at = UINT64_MAX; };

unsigned long long number(std::uint64_t n) { return n; }

std::string list_of(const std::vector<proof::Hash>& path) {
  std::string out;
  for (const proof::Hash& one : path) out += (out.empty() ? "\"" : ",\"") + proof::base64(one) + "\"";
  return "[" + out + "]";
}

void print_path(const std::vector<proof::Hash>& path) {
  for (const proof::Hash& one : path) std::printf("%s\n", proof::base64(one).c_str());
}

Status show(Common& common, const Asked& asked) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  proof::Log log(*reading->store, reading->ledger);
  const std::uint64_t size = asked.at == UINT64_MAX ? log.size() : asked.at;
  const auto root = log.root(size);
  if (!root.ok()) return root.status();
  if (common.json()) std::printf("{\"ledger\":\"%s\",\"size\":%llu,\"root\":\"%s\"}\n", reading->ledger.c_str(), number(size), proof::base64(*root).c_str());
  else std::printf("%s  root of ledger %s at event %llu\n", proof::base64(*root).c_str(), reading->ledger.c_str(), number(size));
  return {};
}

Status inclusion(Common& common, const Asked& asked) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  proof::Log log(*reading->store, reading->ledger);
  const std::uint64_t size = asked.at == UINT64_MAX ? log.size() : asked.at;
  const auto path = log.inclusion(asked.sequence - 1, size);
  if (!path.ok()) return path.status();
  const auto leaf = log.leaf(asked.sequence - 1), root = log.root(size);
  if (!leaf.ok()) return leaf.status();
  if (!root.ok()) return root.status();
  if (common.json()) {
    std::printf("{\"index\":%llu,\"size\":%llu,\"leaf\":\"%s\",\"path\":%s,\"root\":\"%s\"}\n", number(asked.sequence - 1), number(size), proof::base64(*leaf).c_str(), list_of(*path).c_str(), proof::base64(*root).c_str());
    return {};
  }
  std::printf("event %llu is leaf %llu of %llu\nleaf %s\n", number(asked.sequence), number(asked.sequence - 1), number(size), proof::base64(*leaf).c_str());
  print_path(*path);
  std::printf("root %s\n", proof::base64(*root).c_str());
  return {};
}

Status consistency(Common& common, const Asked& asked) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  proof::Log log(*reading->store, reading->ledger);
  const std::uint64_t size = asked.at == UINT64_MAX ? log.size() : asked.at;
  const auto path = log.consistency(asked.old_size, size);
  if (!path.ok()) return path.status();
  const auto before = log.root(asked.old_size), root = log.root(size);
  if (!before.ok()) return before.status();
  if (!root.ok()) return root.status();
  if (common.json()) {
    std::printf("{\"old_size\":%llu,\"size\":%llu,\"old_root\":\"%s\",\"path\":%s,\"root\":\"%s\"}\n", number(asked.old_size), number(size), proof::base64(*before).c_str(), list_of(*path).c_str(), proof::base64(*root).c_str());
    return {};
  }
  std::printf("%llu events are the beginning of %llu\nold root %s\n", number(asked.old_size), number(size), proof::base64(*before).c_str());
  print_path(*path);
  std::printf("root %s\n", proof::base64(*root).c_str());
  return {};
}

// The hashes that the view keeps against the events that the ledger view keeps; the first that differ are named.
Status check(Common& common) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  proof::Log log(*reading->store, reading->ledger);
  Status status;
  std::uint64_t last = 0;
  std::int64_t last_ms = 0;
  std::vector<proof::Hash> right;                        // Roots of the complete subtrees so far, the largest first.
  projections::each_event(*reading->store, reading->ledger, 1, [&](const projections::Committed& one) {
    const proof::Hash made = proof::leaf_hash(proof::leaf_of(one.sequence, static_cast<std::uint64_t>(one.commit.stamp().time_ms()), proof::envelope_of(one.commit), one.bytes));
    const auto kept = log.leaf(one.sequence - 1);
    if (!kept.ok()) status = kept.status();
    else if (one.sequence != last + 1 || *kept != made) status = Status::corrupt("ledger " + reading->ledger + ", event " + std::to_string(last + 1) + ": expected the leaf that the log holds for it, but the event gives another");
    else if (one.commit.stamp().time_ms() < last_ms) status = Status::corrupt("ledger " + reading->ledger + ", event " + std::to_string(one.sequence) + ": expected it to be recorded no earlier than the one before it, but it is by " + std::to_string(last_ms - one.commit.stamp().time_ms()) + " ms: no writer lets its clock run back");
    if (!status.ok()) return false;
    last = one.sequence;
    last_ms = one.commit.stamp().time_ms();
    proof::Hash hash = made;
    for (std::uint64_t bits = last - 1; bits & 1; bits >>= 1) {
      hash = proof::node_hash(right.back(), hash);
      right.pop_back();
    }
    right.push_back(std::move(hash));
    return true;
  });
  if (!status.ok()) return status;
  if (last != log.size()) return Status::corrupt("ledger " + reading->ledger + ": expected " + std::to_string(log.size()) + " events, but they break off after " + std::to_string(last));
  proof::Hash root = right.empty() ? proof::sha256("") : right.back();
  for (std::size_t i = right.size(); i-- > 1;) root = proof::node_hash(right[i - 1], root);
  const auto kept = log.root(last);
  if (!kept.ok()) return kept.status();
  if (*kept != root) return Status::corrupt("ledger " + reading->ledger + ": every leaf is right, but expected the root " + proof::base64(root) + ", but the log gives " + proof::base64(*kept) + "; run: concordat rebuild --view proof");
  if (common.json()) std::printf("{\"ledger\":\"%s\",\"size\":%llu,\"root\":\"%s\",\"good\":true}\n", reading->ledger.c_str(), number(last), proof::base64(root).c_str());
  else std::printf("%llu events give the root that the log holds: %s\n", number(last), proof::base64(root).c_str());
  return {};
}

}  // namespace

void add_log(CLI::App& app, Common& common) {
  CLI::App* log = app.add_subcommand("log", "The Merkle log over a ledger's events: roots and proofs (RFC 6962)");
  log->require_subcommand(1);
  log->footer("A leaf is an event with its envelope; leaf index = event - 1. Hashes are in base64, as in a checkpoint.\nExamples:\n  concordat log root\n  concordat log inclusion 120\n  concordat log consistency 100 --at 400");
  auto asked = std::make_shared<Asked>();
  CLI::App* root = log->add_subcommand("root", "The root over all events, or over the first --at");
  CLI::App* in = log->add_subcommand("inclusion", "The path from one event to the root");
  CLI::App* from = log->add_subcommand("consistency", "The path that shows a smaller log to be the beginning of a larger one");
  in->add_option("EVENT", asked->sequence, "Sequence of the event, from 1")->required()->check(CLI::PositiveNumber);
  from->add_option("OLD", asked->old_size, "Size of the smaller log, in events")->required();
  for (CLI::App* one : {root, in, from}) one->add_option("--at", asked->at, "Size of the log, in events (default: all)");
  root->footer("Example:\n  concordat log root --at 400");
  in->footer("Example:\n  concordat log inclusion 120 --at 400");
  from->footer("Example:\n  concordat log consistency 100 --at 400");
  root->callback([&common, asked] { run(common, [&] { return show(common, *asked); }); });
  in->callback([&common, asked] { run(common, [&] { return inclusion(common, *asked); }); });
  from->callback([&common, asked] { run(common, [&] { return consistency(common, *asked); }); });
  add_checkpoint(*log, common);
  add_tiles(*log, common);
  add_ask_witness(*log, common);
  CLI::App* again = log->add_subcommand("check", "Hash every event again and compare; the first that differs is named");
  again->footer("Example:\n  concordat log check");
  again->callback([&common] { run(common, [&] { return check(common); }); });
}

}  // namespace concordat::app
