#include "app/serve_watch.h"

#include "app/operation_log.h"

namespace concordat::app {

void ServeWatch::look() {
  for (std::uint32_t i = 0; i < node_.partitions(); ++i) {
    const runtime::Partition& one = node_.partition(i);
    const Status health = one.health();
    now("partition " + std::to_string(i), one.leading() ? "leads" : one.standing_by() ? "stands by" : health.ok() ? "follows" : health.why(), !one.leading() && !one.standing_by() && !health.ok());
  }
  failures_([&](const std::string& what, const std::string& why) { now(what, why.empty() ? "well" : why, !why.empty()); });
}

// A new thing that is well is not worth a line; everything that changes is.
void ServeWatch::now(const std::string& what, const std::string& state, bool wrong) {
  const auto [at, fresh] = last_.emplace(what, state);
  if (!fresh && at->second == state) return;
  at->second = state;
  if (!fresh || state != "well") log_event("state", {{"of", what}, {"is", state}}, wrong);
}

}  // namespace concordat::app
