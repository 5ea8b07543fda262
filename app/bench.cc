// concordat bench append|replay|ask: in process. (bench_decisions.cc: through gRPC.)
#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>
#include <thread>

#include "app/bench.h"
#include "app/bench_world.h"
#include "app/common.h"
#include "engine/journal/kafka_limit.h"
#include "engine/record/record.h"
#include "projections/views/ledger.h"

namespace concordat::app {

double bench_now_s() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

BenchPlace::BenchPlace(const std::string& kafka) {
  static std::atomic<int> count{0};
  name = "bench-" + std::to_string(getpid()) + "-" + std::to_string(count++);
  place.data = std::filesystem::temp_directory_path().string() + "/concordat-" + name;
  place.kafka = kafka;
  place.topic = name;
  std::filesystem::remove_all(place.data);
}
BenchPlace::~BenchPlace() { std::filesystem::remove_all(place.data); }

void bench_line(const Common& common, const std::string& what, double ours, const std::string& unit, double ratio, const std::string& of, double must) {
  if (common.json()) std::printf("{\"what\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"ratio\":%.4g,\"of\":\"%s\",\"must\":%.4g}\n", what.c_str(), ours, unit.c_str(), ratio, of.c_str(), must);
  else if (of.empty()) std::printf("  %-58s %12.4g %s\n", what.c_str(), ours, unit.c_str());
  else std::printf("  %-58s %12.4g %-12s %.3g of %s (must be %.3g)\n", what.c_str(), ours, unit.c_str(), ratio, of.c_str(), must);
  std::fflush(stdout);
}

namespace {

struct Flags { std::uint64_t count = 20000, facts = 1'000'000; };

Result<std::unique_ptr<Node>> world(const BenchPlace& at) {
  if (Status status = init(at.place); !status.ok()) return status;
  auto node = Node::open(at.place);
  if (!node.ok()) return node.status();
  auto commands = bench_world("bench");
  if (!commands.ok()) return commands.status();
  for (v1::Command& command : *commands) {
    auto reply = (*node)->submit_and_wait(std::move(command), "bench");
    if (!reply.ok()) return reply.status();
    if (reply->has_refused()) return Status::invalid("bench world: " + reply->refused().sentence());
  }
  return node;
}

// Runs decisions in process with up to 1024 commands in flight; events written.
Result<std::uint64_t> drive(Node& node, std::uint64_t decisions, const std::string& run) {
  const std::uint64_t before = node.partition(0).store().sequence("bench");
  std::atomic<std::uint64_t> answered{0}, failed{0};
  std::uint64_t sent = 0;
  for (std::uint64_t n = 0; n < decisions; ++n)
    for (int step = 0; step < kCommandsPerDecision; ++step, ++sent) {
      while (sent - answered > 1024) std::this_thread::sleep_for(std::chrono::microseconds(50));
      node.submit(bench_command("bench", run, n, step), "bench", [&](const Result<v1::Reply>& reply) { if (!reply.ok() || reply->has_refused()) ++failed; ++answered; });
    }
  while (answered < sent) std::this_thread::sleep_for(std::chrono::microseconds(100));
  if (failed > 0) return Status::unavailable(std::to_string(failed) + " commands failed");
  const std::uint64_t expected = before + decisions * 9;
  if (Status status = node.partition(0).wait_for("bench", expected, 30'000); !status.ok()) return status;
  return decisions * 9;
}

std::vector<std::string> frames_of(const projections::Store& store, std::size_t most) {
  std::vector<std::string> out;
  store.scan(projections::kLedgerView, "bench", "", "", [&](std::string_view, std::string_view bytes) { out.emplace_back(bytes); return out.size() < most; });
  return out;
}

Status append(Common& common, const Flags& flags) {
  if (common.place.kafka.empty()) return Status::invalid("expected --kafka HOST:PORT, a broker to measure on (deploy/kafka/broker start DIR PORT)");
  BenchPlace at(common.place.kafka), raw(common.place.kafka);
  auto node = world(at);
  if (!node.ok()) return node.status();
  if (auto warm = drive(**node, 500, "w"); !warm.ok()) return warm.status();
  const double began = bench_now_s();
  auto events = drive(**node, flags.count / kCommandsPerDecision, "d");
  if (!events.ok()) return events.status();
  const double took = bench_now_s() - began;
  const auto frames = frames_of((*node)->partition(0).store(), flags.count);
  if (Status status = journal::create_topic(common.place.kafka, raw.name, 1, 1); !status.ok()) return status;
  auto limit = journal::raw_produce_s(common.place.kafka, raw.name, frames);
  if (!limit.ok()) return limit.status();
  const double raw_commits = static_cast<double>(frames.size()) / *limit, commits = static_cast<double>(flags.count / kCommandsPerDecision * kCommandsPerDecision) / took;
  if (!common.json()) std::printf("append, %llu commits of %.0f bytes on average\n", static_cast<unsigned long long>(frames.size()), [&] { double sum = 0; for (const auto& f : frames) sum += static_cast<double>(f.size()); return sum / static_cast<double>(frames.size()); }());
  bench_line(common, "raw producer", raw_commits, "commits/s", 0, "", 0);
  bench_line(common, "through engine, journal and every view", commits, "commits/s", commits / raw_commits, "raw producer", 0.6);
  bench_line(common, "  the same in events", static_cast<double>(*events) / took, "events/s", 0, "", 0);
  std::vector<double> alone;
  for (std::uint64_t n = 0; n < 60; ++n)
    for (int step = 0; step < kCommandsPerDecision; ++step) {
      const double asked = bench_now_s();
      auto reply = (*node)->submit_and_wait(bench_command("bench", "alone", n, step), "bench");
      if (!reply.ok()) return reply.status();
      alone.push_back((bench_now_s() - asked) * 1e3);
    }
  std::sort(alone.begin(), alone.end());
  auto trips = journal::raw_round_trips(common.place.kafka, raw.name, {frames.begin(), frames.begin() + 420}, 1);
  if (!trips.ok()) return trips.status();
  bench_line(common, "raw produce and read back, one at a time, p50", trips->p50_ms, "ms", 0, "", 0);
  bench_line(common, "one command alone, read back, p50", alone[alone.size() / 2], "ms", alone[alone.size() / 2] / trips->p50_ms, "raw round trip", 1.5);
  return {};
}

Status replay(Common& common, const Flags& flags) {
  BenchPlace at(common.place.kafka), again(common.place.kafka);
  {
    auto node = world(at);
    if (!node.ok()) return node.status();
    if (auto events = drive(**node, flags.count / kCommandsPerDecision, "d"); !events.ok()) return events.status();
  }
  const auto log = at.place.kafka.empty() ? journal::embedded_log({.directory = at.place.data + "/journal/0", .read_only = true})
                                          : journal::kafka_log({.bootstrap = at.place.kafka, .topic = at.place.topic, .read_only = true});
  double took[2] = {};
  std::uint64_t events = 0;
  for (const bool fold : {false, true}) {
    auto journal = journal::Journal::open(log, {});
    if (!journal.ok()) return journal.status();
    auto store = projections::Store::open(again.place.data + "/views");
    if (!store.ok()) return store.status();
    auto end = (*journal)->end();
    if (!end.ok()) return end.status();
    events = 0;
    const double began = bench_now_s();
    std::vector<journal::Counted> counted;
    v1::Commit commit;
    v1::Event event;
    while ((*journal)->position().offset < *end) {
      counted.clear();
      if (Status status = (*journal)->poll(100, &counted); !status.ok()) return status;
      if (fold) { if (Status status = (*store)->fold(counted); !status.ok()) return status; events += counted.size(); continue; }
      for (const auto& one : counted) { commit.ParseFromString(one.payload); for (const auto& bytes : commit.events()) { event.ParseFromString(bytes); ++events; } }
    }
    took[fold ? 1 : 0] = bench_now_s() - began;
    if (fold) events = (*store)->sequence("bench");
  }
  const double raw = static_cast<double>(events) / took[0], ours = static_cast<double>(events) / took[1];
  if (!common.json()) std::printf("replay of %llu events from %s\n", static_cast<unsigned long long>(events), at.place.kafka.empty() ? "the embedded journal" : "Kafka");
  bench_line(common, "read and parse only", raw, "events/s", 0, "", 0);
  bench_line(common, "into every view", ours, "events/s", ours / raw, "read and parse", 0.5);
  return {};
}

Status ask(Common& common, const Flags& flags) {
  BenchPlace at("");
  for (std::uint64_t facts = 10'000;; facts = std::min(facts * 10, flags.facts)) {
    const std::string directory = at.place.data + "/" + std::to_string(facts);
    auto store = projections::Store::open(directory);
    if (!store.ok()) return store.status();
    std::mt19937_64 random(7);
    std::vector<journal::Counted> batch;
    std::uint64_t sequence = 1;
    const std::uint64_t subjects = std::max<std::uint64_t>(1, facts / 5);
    for (std::uint64_t i = 0; i < facts;) {
      v1::Commit commit;
      commit.set_format(1);
      commit.set_ledger("bench");
      commit.set_first_sequence(sequence);
      commit.set_command_id("f" + std::to_string(i));
      if (i == 0) {
        v1::Event words;
        auto& word = *words.mutable_vocabulary_published()->add_predicates();
        word.set_name("host");
        word.set_type(v1::Predicate::ref);
        words.SerializeToString(commit.add_events());
        ++sequence;
      }
      for (int j = 0; j < 100 && i < facts; ++j, ++i, ++sequence) {
        v1::Event event;
        v1::Fact& fact = *event.mutable_fact_asserted()->mutable_fact();
        fact.set_id("f" + std::to_string(i));
        fact.set_subject("team:" + std::to_string(i % subjects));
        fact.set_predicate("host");
        fact.mutable_value()->set_ref("body:" + std::to_string(random() % 6));
        fact.set_from(std::to_string(2010 + random() % 14) + "-0" + std::to_string(1 + random() % 9));
        fact.set_standing(v1::Standing::effective);
        fact.mutable_source()->set_document("bench");
        fact.set_known(std::to_string(2010 + random() % 14) + "-05-01");
        event.SerializeToString(commit.add_events());
      }
      batch.push_back({{sequence, 1, sequence}, sequence, false, commit.SerializeAsString()});
      if (batch.size() == 200 || i == facts) { if (Status status = (*store)->fold(batch); !status.ok()) return status; batch.clear(); }
    }
    std::vector<double> took;
    v1::Question question;
    question.set_predicate("host");
    projections::RecordReader reader(**store, "bench");
    const double began = bench_now_s();
    for (int i = 0; i < 20'000; ++i) {
      question.set_subject("team:" + std::to_string(random() % subjects));
      question.set_valid_at(std::to_string(2010 + random() % 14) + "-07-01");
      question.set_known_at(random() % 2 == 0 ? "" : "2020-01-01");
      const double asked = bench_now_s();
      const v1::Answer answer = record::ask(reader, question);
      took.push_back((bench_now_s() - asked) * 1e6);
    }
    const double all = bench_now_s() - began;
    std::sort(took.begin(), took.end());
    if (!common.json()) std::printf("ask, %llu facts, five a subject\n", static_cast<unsigned long long>(facts));
    bench_line(common, "questions", 20'000 / all, "questions/s", 0, "", 0);
    bench_line(common, "p50", took[took.size() / 2], "us", 0, "", 0);
    bench_line(common, "p99 (must be at most 25 us)", took[took.size() * 99 / 100], "us", 0, "", 0);
    if (facts >= flags.facts) return {};
  }
}

}  // namespace

void add_bench(CLI::App& app, Common& common) {
  CLI::App* bench = app.add_subcommand("bench", "Measure, each figure beside its limit from the same run");
  bench->require_subcommand(1);
  auto flags = std::make_shared<Flags>();
  CLI::App* one = bench->add_subcommand("append", "Engine and Kafka journal against a raw producer (needs --kafka)");
  one->add_option("-n", flags->count, "Commands")->check(CLI::Range(1000, 10'000'000));
  one->callback([&common, flags] { run(common, [&] { return append(common, *flags); }); });
  CLI::App* two = bench->add_subcommand("replay", "A journal into every view against reading and parsing it");
  two->add_option("-n", flags->count, "Commands")->check(CLI::Range(1000, 10'000'000));
  two->callback([&common, flags] { run(common, [&] { return replay(common, *flags); }); });
  CLI::App* three = bench->add_subcommand("ask", "As-of questions in process, from ten thousand facts up");
  three->add_option("--facts", flags->facts, "Up to so many")->check(CLI::Range(10'000, 10'000'000));
  three->callback([&common, flags] { run(common, [&] { return ask(common, *flags); }); });
  add_bench_decisions(*bench, common);
}

}  // namespace concordat::app
