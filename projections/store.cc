#include "projections/store.h"

#include <openssl/evp.h>
#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include <filesystem>

#include "projections/bytes.h"
#include "projections/reply.h"
#include "projections/store_rocks.h"
#include "projections/views/ledger.h"

namespace concordat::projections {
namespace {

constexpr const char* kFormat = "1";
constexpr const char* kPlacedFormat = "2";           // Once a view was made again beside its old rows.
const std::string kAnswers = "answers";              // Command id -> first sequence, digest. Not a view: replies need it.
constexpr std::size_t kBulkRows = 8'000;             // From here on a sorted file is cheaper than the memtable: 1 against 4 to 7 us a row.

}  // namespace

RocksStore::~RocksStore() {
  { const std::lock_guard lock(rest_mutex_); stop_ = true; }
  rest_.notify_all();
  if (rebuilding_.joinable()) rebuilding_.join();
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
  std::string bytes;
  if (db_->Get({}, meta("position"), &bytes).ok() && bytes.size() == 24) position_ = {get64(bytes), get64(bytes, 8), get64(bytes, 16)};
  const std::unique_ptr<rocksdb::Iterator> all(db_->NewIterator({}));
  const std::string prefix = meta("sequence");
  for (all->Seek(prefix); all->Valid() && all->key().starts_with(prefix); all->Next())
    sequences_[all->key().ToString().substr(prefix.size())] = get64(std::string_view(all->value().data(), all->value().size()));
  if (!all->status().ok()) return world(directory_, all->status());
  for (const View* view : views_) {
    std::string place;
    const auto there = db_->Get({}, meta("place", view->name()), &place);
    if (!there.ok() && !there.IsNotFound()) return world(directory_, there);
    places_.push_back({view, there.ok() ? place : std::string(view->name())});
  }
  return raised(writable);
}

journal::Position RocksStore::position() const { std::shared_lock lock(mutex_); return position_; }
std::uint64_t RocksStore::sequence(std::string_view ledger) const {
  std::shared_lock lock(mutex_);
  const auto found = sequences_.find(ledger);
  return found == sequences_.end() ? 0 : found->second;
}
std::vector<std::string> RocksStore::ledgers() const {
  std::shared_lock lock(mutex_);
  std::vector<std::string> out;
  for (const auto& [ledger, sequence] : sequences_) out.push_back(ledger);
  return out;
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
    set(batch, key_of(kLedgerView, commit.ledger(), ledger_key(commit.first_sequence())), counted.payload);
    set(batch, key_of(kAnswers, commit.ledger(), commit.command_id()), be64(commit.first_sequence()) + commit.command_digest());
    if (Status status = fold_into(places_, commit, folding); !status.ok()) return status;
  }
  const journal::Position& end = commits.back().position;
  set(batch, meta("position"), be64(end.offset) + be64(end.epoch) + be64(end.number));
  for (const auto& [ledger, last] : reached) set(batch, meta("sequence", ledger), be64(last));
  if (auto status = batch.size() >= kBulkRows ? ingest(batch) : write(batch); !status.ok()) return world(directory_, status);
  std::unique_lock lock(mutex_);
  position_ = end;
  for (const auto& [ledger, last] : reached) sequences_[ledger] = last;
  return {};
}

std::optional<std::string> RocksStore::get(std::string_view view, std::string_view ledger, std::string_view key) const {
  std::string value;
  std::shared_lock lock(mutex_);                     // Held until it is read: the rows of a place go when it is left.
  if (!db_->Get({}, key_of(place_of(view), ledger, key), &value).ok()) return std::nullopt;
  return value;
}

void RocksStore::scan(std::string_view view, std::string_view ledger, std::string_view prefix, std::string_view start,
          const std::function<bool(std::string_view, std::string_view)>& each) const {
  std::shared_lock lock(mutex_);
  const std::string base = key_of(place_of(view), ledger, ""), among = base + std::string(prefix);
  const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator({}));
  lock.unlock();                                     // The iterator keeps what was there.
  for (row->Seek(std::max(among, base + std::string(start))); row->Valid() && row->key().starts_with(among); row->Next()) {
    const std::string_view key(row->key().data() + base.size(), row->key().size() - base.size());
    if (!each(key, {row->value().data(), row->value().size()})) return;
  }
}

std::optional<v1::Reply> RocksStore::answered(std::string_view ledger, std::string_view command_id, std::string_view command_digest, bool* same_content) const {
  const auto row = get(kAnswers, ledger, command_id);
  if (!row || row->size() < 8) return std::nullopt;
  *same_content = std::string_view(*row).substr(8) == command_digest;
  const auto bytes = get(kLedgerView, ledger, ledger_key(get64(*row)));
  v1::Commit commit;
  if (!bytes || !commit.ParseFromString(*bytes)) return std::nullopt;
  return reply_of(commit);
}

std::string RocksStore::digest(std::string_view ledger, std::string_view view) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  const auto add = [&](std::string_view bytes) {
    const std::string size = be64(bytes.size());
    EVP_DigestUpdate(hash.get(), size.data(), size.size());
    EVP_DigestUpdate(hash.get(), bytes.data(), bytes.size());
  };
  std::vector<std::string> names{std::string(kLedgerView)};
  for (const View* one : views_) names.emplace_back(one->name());
  for (const std::string& name : names) {
    if (!view.empty() && view != name) continue;
    add(name);
    scan(name, ledger, "", "", [&](std::string_view key, std::string_view value) { add(key); add(value); return true; });
  }
  unsigned char out[32];
  unsigned int size = 0;
  EVP_DigestFinal_ex(hash.get(), out, &size);
  std::string hex;
  for (unsigned char byte : out) { hex += "0123456789abcdef"[byte >> 4]; hex += "0123456789abcdef"[byte & 15]; }
  return hex;
}

Status RocksStore::put_snapshot(std::string_view ledger, const journal::Position& at, std::string_view bytes) {
  const std::lock_guard writing(writing_);
  unflushed_ = true;
  const auto status = db_->Put({}, meta("snapshot", ledger), be64(at.offset) + be64(at.epoch) + be64(at.number) + std::string(bytes));
  return status.ok() ? Status() : world(directory_, status);
}
std::optional<std::pair<journal::Position, std::string>> RocksStore::snapshot(std::string_view ledger) const {
  std::string bytes;
  if (!db_->Get({}, meta("snapshot", ledger), &bytes).ok() || bytes.size() < 24) return std::nullopt;
  return std::pair{journal::Position{get64(bytes), get64(bytes, 8), get64(bytes, 16)}, bytes.substr(24)};
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

rocksdb::Status RocksStore::write(const Batch& batch) {
  rocksdb::WriteBatch rows;
  for (const auto& [key, row] : sorted(batch)) {
    if (const auto value = row->value()) rows.Put(rocksdb::Slice(key.data(), key.size()), *value);
    else rows.Delete(rocksdb::Slice(key.data(), key.size()));
  }
  unflushed_ = true;
  return db_->Write({}, &rows);
}

// Catching up and rebuilding: the batch is sorted already, so it becomes one file, taken over atomically, position and all.
rocksdb::Status RocksStore::ingest(const Batch& batch) {
  if (unflushed_)                                    // Before 7.10 a file taken over beside live memtables could misorder.
    if (auto status = db_->Flush({}); !status.ok()) return status;
  unflushed_ = false;
  const std::string path = directory_ + "/bulk.sst";
  rocksdb::SstFileWriter file(rocksdb::EnvOptions(), db_->GetOptions());
  if (auto status = file.Open(path); !status.ok()) return status;
  for (const auto& [key, row] : sorted(batch)) {
    const rocksdb::Slice at(key.data(), key.size());
    const auto value = row->value();
    if (auto status = value ? file.Put(at, *value) : file.Delete(at); !status.ok()) return status;
  }
  if (auto status = file.Finish(); !status.ok()) return status;
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  return db_->IngestExternalFile({path}, options);
}

// REQUIRES: mutex_ is held.
std::string_view RocksStore::place_of(std::string_view view) const {
  for (const Placed& one : places_)
    if (one.view->name() == view) return one.place;
  return view;                                       // Rows that are no view's: the ledger, the answers.
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

}  // namespace concordat::projections
