// concordat bench feed: how soon and how many. Followers of server-sent events, a consumer on Kafka, webhooks; and what slow ones cost a writer.
#include <CLI/CLI.hpp>
#include <grpcpp/grpcpp.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <mutex>
#include <thread>

#include "app/bench.h"
#include "app/bench_client.h"
#include "app/bench_server.h"
#include "app/bench_sockets.h"
#include "app/bench_world.h"
#include "app/common.h"
#include "engine/journal/journal.h"
#include "engine/journal/kafka_limit.h"

namespace concordat::app {
namespace {

struct Flags { int followers = 1000, commands = 300, rate = 50; double seconds = 3; };

constexpr double kLateMs = 20, kWebhooks = 2000, kSlowCost = 0.9;
constexpr int kDeadFollowers = 50;
constexpr const char* kFeed = "bench";

void put(const std::string& file, const std::string& text) {
  std::ofstream(file) << text;
  chmod(file.c_str(), 0600);
}

// When each paced command was sent, by its number; and how long until it was heard.
struct Heard {
  std::vector<std::atomic<double>> sent;
  std::mutex mutex;                            // Guards the two below.
  std::vector<double> took_ms;
  std::uint64_t count = 0;
  explicit Heard(int commands) : sent(static_cast<std::size_t>(commands)) {}

  // Every event of ours in the text; what is dealt with is cut away. `mark`: what stands before the number.
  void look(std::string& text, const std::string& mark) {
    const double now = bench_now_s();
    std::size_t at = 0, done = 0;
    const std::lock_guard lock(mutex);
    while ((at = text.find(mark, at)) != std::string::npos) {
      const std::size_t end = text.find('"', at += mark.size());
      if (end == std::string::npos) break;
      const auto number = static_cast<std::size_t>(std::atol(text.c_str() + at));
      if (number < sent.size()) took_ms.push_back((now - sent[number]) * 1000);
      ++count;
      done = at = end;
    }
    text.erase(0, done > 0 ? done : text.size() > 4 * mark.size() + 64 && text.find(mark) == std::string::npos ? text.size() - mark.size() : 0);
  }
  std::uint64_t so_far() { const std::lock_guard lock(mutex); return count; }
  void wait(std::uint64_t wanted) {
    for (const double until = bench_now_s() + 20; so_far() < wanted && bench_now_s() < until;) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
};

struct Trial {
  explicit Trial(const std::string& kafka) : at(kafka) {}
  ~Trial() {
    server.reset();
    if (at.place.kafka.empty()) return;
    for (const std::string& topic : {feed_topic(), "concordat.feed." + feed_name() + ".position"})
      if (const Status status = journal::drop_topic(at.place.kafka, topic); !status.ok()) std::fprintf(stderr, "concordat: %s\n", status.why().c_str());
  }
  std::string feed_name() const { return at.place.kafka.empty() ? kFeed : "bench-" + at.name.substr(at.name.rfind('-') + 1); }
  std::string feed_topic() const { return at.name + ".feed"; }

  // `subscriptions`: as YAML; empty = none.
  Status start(const std::string& subscriptions) {
    server.reset();
    server = std::make_unique<BenchServer>();
    if (!made) {
      if (Status status = init(at.place); !status.ok()) return status;
      if (!at.place.kafka.empty())
        if (Status status = journal::create_topic(at.place.kafka, feed_topic(), 1, 1); !status.ok()) return status;
      put(at.place.data + "/feeds.yaml", "- {name: " + feed_name() + ", audience: restricted, format: json" + (at.place.kafka.empty() ? "" : ", topic: " + feed_topic()) + "}\n");
    }
    std::vector<std::string> words{"--data", at.place.data, "--topic", at.place.topic};
    if (!at.place.kafka.empty()) words.insert(words.end(), {"--kafka", at.place.kafka});
    // Nothing to tell of in an empty ledger: the feed is for one that has begun.
    if (!made) {
      if (Status status = load(words); !status.ok()) return status;
      made = true;
    }
    words.insert(words.end(), {"serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--feeds", at.place.data + "/feeds.yaml"});
    if (!subscriptions.empty()) {
      put(at.place.data + "/subscriptions.yaml", subscriptions);
      words.insert(words.end(), {"--subscriptions", at.place.data + "/subscriptions.yaml"});
    }
    if (Status status = server->start(words, at.place.data + "/serve.log"); !status.ok()) return status;
    http = server->next_line();
    http = http.substr(http.rfind(' ') + 1);
    stub = v1::Concordat::NewStub(grpc::CreateChannel(server->address(), grpc::InsecureChannelCredentials()));
    return {};
  }

  // One command after the other, so many a second, each noted when it goes.
  Status pace(const Flags& flags, const std::string& run, Heard* heard) {
    const double began = bench_now_s();
    for (int n = 0; n < flags.commands; ++n) {
      const double due = began + static_cast<double>(n) / flags.rate;
      if (const double now = bench_now_s(); now < due) std::this_thread::sleep_for(std::chrono::duration<double>(due - now));
      const v1::Command command = bench_command("bench", run, static_cast<std::uint64_t>(n), 0);
      heard->sent[static_cast<std::size_t>(n)] = bench_now_s();
      grpc::ClientContext context;
      v1::SubmitResponse response;
      if (const grpc::Status status = stub->Submit(&context, command, &response); !status.ok() || response.reply().has_refused()) return Status::unavailable("bench: " + status.error_message() + response.reply().refused().sentence());
    }
    return {};
  }

  BenchPlace at;
  std::unique_ptr<BenchServer> server;
  std::string http;
  std::unique_ptr<v1::Concordat::Stub> stub;
  bool made = false;

 private:
  Status load(std::vector<std::string> words) {
    words.insert(words.end(), {"serve", "--listen", "127.0.0.1:0"});
    BenchServer first;
    if (Status status = first.start(words, at.place.data + "/serve.log"); !status.ok()) return status;
    const auto into = v1::Concordat::NewStub(grpc::CreateChannel(first.address(), grpc::InsecureChannelCredentials()));
    auto commands = bench_world("bench");
    if (!commands.ok()) return commands.status();
    for (const v1::Command& command : *commands) {
      grpc::ClientContext context;
      v1::SubmitResponse response;
      const grpc::Status status = into->Submit(&context, command, &response);
      if (!status.ok() || response.reply().has_refused()) return Status::unavailable("bench world: " + status.error_message() + response.reply().refused().sentence());
    }
    return {};
  }
};

std::string events_path(const std::string& feed) { return "/feeds/" + feed + "/events?from=now"; }

Status followed(const Common& common, Trial& trial, const Flags& flags, int count) {
  const std::string run = "sse" + std::to_string(count) + "-", mark = "\"type\":\"matter.opened\",\"subject\":\"" + run;
  Heard heard(flags.commands);
  std::atomic<int> there{0};
  std::vector<char> began(static_cast<std::size_t>(count));
  BenchFollowers followers;
  if (Status status = followers.start(trial.http, events_path(trial.feed_name()), count, true, [&](int one, std::string& text) {
        if (began[static_cast<std::size_t>(one)] == 0 && text.find("retry") != std::string::npos) { began[static_cast<std::size_t>(one)] = 1; ++there; }
        heard.look(text, mark);
      }); !status.ok()) return status;
  for (const double until = bench_now_s() + 30; there < count && bench_now_s() < until;) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const double cpu = trial.server->cpu_s(), from = bench_now_s();
  if (Status status = trial.pace(flags, run, &heard); !status.ok()) return status;
  const auto wanted = static_cast<std::uint64_t>(count) * static_cast<std::uint64_t>(flags.commands);
  heard.wait(wanted);
  const double cores = (trial.server->cpu_s() - cpu) / (bench_now_s() - from);
  const std::string name = std::to_string(count) + (count == 1 ? " follower" : " followers");
  bench_print(common, {.what = name + ": heard", .value = static_cast<double>(heard.so_far()), .unit = "events", .limit = static_cast<double>(wanted), .of = "told", .must = Must::kAtLeast, .bound = 1});
  bench_print(common, {.what = name + ": command sent to heard, p50", .value = bench_rank(heard.took_ms, 0.5), .unit = "ms"});
  bench_print(common, {.what = name + ": command sent to heard, p99", .value = bench_rank(heard.took_ms, 0.99), .unit = "ms", .must = Must::kAtMost, .bound = kLateMs});
  bench_print(common, {.what = name + ": the server's cores", .value = cores, .unit = "cores", .must = Must::kAtMost, .bound = 1});
  return {};
}

Status on_kafka(const Common& common, Trial& trial, const Flags& flags) {
  const std::string run = "kafka-", mark = "\"matterOpened\":{\"matter\":\"" + run;
  Heard heard(flags.commands);
  std::atomic<bool> there{false}, told{false}, stop{false};
  Status followed;
  std::thread consumer([&] {
    followed = journal::raw_follow(trial.at.place.kafka, trial.feed_topic(), [&] { there = true; }, [&](std::string_view value) {
      std::string text(value);
      told = told || !text.empty();
      heard.look(text, mark);
      return !stop;
    });
  });
  for (const double until = bench_now_s() + 20; !there && bench_now_s() < until;) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  // The feed begins when its group has gathered, which is not what is measured.
  Heard first(1);
  Flags once = flags;
  once.commands = 1;
  Status paced = trial.pace(once, "first-", &first);
  for (const double until = bench_now_s() + 30; !told && bench_now_s() < until;) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  if (paced.ok()) paced = trial.pace(flags, run, &heard);
  heard.wait(static_cast<std::uint64_t>(flags.commands));
  stop = true;
  consumer.join();
  if (!paced.ok()) return paced;
  if (!followed.ok()) return followed;
  bench_print(common, {.what = "a consumer on Kafka: heard", .value = static_cast<double>(heard.so_far()), .unit = "events", .limit = static_cast<double>(flags.commands), .of = "told", .must = Must::kAtLeast, .bound = 1});
  bench_print(common, {.what = "a consumer on Kafka: sent to heard, p50", .value = bench_rank(heard.took_ms, 0.5), .unit = "ms"});
  bench_print(common, {.what = "a consumer on Kafka: sent to heard, p99", .value = bench_rank(heard.took_ms, 0.99), .unit = "ms", .must = Must::kAtMost, .bound = kLateMs});
  return {};
}

Result<double> written_per_s(Trial& trial, const Flags& flags, const std::string& run) {
  const Driven driven = drive_stream(*trial.stub, 64, flags.seconds, run);
  if (!driven.failure.empty()) return Status::unavailable(driven.failure);
  return static_cast<double>(driven.calls) / driven.seconds;
}

std::string hook(const Trial& trial, const char* name, int port, int timeout_ms) {
  return std::string("- {name: ") + name + ", feed: " + trial.feed_name() + ", in_flight: 100, timeout_ms: " + std::to_string(timeout_ms) + ", webhook: {url: \"http://127.0.0.1:" + std::to_string(port) +
         "/\", secret_file: \"" + trial.at.place.data + "/secret\", allow: [127.0.0.1/32]}}\n";
}

// Without subscribers, then with some that never read and a webhook whose receiver never answers; then webhooks that are taken.
Status pushed(const Common& common, Trial& trial, const Flags& flags) {
  BenchSink good, dead;
  if (Status status = good.start(true); !status.ok()) return status;
  if (Status status = dead.start(false); !status.ok()) return status;
  put(trial.at.place.data + "/secret", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n");
  auto alone = written_per_s(trial, flags, "alone");
  if (!alone.ok()) return alone.status();
  if (Status status = trial.start(hook(trial, "dead", dead.port(), 30'000)); !status.ok()) return status;
  {
    BenchFollowers silent;
    if (Status status = silent.start(trial.http, "/feeds/" + trial.feed_name() + "/events", kDeadFollowers, false, {}); !status.ok()) return status;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    auto amid = written_per_s(trial, flags, "amid");
    if (!amid.ok()) return amid.status();
    bench_print(common, {.what = "commands/s beside dead followers and webhook", .value = *amid, .unit = "/s", .limit = *alone, .of = "alone", .must = Must::kAtLeast, .bound = kSlowCost});
  }
  if (Status status = trial.start(hook(trial, "good", good.port(), 30'000)); !status.ok()) return status;
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const std::uint64_t before = good.taken();
  const double from = bench_now_s(), cpu = trial.server->cpu_s();
  std::this_thread::sleep_for(std::chrono::duration<double>(flags.seconds));
  const double taken = static_cast<double>(good.taken() - before), seconds = bench_now_s() - from;
  bench_print(common, {.what = "webhooks taken by a receiver on this machine", .value = taken / seconds, .unit = "/s", .must = Must::kAtLeast, .bound = kWebhooks});
  bench_print(common, {.what = "server CPU a webhook", .value = (trial.server->cpu_s() - cpu) / std::max(1.0, taken) * 1e6, .unit = "us"});
  return {};
}

Status feed(const Common& common, const Flags& flags) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) { limit.rlim_cur = limit.rlim_max; setrlimit(RLIMIT_NOFILE, &limit); }
  Trial trial(common.place.kafka);
  if (Status status = trial.start(""); !status.ok()) return status;
  bench_head(common, "Feeds: " + std::to_string(flags.commands) + " commands, " + std::to_string(flags.rate) + " a second, from the moment each is sent (so its own commit is in it)");
  if (!common.place.kafka.empty())
    if (Status status = on_kafka(common, trial, flags); !status.ok()) return status;
  for (const int count : {1, flags.followers})
    if (Status status = followed(common, trial, flags, count); !status.ok()) return status;
  return pushed(common, trial, flags);
}

}  // namespace

void add_bench_feed(CLI::App& bench, Common& common) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = bench.add_subcommand("feed", "How soon followers hear, how many webhooks go out, and what slow ones cost a writer");
  command->add_option("--followers", flags->followers, "Followers of server-sent events at once")->capture_default_str()->check(CLI::Range(1, 4000));
  command->add_option("--commands", flags->commands, "Commands of each measurement")->capture_default_str();
  command->add_option("--rate", flags->rate, "Commands a second")->capture_default_str()->check(CLI::Range(1, 10'000));
  command->add_option("--seconds", flags->seconds, "How long writers and webhooks are measured")->capture_default_str();
  command->footer("With --kafka also a consumer on a topic.\nExample:\n  concordat bench feed");
  command->callback([&common, flags] { run(common, [&] { return feed(common, *flags); }); });
}

}  // namespace concordat::app
