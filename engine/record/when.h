// Dates in the world, whose precision is part of the value. See proto/concordat/v1/common.proto for how they are written.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace concordat::record {

// A calendar day, Europe/London, as days since 1970-01-01. Proleptic Gregorian; years 1000 to 9999.
struct Day {
  std::int32_t count = 0;
  auto operator<=>(const Day&) const = default;
};
inline constexpr Day kNever{std::numeric_limits<std::int32_t>::max()};        // Later than every day.
inline constexpr Day kAlways{std::numeric_limits<std::int32_t>::min()};       // Earlier than every day.

Result<Day> parse_day(std::string_view text);        // "2023-04-01" only; the failure says what would be right.
std::string format(Day day);                         // "2023-04-01"; empty for kNever and kAlways.
Day day_of(std::int64_t time_ms);                    // The London day of an instant (British summer time applied).
std::int64_t end_of_day_ms(Day day);                 // First instant after that day in London.

// The earliest and latest day on which something may have started (or ended). Invariant: earliest <= latest.
// An unknown side is kAlways or kNever. `stated` is false for the empty text: nothing is known of it at all.
struct When {
  Day earliest = kAlways;
  Day latest = kNever;
  bool stated = false;
  std::string as_written;                            // Kept, so that answers speak with the source's precision.
  bool operator==(const When&) const = default;
};
Result<When> parse_when(std::string_view text);      // Empty is fine: an unstated When.
std::string in_words(const When& when);              // "April 2023", "by 24 September 2024", "financial year 2023/24".
std::string in_words(Day day);                       // "1 July 2022".

// Has it begun by the end of that day? Empty: not determined.
std::optional<bool> begun_by(const When& when, Day day);

}  // namespace concordat::record
