#include "projections/proof/base64.h"

#include <openssl/evp.h>

#include <vector>

namespace concordat::projections::proof {

std::string base64(std::string_view bytes) {
  const std::size_t size = (bytes.size() + 2) / 3 * 4;
  std::vector<unsigned char> out(size + 1);                    // The function ends it with a NUL.
  EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

bool from_base64(std::string_view text, std::string* bytes) {
  bytes->clear();
  if (text.size() % 4 != 0 || text.size() > (1u << 30)) return false;
  if (text.empty()) return true;
  std::vector<unsigned char> out(text.size() / 4 * 3);
  if (EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size())) < 0) return false;
  const std::size_t padding = text.ends_with("==") ? 2u : text.ends_with("=") ? 1u : 0u;
  std::string decoded(out.begin(), out.end() - static_cast<std::ptrdiff_t>(padding));
  if (base64(decoded) != text) return false;
  *bytes = std::move(decoded);
  return true;
}

}  // namespace concordat::projections::proof
