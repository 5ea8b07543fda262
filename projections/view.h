// A view: a name, a version and a pure fold of committed events into rows. Nothing else; the runner does the rest.
// Bumping a version rebuilds that view alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "concordat/v1/ledger.pb.h"

namespace concordat::projections {

// One event with its envelope. `commit` and `event` outlive the call of fold only.
struct Committed {
  const v1::Commit& commit;
  const v1::Event& event;
  std::string_view bytes;        // The event as written.
  std::uint64_t sequence = 0;    // In its ledger.
  std::size_t index = 0;         // Within the commit.
};

// The day of the act: as stated, else the stamp's.
std::string day_of(const Committed& committed);

// Rows of one view of one ledger. Keys are bytes and sort bytewise; reads see the writes of the running batch.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual std::optional<std::string> get(std::string_view key) const = 0;
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual void erase(std::string_view key) = 0;

  // A row that is a message, to change in place: parsed once a batch, and written once with it, however often it changes.
  // Owned by the batch; valid until the next put or erase of that key. A row must parse as what the view wrote.
  template <typename Row> Row* find(std::string_view key) { return static_cast<Row*>(live(key, Row::default_instance(), false)); }  // Null: none.
  template <typename Row> Row& at(std::string_view key) { return *static_cast<Row*>(live(key, Row::default_instance(), true)); }    // Empty if new.

 private:
  virtual google::protobuf::Message* live(std::string_view key, const google::protobuf::Message& as, bool make) = 0;
};

class View {
 public:
  virtual ~View() = default;
  virtual std::string_view name() const = 0;          // "decisions"
  virtual std::uint32_t version() const = 0;          // Raise it when rows change shape.
  // The oldest version whose rows this build still reads and folds on with, while it makes them again beside: rows are
  // messages that only gain fields. A view whose keys move raises it too, and is then made again before it is served.
  virtual std::uint32_t reads_from() const { return 1; }
  virtual void fold(const Committed& committed, Rows& rows) const = 0;   // Pure: the same events give the same rows.
};

// Every view there is, in a fixed order. One registration line each, in views/all.cc.
const std::vector<const View*>& all_views();

}  // namespace concordat::projections
