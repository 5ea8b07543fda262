// The proof view: the hashes of the ledger's Merkle log, as few as are needed to prove anything later.
// Key: u8 k · u64 n (big-endian); value: a BytesValue with the hashes of the subtrees of 16^k leaves numbered 16 n … 16 n + 15,
// as many as are complete. Everything between those levels is hashed again when asked for.
// A row takes 32 bytes a leaf and a fifteenth; a batch rewrites half a kilobyte at most for each level it touches.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "projections/view.h"

namespace concordat::projections {
inline constexpr std::string_view kProofView = "proof";
inline constexpr unsigned kProofRowBits = 4;         // 16 hashes a row.
std::string proof_key(unsigned k, std::uint64_t n);
const View& proof_view();
}  // namespace concordat::projections
