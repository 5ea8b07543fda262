// The procedures view: every version that was published. Keys: "v/" id \0 BE64 version -> ProcedureRow; "n/" id -> its newest.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "projections/store.h"

namespace concordat::v1 { class Procedure; class ProcedureRow; }

namespace concordat::projections {

const View& procedures_view();
// The newest version of each, by id, until `each` returns false.
void newest_procedures(const Store& store, std::string_view ledger, const std::function<bool(const v1::ProcedureRow&)>& each);
// Every version of one, rising.
void procedure_versions(const Store& store, std::string_view ledger, std::string_view id, const std::function<bool(const v1::ProcedureRow&)>& each);
// The procedure itself, from the ledger; version 0 = the newest. False if there is none.
bool find_procedure(const Store& store, std::string_view ledger, std::string_view id, std::uint32_t version, v1::Procedure* out);

}  // namespace concordat::projections
