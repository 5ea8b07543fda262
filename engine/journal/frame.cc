#include "engine/journal/frame.h"

#include <zlib.h>

namespace concordat::journal {
namespace {

constexpr char kFormat = 1;

void put(std::uint64_t number, int bytes, std::string* out) {
  for (int i = bytes - 1; i >= 0; --i) out->push_back(static_cast<char>(number >> (8 * i)));
}

std::uint64_t take(std::string_view bytes, std::size_t at, int count) {
  std::uint64_t number = 0;
  for (int i = 0; i < count; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return number;
}

std::uint32_t checksum(std::string_view head, std::string_view payload) {
  uLong sum = crc32(0, reinterpret_cast<const Bytef*>(head.data()), static_cast<uInt>(head.size()));
  return static_cast<std::uint32_t>(crc32(sum, reinterpret_cast<const Bytef*>(payload.data()), static_cast<uInt>(payload.size())));
}

Status corrupt(std::uint64_t offset, const std::string& but) {
  return Status::corrupt("offset " + std::to_string(offset) + ": expected a frame of format 1, but " + but);
}

}  // namespace

void write_frame(FrameKind kind, std::uint64_t epoch, std::uint64_t number, std::string_view payload, std::string* out) {
  const std::size_t begin = out->size();
  out->reserve(begin + kFrameHead + payload.size());
  out->append("CJ");
  out->push_back(kFormat);
  out->push_back(static_cast<char>(kind));
  put(epoch, 8, out);
  put(number, 8, out);
  put(checksum(std::string_view(*out).substr(begin), payload), 4, out);
  out->append(payload);
}

Result<Parsed> parse_frame(std::string_view bytes, std::uint64_t offset) {
  if (bytes.size() < kFrameHead || !bytes.starts_with("CJ")) return corrupt(offset, "the bytes are not ours (no CJ at the head)");
  if (bytes[2] != kFormat) return corrupt(offset, "it is format " + std::to_string(static_cast<unsigned char>(bytes[2])) + "; a newer build wrote it");
  const std::string_view payload = bytes.substr(kFrameHead);
  if (take(bytes, 20, 4) != checksum(bytes.substr(0, 20), payload)) return corrupt(offset, "its checksum does not match");
  const auto kind = static_cast<FrameKind>(bytes[3]);
  if (kind != FrameKind::kEpoch && kind != FrameKind::kCommit) return corrupt(offset, "its kind is " + std::to_string(bytes[3]));
  return Parsed{kind, take(bytes, 4, 8), take(bytes, 12, 8), payload};
}

bool Chain::admit(const Parsed& frame, std::uint64_t offset) {
  at_.offset = offset + 1;
  if (frame.kind == FrameKind::kEpoch) {
    at_.epoch = offset + 1;
    at_.number = 0;
    return false;
  }
  if (frame.epoch != at_.epoch || frame.number != at_.number + 1) return false;
  ++at_.number;
  return true;
}

}  // namespace concordat::journal
