// List: rows of a view by filter, a page at a time; and Snapshot: the rows of several views as they stood at one position.
// A page's token holds where the walk began and the last id shown, so pages neither repeat nor skip a row while others write.
#pragma once

#include <functional>
#include <string>

#include "projections/store.h"

namespace concordat::v1 { class ListRequest; class ListResponse; class SnapshotRequest; class SnapshotResponse; }

namespace concordat::app {

// kInvalid: a view, day, page token or filter that is none; the message says what would be right.
Status list(const projections::Store& store, const std::string& ledger, const v1::ListRequest& request, v1::ListResponse* response);

// A snapshot, read a message at a time as fast as it is taken; nothing of it is kept in memory.
class SnapshotReader {
 public:
  static Result<std::unique_ptr<SnapshotReader>> open(const projections::Store& store, const std::string& ledger, const v1::SnapshotRequest& request);
  virtual ~SnapshotReader() = default;
  virtual Status next(v1::SnapshotResponse* out) = 0;      // The last one has a position.
};

}  // namespace concordat::app
