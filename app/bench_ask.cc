// concordat bench ask: as-of questions in process, and how their cost grows with the record.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <random>

#include "app/bench.h"
#include "app/common.h"
#include "engine/record/record.h"

namespace concordat::app {
namespace {

constexpr int kQuestions = 50'000, kFactsPerCommit = 100, kCommitsPerFold = 1'000;      // A fold of 100,000 facts becomes one file.
constexpr std::uint64_t kFactsPerSubject = 5;

// Facts as commits of the journal: five a subject, with values, beginnings and known days drawn from a seed.
class Facts {
 public:
  explicit Facts(std::uint64_t facts) : facts_(facts), subjects_(std::max<std::uint64_t>(1, facts / kFactsPerSubject)) {}
  bool done() const { return next_ == facts_; }
  std::string subject() { return "team:" + std::to_string(random_() % subjects_); }
  int year() { return 2010 + static_cast<int>(random_() % 14); }

  journal::Counted commit() {
    v1::Commit commit;
    commit.set_format(1);
    commit.set_ledger("bench");
    commit.set_first_sequence(sequence_ + 1);
    commit.set_command_id("f" + std::to_string(next_));
    if (next_ == 0) {
      v1::Event words;
      v1::Predicate& word = *words.mutable_vocabulary_published()->add_predicates();
      word.set_name("host");
      word.set_type(v1::Predicate::ref);
      words.SerializeToString(commit.add_events());
    }
    for (int i = 0; i < kFactsPerCommit && !done(); ++i, ++next_) {
      v1::Event event;
      *event.mutable_fact_asserted()->mutable_fact() = fact();
      event.SerializeToString(commit.add_events());
    }
    sequence_ += static_cast<std::uint64_t>(commit.events_size());
    ++offset_;
    return {.position = {.offset = offset_ + 1, .epoch = 1, .number = offset_}, .offset = offset_, .mine = false, .payload = commit.SerializeAsString()};
  }

 private:
  v1::Fact fact() {
    v1::Fact fact;
    fact.set_id("f" + std::to_string(next_));
    fact.set_subject("team:" + std::to_string(next_ / kFactsPerSubject % subjects_));
    fact.set_predicate("host");
    fact.mutable_value()->set_ref("body:" + std::to_string(random_() % 6));
    fact.set_from(std::to_string(year()) + "-0" + std::to_string(1 + random_() % 9));
    fact.set_standing(v1::Standing::effective);
    fact.mutable_source()->set_document("bench");
    fact.set_known(std::to_string(year()) + "-05-01");
    return fact;
  }

  std::mt19937_64 random_{7};
  const std::uint64_t facts_, subjects_;
  std::uint64_t next_ = 0, sequence_ = 0, offset_ = 0;
};

struct Asked { std::vector<double> took_us; double seconds = 0; std::uint64_t determined = 0; };

Asked questions(const projections::Store& store, Facts& facts) {
  Asked out;
  v1::Question question;
  question.set_predicate("host");
  for (int i = 0; i < kQuestions; ++i) {
    question.set_subject(facts.subject());
    question.set_valid_at(std::to_string(facts.year()) + "-07-01");
    question.set_known_at(i % 2 == 0 ? "" : "2020-01-01");
    const double asked = bench_now_s();
    const projections::RecordReader reader(store, "bench");        // One a question, as the service does: nothing is remembered.
    out.determined += record::ask(reader, question).determined() ? 1u : 0u;
    const double took = bench_now_s() - asked;
    out.took_us.push_back(took * 1e6);
    out.seconds += took;
  }
  return out;
}

Result<double> measure(const Common& common, const std::string& directory, std::uint64_t count) {
  auto store = projections::Store::open(directory, {&projections::record_view()});      // Nothing else is asked.
  if (!store.ok()) return store.status();
  Facts facts(count);
  const double began = bench_now_s();
  while (!facts.done()) {
    std::vector<journal::Counted> batch;
    while (batch.size() < kCommitsPerFold && !facts.done()) batch.push_back(facts.commit());
    if (Status status = (*store)->fold(batch); !status.ok()) return status;
  }
  const double loaded_s = bench_now_s() - began;
  if (Status status = (*store)->compact(); !status.ok()) return status;       // As after a while of serving.
  // Cold: every question reads from disk what none before it asked for. Then as a process that has served a while.
  Asked cold = questions(**store, facts), warm = questions(**store, facts);
  bench_head(common, "ask, " + std::to_string(count) + " facts, " + std::to_string(kFactsPerSubject) + " a subject, " + std::to_string(warm.determined * 100 / kQuestions) + " % determined");
  const double p50 = bench_rank(warm.took_us, 0.5);
  const std::string with = std::to_string(count) + " facts: ";
  bench_print(common, {.what = with + "loaded", .value = static_cast<double>(count) / loaded_s, .unit = "facts/s"});
  bench_print(common, {.what = with + "questions", .value = kQuestions / warm.seconds, .unit = "questions/s"});
  bench_print(common, {.what = with + "p50", .value = p50, .unit = "us"});
  bench_print(common, {.what = with + "p99", .value = bench_rank(warm.took_us, 0.99), .unit = "us", .must = Must::kAtMost, .bound = 25});
  bench_print(common, {.what = with + "p99 of the first questions", .value = bench_rank(cold.took_us, 0.99), .unit = "us"});
  return p50;
}

Status ask(Common& common, std::uint64_t most) {
  const BenchPlace at("");
  double first = 0, p50 = 0;
  for (std::uint64_t facts = 10'000;; facts = std::min(facts * 10, most)) {
    auto measured = measure(common, at.place.data + "/" + std::to_string(facts), facts);
    if (!measured.ok()) return measured.status();
    p50 = *measured;
    if (first == 0) first = p50;
    if (facts >= most) break;
  }
  bench_print(common, {.what = "p50 at the most facts", .value = p50, .unit = "us", .limit = first, .of = "p50 at 10000 facts"});
  return {};
}

}  // namespace

void add_bench_ask(CLI::App& bench, Common& common) {
  auto most = std::make_shared<std::uint64_t>(1'000'000);
  CLI::App* command = bench.add_subcommand("ask", "As-of questions in process, from ten thousand facts up");
  command->add_option("--facts", *most, "Up to so many")->check(CLI::Range(10'000, 10'000'000))->capture_default_str();
  command->footer("Example:\n  concordat bench ask --facts 10000000      (about 3 GB of disk, and some minutes)");
  command->callback([&common, most] { run(common, [&] { return ask(common, *most); }); });
}

}  // namespace concordat::app
