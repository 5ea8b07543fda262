// One partition at work: the single writer of its ledgers. Takes commands from any thread, decides them one after the
// other against the speculative state, appends commits pipelined, and replies when each was read back in the own reign.
// Every committed event is folded into the views in the same loop, right after the replies.
//
// Failure: any error of the journal drops the speculative state, waits, leads again through a new epoch and re-decides
// nothing: what was in flight is answered kUnavailable ("submit the same command id again") unless it is read back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/journal/journal.h"
#include "projections/store.h"

namespace concordat::v1 { class Command; class Reply; }

namespace concordat::runtime {

using Replied = std::function<void(Result<v1::Reply>)>;    // Called once, from the partition's thread; must not block.

struct Options {
  journal::OpenLog open_log;
  std::string store_directory;
  std::function<std::int64_t()> now_ms;       // The one clock. Empty = the system's.
  std::size_t in_flight_max = 4096;           // Commands decided and not yet read back; more wait in the queue.
  std::size_t queue_max = 65536;              // More are answered kUnavailable at once.
  bool read_only = false;                     // A replica: follows and serves reads, leads never.
  std::uint64_t snapshot_every = 100000;      // Events between snapshots of the engine's state.
  std::int64_t lease_ms = 1000;               // After a take-over by another instance: how long that one must be silent before this one may take the lead back.
  bool timers = true;                         // Submit DeadlineReached when due.
  // Whose turn it is to lead, where somebody says so (asked often, from the partition's thread): then it leads while and only while
  // it is its own, and stands by otherwise. Empty: it leads at once, and after a take-over again when a command asks for it.
  std::function<bool()> turn;
};

class Partition {
 public:
  // Catches up, leads, and returns when commands can be taken; `progress(done, total)` in offsets, from this thread.
  static Result<std::unique_ptr<Partition>> start(Options options,
                                                  std::function<void(std::uint64_t, std::uint64_t)> progress = {});
  virtual ~Partition() = default;             // Drains: no new commands, waits for those in flight, stops.

  virtual void submit(v1::Command command, std::string principal, Replied replied) = 0;         // Any thread.
  virtual Result<v1::Reply> submit_and_wait(v1::Command command, std::string principal) = 0;    // Any other thread.

  // Waits until the views hold that sequence of the ledger. kUnavailable after timeout_ms.
  virtual Status wait_for(const std::string& ledger, std::uint64_t sequence, int timeout_ms) = 0;
  // Called after every fold, from the partition's thread, with the ledgers that moved. For watchers. One at most.
  virtual void on_fold(std::function<void()> moved) = 0;

  virtual const projections::Store& store() const = 0;
  // Makes one view again beside the rows that are served, while commands go on (see Store::rebuild). Any other thread.
  virtual Status rebuild(std::string_view view) = 0;
  virtual bool leading() const = 0;
  virtual bool standing_by() const = 0;       // Could lead, but follows while another does; reads are served.
  // Frames of the journal that are not folded into the views: of a leader those in flight, else as counted within the last second.
  virtual std::uint64_t lag() const = 0;
  virtual Status health() const = 0;          // kCorrupt or kUnavailable with the reason, while it cannot serve.
};

// Which partition a ledger lives in: murmur2 of its id, as Kafka's Java client computes it, modulo `partitions`.
std::uint32_t partition_of(std::string_view ledger, std::uint32_t partitions);

}  // namespace concordat::runtime
