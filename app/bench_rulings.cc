// concordat bench rulings: rulings by rule and roll alone, and what a position costs the engine as closed matters grow.
#include <CLI/CLI.hpp>

#include <algorithm>

#include "app/bench.h"
#include "app/bench_world.h"
#include "app/common.h"
#include "engine/engine.h"
#include "engine/rules/rules.h"

namespace concordat::app {
namespace {

constexpr int kRulings = 20'000, kRounds = 5;
constexpr std::uint64_t kMeasured = 2'000;      // Decisions measured at each number of closed ones.

// Two thirds of those present and voting, a majority of the parties, and no more than a few against; half the parties quorate.
v1::Rule rule_for(std::uint32_t parties) {
  v1::Rule rule;
  rule.set_id("bench");
  auto& quorum = *rule.mutable_quorum();
  quorum.set_base(v1::QuorumRule::named_parties);
  quorum.mutable_min_fraction()->set_n(1);
  quorum.mutable_min_fraction()->set_d(2);
  quorum.set_min_people(parties / 2);
  quorum.set_multi_seat(v1::QuorumRule::per_seat);
  quorum.set_recusal_effect(v1::QuorumRule::lose);
  auto& decision = *rule.mutable_decision();
  decision.set_method(v1::DecisionRule::consensus_then_vote);
  decision.set_unit(v1::DecisionRule::person);
  decision.set_tie(v1::DecisionRule::not_carried);
  decision.set_abstain(v1::DecisionRule::excluded);
  decision.set_multi_seat(v1::QuorumRule::per_seat);
  auto& share = *decision.add_limbs();
  share.set_test(v1::DecisionRule::at_least_present_voting);
  share.mutable_fraction()->set_n(2);
  share.mutable_fraction()->set_d(3);
  auto& majority = *decision.add_limbs();
  majority.set_test(v1::DecisionRule::simple_present_voting);
  majority.set_unit(v1::DecisionRule::party);
  auto& block = *decision.add_limbs();
  block.set_test(v1::DecisionRule::not_blocked);
  block.set_count(std::max(2u, parties / 3));
  return rule;
}

rules::Roll roll_for(std::uint32_t parties) {
  rules::Roll roll;
  for (std::uint32_t i = 0; i < parties; ++i) {
    rules::Seat seat;
    seat.party = "body:" + std::to_string(i);
    seat.holder = seat.office = "office:" + std::to_string(i);
    seat.present = true;
    seat.vote = i % 6 == 5 ? rules::Vote::kAgainst : rules::Vote::kFor;
    roll.seats.push_back(std::move(seat));
  }
  return roll;
}

// The best of some rounds: the machine is shared, the code is not.
Result<double> rulings(const Common& common, std::uint32_t parties) {
  const v1::Rule rule = rule_for(parties);
  const rules::Roll roll = roll_for(parties);
  if (rules::quorate(rule, roll).outcome() != v1::Outcome::yes || rules::carried(rule, roll).outcome() != v1::Outcome::yes)
    return Status::invalid("bench rulings: expected " + std::to_string(parties) + " parties to be quorate and to carry it, but they do not");
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    int yes = 0;
    const double began = bench_cpu_s();
    for (int i = 0; i < kRulings / 2; ++i) {
      yes += rules::quorate(rule, roll).outcome() == v1::Outcome::yes ? 1 : 0;
      yes += rules::carried(rule, roll).outcome() == v1::Outcome::yes ? 1 : 0;
    }
    best = std::max(best, yes / (bench_cpu_s() - began));
  }
  bench_print(common, {.what = std::to_string(parties) + " parties", .value = best, .unit = "rulings/s"});
  return best;
}

// The engine alone: no journal, no views. Closed matters are dropped where the runtime drops them.
class Engine {
 public:
  Status say(const v1::Command& command) {
    v1::Stamp stamp;
    stamp.set_time_ms(1'700'000'000'000);
    const auto events = decide(state_, command, stamp);
    if (events.front().has_refused()) return Status::invalid("bench rulings: " + events.front().refused().sentence());
    closed_ += events.back().has_matter_closed() ? 1 : 0;
    if (state_.just_closed.size() > 1000) state_.just_closed.clear();
    return {};
  }

  Status world() {
    auto commands = bench_world("bench");
    if (!commands.ok()) return commands.status();
    for (const v1::Command& command : *commands)
      if (Status status = say(command); !status.ok()) return status;
    return {};
  }

  // Decides until so many are closed; the microseconds of each position on the way, if asked for.
  Status decide_until(std::uint64_t closed, std::vector<double>* took) {
    while (closed_ < closed) {
      ++next_;
      for (int step = 0; step < kCommandsPerDecision; ++step) {
        const v1::Command command = bench_command("bench", "r", next_, step);
        const double began = bench_now_s();
        if (Status status = say(command); !status.ok()) return status;
        if (took != nullptr && step > 0) took->push_back((bench_now_s() - began) * 1e6);
      }
    }
    return {};
  }

 private:
  State state_;
  std::uint64_t closed_ = 0, next_ = 0;
};

Status bench(Common& common, std::uint64_t most) {
  bench_head(common, "rulings by rule and roll: quorate and carried in turn, three tests each");
  for (const std::uint32_t parties : {6u, 100u})
    if (auto done = rulings(common, parties); !done.ok()) return done.status();
  bench_head(common, "a position of six, ruled and the last one decided, in the engine alone");
  Engine engine;
  if (Status status = engine.world(); !status.ok()) return status;
  double first = 0, p50 = 0;
  for (std::uint64_t closed = 10'000;; closed = std::min(closed * 10, most)) {
    if (Status status = engine.decide_until(closed, nullptr); !status.ok()) return status;
    std::vector<double> took;
    if (Status status = engine.decide_until(closed + kMeasured, &took); !status.ok()) return status;
    p50 = bench_rank(took, 0.5);
    if (first == 0) first = p50;
    bench_print(common, {.what = std::to_string(closed) + " closed matters: p50 a position", .value = p50, .unit = "us"});
    if (closed >= most) break;
  }
  bench_print(common, {.what = "p50 at the most closed matters", .value = p50, .unit = "us", .limit = first, .of = "p50 at 10000", .must = Must::kAtMost, .bound = 1.25});
  return {};
}

}  // namespace

void add_bench_rulings(CLI::App& app, Common& common) {
  auto most = std::make_shared<std::uint64_t>(1'000'000);
  CLI::App* command = app.add_subcommand("rulings", "Rulings by themselves, and positions as closed matters grow from ten thousand up");
  command->add_option("--closed", *most, "Up to so many closed matters")->check(CLI::Range(10'000, 10'000'000))->capture_default_str();
  command->footer("Example:\n  concordat bench rulings --closed 100000");
  command->callback([&common, most] { run(common, [&] { return bench(common, *most); }); });
}

}  // namespace concordat::app
