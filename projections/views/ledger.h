// The ledger view: every commit as it stands on the journal, by the sequence of its first event. The store writes it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "projections/store.h"

namespace concordat::projections {

inline constexpr std::string_view kLedgerView = "ledger";
std::string ledger_key(std::uint64_t first_sequence);

// Every event with sequence >= from, in order, until `each` returns false.
void each_event(const Store& store, std::string_view ledger, std::uint64_t from, const std::function<bool(const Committed&)>& each);
// One event; false if there is none.
bool find_event(const Store& store, std::string_view ledger, std::uint64_t sequence, const std::function<void(const Committed&)>& found);
// The first event that was recorded at that time or later; one after the last if there is none. Stamps never fall within a ledger.
std::uint64_t first_since(const Store& store, const std::string& ledger, std::int64_t since_ms);

}  // namespace concordat::projections
