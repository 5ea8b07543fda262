// A great many statements about one subject: an answer must not take long, and must be the same as of few.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace concordat::record
