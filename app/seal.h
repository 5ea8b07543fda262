// Words, sealed and opened: XChaCha20-Poly1305 under a subject's key, with a commitment that outlives the key.
//
//   salt       = keyed hash of what the words are said in, and the words: the same words said in the same place give the same
//                salt, so a command that is submitted again is the same command; and nobody without the key can compute it
//   commitment = HMAC-SHA256(salt, words), which the ledger keeps: whoever kept words and salt can show that they were these
//   ciphertext = of salt and words, bound to ledger, key id and commitment; the nonce is made like the salt
// The salt goes with the key: without it a short text could be guessed from its commitment.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace concordat::v1 { class Sealed; }

namespace concordat::app {

inline constexpr std::size_t kKeyBytes = 32;

std::string new_key();                                     // From the system's randomness.
std::string key_check(std::string_view key);               // 16 hexadecimal digits that tell a damaged key from a good one.
void wipe(std::string* secret);                            // Overwrites it; then empty.

// `said_in`: what makes this saying of the words the only one: ledger, command id and name.
v1::Sealed seal(std::string_view words, std::string_view key, std::string_view key_id, std::string_view ledger, std::string_view said_in);

struct Opened { std::string words, salt; };
// kCorrupt if the ciphertext is not what was sealed under this key: cut off, changed, or of another key.
Result<Opened> open(const v1::Sealed& sealed, std::string_view key, std::string_view ledger);

std::string commitment_of(std::string_view words, std::string_view salt);
std::string hex_of(std::string_view bytes);
std::string from_hex(std::string_view digits);             // Empty if they are not hexadecimal digits in pairs.
std::string mark_of(std::string_view commitment);          // As texts refer to the words: 16 hexadecimal digits.

}  // namespace concordat::app
