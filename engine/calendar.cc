#include "engine/calendar.h"

#include "engine/record/authority.h"

namespace concordat {
namespace authority = record::authority;

bool weekend(record::Day day) {
  const int since_thursday = ((day.count % 7) + 7) % 7;   // 1 January 1970 was a Thursday.
  return since_thursday == 2 || since_thursday == 3;
}

ClearDays clear_days(const record::Facts& facts, std::string_view calendar, record::Day from, record::Day to) {
  ClearDays out;
  std::uint32_t count = 0;
  for (record::Day day{from.count + 1}; day < to; ++day.count) {
    if (calendar.empty()) { ++count; continue; }
    if (record::values(facts, calendar, authority::kCalendarCovers, "", day).empty()) {
      out.open_day = record::format(day);
      return out;
    }
    if (weekend(day)) continue;
    if (record::values(facts, calendar, authority::kBankHoliday, "", day, &out.facts).empty()) ++count;
  }
  out.count = count;
  return out;
}

std::optional<record::Day> days_after(const record::Facts& facts, std::string_view calendar, record::Day from, std::uint32_t days) {
  if (calendar.empty()) return record::Day{from.count + static_cast<std::int32_t>(days)};
  for (record::Day day{from.count + 1};; ++day.count) {
    const ClearDays passed = clear_days(facts, calendar, from, record::Day{day.count + 1});
    if (!passed.count) return std::nullopt;
    if (*passed.count >= days) return day;
  }
}

std::optional<record::Day> days_before(const record::Facts& facts, std::string_view calendar, record::Day to, std::uint32_t days) {
  if (calendar.empty()) return record::Day{to.count - static_cast<std::int32_t>(days)};
  for (record::Day day{to.count - 1};; --day.count) {
    const ClearDays left = clear_days(facts, calendar, day, to);
    if (!left.count) return std::nullopt;
    const bool works = clear_days(facts, calendar, record::Day{day.count - 1}, record::Day{day.count + 1}).count == 1u;
    if (*left.count >= days && works) return day;
  }
}

}  // namespace concordat
