// The references view: how each item of business is referred to, for good (P24). A serial is counted from the events, so it
// is never typed and never used again. Only bodies whose rule states a form have references.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "projections/store.h"

namespace concordat::v1 { class ItemReferenceRow; }

namespace concordat::projections {

const View& references_view();
// Of an item by its number on the agenda of a meeting. False if it has none; then `out` means nothing.
bool find_reference(const Store& store, std::string_view ledger, const std::string& meeting, std::uint32_t number, v1::ItemReferenceRow* out);

}  // namespace concordat::projections
