#include "app/audit_select.h"

#include <algorithm>
#include <tuple>

#include "concordat/v1/views.pb.h"
#include "engine/record/when.h"
#include "projections/proof/tree.h"

namespace concordat::app {

Status check_days(const std::string& from, const std::string& to) {
  for (const std::string& day : {from, to})
    if (!day.empty() && !record::parse_day(day).ok()) return Status::invalid("expected a day like 2023-03-01, but it is \"" + day + "\"");
  if (!from.empty() && !to.empty() && to < from) return Status::invalid("expected --from not to be after --to, but " + from + " is after " + to);
  return {};
}

std::vector<Picked> decisions_of(const Reading& reading, const std::string& from, const std::string& to) {
  std::vector<Picked> out;
  reading.store->scan("decisions", reading.ledger, "d/", "", [&](std::string_view key, std::string_view bytes) {
    v1::DecisionRow row;
    row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    if ((from.empty() || row.day() >= from) && (to.empty() || row.day() <= to))
      out.push_back({row.day(), row.matter(), std::string(key.substr(key.rfind('/') + 1)), row.title(), row.made().outcome(), row.sequence()});
    return true;
  });
  std::sort(out.begin(), out.end(), [](const Picked& a, const Picked& b) { return std::tie(a.day, a.sequence) < std::tie(b.day, b.sequence); });
  return out;
}

std::vector<Picked> sample_of(std::vector<Picked> all, std::size_t count, const std::string& seed) {
  std::vector<std::pair<std::string, std::size_t>> lots;
  for (std::size_t i = 0; i < all.size(); ++i) lots.emplace_back(projections::proof::sha256("concordat-sample/v1\n" + seed + "\n" + all[i].matter + "/" + all[i].step), i);
  std::sort(lots.begin(), lots.end());
  std::vector<Picked> out;
  for (std::size_t i = 0; i < std::min(count, lots.size()); ++i) out.push_back(std::move(all[lots[i].second]));
  return out;
}

std::vector<std::string> matters_of(const std::vector<Picked>& all) {
  std::vector<std::string> out;
  for (const Picked& one : all)
    if (std::find(out.begin(), out.end(), one.matter) == out.end()) out.push_back(one.matter);
  return out;
}

}  // namespace concordat::app
