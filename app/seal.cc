#include "app/seal.h"

#include <sodium.h>

#include <initializer_list>

#include "concordat/v1/ledger.pb.h"
#include "engine/base/check.h"

namespace concordat::app {
namespace {

constexpr std::size_t kSaltBytes = 32;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
static_assert(kKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES && kKeyBytes == crypto_kdf_KEYBYTES);

// What a subject's key is used for; each use has a key of its own.
enum Purpose : std::uint64_t { kEncrypts = 1, kSalts = 2, kNonces = 3, kChecks = 4 };
constexpr char kContext[] = "words-v1";

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string* text) { return reinterpret_cast<unsigned char*>(text->data()); }

void ready() {
  static const bool able = sodium_init() >= 0;
  CHECK(able, "libsodium starts");
}

std::string derived(std::string_view key, Purpose purpose) {
  ready();
  CHECK(key.size() == kKeyBytes, "a key of 32 bytes");
  std::string out(kKeyBytes, '\0');
  crypto_kdf_derive_from_key(bytes(&out), out.size(), purpose, kContext, bytes(key));
  return out;
}

// Parts are told apart by their lengths.
std::string hash(std::string_view key, Purpose purpose, std::size_t size, std::initializer_list<std::string_view> parts) {
  std::string own = derived(key, purpose), out(size, '\0');
  crypto_generichash_state state;
  crypto_generichash_init(&state, bytes(own), own.size(), size);
  for (const std::string_view part : parts) {
    const std::string length = std::to_string(part.size()) + ":";
    crypto_generichash_update(&state, bytes(length), length.size());
    crypto_generichash_update(&state, bytes(part), part.size());
  }
  crypto_generichash_final(&state, bytes(&out), size);
  wipe(&own);
  return out;
}

std::string bound_to(std::string_view ledger, const v1::Sealed& sealed) {
  return std::to_string(ledger.size()) + ":" + std::string(ledger) + std::to_string(sealed.key().size()) + ":" + sealed.key() + sealed.commitment();
}

}  // namespace

std::string new_key() {
  ready();
  std::string out(kKeyBytes, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

std::string key_check(std::string_view key) { return hex_of(hash(key, kChecks, 16, {}).substr(0, 8)); }

void wipe(std::string* secret) {
  sodium_memzero(secret->data(), secret->size());
  secret->clear();
}

std::string commitment_of(std::string_view words, std::string_view salt) {
  std::string out(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes(salt), salt.size());
  crypto_auth_hmacsha256_update(&state, bytes(words), words.size());
  crypto_auth_hmacsha256_final(&state, bytes(&out));
  return out;
}

std::string hex_of(std::string_view text) {
  std::string out(text.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes(text), text.size());
  out.pop_back();
  return out;
}

std::string from_hex(std::string_view digits) {
  std::string out(digits.size() / 2, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_hex2bin(bytes(&out), out.size(), digits.data(), digits.size(), nullptr, &size, &end) != 0 || end != digits.data() + digits.size()) return "";
  return out;
}

std::string mark_of(std::string_view commitment) { return hex_of(commitment.substr(0, 8)); }

v1::Sealed seal(std::string_view words, std::string_view key, std::string_view key_id, std::string_view ledger, std::string_view said_in) {
  std::string plain = hash(key, kSalts, kSaltBytes, {ledger, key_id, said_in, words});
  v1::Sealed out;
  out.set_commitment(commitment_of(words, plain));
  out.set_key(std::string(key_id));
  out.set_nonce(hash(key, kNonces, kNonceBytes, {ledger, key_id, said_in, words}));
  plain += words;
  std::string own = derived(key, kEncrypts);
  const std::string with = bound_to(ledger, out);
  std::string& cipher = *out.mutable_ciphertext();
  cipher.resize(plain.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES);
  unsigned long long size = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(&cipher), &size, bytes(plain), plain.size(), bytes(with), with.size(), nullptr, bytes(out.nonce()), bytes(own));
  cipher.resize(size);
  wipe(&own);
  wipe(&plain);
  return out;
}

Result<Opened> open(const v1::Sealed& sealed, std::string_view key, std::string_view ledger) {
  const std::string& cipher = sealed.ciphertext();
  const Status wrong = Status::corrupt("expected words sealed under " + sealed.key() + ", but the ciphertext " + mark_of(sealed.commitment()) + " is cut off, was changed, or is of another key");
  if (cipher.size() < kSaltBytes + crypto_aead_xchacha20poly1305_ietf_ABYTES || sealed.nonce().size() != kNonceBytes) return wrong;
  std::string own = derived(key, kEncrypts), plain(cipher.size() - crypto_aead_xchacha20poly1305_ietf_ABYTES, '\0');
  const std::string with = bound_to(ledger, sealed);
  unsigned long long size = 0;
  const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(bytes(&plain), &size, nullptr, bytes(cipher), cipher.size(), bytes(with), with.size(), bytes(sealed.nonce()), bytes(own));
  wipe(&own);
  if (opened != 0) return wrong;
  Opened out{plain.substr(kSaltBytes), plain.substr(0, kSaltBytes)};
  wipe(&plain);
  if (commitment_of(out.words, out.salt) != sealed.commitment()) return Status::corrupt("expected words that the commitment " + mark_of(sealed.commitment()) + " is of, but they are others");
  return out;
}

}  // namespace concordat::app
