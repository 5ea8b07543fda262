#include "projections/proof/note.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>

#include "engine/base/hex.h"
#include "projections/bytes.h"
#include "projections/proof/base64.h"
#include "projections/proof/tree.h"

namespace concordat::projections::proof {
namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";                     // An em dash and a blank begin a signature line.
constexpr std::string_view kPrivate = "PRIVATE+KEY+";
constexpr std::size_t kKeyBytes = 32, kSignatureBytes = 64, kIdBytes = 4, kNoteBytesMax = 1u << 20, kSignaturesMax = 100;

struct FreeKey { void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); } };
struct FreeContext { void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); } };
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::string message_of(std::string_view text, std::uint8_t type, std::uint64_t time_s) {
  std::string out;
  if (type == kCosignerKey) out = "cosignature/v1\ntime " + std::to_string(time_s) + "\n";
  return out.append(text);
}

// "name+id+base64" with the type as the first byte of what is encoded.
struct Parts { std::string name, id; std::uint8_t type = 0; std::string bytes; };
Result<Parts> parts_of(std::string_view text, const std::string& what) {
  Parts out;
  const std::size_t a = text.find('+'), b = a == std::string_view::npos ? a : text.find('+', a + 1);
  std::string decoded;
  if (b == std::string_view::npos || !from_base64(text.substr(b + 1), &decoded) || decoded.size() != 1 + kKeyBytes)
    return Status::invalid(what + ": expected NAME+ID+KEY with a key of 32 bytes in base64, but it is not of that form");
  out.name = text.substr(0, a);
  out.id = text.substr(a + 1, b - a - 1);
  out.type = static_cast<std::uint8_t>(decoded[0]);
  out.bytes = decoded.substr(1);
  if (Status status = check_name(out.name); !status.ok()) return status;
  if (out.type != kLogKey && out.type != kCosignerKey) return Status::invalid(what + ": expected a key of type 1 (log) or 4 (cosigner), both Ed25519, but it is of type " + std::to_string(out.type));
  return out;
}

std::string public_of(const EVP_PKEY* key) {
  std::string out(kKeyBytes, '\0');
  std::size_t size = out.size();
  CHECK(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(out.data()), &size) == 1 && size == kKeyBytes, "an Ed25519 key has 32 bytes");
  return out;
}

Signer signer_of(const std::string& name, std::uint8_t type, const std::string& seed) {
  const Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(seed), seed.size()));
  CHECK(key != nullptr, "any 32 bytes are an Ed25519 key");
  return {{name, type, public_of(key.get())}, seed};
}

bool plain_number(std::string_view text, std::uint64_t* out) {
  if (text.empty() || text.size() > 19 || (text.size() > 1 && text[0] == '0')) return false;
  *out = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return false;
    *out = *out * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return true;
}

// The line up to the next newline, which is taken off; false if there is none.
bool line(std::string_view* text, std::string_view* out) {
  const std::size_t end = text->find('\n');
  if (end == std::string_view::npos) return false;
  *out = text->substr(0, end);
  text->remove_prefix(end + 1);
  return true;
}

}  // namespace

Status check_name(std::string_view name) {
  const bool bad = name.empty() || std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '+' || static_cast<unsigned char>(c) >= 0x7f; });
  return bad ? Status::invalid("key name: expected printable ASCII without blanks or \"+\", but it is \"" + std::string(name) + "\"") : Status();
}

std::string Verifier::id() const { return sha256(name + "\n" + static_cast<char>(type) + key).substr(0, kIdBytes); }
std::string Verifier::text() const { return name + "+" + hex(id()) + "+" + base64(static_cast<char>(type) + key); }
std::string Signer::text() const { return std::string(kPrivate) + verifier.name + "+" + hex(verifier.id()) + "+" + base64(static_cast<char>(verifier.type) + seed); }

Result<Verifier> read_verifier(std::string_view text) {
  auto parts = parts_of(text, "public key");
  if (!parts.ok()) return parts.status();
  const Verifier out{parts->name, parts->type, parts->bytes};
  if (hex(out.id()) != parts->id) return Status::invalid("public key " + out.name + ": expected id " + hex(out.id()) + ", but it says " + parts->id);
  return out;
}

Result<Signer> read_signer(std::string_view text) {
  if (!text.starts_with(kPrivate)) return Status::invalid("private key: expected it to begin with " + std::string(kPrivate) + ", but it does not");
  auto parts = parts_of(text.substr(kPrivate.size()), "private key");
  if (!parts.ok()) return parts.status();
  Signer out = signer_of(parts->name, parts->type, parts->bytes);
  if (hex(out.verifier.id()) != parts->id) return Status::invalid("private key " + out.verifier.name + ": expected id " + hex(out.verifier.id()) + ", but it says " + parts->id);
  return out;
}

Result<Signer> generate(const std::string& name, std::uint8_t type) {
  if (Status status = check_name(name); !status.ok()) return status;
  std::string seed(kKeyBytes, '\0');
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(seed.data()), static_cast<int>(seed.size())) != 1) return Status::unavailable("the system gave no randomness");
  return signer_of(name, type, seed);
}

Result<Note> read_note(std::string_view bytes) {
  if (bytes.size() > kNoteBytesMax) return Status::invalid("note: expected at most a mebibyte, but it has " + std::to_string(bytes.size()) + " bytes");
  const std::size_t split = bytes.rfind("\n\n");
  if (split == std::string_view::npos) return Status::invalid("note: expected a text, an empty line and signatures, but there is no empty line");
  Note out;
  out.text = bytes.substr(0, split + 1);
  if (std::any_of(out.text.begin(), out.text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n'; })) return Status::invalid("note: expected text, but a control character stands in it");
  std::string_view left = bytes.substr(split + 2), one;
  while (line(&left, &one)) {
    if (!one.starts_with(kDash)) return Status::invalid("note: expected a signature line to begin with a dash and a blank, but one does not");
    one.remove_prefix(kDash.size());
    const std::size_t blank = one.find(' ');
    std::string decoded;
    if (blank == std::string_view::npos || !check_name(one.substr(0, blank)).ok() || !from_base64(one.substr(blank + 1), &decoded) || decoded.size() <= kIdBytes)
      return Status::invalid("note: expected a signature line of a name and base64, but one is not of that form");
    out.signatures.push_back({std::string(one.substr(0, blank)), decoded.substr(0, kIdBytes), decoded.substr(kIdBytes)});
  }
  if (!left.empty() || out.signatures.empty()) return Status::invalid("note: expected signature lines to its end, but " + std::string(left.empty() ? "there are none" : "the last one is cut off"));
  if (out.signatures.size() > kSignaturesMax) return Status::invalid("note: expected at most 100 signatures, but it has " + std::to_string(out.signatures.size()));
  return out;
}

std::string write(const Note& note) {
  std::string out = note.text + "\n";
  for (const Signature& one : note.signatures) out += std::string(kDash) + one.name + " " + base64(one.id + one.bytes) + "\n";
  return out;
}

Signature sign(std::string_view text, const Signer& signer, std::uint64_t time_s) {
  const Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(signer.seed), signer.seed.size()));
  const Context context(EVP_MD_CTX_new());
  const std::string message = message_of(text, signer.verifier.type, time_s);
  std::string bytes(kSignatureBytes, '\0');
  std::size_t size = bytes.size();
  CHECK(key && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 && EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size, raw(message), message.size()) == 1 && size == kSignatureBytes, "signing failed");
  return {signer.verifier.name, signer.verifier.id(), signer.verifier.type == kCosignerKey ? be64(time_s) + bytes : bytes};
}

bool good(std::string_view text, const Signature& signature, const Verifier& verifier, std::uint64_t* time_s) {
  const std::size_t head = verifier.type == kCosignerKey ? 8 : 0;
  if (signature.name != verifier.name || signature.id != verifier.id() || signature.bytes.size() != head + kSignatureBytes) return false;
  const std::uint64_t time = head == 0 ? 0 : get64(signature.bytes);
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(verifier.key), verifier.key.size()));
  const Context context(EVP_MD_CTX_new());
  if (!key || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) return false;
  const std::string message = message_of(text, verifier.type, time);
  if (time_s != nullptr) *time_s = time;
  return EVP_DigestVerify(context.get(), raw(std::string_view(signature.bytes).substr(head)), kSignatureBytes, raw(message), message.size()) == 1;
}

Result<std::vector<Signed>> verify(const Note& note, const std::vector<Verifier>& known) {
  std::vector<Signed> out;
  for (const Verifier& verifier : known) {
    bool counted = false;
    for (const Signature& one : note.signatures) {
      if (one.name != verifier.name || one.id != verifier.id()) continue;
      std::uint64_t time = 0;
      if (!good(note.text, one, verifier, &time)) return Status::invalid("note: expected the signature of " + verifier.name + " to hold, but it does not");
      if (!counted && std::none_of(out.begin(), out.end(), [&](const Signed& s) { return s.by.key == verifier.key; })) out.push_back({verifier, time});
      counted = true;
    }
  }
  if (out.empty()) {
    std::string names;
    for (const Signature& one : note.signatures) names += (names.empty() ? "" : ", ") + one.name + " (" + hex(one.id) + ")";
    return Status::invalid("note: expected a signature of a known key, but it is signed by " + names);
  }
  return out;
}

std::string write(const Checkpoint& checkpoint) { return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + base64(checkpoint.root) + "\n" + checkpoint.more; }

Result<Checkpoint> read_checkpoint(std::string_view text) {
  Checkpoint out;
  std::string_view origin, size, root;
  if (!line(&text, &origin) || !line(&text, &size) || !line(&text, &root) || origin.empty()) return Status::invalid("checkpoint: expected lines with origin, size and root, but there are fewer");
  if (!plain_number(size, &out.size)) return Status::invalid("checkpoint: expected a size in decimal without leading zeros, but it is \"" + std::string(size) + "\"");
  if (!from_base64(root, &out.root) || out.root.size() != 32) return Status::invalid("checkpoint: expected a root of 32 bytes in base64, but it is \"" + std::string(root) + "\"");
  if (!text.empty() && (text.front() == '\n' || text.back() != '\n')) return Status::invalid("checkpoint: expected further lines not to be empty, but one is");
  out.origin = origin;
  out.more = text;
  return out;
}

}  // namespace concordat::projections::proof
