// The proof view: the hashes of the ledger's Merkle log, as few as are needed to prove anything later.
// Key: u8 k · u64 n (big-endian); value: a BytesValue with the hashes of the subtrees of 16^k leaves numbered 16 n … 16 n + 15,
// as many as are complete. Everything between those levels is hashed again when asked for.
// Beside them stands where to find what evidence cites by name: "r/" rule id \0 version, "p/" procedure id \0 version, "d/"
// document id -> the sequence of the event that published it. (Levels stay below 16, so the two never meet.)
// A row takes 32 bytes a leaf and a fifteenth; a batch rewrites half a kilobyte at most for each level it touches.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "projections/store.h"

namespace concordat::projections {
inline constexpr std::string_view kProofView = "proof";
inline constexpr unsigned kProofRowBits = 4;         // 16 hashes a row.
std::string proof_key(unsigned k, std::uint64_t n);
const View& proof_view();

// The sequence of the event that published it; 0 if none did.
std::uint64_t find_rule(const Store& store, std::string_view ledger, std::string_view id, std::uint32_t version);
std::uint64_t find_procedure(const Store& store, std::string_view ledger, std::string_view id, std::uint32_t version);
std::uint64_t find_document(const Store& store, std::string_view ledger, std::string_view id);
}  // namespace concordat::projections
