#include "projections/store.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include <cstdlib>
#include <filesystem>

#include "projections/bytes.h"
#include "projections/reply.h"
#include "projections/store_rocks.h"
#include "projections/views/ledger.h"

namespace concordat::projections {
namespace {

constexpr const char* kFormat = "1";
constexpr const char* kPlacedFormat = "2";           // Once a view was made again beside its old rows.
constexpr std::size_t kBulkRows = 8'000;             // From here on a sorted file is cheaper than the memtable: 1 against 4 to 7 us a row.

}  // namespace

RocksStore::~RocksStore() {
  { const std::lock_guard lock(rest_mutex_); stop_ = true; }
  rest_.notify_all();
  if (rebuilding_.joinable()) rebuilding_.join();
  if (own_.empty()) return;
  db_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(own_, ignored);
}

Status RocksStore::load(bool writable) {
  std::string format;
  const auto found = db_->Get({}, meta("format"), &format);
  if (found.IsNotFound() && writable) {
    if (auto status = db_->Put({}, meta("format"), kFormat); !status.ok()) return world(directory_, status);
    for (const View* view : views_)
      if (auto status = db_->Put({}, meta("version", view->name()), std::to_string(view->version())); !status.ok()) return world(directory_, status);
  } else if (found.ok() && format != kFormat && format != kPlacedFormat) {
    return Status::corrupt("store " + directory_ + ": expected format " + kFormat + " or " + kPlacedFormat + ", but it is \"" + format + "\"; run: concordat rebuild");
  } else if (!found.ok() && !found.IsNotFound()) {
    return world(directory_, found);
  }
  if (Status loaded = load_position(); !loaded.ok()) return loaded;
  return raised(writable);
}

Status RocksStore::refresh() {
  if (own_.empty()) return {};
  if (auto status = db_->TryCatchUpWithPrimary(); !status.ok()) return world(directory_, status);
  if (Status loaded = load_position(); !loaded.ok()) return loaded;
  { const std::unique_lock lock(mutex_); behind_.clear(); }
  return raised(false);
}

Result<std::unique_ptr<const Store>> RocksStore::frozen() const {
  auto out = std::make_unique<Frozen>(directory_, *db_, views_);
  if (Status status = out->load(); !status.ok()) return status;
  return std::unique_ptr<const Store>(std::move(out));
}

Status RocksStore::fold(const std::vector<journal::Counted>& commits) {
  if (commits.empty()) return {};
  const std::lock_guard writing(writing_);
  last_fold_ = Clock::now().time_since_epoch().count();
  Folding folding;
  Batch& batch = folding.batch;
  std::map<std::string, std::uint64_t, std::less<>> reached;
  v1::Commit commit;
  for (const journal::Counted& counted : commits) {
    if (!commit.ParseFromString(counted.payload)) return Status::corrupt("journal offset " + std::to_string(counted.offset) + ": expected a commit, but its bytes do not parse as one");
    if (commit.format() != 1) return Status::corrupt("journal offset " + std::to_string(counted.offset) + ": expected commit format 1, but it is " + std::to_string(commit.format()) + "; a newer build wrote it");
    auto [at, fresh] = reached.emplace(commit.ledger(), 0);
    if (fresh) at->second = sequence(commit.ledger());
    if (commit.first_sequence() != at->second + 1 || commit.events().empty())
      return Status::corrupt("journal offset " + std::to_string(counted.offset) + ", ledger " + commit.ledger() + ": expected sequence " + std::to_string(at->second + 1) + ", but the commit begins at " + std::to_string(commit.first_sequence()));
    at->second += static_cast<std::uint64_t>(commit.events_size());
    folding.added.emplace_back(key_of(kLedgerView, commit.ledger(), ledger_key(commit.first_sequence())), Row{counted.payload, nullptr});
    set(batch, key_of(kAnswers, commit.ledger(), commit.command_id()), be64(commit.first_sequence()) + commit.command_digest());
    if (Status status = fold_into(places_, commit, folding); !status.ok()) return status;
  }
  const journal::Position& end = commits.back().position;
  set(batch, meta("position"), be64(end.offset) + be64(end.epoch) + be64(end.number));
  for (const auto& [ledger, last] : reached) set(batch, meta("sequence", ledger), be64(last));
  if (auto status = put(folding, folding.size() >= kBulkRows); !status.ok()) return world(directory_, status);
  std::unique_lock lock(mutex_);
  position_ = end;
  for (const auto& [ledger, last] : reached) sequences_[ledger] = last;
  return {};
}

Status RocksStore::put_snapshot(std::string_view ledger, const journal::Position& at, std::string_view bytes) {
  const std::lock_guard writing(writing_);
  unflushed_ = true;
  const auto status = db_->Put({}, meta("snapshot", ledger), be64(at.offset) + be64(at.epoch) + be64(at.number) + std::string(bytes));
  return status.ok() ? Status() : world(directory_, status);
}
Status RocksStore::fold_into(const std::vector<Placed>& places, const v1::Commit& commit, Folding& folding) {
  std::vector<Overlay>& mine = folding.overlays[commit.ledger()];
  if (mine.empty())
    for (const Placed& one : places) mine.emplace_back(*db_, folding.batch, folding.damage, key_of(one.place, commit.ledger(), ""));
  v1::Event event;
  for (int i = 0; i < commit.events_size(); ++i) {
    const std::uint64_t sequence = commit.first_sequence() + static_cast<std::uint64_t>(i);
    if (!event.ParseFromString(commit.events(i)) || event.happened_case() == v1::Event::HAPPENED_NOT_SET)
      return Status::corrupt("ledger " + commit.ledger() + ", sequence " + std::to_string(sequence) + ": expected an event this build knows, but its bytes do not parse as one");
    const Committed committed{commit, event, commit.events(i), sequence, static_cast<std::size_t>(i)};
    for (std::size_t v = 0; v < places.size(); ++v) places[v].view->fold(committed, mine[v]);
    if (!folding.damage.empty()) return Status::corrupt("store " + directory_ + ": " + folding.damage + "; run: concordat rebuild");
  }
  return {};
}

rocksdb::Status RocksStore::write(const Folding& folding) {
  rocksdb::WriteBatch rows;
  std::string room;
  for (const auto& [key, row] : sorted(folding.batch, folding.added)) {
    const rocksdb::Slice at(key.data(), key.size());
    const std::string_view value = row->view(&room);
    if (value.data() != nullptr) rows.Put(at, {value.data(), value.size()});
    else rows.Delete(at);
  }
  unflushed_ = true;
  return db_->Write({}, &rows);
}

// Catching up and rebuilding: the batch is sorted already, so it becomes one file, taken over atomically, position and all.
rocksdb::Status RocksStore::ingest(const Folding& folding) {
  if (unflushed_)                                    // Before 7.10 a file taken over beside live memtables could misorder.
    if (auto status = db_->Flush({}); !status.ok()) return status;
  unflushed_ = false;
  const std::string path = directory_ + "/bulk.sst";
  rocksdb::Options plain = db_->GetOptions();
  plain.compression = rocksdb::kNoCompression;       // Merging it with the others compresses it.
  rocksdb::SstFileWriter file(rocksdb::EnvOptions(), plain);
  if (auto status = file.Open(path); !status.ok()) return status;
  std::string room;
  for (const auto& [key, row] : sorted(folding.batch, folding.added)) {
    const rocksdb::Slice at(key.data(), key.size());
    const std::string_view value = row->view(&room);
    if (auto status = value.data() != nullptr ? file.Put(at, {value.data(), value.size()}) : file.Delete(at); !status.ok()) return status;
  }
  if (auto status = file.Finish(); !status.ok()) return status;
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  return db_->IngestExternalFile({path}, options);
}

namespace {

rocksdb::Options options_of() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kLZ4Compression;
  options.write_buffer_size = 64u << 20;
  options.memtable_prefix_bloom_size_ratio = 0.1;   // Most look-ups of a command are for keys that are not there yet.
  options.memtable_whole_key_filtering = true;
  options.allow_concurrent_memtable_write = false;  // One thread writes.
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 2;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.block_cache = rocksdb::NewLRUCache(256u << 20);
  table.index_block_restart_interval = 8;            // An index grows with the rows and stays in memory: of keys with the same beginning it keeps what differs.
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;   // Questions are look-ups by whole key.
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

Result<std::unique_ptr<Store>> open_store(const std::string& directory, const std::vector<const View*>& views, bool writable) {
  std::error_code error;
  if (writable) std::filesystem::create_directories(directory, error);
  if (error) return Status::unavailable("store " + directory + ": " + error.message());
  rocksdb::DB* raw = nullptr;
  const auto status = writable ? rocksdb::DB::Open(options_of(), directory, &raw) : rocksdb::DB::OpenForReadOnly(options_of(), directory, &raw);
  std::unique_ptr<rocksdb::DB> db(raw);
  if (!status.ok()) return world(directory, status);
  auto store = std::make_unique<RocksStore>(directory, std::move(db), views);
  if (Status loaded = store->load(writable); !loaded.ok()) return loaded;
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::string& directory, const std::vector<const View*>& views) { return open_store(directory, views, true); }
Result<std::unique_ptr<Store>> Store::open_read_only(const std::string& directory, const std::vector<const View*>& views) { return open_store(directory, views, false); }

Result<std::unique_ptr<Store>> Store::open_following(const std::string& directory, const std::vector<const View*>& views) {
  std::error_code error;
  std::string own = (std::filesystem::temp_directory_path(error) / "concordat-XXXXXX").string();
  if (error || mkdtemp(own.data()) == nullptr) return Status::unavailable("store " + directory + ": a directory for following it cannot be made in " + own);
  rocksdb::DB* raw = nullptr;
  rocksdb::Options options = options_of();
  options.create_if_missing = false;
  options.max_open_files = -1;                       // What the writer removes stays readable as long as it is open.
  const auto status = rocksdb::DB::OpenAsSecondary(options, directory, own, &raw);
  if (!status.ok()) {
    std::filesystem::remove_all(own, error);
    return world(directory, status);
  }
  auto store = std::make_unique<RocksStore>(directory, std::unique_ptr<rocksdb::DB>(raw), views, own);
  if (Status loaded = store->load(false); !loaded.ok()) return loaded;
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace concordat::projections
