// The embedded log's mark: how far it is durable. The file `mark` beside the segments, 40 bytes, rewritten after every fsync.
//   end u64 · segment u64 · bytes u64 · synced u64 · crc32 u64   (big-endian)
// It never runs ahead of the fsync, but may lag behind after a power failure, because it is not fsynced itself.
// Whoever reads it while it is being written sees a wrong checksum, hence nothing, and asks again later.
#pragma once

#include <cstdint>
#include <optional>

namespace concordat::journal {

struct Mark {
  std::uint64_t end = 0;         // Offset one past the last durable frame.
  std::uint64_t segment = 0;     // First offset of the segment it stands in.
  std::uint64_t bytes = 0;       // Length of that segment up to there.
  bool synced = true;            // False: written without fsync; true for the process, not for a power failure.
  bool operator==(const Mark&) const = default;
};

bool write_mark(int descriptor, const Mark& mark);              // False: see errno.
std::optional<Mark> read_mark(int descriptor);

}  // namespace concordat::journal
