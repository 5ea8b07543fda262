// The decisions view: the register. Key: "d/<matter>/<step>"; value: DecisionRow, whose `made` holds body, mode and outcome only.
#pragma once

#include <string_view>

#include "projections/store.h"

namespace concordat::v1 { class DecisionRow; }

namespace concordat::projections {
const View& decisions_view();
// Fills in positions and rulings from the ledger.
void full_decision(const Store& store, std::string_view ledger, v1::DecisionRow* row);
}  // namespace concordat::projections
