// Numbers in keys and meta rows: big-endian, so that they sort.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace concordat::projections {

inline void put64(std::uint64_t number, std::string* out) {
  for (int shift = 56; shift >= 0; shift -= 8) out->push_back(static_cast<char>(number >> shift));
}
inline std::string be64(std::uint64_t number) {
  std::string out;
  put64(number, &out);
  return out;
}
// REQUIRES: eight bytes at `at`.
inline std::uint64_t get64(std::string_view bytes, std::size_t at = 0) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

}  // namespace concordat::projections
