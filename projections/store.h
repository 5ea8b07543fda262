// The store of one partition's views, in RocksDB: rows and the position they are consistent with, in one write batch.
//
// Keys: view name \0 ledger \0 key. Meta keys sort first under "\0": position per view, view version, store format.
// Disposable: the journal can rebuild it. A store of an unknown format, or truncated, is reported by name and is rebuilt
// only when asked (`concordat rebuild`), never silently served.
// Threads: writes from one thread; reads from any.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/journal/journal.h"
#include "projections/view.h"

namespace concordat::projections {

class Store {
 public:
  static Result<std::unique_ptr<Store>> open(const std::string& directory);            // kBusy if another process has it.
  static Result<std::unique_ptr<Store>> open_read_only(const std::string& directory);
  virtual ~Store() = default;

  // Where the views stand: the lowest of them. Folding starts there; a view ahead skips what it has.
  virtual journal::Position position() const = 0;
  virtual std::uint64_t sequence(std::string_view ledger) const = 0;     // Last event folded; 0 = none.
  virtual std::vector<std::string> ledgers() const = 0;                  // Sorted.

  // Folds commits, in order, into every view and writes rows and position in one batch. kCorrupt names ledger and
  // sequence if a sequence is not the next one (gap or repeat) or a payload does not parse; then nothing was written.
  virtual Status fold(const std::vector<journal::Counted>& commits) = 0;

  // ---- Reads ----
  virtual std::optional<std::string> get(std::string_view view, std::string_view ledger, std::string_view key) const = 0;
  // In key order from `start` (inclusive) among keys with `prefix`; stops when `each` returns false.
  virtual void scan(std::string_view view, std::string_view ledger, std::string_view prefix, std::string_view start,
                    const std::function<bool(std::string_view key, std::string_view value)>& each) const = 0;

  // Answers: the commit that a command id led to, or nullopt. Returns first sequence and count and digest via the reply.
  virtual std::optional<v1::Reply> answered(std::string_view ledger, std::string_view command_id,
                                            std::string_view command_digest, bool* same_content) const = 0;

  // SHA-256 over all rows of a view (or of all views, in order, when `view` is empty) of a ledger, hexadecimal.
  virtual std::string digest(std::string_view ledger, std::string_view view) const = 0;

  // Drops one view (or all) so that the next folds from the beginning rebuild it.
  virtual Status forget(std::string_view view) = 0;

  // Engine snapshots: opaque bytes beside the position they belong to. An unknown one is ignored.
  virtual Status put_snapshot(std::string_view ledger, const journal::Position& at, std::string_view bytes) = 0;
  virtual std::optional<std::pair<journal::Position, std::string>> snapshot(std::string_view ledger) const = 0;
};

}  // namespace concordat::projections
