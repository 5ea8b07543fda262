// Clear days on a calendar. Bank holidays are facts of the record (`bank_holiday`, a fact for each day), and so is how far
// the calendar reaches (`calendar_covers`): outside that nothing is determined.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/record/record.h"

namespace concordat {

struct ClearDays {
  std::optional<std::uint32_t> count;   // Empty: not determined.
  std::string open_day;                 // The first day that the calendar does not cover, if so.
  std::vector<std::string> facts;       // Bank holidays read.
};

// Days after `from` and before `to`; neither counts. With `calendar`, only its working days: Monday to Friday, no bank
// holiday. `to` at or before `from` gives 0.
ClearDays clear_days(const record::Facts& facts, std::string_view calendar, record::Day from, record::Day to);

// The day by which `days` have passed since `from`, which does not count; with `calendar`, so many of its working days.
// Empty: the calendar does not reach that far.
std::optional<record::Day> days_after(const record::Facts& facts, std::string_view calendar, record::Day from, std::uint32_t days);
// The last day that leaves so many days until `to`; with `calendar`, the last working day that leaves so many clear ones between.
// Empty as above.
std::optional<record::Day> days_before(const record::Facts& facts, std::string_view calendar, record::Day to, std::uint32_t days);

bool weekend(record::Day day);

}  // namespace concordat
