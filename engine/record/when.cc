#include "engine/record/when.h"

#include <array>

namespace concordat::record {
namespace {

constexpr std::array<const char*, 12> kMonths{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
constexpr std::int64_t kHourMs = 3'600'000, kDayMs = 24 * kHourMs;

struct Civil { int year, month, day; };

// Days from civil and back: Howard Hinnant's published algorithms, proleptic Gregorian.
std::int32_t days_from(const Civil& c) {
  const int y = c.month <= 2 ? c.year - 1 : c.year;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const int yoe = y - era * 400;
  const int doy = (153 * (c.month + (c.month > 2 ? -3 : 9)) + 2) / 5 + c.day - 1;
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

Civil civil_from(std::int32_t count) {
  const int z = count + 719468;
  const int era = (z >= 0 ? z : z - 146096) / 146097;
  const int doe = z - era * 146097;
  const int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int mp = (5 * doy + 2) / 153;
  const int month = mp < 10 ? mp + 3 : mp - 9;
  return {yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - (153 * mp + 2) / 5 + 1};
}

int days_in(int year, int month) {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool number(std::string_view text, int* out) {
  *out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    *out = *out * 10 + (c - '0');
  }
  return !text.empty();
}

Status wrong(std::string_view text, const char* what) {
  return Status::invalid("expected " + std::string(what) + ", but \"" + std::string(text) + "\" is none");
}

constexpr const char* kForms = "a date (2023-04-01, 2023-04, 2023, FY2023-24, [2022-07-01..2023-03-31], [..2024-09-24] or [2021-07-15..])";

bool parse_year(std::string_view text, int* year) { return text.size() == 4 && number(text, year) && *year >= 1000; }

// Earliest and latest day of a plain form: day, month, year or financial year.
bool parse_plain(std::string_view text, When* out) {
  int year = 0, month = 0;
  if (text.starts_with("FY")) {
    int next = 0;
    if (text.size() != 9 || text[6] != '-' || !parse_year(text.substr(2, 4), &year) || !number(text.substr(7), &next) || next != (year + 1) % 100) return false;
    out->earliest = Day{days_from({year, 4, 1})};
    out->latest = Day{days_from({year + 1, 3, 31})};
    return true;
  }
  if (text.size() == 4) {
    if (!parse_year(text, &year)) return false;
    out->earliest = Day{days_from({year, 1, 1})};
    out->latest = Day{days_from({year, 12, 31})};
    return true;
  }
  if (text.size() == 7) {
    if (text[4] != '-' || !parse_year(text.substr(0, 4), &year) || !number(text.substr(5), &month) || month < 1 || month > 12) return false;
    out->earliest = Day{days_from({year, month, 1})};
    out->latest = Day{days_from({year, month, days_in(year, month)})};
    return true;
  }
  const auto day = parse_day(text);
  if (!day.ok()) return false;
  out->earliest = out->latest = *day;
  return true;
}

// The Sunday on or before a day. 1970-01-01 was a Thursday.
std::int32_t sunday_by(std::int32_t count) { return count - ((count + 4) % 7 + 7) % 7; }

// British summer time: from the last Sunday of March 01:00 UTC to the last Sunday of October 01:00 UTC.
bool summer(std::int64_t time_ms) {
  const auto day = static_cast<std::int32_t>(time_ms >= 0 ? time_ms / kDayMs : -((-time_ms + kDayMs - 1) / kDayMs));
  const int year = civil_from(day).year;
  const std::int64_t begins = sunday_by(days_from({year, 3, 31})) * kDayMs + kHourMs;
  const std::int64_t ends = sunday_by(days_from({year, 10, 31})) * kDayMs + kHourMs;
  return time_ms >= begins && time_ms < ends;
}

}  // namespace

Result<Day> parse_day(std::string_view text) {
  int year = 0, month = 0, day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !parse_year(text.substr(0, 4), &year) || !number(text.substr(5, 2), &month) ||
      !number(text.substr(8), &day)) return wrong(text, "a day as YYYY-MM-DD");
  if (month < 1 || month > 12 || day < 1 || day > days_in(year, month)) return wrong(text, "a day of the calendar");
  return Day{days_from({year, month, day})};
}

std::string format(Day day) {
  if (day == kNever || day == kAlways) return {};
  const Civil c = civil_from(day.count);
  std::string out = std::to_string(c.year) + "-00-00";
  out[5] = static_cast<char>('0' + c.month / 10);
  out[6] = static_cast<char>('0' + c.month % 10);
  out[8] = static_cast<char>('0' + c.day / 10);
  out[9] = static_cast<char>('0' + c.day % 10);
  return out;
}

Day day_of(std::int64_t time_ms) {
  const std::int64_t local = time_ms + (summer(time_ms) ? kHourMs : 0);
  return Day{static_cast<std::int32_t>(local >= 0 ? local / kDayMs : -((-local + kDayMs - 1) / kDayMs))};
}

std::int64_t end_of_day_ms(Day day) {
  const std::int64_t midnight = (static_cast<std::int64_t>(day.count) + 1) * kDayMs;
  return summer(midnight - kHourMs) ? midnight - kHourMs : midnight;
}

Result<When> parse_when(std::string_view text) {
  When out;
  if (text.empty()) return out;
  out.stated = true;
  out.as_written = std::string(text);
  if (!text.starts_with('[')) {
    if (!parse_plain(text, &out)) return wrong(text, kForms);
    return out;
  }
  const std::size_t dots = text.find("..");
  if (!text.ends_with(']') || dots == std::string_view::npos) return wrong(text, kForms);
  const std::string_view left = text.substr(1, dots - 1), right = text.substr(dots + 2, text.size() - dots - 3);
  When side;
  if (left.empty() && right.empty()) return wrong(text, kForms);
  if (!left.empty()) {
    if (!parse_plain(left, &side)) return wrong(text, kForms);
    out.earliest = side.earliest;
  }
  if (!right.empty()) {
    if (!parse_plain(right, &side)) return wrong(text, kForms);
    out.latest = side.latest;
  }
  if (out.latest < out.earliest) return wrong(text, "a range whose first day is not after its last");
  return out;
}

std::string in_words(Day day) {
  const Civil c = civil_from(day.count);
  return std::to_string(c.day) + " " + kMonths[static_cast<std::size_t>(c.month - 1)] + " " + std::to_string(c.year);
}

std::string in_words(const When& when) {
  if (!when.stated) return "a date that is not stated";
  const std::string& text = when.as_written;
  if (text.starts_with("FY")) return "financial year " + text.substr(2, 4) + "/" + text.substr(7);
  if (text.size() == 4) return text;
  if (text.size() == 7) {
    const Civil c = civil_from(when.earliest.count);
    return std::string(kMonths[static_cast<std::size_t>(c.month - 1)]) + " " + std::to_string(c.year);
  }
  if (when.earliest == when.latest) return in_words(when.earliest);
  if (when.earliest == kAlways) return "by " + in_words(when.latest);
  if (when.latest == kNever) return "not before " + in_words(when.earliest);
  return "some day from " + in_words(when.earliest) + " to " + in_words(when.latest);
}

std::optional<bool> begun_by(const When& when, Day day) {
  if (!when.stated) return std::nullopt;
  if (day < when.earliest) return false;
  if (day >= when.latest) return true;
  return std::nullopt;
}

}  // namespace concordat::record
