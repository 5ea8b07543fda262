#include "app/register_minutes.h"

#include <algorithm>

#include "app/minutes.h"
#include "app/minutes_read.h"
#include "concordat/v1/views.pb.h"

namespace concordat::app {
namespace {

// Meetings that gave notice of a day in that time, by day.
Result<std::vector<v1::MeetingRow>> meetings_of(const Reading& reading, const std::string& from, const std::string& to) {
  std::vector<v1::MeetingRow> out;
  Status status;
  reading.store->scan("meetings", reading.ledger, "m/", "", [&](std::string_view key, std::string_view bytes) {
    v1::MeetingRow row;
    if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      status = Status::corrupt("meeting " + std::string(key.substr(2)) + ": its row does not parse; run: concordat rebuild --view meetings");
      return false;
    }
    if (row.state() != "ended" && row.state() != "confirmed") return true;       // There are none to be had yet.
    const std::string& on = row.days(row.days_size() - 1).on();
    if ((from.empty() || on >= from) && (to.empty() || on <= to)) out.push_back(std::move(row));
    return true;
  });
  if (!status.ok()) return status;
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.days(a.days_size() - 1).on() < b.days(b.days_size() - 1).on(); });
  return out;
}

bool has_public_item(const v1::MeetingRow& row) {
  return std::any_of(row.agenda().begin(), row.agenda().end(), [](const auto& item) { return item.publicity() == v1::Publicity::public_session; });
}

// Why its minutes stand in no register; empty if they do.
std::string withheld(const v1::MeetingRow& row, bool for_public) {
  if (row.confirmed_at().empty()) return "its minutes are not confirmed";
  return for_public && !has_public_item(row) ? "it had no item that was taken in public" : "";
}

}  // namespace

Result<RegisterMinutes> register_minutes(const Reading& reading, const std::string& from, const std::string& to, bool for_public) {
  auto meetings = meetings_of(reading, from, to);
  if (!meetings.ok()) return meetings.status();
  RegisterMinutes out;
  std::map<std::string, int> of_day;
  for (const v1::MeetingRow& row : *meetings) {
    const std::string& on = row.days(row.days_size() - 1).on();
    if (std::string why = withheld(row, for_public); !why.empty()) {
      out.withheld.push_back({row.id(), on, std::move(why)});
      continue;
    }
    auto page = minutes_of(reading, row.id(), for_public);
    if (!page.ok()) return page.status();
    const int number = ++of_day[on];                   // The day names the file: an id may hold anything.
    const std::string file = "minutes/" + on + (number == 1 ? "" : "-" + std::to_string(number));
    out.meetings.push_back({on, row.id(), row.title(), file});
    out.files[file + ".html"] = page->html();
    out.files[file + ".csv"] = page->csv();
    out.files[file + ".json"] = page->json();
  }
  return out;
}

}  // namespace concordat::app
