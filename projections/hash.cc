#include "projections/hash.h"

#include <openssl/evp.h>

#include <memory>

#include "engine/base/check.h"

namespace concordat::projections {
namespace {
struct FreeContext { void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); } };
struct FreeDigest { void operator()(EVP_MD* digest) const { EVP_MD_free(digest); } };
}  // namespace

// The algorithm is looked up once and the context kept: the one-call form of OpenSSL 3.0 does both anew for every hash.
std::string sha256_of(std::initializer_list<std::string_view> parts) {
  static const std::unique_ptr<EVP_MD, FreeDigest> algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  static thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  bool good = EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) == 1;
  for (const std::string_view part : parts) good = good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  std::string out(32, '\0');
  CHECK(good && EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1, "SHA-256 failed");
  return out;
}

}  // namespace concordat::projections
