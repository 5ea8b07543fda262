// The journal of one partition: commits, atomically appended, fenced, durable, read back in one order by everybody.
//
// Frame = "CJ" · format u8 (1) · kind u8 (1 epoch, 2 commit) · epoch u64 · number u64 · crc32 u32 · payload   (big-endian)
// A writer opens its reign by appending an epoch frame with a nonce; its offset *is* the epoch. Every commit carries the
// epoch and its number within it (1, 2, 3 …). A frame counts only if its epoch is the newest read so far and its number
// is the next; everything else is ignored, alike by every reader. So nothing a deposed writer appends counts, a client's
// hole, duplicate or reordering becomes ignored frames, and an acknowledged commit is one that was read back.
//
// Foreign bytes (no "CJ", wrong checksum) and an unknown format are Status::corrupt with the offset: stop, serve nothing.
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/journal/log.h"

namespace concordat::journal {

// Where a reader stands: enough to resume and to go on judging frames. Stored by views beside their rows.
struct Position {
  std::uint64_t offset = 0;      // Next offset to read.
  std::uint64_t epoch = 0;       // Newest epoch read (its frame's offset + 1; 0 = none yet).
  std::uint64_t number = 0;      // Last number counted within it.
  bool operator==(const Position&) const = default;
};

// A commit that counts.
struct Counted {
  Position position;             // After it: what a view stores in the same batch as its rows.
  std::uint64_t offset = 0;      // Of its frame.
  bool mine = false;             // Appended by this journal object in its current reign.
  std::string payload;
};

class Journal {
 public:
  // Starts as a reader at `from`.
  static Result<std::unique_ptr<Journal>> open(OpenLog open_log, const Position& from);
  ~Journal();

  // Appends an epoch frame with this nonce (unique per call; from the runtime). leading() becomes true in the poll that
  // reads it back; by then everything before it has been returned by poll.
  Status lead(std::string_view nonce);
  bool leading() const;

  // Hands a commit to the log. REQUIRES: leading(). It counts when poll returns it with mine = true.
  // kInvalid: too large, nothing happened. Any other failure: the reign is over; drop speculative state and lead again.
  Status append(std::string_view payload);
  // Commits handed over in this reign and not yet read back.
  std::uint64_t in_flight() const;

  // Counted commits from the cursor on, oldest first; `out` may have grown although the status is a failure.
  // kDeposed, once: a newer epoch was read while leading; what was in flight and not returned does not count. (A candidate
  // that reads another's epoch frame goes on waiting: its own stands later.) kCorrupt, with the place, is final.
  // kUnavailable, also when a commit of the own reign was lost on the way: the log is reopened at the position on the next
  // call; leading() is then false.
  Status poll(int wait_ms, std::vector<Counted>* out);

  Position position() const;
  Result<std::uint64_t> end();                // Offset one past the last frame of the log.
  std::uint32_t payload_bytes_max() const;

 private:
  struct Memory;
  explicit Journal(std::unique_ptr<Memory> memory);
  std::unique_ptr<Memory> memory_;
};

// ---- The three logs ----

// On disk, one directory per partition: segment files, fsync per group of appends (when poll is next called) unless
// `sync` is false. An exclusive lock keeps other writers away; `read_only` needs none. kBusy names the holder's pid.
// A torn tail (from a crash in mid-write) is cut off on opening for writing; what is bad or missing below the mark of what
// was made durable (embedded_mark.h) is kCorrupt. A read_only log follows the writer as far as that mark.
struct EmbeddedOptions { std::string directory; bool sync = true; bool read_only = false; std::uint64_t segment_bytes = 64u << 20; };
OpenLog embedded_log(EmbeddedOptions options);

// On Kafka, one partition of a topic. Creates nothing; see create_topic.
struct KafkaOptions { std::string bootstrap; std::string topic; std::int32_t partition = 0; bool read_only = false; };
OpenLog kafka_log(KafkaOptions options);
// Makes the topic with the settings the journal needs (no retention limit, no compaction); fine if it exists with as many partitions, kInvalid with others.
// `compacted`: not for a journal, but for what is kept by key.
Status create_topic(const std::string& bootstrap, const std::string& topic, std::int32_t partitions, std::int32_t replicas, bool compacted = false);

// In memory and seeded: shared by every handle opened on the same `FaultyDisk`, so several writers can contend.
class FaultyDisk;
struct Faults {                           // Each 0..1000, in thousandths, drawn from the seed.
  std::uint32_t lose = 0;                 // An append that was never kept and fails later in poll.
  std::uint32_t duplicate = 0;            // Kept twice.
  std::uint32_t delay = 0;                // Kept, but behind the next append.
  std::uint32_t unavailable = 0;          // A call fails with kUnavailable; the append may or may not have been kept.
};
std::shared_ptr<FaultyDisk> faulty_disk(std::uint64_t seed, Faults faults);
OpenLog faulty_log(std::shared_ptr<FaultyDisk> disk);
void heal(FaultyDisk& disk);                                   // No more faults from now on.
void corrupt(FaultyDisk& disk, std::uint64_t offset);          // Flips a bit of that frame.

}  // namespace concordat::journal
