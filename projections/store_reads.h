// What every store answers, whether it is written to, follows another process's, or stands still. For the store's own files.
#pragma once

#include <map>
#include <shared_mutex>
#include <string>
#include <vector>

#include <rocksdb/db.h>

#include "projections/store.h"
#include "projections/store_batch.h"

namespace concordat::projections {

class Reads : public Store {
 public:
  Reads(std::string directory, rocksdb::DB& rows, std::vector<const View*> views) : directory_(std::move(directory)), rows_(rows), views_(std::move(views)) {}

  journal::Position position() const override;
  std::uint64_t sequence(std::string_view ledger) const override;
  std::vector<std::string> ledgers() const override;
  std::optional<std::string> get(std::string_view view, std::string_view ledger, std::string_view key) const override;
  void scan(std::string_view view, std::string_view ledger, std::string_view prefix, std::string_view start,
            const std::function<bool(std::string_view, std::string_view)>& each) const override;
  std::optional<v1::Reply> answered(std::string_view ledger, std::string_view command_id, std::string_view command_digest, bool* same_content) const override;
  std::string digest(std::string_view ledger, std::string_view view) const override;
  std::optional<std::pair<journal::Position, std::string>> snapshot(std::string_view ledger) const override;

 protected:
  Status load_position();                            // Position, sequences and places, as the rows have them.
  std::string_view place_of(std::string_view view) const;   // REQUIRES: mutex_ is held.

  const std::string directory_;
  rocksdb::DB& rows_;
  rocksdb::ReadOptions as_of_;
  const std::vector<const View*> views_;
  mutable std::shared_mutex mutex_;        // Guards the next three, and what a store adds to them.
  journal::Position position_;
  std::map<std::string, std::uint64_t, std::less<>> sequences_;
  std::vector<Placed> places_;             // In the order of the views.
};

// A store that stands still: of an open one, which outlives it.
class Frozen final : public Reads {
 public:
  Frozen(std::string directory, rocksdb::DB& rows, std::vector<const View*> views) : Reads(std::move(directory), rows, std::move(views)) { as_of_.snapshot = rows_.GetSnapshot(); }
  ~Frozen() override { rows_.ReleaseSnapshot(as_of_.snapshot); }
  Status load() { return load_position(); }
  Status fold(const std::vector<journal::Counted>&) override { return only_read(); }
  Status rebuild(std::string_view, const std::function<void(std::uint64_t)>&) override { return only_read(); }
  Status compact() override { return only_read(); }
  std::vector<std::string> behind() const override { return {}; }
  Status settle() override { return {}; }
  Status put_snapshot(std::string_view, const journal::Position&, std::string_view) override { return only_read(); }
  Status refresh() override { return {}; }
  Result<std::unique_ptr<const Store>> frozen() const override { return only_read(); }

 private:
  Status only_read() const { return Status::invalid("store " + directory_ + ": it stands still and can only be read"); }
};

}  // namespace concordat::projections
