// A great many statements about one subject: an answer must not take long, and must be the same as of few.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "concordat/v1/record.pb.h"
#include "tests/record/facts.h"

namespace concordat::record {
namespace {

constexpr int kWords = 100, kStatements = 1000;      // A hundred thousand together.

std::string day(int number) { return format(Day{14'610 + number}); }   // From 1 January 2010 on.

v1::FactAsserted statement(int word, int number, int days) {
  v1::FactAsserted event;
  v1::Fact& fact = *event.mutable_fact();
  fact.set_id("f" + std::to_string(word) + "." + std::to_string(number));
  fact.set_subject("team:one");
  fact.set_predicate("word_" + std::to_string(word));
  fact.mutable_value()->set_ref("body:" + std::to_string(number % 7));
  fact.set_from(day(number * days));
  fact.set_standing(v1::Standing::effective);
  fact.mutable_source()->set_document("d" + std::to_string(number % 3));
  fact.set_known(day(number * days));
  return event;
}

Record record_of_many() {
  Record out;
  v1::VocabularyPublished words;
  for (int word = 0; word < kWords; ++word) {
    v1::Predicate& one = *words.add_predicates();
    one.set_name("word_" + std::to_string(word));
    one.set_type(v1::Predicate::ref);
  }
  out.evolve(words);
  for (int i = 0; i < kWords * kStatements; ++i) out.evolve(statement(i % kWords, i / kWords, 3), static_cast<std::uint64_t>(i) + 1);
  return out;
}

double seconds_of_work() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }   // Of this process, whatever else the machine does.

TEST(Many, AHundredThousandStatementsAboutOneSubject) {
  const Record record = record_of_many();
  const double began = seconds_of_work();
  for (int word = 0; word < kWords; ++word) {
    const v1::Answer got = answer(record, {"team:one", "word_" + std::to_string(word), day(1501)});
    EXPECT_EQ(got.sentence(), "body:3, since " + in_words(Day{14'610 + 1500}) + "; then body:4, since " + in_words(Day{14'610 + 1503}) + ".");
    EXPECT_EQ(got.used_size(), 1);
    EXPECT_EQ(got.set_aside_size(), kStatements - 1);
  }
  EXPECT_LT(seconds_of_work() - began, 10) << "a hundred questions";
}

TEST(Many, AHundredThousandStatementsUnderOneWord) {
  Record record;
  v1::VocabularyPublished words;
  words.add_predicates()->set_name("word_0");
  words.mutable_predicates(0)->set_type(v1::Predicate::ref);
  record.evolve(words);
  for (int i = 0; i < kWords * kStatements; ++i) record.evolve(statement(0, i, 1), static_cast<std::uint64_t>(i) + 1);
  const double began = seconds_of_work();
  const v1::Answer got = answer(record, {"team:one", "word_0", day(50'001)});
  EXPECT_EQ(got.sentence(), "body:" + std::to_string(50'001 % 7) + ", since " + in_words(Day{14'610 + 50'001}) + "; then body:" + std::to_string(50'002 % 7) + ", since " + in_words(Day{14'610 + 50'002}) + ".");
  EXPECT_EQ(got.set_aside_size(), kWords * kStatements - 1);
  EXPECT_LT(seconds_of_work() - began, 10) << "one question";
}

// ---- Shapes that a careless look-up makes quadratic: each costs no more than its number, give or take the sorting ----

constexpr int kFew = 1'500, kTimes = 10;             // Ten times as many: about ten times the work; a square would be a hundred times.

struct Shape { const char* name; bool many; void (*make)(int number, v1::Fact* fact); };

void dated(v1::Fact* fact, int number, const char* value) {
  fact->mutable_value()->set_ref(value);
  fact->set_from(day(number));
}

const Shape kShapes[] = {
    {"names without a date", true, [](int n, v1::Fact* f) { f->mutable_value()->set_ref("body:" + std::to_string(n)); }},
    {"values that replace each other", false, [](int n, v1::Fact* f) { dated(f, n, ""); f->mutable_value()->set_ref("body:" + std::to_string(n)); }},
    {"values without a date, of which one is so", false, [](int n, v1::Fact* f) { f->mutable_value()->set_ref("body:" + std::to_string(n)); }},
    {"one value, over and over, without a date", false, [](int, v1::Fact* f) { f->mutable_value()->set_ref("body:a"); }},
    {"one value, of which every source has another day", false, [](int n, v1::Fact* f) { dated(f, n, "body:a"); }},
    {"one value on the same day", false, [](int, v1::Fact* f) { dated(f, 1, "body:a"); }},
    {"one value that begins and ends", true, [](int n, v1::Fact* f) { dated(f, 2 * n, "body:a"); f->set_until(day(2 * n + 1)); }},
    {"ends without a beginning", true, [](int n, v1::Fact* f) { f->mutable_value()->set_ref("body:a"); f->set_standing(v1::Standing::ended); f->set_until(day(n)); }},
    {"many ends of timeless values", true, [](int n, v1::Fact* f) { f->mutable_value()->set_ref("body:" + std::to_string(n)); f->set_until(day(n)); }},
    {"two values in turn", false, [](int n, v1::Fact* f) { dated(f, n, n % 2 == 0 ? "body:a" : "body:b"); }},
    {"plans of many values", true, [](int n, v1::Fact* f) { dated(f, n, ""); f->mutable_value()->set_ref("body:" + std::to_string(n)); f->set_standing(v1::Standing::planned); }},
    {"plans of one value, each for another day", false, [](int n, v1::Fact* f) { dated(f, n, "body:a"); f->set_standing(v1::Standing::planned); }},
    {"plans of one value, of one day, each for another", false, [](int n, v1::Fact* f) { dated(f, n, "body:a"); f->set_standing(v1::Standing::planned); f->set_known(day(1)); }},
    {"plans and what came of them", true, [](int n, v1::Fact* f) { dated(f, n / 2, ""); f->mutable_value()->set_ref("body:" + std::to_string(n / 2)); if (n % 2 == 0) f->set_standing(v1::Standing::planned); }},
    {"spoken of as existing", true, [](int n, v1::Fact* f) { f->mutable_value()->set_ref("body:" + std::to_string(n % 100)); f->set_in_force(true); }},
    {"scopes", false, [](int n, v1::Fact* f) { dated(f, 1, "body:a"); f->set_scope("party:" + std::to_string(n)); }},
};

Record record_of(const Shape& shape, int count) {
  Record out;
  v1::VocabularyPublished words;
  v1::Predicate& word = *words.add_predicates();
  word.set_name("word");
  word.set_type(v1::Predicate::ref);
  word.set_many(shape.many);
  out.evolve(words);
  for (int i = 0; i < count; ++i) {
    v1::FactAsserted event;
    v1::Fact& fact = *event.mutable_fact();
    fact.set_id("f" + std::to_string(i));
    fact.set_subject("team:one");
    fact.set_predicate("word");
    fact.set_standing(v1::Standing::effective);
    fact.mutable_source()->set_document("d" + std::to_string(i % 3));
    fact.set_known(day(i));
    shape.make(i, &fact);
    out.evolve(event, static_cast<std::uint64_t>(i) + 1);
  }
  return out;
}

// The better of two, what a question of each kind and a look-up for authority cost together.
double cost(const Record& record, int count) {
  double best = 1e9;
  for (int round = 0; round < 2; ++round) {
    const double began = seconds_of_work();
    for (const char* mode : {"arrangement", "happened", "expected"})
      for (const int at : {count / 2, 3 * count}) EXPECT_FALSE(answer(record, {"team:one", "word", day(at), "", mode}).sentence().empty());
    values(record, "team:one", "word", "", *parse_day(day(count / 2)));
    record.name("team:one");
    best = std::min(best, seconds_of_work() - began);
  }
  return best;
}

TEST(Many, TenTimesAsManyCostTenTimesAsMuch) {
  for (const Shape& shape : kShapes) {
    const double few = cost(record_of(shape, kFew), kFew), many = cost(record_of(shape, kFew * kTimes), kFew * kTimes);
    EXPECT_LT(many, 3 * kTimes * few + 0.02) << shape.name << ": " << few << " s, then " << many << " s";
  }
}

}  // namespace
}  // namespace concordat::record
