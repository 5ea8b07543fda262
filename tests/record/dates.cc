// Dates with their precision, as tables.
#include <gtest/gtest.h>

#include "engine/record/when.h"

namespace concordat::record {
namespace {

TEST(When, AsWrittenGivesEarliestAndLatest) {
  struct Case { const char *text, *earliest, *latest, *words; };
  for (const Case& one : {Case{"2022-07-01", "2022-07-01", "2022-07-01", "1 July 2022"}, {"2023-04", "2023-04-01", "2023-04-30", "April 2023"}, {"2024-02", "2024-02-01", "2024-02-29", "February 2024"},
                          {"2023", "2023-01-01", "2023-12-31", "2023"}, {"FY2024-25", "2024-04-01", "2025-03-31", "financial year 2024/25"}, {"FY1999-00", "1999-04-01", "2000-03-31", "financial year 1999/00"},
                          {"[..2024-09-24]", "", "2024-09-24", "by 24 September 2024"}, {"[2021-07-15..]", "2021-07-15", "", "not before 15 July 2021"},
                          {"[2022-07..2023-03]", "2022-07-01", "2023-03-31", "some day from 1 July 2022 to 31 March 2023"}}) {
    const auto when = parse_when(one.text);
    ASSERT_TRUE(when.ok()) << one.text;
    EXPECT_EQ(format(when->earliest), one.earliest) << one.text;
    EXPECT_EQ(format(when->latest), one.latest) << one.text;
    EXPECT_EQ(in_words(*when), one.words);
  }
  EXPECT_FALSE(parse_when("")->stated);
}

TEST(When, WhatIsNoDateIsToldWithWhatWouldBe) {
  for (const char* text : {"2023-02-30", "2023-13", "2023-00-10", "23-04-01", "2023-4-1", "FY2023-25", "FY2023", "April 23", "[2023..2022]", "[..]", "2023-04-01T00:00", "99", "[2023"}) {
    const auto when = parse_when(text);
    ASSERT_FALSE(when.ok()) << text;
    EXPECT_TRUE(when.status().why().starts_with("expected a ")) << when.status().why();
  }
}

TEST(When, BegunByIsThreeValued) {
  const When april = *parse_when("2023-04");
  EXPECT_EQ(begun_by(april, *parse_day("2023-03-31")), false);
  EXPECT_EQ(begun_by(april, *parse_day("2023-04-01")), std::nullopt);
  EXPECT_EQ(begun_by(april, *parse_day("2023-04-29")), std::nullopt);
  EXPECT_EQ(begun_by(april, *parse_day("2023-04-30")), true);
  EXPECT_EQ(begun_by(*parse_when(""), *parse_day("2023-04-30")), std::nullopt);
}

TEST(When, DaysAreLondonDays) {
  const auto at = [](const char* day, int hour, int minute) { return (static_cast<std::int64_t>(parse_day(day)->count) * 24 + hour) * 3'600'000ll + minute * 60'000ll; };
  EXPECT_EQ(format(day_of(at("2023-01-01", 23, 59))), "2023-01-01");
  EXPECT_EQ(format(day_of(at("2023-07-01", 22, 59))), "2023-07-01");
  EXPECT_EQ(format(day_of(at("2023-07-01", 23, 0))), "2023-07-02") << "summer time";
  EXPECT_EQ(format(day_of(at("2023-03-25", 23, 30))), "2023-03-25");
  EXPECT_EQ(format(day_of(at("2023-03-26", 23, 30))), "2023-03-27") << "it began that Sunday";
  EXPECT_EQ(format(day_of(at("2023-10-28", 23, 30))), "2023-10-29");
  EXPECT_EQ(format(day_of(at("2023-10-29", 23, 30))), "2023-10-29") << "it ended that Sunday";
  EXPECT_EQ(end_of_day_ms(*parse_day("2023-01-01")), at("2023-01-02", 0, 0));
  EXPECT_EQ(end_of_day_ms(*parse_day("2023-07-01")), at("2023-07-01", 23, 0));
  for (int day = -400; day < 40000; ++day) ASSERT_EQ(day_of(end_of_day_ms(Day{day})).count, day + 1);
}

TEST(When, EveryDayRoundTrips) {
  for (int count = -150000; count < 100000; ++count) ASSERT_EQ(parse_day(format(Day{count}))->count, count);
}

}  // namespace
}  // namespace concordat::record
