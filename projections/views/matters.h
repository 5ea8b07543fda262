// The matters view: what is open, and what awaits whom. Keys: "m/<id>" every matter; "o/<id>" an empty row while it is open.
#pragma once

#include <string>
#include <string_view>

#include "projections/store.h"

namespace concordat::v1 { class MatterRow; }

namespace concordat::projections {

const View& matters_view();
// The row of a matter, open or closed. False if there is none; then `out` means nothing.
bool find_matter(const Store& store, std::string_view ledger, std::string_view id, v1::MatterRow* out);
// Is there a matter of that id, and is it closed?
bool closed_matter(const Store& store, std::string_view ledger, std::string_view id, std::string* outcome);

}  // namespace concordat::projections
