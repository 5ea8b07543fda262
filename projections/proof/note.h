// Signed notes and keys as C2SP signed-note defines them, Ed25519 by OpenSSL.
//
//   note  = text ending in a newline · newline · one line a signature: "— " name " " base64(key id · signature)
//   vkey  = name "+" key id in hexadecimal "+" base64(type · public key)
//   key id = first four bytes of SHA-256(name · newline · type · public key)
//
// Type 1 signs the text. Type 4 (C2SP tlog-cosignature) signs "cosignature/v1\ntime T\n" · text; its signature begins with
// T in eight bytes. A type that is not known is kept, never trusted, and does no harm to the rest of the note.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"

namespace concordat::projections::proof {

inline constexpr std::uint8_t kLogKey = 1, kCosignerKey = 4;

// A public key with the name it signs under.
struct Verifier {
  std::string name;
  std::uint8_t type = kLogKey;
  std::string key;               // 32 bytes.
  std::string id() const;        // Four bytes.
  std::string text() const;      // The vkey.
  bool operator==(const Verifier&) const = default;
};
// A private key. Never printed; `text()` is what a key file holds.
struct Signer {
  Verifier verifier;
  std::string seed;              // 32 bytes.
  std::string text() const;      // "PRIVATE+KEY+" name "+" id "+" base64(type · seed).
};
struct Signature {
  std::string name, id, bytes;   // `bytes` without the key id.
};
struct Note {
  std::string text;              // Ends in a newline.
  std::vector<Signature> signatures;
};

// kInvalid says what was expected and what stands there. Nothing that is not written exactly so is taken.
Result<Verifier> read_verifier(std::string_view text);
Result<Signer> read_signer(std::string_view text);
Result<Note> read_note(std::string_view bytes);
std::string write(const Note& note);

Result<Signer> generate(const std::string& name, std::uint8_t type);       // From the system's randomness.
Status check_name(std::string_view name);                                  // Not empty, no blanks, no "+".

Signature sign(std::string_view text, const Signer& signer, std::uint64_t time_s = 0);   // Time for a cosigner's only.
// Whether that key made this signature of that text. `time_s`: when, if a cosigner's.
bool good(std::string_view text, const Signature& signature, const Verifier& verifier, std::uint64_t* time_s = nullptr);

// What a note's signatures are worth to whoever knows these keys: each key once. kInvalid if the signature of a known key
// does not hold, or none is known. Unknown keys are passed over.
struct Signed { Verifier by; std::uint64_t time_s = 0; };
Result<std::vector<Signed>> verify(const Note& note, const std::vector<Verifier>& known);

// C2SP tlog-checkpoint: origin, size, root; further lines are kept and signed, but mean nothing here.
struct Checkpoint { std::string origin; std::uint64_t size = 0; std::string root; std::string more; };
std::string write(const Checkpoint& checkpoint);
Result<Checkpoint> read_checkpoint(std::string_view text);

}  // namespace concordat::projections::proof
