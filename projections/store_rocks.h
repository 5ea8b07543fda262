// The store in RocksDB. For the store's own files: everybody else sees store.h.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "projections/store.h"
#include "projections/store_batch.h"
#include "projections/store_reads.h"

namespace concordat::projections {

class RocksStore final : public Reads {
 public:
  // `own`: a directory that goes with it; empty = none.
  RocksStore(std::string directory, std::unique_ptr<rocksdb::DB> db, std::vector<const View*> views, std::string own = "") : Reads(std::move(directory), *db, std::move(views)), db_(std::move(db)), own_(std::move(own)) {}
  ~RocksStore() override;
  Status load(bool writable);

  Status fold(const std::vector<journal::Counted>& commits) override;
  Status put_snapshot(std::string_view ledger, const journal::Position& at, std::string_view bytes) override;
  Status refresh() override;
  Result<std::unique_ptr<const Store>> frozen() const override;

  // store_beside.cc
  Status rebuild(std::string_view name, const std::function<void(std::uint64_t)>& progress) override;
  Status compact() override { return compact(""); }
  std::vector<std::string> behind() const override;
  Status settle() override;

 private:
  using Clock = std::chrono::steady_clock;
  using Progress = std::function<void(std::uint64_t)>;

  Status fold_into(const std::vector<Placed>& places, const v1::Commit& commit, Folding& folding);
  rocksdb::Status write(const Folding& folding);       // These two: REQUIRES: writing_ is held.
  rocksdb::Status ingest(const Folding& folding);
  rocksdb::Status put(const Folding& folding, bool bulk) { return bulk ? ingest(folding) : write(folding); }

  // ---- A view made again beside the rows that are served: store_beside.cc ----
  // One that is under way. What was begun stands in meta rows: its place and version, and how far each ledger is folded
  // into it, always in the batch of the rows themselves.
  struct Beside {
    const View& view;
    const std::string place;
    const Progress& progress;
    std::uint64_t events = 0;
  };
  Status raised(bool writable);
  void rebuild_behind();
  Status forget_begun(const View& view);
  Result<std::string> begin(const View& view);
  Status write_meta(rocksdb::WriteBatch* rows);
  std::uint64_t beside_at(const View& view, const std::string& ledger) const;
  std::uint64_t left(const View& view) const;
  bool quiet() const;
  void rest(Clock::duration worked);
  Status make_beside(const View& view, const Progress& progress);
  Status fold_beside(Beside& beside, const std::string& ledger, bool alone, std::uint64_t* folded);
  Status finish(Beside& beside);
  Status swap(const View& view, const std::string& place);
  Status compact(const std::string& place);            // Empty: everything.

  std::unique_ptr<rocksdb::DB> db_;
  const std::string own_;
  std::mutex one_rebuild_;                 // Held while a view is made again. Before writing_.
  std::mutex writing_;                     // Held by whoever writes: the one that folds, or the one that makes again.
  bool unflushed_ = true;                  // Something may be in the memtable. Guarded by writing_.
  // mutex_ comes after writing_; whoever holds that may read what it guards without.
  std::vector<std::string> behind_;        // Guarded by mutex_.
  std::atomic<Clock::rep> last_fold_ = 0;
  std::mutex rest_mutex_;
  std::condition_variable rest_;           // Told when stop_ is set.
  std::atomic<bool> stop_ = false;
  std::thread rebuilding_;
  Status rebuilt_;                         // Of rebuilding_; read after it was joined.
};

}  // namespace concordat::projections
