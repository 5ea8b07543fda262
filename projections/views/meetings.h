// The meetings view. Keys: "m/<meeting>" a MeetingRow for each meeting, held or not; "p/<matter>" the forward plan: the
// PlannedForMeeting that stands. What was said under an item is read from the ledger, not from here.
#pragma once

#include <string_view>

#include "projections/store.h"

namespace concordat::v1 { class MeetingRow; }

namespace concordat::projections {
const View& meetings_view();
// False if there is no such meeting; then `out` means nothing.
bool find_meeting(const Store& store, std::string_view ledger, std::string_view id, v1::MeetingRow* out);
}  // namespace concordat::projections
