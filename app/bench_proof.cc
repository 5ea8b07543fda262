// concordat bench proof: the log beside a bare SHA-256 loop, and proofs, checkpoints and a pack among many events.
#include <CLI/CLI.hpp>
#include <openssl/evp.h>

#include <filesystem>
#include <random>

#include "app/audit.h"
#include "app/bench.h"
#include "app/bench_world.h"
#include "app/common.h"
#include "app/files.h"
#include "app/keys.h"
#include "app/pack.h"
#include "app/signing.h"
#include "projections/proof/log.h"
#include "projections/views/proof.h"

namespace concordat::app {
namespace {

namespace proof = projections::proof;

constexpr std::uint64_t kDecisions = 20, kBatch = 20'000, kProofs = 20'000;
constexpr int kCheckpoints = 20, kTurns = 5;
constexpr std::uint64_t kTurnDecisions = 20'000;

// Refused attempts about nothing: as cheap as an event can be for the other views, with an envelope of ordinary length.
std::vector<journal::Counted> padding(std::uint64_t from, std::uint64_t count, journal::Position* at) {
  std::vector<journal::Counted> out;
  v1::Event event;
  event.mutable_refused()->set_code(v1::RefusalCode::matter_not_found);
  event.mutable_refused()->set_sentence("expected a matter that is there, but there is none of that name in this ledger");
  event.mutable_refused()->set_attempted("take_position");
  v1::Commit commit;
  commit.set_format(1);
  commit.set_ledger("bench");
  commit.set_command_digest("12345678");
  commit.mutable_stamp()->set_principal("bench");
  commit.mutable_actor()->set_who("office:a");
  commit.mutable_actor()->set_on_behalf_of("body:a");
  commit.add_events(event.SerializeAsString());
  for (std::uint64_t i = 0; i < count; ++i) {
    commit.set_first_sequence(from + i);
    commit.set_command_id("bench/padding/" + std::to_string(from + i));
    commit.mutable_stamp()->set_time_ms(1'700'000'000'000 + static_cast<std::int64_t>(from + i));
    out.push_back({{++at->offset, at->epoch, ++at->number}, at->offset, false, commit.SerializeAsString()});
  }
  return out;
}

// The same bytes hashed with nothing else done: envelope, event, leaf data, leaf, and one node a leaf.
double bare_leaves_per_s(std::uint64_t count) {
  const std::string envelope(190, 'e'), event(110, 'v'), leaf(proof::kLeafBytes, 'l'), node(65, 'n');
  const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  unsigned char out[32];
  const double began = bench_cpu_s();
  for (std::uint64_t i = 0; i < count; ++i)
    for (const std::string* one : {&envelope, &event, &leaf, &node}) {
      EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr);
      EVP_DigestUpdate(context.get(), one->data(), one->size());
      EVP_DigestFinal_ex(context.get(), out, nullptr);
    }
  return static_cast<double>(count) / (bench_cpu_s() - began);
}

// Real decisions from a node, then padding up to `count`. Events a second of CPU into every view, of the padding.
Result<double> fill(const journal::OpenLog& log, projections::Store& store, std::uint64_t count) {
  auto journal = journal::Journal::open(log, {});
  if (!journal.ok()) return journal.status();
  const auto end = (*journal)->end();
  if (!end.ok()) return end.status();
  std::vector<journal::Counted> counted;
  while ((*journal)->position().offset < *end) {
    counted.clear();
    if (Status status = (*journal)->poll(100, &counted); !status.ok()) return status;
    if (Status status = store.fold(counted); !status.ok()) return status;
  }
  journal::Position at = store.position();
  const std::uint64_t before = store.sequence("bench");
  double cpu = 0;
  for (std::uint64_t next = before + 1; next <= count; next += kBatch) {
    const auto some = padding(next, std::min(kBatch, count - next + 1), &at);
    const double began = bench_cpu_s();
    if (Status status = store.fold(some); !status.ok()) return status;
    cpu += bench_cpu_s() - began;
  }
  return static_cast<double>(count - before) / std::max(cpu, 1e-9);
}

Status inclusions(const Common& common, const Reading& reading, const std::string& scale) {
  proof::Log log(*reading.store, reading.ledger);
  std::mt19937_64 random(1);
  const auto root = log.root(log.size());
  if (!root.ok()) return root.status();
  std::vector<double> each;
  for (std::uint64_t i = 0; i < kProofs; ++i) {
    const std::uint64_t index = random() % log.size();
    const double began = bench_now_s();
    const auto path = log.inclusion(index, log.size());
    each.push_back((bench_now_s() - began) * 1e6);
    if (!path.ok()) return path.status();
    if (i % 100 == 0 && !proof::included(index, log.size(), *log.leaf(index), *path, *root)) return Status::corrupt("a proof does not verify");
  }
  const double p99 = bench_rank(each, 0.99), p50 = bench_rank(each, 0.5);
  bench_print(common, {.what = "inclusion proof among " + scale + ", p50", .value = p50, .unit = "µs", .must = Must::kAtMost, .bound = 100});
  bench_print(common, {.what = "  the same, p99", .value = p99, .unit = "µs"});
  return {};
}

Status checkpoints(const Common& common, const Common& place, const std::string& key) {
  // As `concordat serve --sign` makes them, from the store it has open; and as `concordat log checkpoint` does.
  auto open = open_reading(place);
  if (!open.ok()) return open.status();
  double cpu = bench_cpu_s(), began = bench_now_s();
  for (int i = 0; i < kCheckpoints; ++i)
    if (auto note = sign_checkpoint(*open->store, open->ledger, {key}, place.place.data); !note.ok()) return note.status();
  bench_print(common, {.what = "a checkpoint, from an open store", .value = (bench_now_s() - began) / kCheckpoints * 1e3, .unit = "ms"});
  bench_print(common, {.what = "  CPU of one each second", .value = (bench_cpu_s() - cpu) / kCheckpoints * 100, .unit = "% of a core", .must = Must::kAtMost, .bound = 5});
  began = bench_now_s();
  for (int i = 0; i < kCheckpoints; ++i) {
    auto reading = open_reading(place);
    if (!reading.ok()) return reading.status();
    if (auto note = sign_checkpoint(*reading->store, reading->ledger, {key}, place.place.data); !note.ok()) return note.status();
  }
  bench_print(common, {.what = "  the same, store opened anew", .value = (bench_now_s() - began) / kCheckpoints * 1e3, .unit = "ms"});
  return {};
}

Status pack(const Common& common, const Common& place, const std::string& key, const std::string& scale, const std::string& to) {
  const double began = bench_now_s();
  auto reading = open_reading(place);
  if (!reading.ok()) return reading.status();
  auto note = sign_checkpoint(*reading->store, reading->ledger, {key}, place.place.data);
  if (!note.ok()) return note.status();
  auto made = collect(*reading, {"matter d7", {"d7"}}, *note);
  if (!made.ok()) return made.status();
  if (Status status = write_pack(files_of(*made), to); !status.ok()) return status;
  bench_print(common, {.what = "pack of a decision among " + scale, .value = (bench_now_s() - began) * 1e3, .unit = "ms", .must = Must::kAtMost, .bound = 1000});
  return {};
}

// Writers as fast as they can, by turns with a checkpoint each second and without one.
Status under_load(const Common& common, const std::string& keys) {
  const BenchPlace at("");
  const std::string key = keys + "/load.key";                  // Of another log than the one before: a key signs one history.
  auto signer = proof::generate("log.example/load", proof::kLogKey);
  if (!signer.ok()) return signer.status();
  if (Status status = make_file(key, signer->text() + "\n", 0600); !status.ok()) return status;
  auto node = bench_node(at);
  if (!node.ok()) return node.status();
  std::vector<double> with, without;
  for (int i = 0; i < 2 * kTurns; ++i) {
    Signing signing;
    if (i % 2 == 0)
      if (Status status = signing.start(**node, {.keys = {key}, .out = keys + "/checkpoint", .ledger = "bench", .data = at.place.data}); !status.ok()) return status;
    const double began = bench_now_s();
    if (auto events = bench_drive(**node, kTurnDecisions, "t" + std::to_string(i) + "-"); !events.ok()) return events.status();
    (i % 2 == 0 ? with : without).push_back(static_cast<double>(kTurnDecisions) / (bench_now_s() - began));
  }
  bench_print(common, {.what = "decisions with a checkpoint each second", .value = bench_rank(with, 0.5), .unit = "decisions/s", .limit = bench_rank(without, 0.5), .of = "without", .must = Must::kAtLeast, .bound = 0.95});
  return {};
}

Status measure(Common& common, std::uint64_t count) {
  const BenchPlace at(""), again(""), keys("");
  {
    auto node = bench_node(at);
    if (!node.ok()) return node.status();
    if (auto events = bench_drive(**node, kDecisions, "d"); !events.ok()) return events.status();
  }
  // The views alone, of a journal that goes on where the node's ended.
  Common place;
  place.place = again.place;
  if (Status status = init(place.place); !status.ok()) return status;
  const std::string scale = std::to_string(count) + " events", views = again.place.data + "/views/0";
  bench_head(common, "the log over " + scale);
  double all_views = 0, alone = 0;
  {
    auto store = projections::Store::open(views);
    if (!store.ok()) return store.status();
    const auto rate = fill(journal::embedded_log({.directory = at.place.data + "/journal/0", .read_only = true}), **store, count);
    if (!rate.ok()) return rate.status();
    all_views = *rate;
    const double began = bench_cpu_s();
    if (Status status = (*store)->rebuild(projections::kProofView, {}); !status.ok()) return status;
    alone = static_cast<double>(count) / (bench_cpu_s() - began);
  }
  bench_print(common, {.what = "leaves folded for a second of CPU", .value = alone, .unit = "leaves", .limit = all_views, .of = "every view, this one too", .must = Must::kAtLeast, .bound = 1});
  bench_print(common, {.what = "  beside hashing the same bytes and no more", .value = alone, .unit = "leaves", .limit = bare_leaves_per_s(200'000), .of = "bare SHA-256"});
  std::filesystem::create_directories(keys.place.data);
  const std::string key = keys.place.data + "/bench.key";
  auto signer = proof::generate("log.example/bench", proof::kLogKey);
  if (!signer.ok()) return signer.status();
  if (Status status = make_file(key, signer->text() + "\n", 0600); !status.ok()) return status;
  {
    auto reading = open_reading(place);
    if (!reading.ok()) return reading.status();
    if (Status status = inclusions(common, *reading, scale); !status.ok()) return status;
  }
  if (Status status = checkpoints(common, place, key); !status.ok()) return status;
  if (Status status = pack(common, place, key, scale, keys.place.data + "/d7.pack"); !status.ok()) return status;
  return under_load(common, keys.place.data);
}

}  // namespace

void add_bench_proof(CLI::App& bench, Common& common) {
  auto count = std::make_shared<std::uint64_t>(1'000'000);
  CLI::App* command = bench.add_subcommand("proof", "The log: folding, proofs, checkpoints, a pack among many events");
  command->add_option("-n", *count, "Events in the ledger")->check(CLI::Range(1000, 100'000'000))->capture_default_str();
  command->footer("Example:\n  concordat bench proof -n 10000000");
  command->callback([&common, count] { run(common, [&] { return measure(common, *count); }); });
}

}  // namespace concordat::app
