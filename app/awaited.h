// Whom an open matter awaits where it stands, by its procedure, the record as it is and what has been said there.
#pragma once

#include "engine/record/record.h"
#include "projections/store.h"

namespace concordat::v1 { class MatterRow; }

namespace concordat::app {

// Adds to `awaits` of the row of an open matter, which the view fills with whoever owes, sits or has received something:
// parties that have not signed or taken a position yet, the body that is to decide, and who may act at the step by its `who`:
// bodies and offices, else "capacity:nhse". Names nobody for what waits for a day, a fact or another matter.
void name_awaited(const projections::Store& store, std::string_view ledger, const record::Facts& facts, record::Day today, v1::MatterRow* row);

}  // namespace concordat::app
