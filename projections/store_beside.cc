// Views made again beside the rows that are served, and swapped with them.
#include <algorithm>

#include "projections/bytes.h"
#include "projections/store_rocks.h"
#include "projections/views/ledger.h"

namespace concordat::projections {
namespace {

constexpr const char* kPlacedFormat = "2";           // A view may stand elsewhere than under its own name: builds of before refuse it.
constexpr std::uint64_t kAloneBatch = 100'000;       // Events, while nobody else writes.
constexpr std::uint64_t kBesideBatch = 500;          // While somebody does: a few milliseconds at a time,
constexpr int kRests = 15;                           // and so many times as long a rest.
constexpr std::uint64_t kTail = 1'000;               // So few events are caught up with while the writer waits.
constexpr std::chrono::milliseconds kQuiet(200);     // Nobody writes if nobody did for so long.
constexpr std::size_t kBulkRows = 8'000;             // As in store.cc.

std::string at_key(const View& view, const std::string& ledger) { return meta("beside_at", view.name()) + '\0' + ledger; }

void drop(const std::string& prefix, rocksdb::WriteBatch* rows) { rows->DeleteRange(prefix + '\0', prefix + '\1'); }

void drop_begun(const View& view, rocksdb::WriteBatch* rows) {
  rows->Delete(meta("beside", view.name()));
  drop(meta("beside_at", view.name()), rows);
}

std::string next_place(std::string_view view, std::string_view served) {
  const std::size_t mark = served.find('~');
  return std::string(view) + "~" + std::to_string(mark == std::string_view::npos ? 1 : std::stoull(std::string(served.substr(mark + 1))) + 1);
}

// 0: no number at all.
std::uint64_t number_of(const std::string& text) {
  return text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos ? 0 : std::stoull(text);
}

}  // namespace

Status RocksStore::rebuild(std::string_view name, const Progress& progress) {
  std::string known;
  for (const View* view : views_) {
    known += (known.empty() ? "" : ", ") + std::string(view->name());
    if (view->name() != name) continue;
    const std::lock_guard one(one_rebuild_);
    if (Status status = forget_begun(*view); !status.ok()) return status;
    return make_beside(*view, progress);
  }
  return Status::not_found("expected a view (" + known + "), but \"" + std::string(name) + "\" is none");
}

std::vector<std::string> RocksStore::behind() const {
  std::shared_lock lock(mutex_);
  return behind_;
}

Status RocksStore::settle() {
  if (rebuilding_.joinable()) rebuilding_.join();
  return rebuilt_;
}

// Views of an older version are made again: by a thread of its own, or at once if their rows cannot be read meanwhile.
Status RocksStore::raised(bool writable) {
  for (const View* view : views_) {
    std::string version;
    const bool there = db_->Get({}, meta("version", view->name()), &version).ok();
    const std::uint64_t stored = there ? number_of(version) : 0;
    if (stored == view->version()) continue;
    if (stored >= view->reads_from() && stored < view->version()) { behind_.emplace_back(view->name()); continue; }
    if (!writable && !sequences_.empty())
      return Status::corrupt("store " + directory_ + ": expected rows of view " + std::string(view->name()) + " of version " + std::to_string(view->reads_from()) + " to " + std::to_string(view->version()) +
                             ", but they are of version " + (there ? version : "none") + "; run: concordat rebuild --view " + std::string(view->name()));
    if (!writable) continue;
    if (Status status = make_beside(*view, {}); !status.ok()) return status;
  }
  if (writable && !behind_.empty()) rebuilding_ = std::thread([this] { rebuild_behind(); });
  return {};
}

void RocksStore::rebuild_behind() {
  const std::lock_guard one(one_rebuild_);
  for (const std::string& name : behind())
    for (const View* view : views_)
      if (view->name() == name && rebuilt_.ok() && !stop_) rebuilt_ = make_beside(*view, {});
}

Status RocksStore::write_meta(rocksdb::WriteBatch* rows) {
  const std::lock_guard writing(writing_);
  unflushed_ = true;
  const auto status = db_->Write({}, rows);
  return status.ok() ? Status() : world(directory_, status);
}

Status RocksStore::forget_begun(const View& view) {
  std::string begun;
  const auto found = db_->Get({}, meta("beside", view.name()), &begun);
  if (found.IsNotFound()) return {};
  if (!found.ok()) return world(directory_, found);
  rocksdb::WriteBatch rows;
  drop_begun(view, &rows);
  drop(begun.substr(begun.find(' ') + 1), &rows);
  return write_meta(&rows);
}

// Where the view is made again: where it was begun, if by this version; else a new place.
Result<std::string> RocksStore::begin(const View& view) {
  const std::string version = std::to_string(view.version());
  std::string begun, served;
  if (db_->Get({}, meta("beside", view.name()), &begun).ok() && begun.substr(0, begun.find(' ')) == version) return begun.substr(begun.find(' ') + 1);
  if (Status status = forget_begun(view); !status.ok()) return status;
  { std::shared_lock lock(mutex_); served = place_of(view.name()); }
  std::string place = next_place(view.name(), served);
  rocksdb::WriteBatch rows;
  rows.Put(meta("beside", view.name()), version + " " + place);
  if (Status status = write_meta(&rows); !status.ok()) return status;
  return place;
}

// The last event of the ledger that is folded into the new place.
std::uint64_t RocksStore::beside_at(const View& view, const std::string& ledger) const {
  std::string bytes;
  return db_->Get({}, at_key(view, ledger), &bytes).ok() && bytes.size() == 8 ? get64(bytes) : 0;
}

std::uint64_t RocksStore::left(const View& view) const {
  std::uint64_t out = 0;
  for (const std::string& ledger : ledgers()) out += sequence(ledger) - std::min(sequence(ledger), beside_at(view, ledger));
  return out;
}

bool RocksStore::quiet() const { return Clock::now().time_since_epoch().count() - last_fold_ > Clock::duration(kQuiet).count(); }

// The writer's share of the time, if there is one.
void RocksStore::rest(Clock::duration worked) {
  if (quiet()) return;
  std::unique_lock lock(rest_mutex_);
  rest_.wait_for(lock, worked * kRests, [this] { return stop_.load(); });
}

Status RocksStore::make_beside(const View& view, const Progress& progress) {
  auto place = begin(view);
  if (!place.ok()) return place.status();
  Beside beside{view, *std::move(place), progress};
  do {
    for (const std::string& ledger : ledgers())
      for (std::uint64_t folded = 1; folded > 0 && !stop_;) {
        const auto began = Clock::now();
        if (Status status = fold_beside(beside, ledger, false, &folded); !status.ok()) return status;
        rest(Clock::now() - began);
      }
    if (stop_) return {};                              // It goes on when the store is opened next.
  } while (left(view) > kTail);
  std::string before;
  { std::shared_lock lock(mutex_); before = place_of(view.name()); }
  if (Status status = finish(beside); !status.ok() || !quiet()) return status;
  if (Status status = compact(before); !status.ok()) return status;        // The rows that were dropped, and those that came.
  return compact(beside.place);
}

Status RocksStore::compact(const std::string& place) {
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.canceled = &stop_;
  const std::string from = place + '\0', to = place + '\1';
  const rocksdb::Slice first(from), last(to);
  const auto status = place.empty() ? db_->CompactRange(options, nullptr, nullptr) : db_->CompactRange(options, &first, &last);
  return status.ok() || stop_ ? Status() : world(directory_, status);
}

// The rest while the writer waits, and the swap.
Status RocksStore::finish(Beside& beside) {
  const std::lock_guard writing(writing_);
  for (const std::string& ledger : ledgers())
    for (std::uint64_t folded = 1; folded > 0;)
      if (Status status = fold_beside(beside, ledger, true, &folded); !status.ok()) return status;
  return swap(beside.view, beside.place);
}

// Folds the next commits of the ledger; `folded` gets how many events they were, 0 at the end. `alone`: writing_ is held.
Status RocksStore::fold_beside(Beside& beside, const std::string& ledger, bool alone, std::uint64_t* folded) {
  const std::vector<Placed> to{{&beside.view, beside.place}};
  Folding folding;
  Status status;
  v1::Commit commit;
  std::uint64_t at = beside_at(beside.view, ledger);
  *folded = 0;
  scan(kLedgerView, ledger, "", ledger_key(at + 1), [&](std::string_view, std::string_view bytes) {
    if (!commit.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) { status = Status::corrupt("store " + directory_ + ": a commit of ledger " + ledger + " does not parse; run: concordat rebuild"); return false; }
    status = fold_into(to, commit, folding);
    *folded += static_cast<std::uint64_t>(commit.events_size());
    at = commit.first_sequence() + static_cast<std::uint64_t>(commit.events_size()) - 1;
    return status.ok() && !stop_ && *folded < (quiet() ? kAloneBatch : kBesideBatch);
  });
  if (!status.ok() || *folded == 0) return status;
  set(folding.batch, at_key(beside.view, ledger), be64(at));
  std::unique_lock writing(writing_, std::defer_lock);
  if (!alone) writing.lock();
  if (const auto done = put(folding, folding.size() >= kBulkRows && quiet()); !done.ok()) return world(directory_, done);
  if (beside.progress) beside.progress(beside.events += *folded);
  return {};
}

// Readers find the one or the other. REQUIRES: writing_ is held, and both places stand at the store's position.
Status RocksStore::swap(const View& view, const std::string& place) {
  std::unique_lock lock(mutex_);
  rocksdb::WriteBatch rows;
  rows.Put(meta("format"), kPlacedFormat);
  rows.Put(meta("place", view.name()), place);
  rows.Put(meta("version", view.name()), std::to_string(view.version()));
  drop_begun(view, &rows);
  drop(std::string(place_of(view.name())), &rows);
  unflushed_ = true;
  if (const auto status = db_->Write({}, &rows); !status.ok()) return world(directory_, status);
  for (Placed& one : places_)
    if (one.view == &view) one.place = place;
  std::erase(behind_, view.name());
  return {};
}

}  // namespace concordat::projections
