#include "app/subscription_figures.h"

#include "app/service_figures.h"

namespace concordat::app {

std::string subscription_figures(const std::vector<v1::SubscriptionFigures>& rows, std::int64_t now_ms) {
  if (rows.empty()) return "";
  Figures out;
  // Of those that are delivered elsewhere only that: an alarm on the rest is the other instance's.
  out.gauge("concordat_subscription_delivering", "1: this instance delivers it");
  for (const auto& row : rows) out.add(row.elsewhere() ? 0 : 1, {{"subscription", row.name()}});
  const auto each = [&](const char* name, const char* help, auto value) {
    out.gauge(name, help);
    for (const auto& row : rows)
      if (!row.elsewhere()) out.add(static_cast<double>(value(row)), {{"subscription", row.name()}});
  };
  each("concordat_subscription_position", "Sequence up to which all is settled or parked", [](const auto& row) { return row.settled(); });
  each("concordat_subscription_lag_events", "Events of the ledger above it", [](const auto& row) { return row.head() - row.settled(); });
  each("concordat_subscription_position_age_seconds", "Since it last moved or was at the ledger's end", [&](const auto& row) { return static_cast<double>(now_ms - row.moved_ms()) / 1000; });
  each("concordat_subscription_waiting", "Events that are due or wait for their next attempt", [](const auto& row) { return row.waiting(); });
  each("concordat_subscription_out", "Deliveries that are not settled", [](const auto& row) { return row.out(); });
  each("concordat_subscription_parked", "Events set aside for a person to look at", [](const auto& row) { return row.parked(); });
  each("concordat_subscription_paused", "1: it delivers nothing", [](const auto& row) { return row.paused().empty() ? 0 : 1; });
  each("concordat_subscription_receiver_failing", "1: the webhook's receiver did not answer well, and is left alone for a while", [](const auto& row) { return row.receiver().empty() ? 0 : 1; });
  each("concordat_subscription_failing", "1: it does not move although it should", [](const auto& row) { return row.failure().empty() ? 0 : 1; });
  return out.text();
}

}  // namespace concordat::app
