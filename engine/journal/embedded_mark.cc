#include "engine/journal/embedded_mark.h"

#include <unistd.h>
#include <zlib.h>

#include <array>

namespace concordat::journal {
namespace {

constexpr std::size_t kFields = 5;
using Bytes = std::array<unsigned char, kFields * 8>;

void put(std::uint64_t number, std::size_t field, Bytes* out) {
  for (std::size_t i = 0; i < 8; ++i) (*out)[field * 8 + i] = static_cast<unsigned char>(number >> (56 - 8 * i));
}

std::uint64_t take(const Bytes& bytes, std::size_t field) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | bytes[field * 8 + i];
  return number;
}

std::uint64_t checksum(const Bytes& bytes) { return crc32(0, bytes.data(), (kFields - 1) * 8); }

}  // namespace

bool write_mark(int descriptor, const Mark& mark) {
  Bytes bytes{};
  put(mark.end, 0, &bytes);
  put(mark.segment, 1, &bytes);
  put(mark.bytes, 2, &bytes);
  put(mark.synced ? 1 : 0, 3, &bytes);
  put(checksum(bytes), 4, &bytes);
  return ::pwrite(descriptor, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
}

std::optional<Mark> read_mark(int descriptor) {
  Bytes bytes{};
  if (::pread(descriptor, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return std::nullopt;
  if (take(bytes, 4) != checksum(bytes)) return std::nullopt;
  return Mark{take(bytes, 0), take(bytes, 1), take(bytes, 2), take(bytes, 3) == 1};
}

}  // namespace concordat::journal
