// A log: the raw, totally ordered, durable store of frames under one partition of the journal.
// Three real implementations: kafka (production), embedded (one process, on disk), faulty (simulation).
// The journal (journal.h) adds epochs and fencing on top, the same for all three; a log only orders and keeps bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"

namespace concordat::journal {

// A frame as it stands in the log. Offsets rise, but need not be dense.
struct Frame {
  std::uint64_t offset = 0;
  std::string bytes;
};

// One reader-and-writer of a partition. One thread at a time.
//   append: takes the frame, which may wait for the next poll or end; it counts only once poll() has returned it. On failure nothing later on this handle is kept:
//           drop the handle and open another.
//   poll:   appends to `out` the frames at and after the cursor, oldest first, and moves the cursor behind them.
//           Returns at once if there are some, else after at most wait_ms with none. Never skips, never repeats, and
//           never returns a frame that could be lost afterwards within the promise of the implementation.
class Log {
 public:
  virtual ~Log() = default;
  virtual Status append(std::string_view frame) = 0;
  virtual Status poll(int wait_ms, std::vector<Frame>* out) = 0;
  virtual std::uint32_t frame_bytes_max() const = 0;      // Larger frames are refused by append with kInvalid.
  // Frames the log holds now, as an offset one past the last; for progress and for "caught up".
  virtual Result<std::uint64_t> end() = 0;
  virtual std::string place(std::uint64_t offset) const = 0;   // Where that offset stands, for people: a file, a topic.
};

// Opens the log of one partition for reading from `offset` (0 = the beginning) and appending.
using OpenLog = std::function<Result<std::unique_ptr<Log>>(std::uint64_t offset)>;

}  // namespace concordat::journal
