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

}  // namespace concordat
