#include "app/fold.h"

#include <filesystem>

#include "projections/views/ledger.h"

namespace concordat::app {

Status each_commit(const Reading& reading, const std::function<Status(const v1::Commit&)>& each) {
  Status status;
  v1::Commit commit;
  reading.store->scan(projections::kLedgerView, reading.ledger, "", "", [&](std::string_view, std::string_view bytes) {
    if (!commit.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) status = Status::corrupt("ledger " + reading.ledger + ": a commit in the views does not parse; run: concordat rebuild");
    if (status.ok()) status = each(commit);
    return status.ok();
  });
  return status;
}

Result<State> state_now(const Common& common) {
  State state;
  auto reading = open_reading(common);
  if (!reading.ok()) {
    const bool begun = std::filesystem::exists(common.place.data + "/node.json");
    if (reading.status().kind() != Status::Kind::kNotFound || !begun) return reading.status();
    return state;
  }
  if (Status status = each_commit(*reading, [&](const v1::Commit& commit) { return evolve(state, commit); }); !status.ok()) return status;
  return state;
}

}  // namespace concordat::app
