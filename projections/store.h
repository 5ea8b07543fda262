// The store of one partition's views, in RocksDB: rows and the position they are consistent with, in one write batch.
//
// Keys: place \0 ledger \0 key; a view's place is its name, until it is made again: then its name ~ number. Meta rows stand
// under "\0" and are not part of any digest.
// Disposable: the journal can rebuild it, and one view alone is rebuilt from the `ledger` view, which holds every commit.
// A view whose version was raised is made again beside its old rows, which are served and folded on until both stand at the
// same position; then they are swapped in one write. So whatever happens, the one or the other is there, whole; what was
// begun goes on when the store is opened next. A damaged store is reported by name and never silently served:
// `concordat rebuild` makes it again.
// Threads: fold and snapshots from one thread, rebuild from one other, reads from any.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/journal/journal.h"
#include "projections/view.h"

namespace concordat::projections {

class Store {
 public:
  // Keeps those views, whose names differ and which outlive it. kBusy if another process has it.
  static Result<std::unique_ptr<Store>> open(const std::string& directory, const std::vector<const View*>& views = all_views());
  static Result<std::unique_ptr<Store>> open_read_only(const std::string& directory, const std::vector<const View*>& views = all_views());  // As it stood at this moment.
  // Beside the process that writes it: as it stands at each refresh(). Reads and refreshes from one thread.
  static Result<std::unique_ptr<Store>> open_following(const std::string& directory, const std::vector<const View*>& views = all_views());
  virtual ~Store() = default;

  virtual journal::Position position() const = 0;                        // Folding goes on there.
  virtual std::uint64_t sequence(std::string_view ledger) const = 0;     // Last event folded; 0 = none.
  virtual std::vector<std::string> ledgers() const = 0;                  // Sorted.

  // Of one that follows: up to what was written since. Of any other: nothing to do.
  virtual Status refresh() = 0;
  // All of it as it stands now, whatever is folded meanwhile. This outlives it; it keeps disk space, so not for long.
  virtual Result<std::unique_ptr<const Store>> frozen() const = 0;

  // Folds commits, in order, into every view and writes rows and position in one batch. kCorrupt names ledger and
  // sequence if a sequence is not the next one (gap or repeat) or a payload does not parse; then nothing was written.
  virtual Status fold(const std::vector<journal::Counted>& commits) = 0;

  // ---- Reads ----
  virtual std::optional<std::string> get(std::string_view view, std::string_view ledger, std::string_view key) const = 0;
  // In key order from `start` (inclusive) among keys with `prefix`; stops when `each` returns false.
  virtual void scan(std::string_view view, std::string_view ledger, std::string_view prefix, std::string_view start,
                    const std::function<bool(std::string_view key, std::string_view value)>& each) const = 0;
  // The reply that a command id led to. `same_content` is false if that id was used for another command.
  virtual std::optional<v1::Reply> answered(std::string_view ledger, std::string_view command_id,
                                            std::string_view command_digest, bool* same_content) const = 0;
  // SHA-256 over all rows of a view (of all views, in order, when `view` is empty) of a ledger, hexadecimal.
  virtual std::string digest(std::string_view ledger, std::string_view view) const = 0;

  // Folds one view again from the ledger view, beside the rows that are served, and swaps them. Returns when it is done;
  // while others fold it keeps to a small share of the time. kNotFound if there is no such view.
  virtual Status rebuild(std::string_view view, const std::function<void(std::uint64_t events)>& progress) = 0;
  // Puts the rows where they stay, after many were written at once: reads are quicker then. Beside reads and writes.
  virtual Status compact() = 0;
  // Views whose rows are being made again because they are of an older version.
  virtual std::vector<std::string> behind() const = 0;
  // Waits until there are none; what went wrong, if something did.
  virtual Status settle() = 0;

  // Engine snapshots: opaque bytes beside the position they belong to.
  virtual Status put_snapshot(std::string_view ledger, const journal::Position& at, std::string_view bytes) = 0;
  virtual std::optional<std::pair<journal::Position, std::string>> snapshot(std::string_view ledger) const = 0;
};

}  // namespace concordat::projections
