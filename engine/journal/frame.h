// How a frame is written, and which frames count. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/journal/journal.h"

namespace concordat::journal {

enum class FrameKind : std::uint8_t { kEpoch = 1, kCommit = 2 };

struct Parsed {
  FrameKind kind;
  std::uint64_t epoch, number;
  std::string_view payload;     // Into the bytes parsed.
};

inline constexpr std::size_t kFrameHead = 2 + 1 + 1 + 8 + 8 + 4;

void write_frame(FrameKind kind, std::uint64_t epoch, std::uint64_t number, std::string_view payload, std::string* out);
// kCorrupt, naming the offset: foreign bytes, a wrong checksum, or a format that this build does not know.
Result<Parsed> parse_frame(std::string_view bytes, std::uint64_t offset);

// The rule by which every reader judges alike: the newest epoch leads, and within it only the next number counts.
class Chain {
 public:
  explicit Chain(const Position& from) : at_(from) {}
  // Moves past the frame at `offset`. True: it is a commit that counts.
  bool admit(const Parsed& frame, std::uint64_t offset);
  const Position& position() const { return at_; }

 private:
  Position at_;
};

}  // namespace concordat::journal
