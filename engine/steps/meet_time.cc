// meet_time.cc: the times of day that a meeting records. They are optional; where one is given it is a time, and the minutes can be
// read in its order.
//
//                          | not HH:MM       | before it was called for | before the last one recorded that day
// -------------------------+-----------------+--------------------------+---------------------------------------
// Convene.starts, apologies, a move before it sits | bad_time_of_day | may be | may be
// RecordAttendance         | bad_time_of_day | may be                   | bad_time_of_day
// all else in the room     | bad_time_of_day | bad_time_of_day          | bad_time_of_day
#include <algorithm>

#include "engine/steps/meet.h"

namespace concordat::steps {
namespace {

bool digits(std::string_view two, int below) {
  return two.size() == 2 && std::all_of(two.begin(), two.end(), [](char c) { return c >= '0' && c <= '9'; }) && (two[0] - '0') * 10 + (two[1] - '0') < below;
}

bool is_time(std::string_view at) { return at.size() == 5 && at[2] == ':' && digits(at.substr(0, 2), 24) && digits(at.substr(3), 60); }

}  // namespace

Refusal check_time(const std::string& at) {
  if (at.empty() || is_time(at)) return accept();
  return refuse(v1::RefusalCode::bad_time_of_day, "a time of day from 00:00 to 23:59, such as \"09:05\"", "\"" + at + "\" is none");
}

Refusal check_clock(const MeetMemory& mine, const std::string& at, bool early) {
  if (auto no = check_time(at)) return no;
  if (at.empty()) return accept();
  if (!early && is_time(mine.starts) && at < mine.starts)
    return refuse(v1::RefusalCode::bad_time_of_day, "a time from " + mine.starts + " on, for which the meeting was called", "it is " + at);
  if (at < mine.clock) return refuse(v1::RefusalCode::bad_time_of_day, "a time from " + mine.clock + " on, since that was recorded already", "it is " + at);
  return accept();
}

void tick(MeetMemory& mine, const std::string& at) {
  if (is_time(at)) mine.clock = std::max(mine.clock, at);
}

}  // namespace concordat::steps
