#include "projections/store.h"

#include <openssl/evp.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "projections/bytes.h"
#include "projections/reply.h"
#include "projections/views/ledger.h"

namespace concordat::projections {
namespace {

constexpr const char* kFormat = "1";
const std::string kMeta(1, '\0');
const std::string kAnswers = "answers";              // Command id -> first sequence, digest. Not a view: replies need it.
constexpr std::uint64_t kRebuildBatch = 100'000;
constexpr std::size_t kBulkRows = 8'000;             // From here on a sorted file is cheaper than the memtable: 1 against 4 to 7 us a row.

std::string key_of(std::string_view view, std::string_view ledger, std::string_view key) {
  std::string out;
  out.reserve(view.size() + ledger.size() + key.size() + 2);
  out.append(view).push_back('\0');
  out.append(ledger).push_back('\0');
  out.append(key);
  return out;
}

std::string meta(std::string_view what, std::string_view of = "") { return kMeta + std::string(what) + '\0' + std::string(of); }

Status world(const std::string& directory, const rocksdb::Status& status) {
  const std::string why = "store " + directory + ": " + status.ToString();
  if (status.IsIOError() && why.find("lock") != std::string::npos) return Status::busy(why + "; another process has it");
  if (status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound()) return Status::corrupt(why + "; run: concordat rebuild");
  return Status::unavailable(why);
}

// One row as a batch leaves it: its bytes, or a message that is still changing, or neither if it was erased.
struct Row {
  std::optional<std::string> bytes;
  std::unique_ptr<google::protobuf::Message> live;

  std::optional<std::string> value() const { return live ? live->SerializeAsString() : bytes; }
};

// What a batch of commits writes. Sorted when it is written.
using Batch = std::unordered_map<std::string, Row>;
using Sorted = std::vector<std::pair<std::string_view, const Row*>>;

Sorted sorted(const Batch& batch) {
  Sorted rows;
  rows.reserve(batch.size());
  for (const auto& [key, row] : batch) rows.emplace_back(key, &row);
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return rows;
}

void set(Batch& batch, std::string key, std::string value) { batch.insert_or_assign(std::move(key), Row{std::move(value), nullptr}); }

// The rows of one view of one ledger while a batch is folded: what was written in it comes before what the store holds.
// A row that cannot be read is noted as damage, and the batch is then not written.
class Overlay final : public Rows {
 public:
  Overlay(rocksdb::DB& db, Batch& batch, std::string& damage, std::string prefix) : db_(db), batch_(batch), damage_(damage), key_(std::move(prefix)), prefix_(key_.size()) {}

  std::optional<std::string> get(std::string_view key) const override {
    const std::string& whole = key_for(key);
    if (const auto found = batch_.find(whole); found != batch_.end()) return found->second.value();
    return stored(whole);
  }
  void put(std::string_view key, std::string_view value) override { batch_.insert_or_assign(key_for(key), Row{std::string(value), nullptr}); }
  void erase(std::string_view key) override { batch_.insert_or_assign(key_for(key), Row{}); }

 private:
  google::protobuf::Message* live(std::string_view key, const google::protobuf::Message& as, bool make) override {
    const std::string& whole = key_for(key);
    auto found = batch_.find(whole);
    if (found != batch_.end() && found->second.live) return found->second.live.get();
    const std::optional<std::string> bytes = found == batch_.end() ? stored(whole) : found->second.bytes;
    if (!bytes && !make) return nullptr;
    std::unique_ptr<google::protobuf::Message> message(as.New());
    if (bytes && !message->ParseFromString(*bytes)) damage_ = "a row does not parse as a " + message->GetTypeName();
    if (found == batch_.end()) found = batch_.try_emplace(whole).first;
    found->second = {std::nullopt, std::move(message)};
    return found->second.live.get();
  }
  std::optional<std::string> stored(const std::string& whole) const {
    std::string value;
    const auto status = db_.Get({}, whole, &value);
    if (status.ok()) return value;
    if (!status.IsNotFound()) damage_ = status.ToString();
    return std::nullopt;
  }
  const std::string& key_for(std::string_view key) const {
    key_.resize(prefix_);
    key_.append(key);
    return key_;
  }
  rocksdb::DB& db_;
  Batch& batch_;
  std::string& damage_;
  mutable std::string key_;               // The prefix, and the key last asked for behind it.
  const std::size_t prefix_;
};

class RocksStore final : public Store {
 public:
  RocksStore(std::string directory, std::unique_ptr<rocksdb::DB> db) : directory_(std::move(directory)), db_(std::move(db)) {}

  Status load(bool writable) {
    std::string format;
    const auto found = db_->Get({}, meta("format"), &format);
    if (found.IsNotFound() && writable) {
      if (auto status = db_->Put({}, meta("format"), kFormat); !status.ok()) return world(directory_, status);
      for (const View* view : all_views())
        if (auto status = db_->Put({}, meta("version", view->name()), std::to_string(view->version())); !status.ok()) return world(directory_, status);
    } else if (found.ok() && format != kFormat) {
      return Status::corrupt("store " + directory_ + ": expected format " + kFormat + ", but it is \"" + format + "\"; run: concordat rebuild");
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
    return writable ? rebuild_raised() : Status();
  }

  journal::Position position() const override { std::shared_lock lock(mutex_); return position_; }
  std::uint64_t sequence(std::string_view ledger) const override {
    std::shared_lock lock(mutex_);
    const auto found = sequences_.find(ledger);
    return found == sequences_.end() ? 0 : found->second;
  }
  std::vector<std::string> ledgers() const override {
    std::shared_lock lock(mutex_);
    std::vector<std::string> out;
    for (const auto& [ledger, sequence] : sequences_) out.push_back(ledger);
    return out;
  }

  Status fold(const std::vector<journal::Counted>& commits) override {
    if (commits.empty()) return {};
    Batch batch;
    Overlays overlays;
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
      if (Status status = fold_into(all_views(), commit, batch, overlays); !status.ok()) return status;
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

  std::optional<std::string> get(std::string_view view, std::string_view ledger, std::string_view key) const override {
    std::string value;
    if (!db_->Get({}, key_of(view, ledger, key), &value).ok()) return std::nullopt;
    return value;
  }

  void scan(std::string_view view, std::string_view ledger, std::string_view prefix, std::string_view start,
            const std::function<bool(std::string_view, std::string_view)>& each) const override {
    const std::string base = key_of(view, ledger, ""), among = base + std::string(prefix);
    const std::unique_ptr<rocksdb::Iterator> row(db_->NewIterator({}));
    for (row->Seek(std::max(among, base + std::string(start))); row->Valid() && row->key().starts_with(among); row->Next()) {
      const std::string_view key(row->key().data() + base.size(), row->key().size() - base.size());
      if (!each(key, {row->value().data(), row->value().size()})) return;
    }
  }

  std::optional<v1::Reply> answered(std::string_view ledger, std::string_view command_id, std::string_view command_digest, bool* same_content) const override {
    const auto row = get(kAnswers, ledger, command_id);
    if (!row || row->size() < 8) return std::nullopt;
    *same_content = std::string_view(*row).substr(8) == command_digest;
    const auto bytes = get(kLedgerView, ledger, ledger_key(get64(*row)));
    v1::Commit commit;
    if (!bytes || !commit.ParseFromString(*bytes)) return std::nullopt;
    return reply_of(commit);
  }

  std::string digest(std::string_view ledger, std::string_view view) const override {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
    const auto add = [&](std::string_view bytes) {
      const std::string size = be64(bytes.size());
      EVP_DigestUpdate(hash.get(), size.data(), size.size());
      EVP_DigestUpdate(hash.get(), bytes.data(), bytes.size());
    };
    std::vector<std::string> names{std::string(kLedgerView)};
    for (const View* one : all_views()) names.emplace_back(one->name());
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

  Status rebuild(std::string_view name, const std::function<void(std::uint64_t)>& progress) override {
    for (const View* view : all_views()) {
      if (view->name() != name) continue;
      const std::string first = std::string(name) + '\0', last = std::string(name) + '\1';
      unflushed_ = true;
      if (auto status = db_->DeleteRange({}, db_->DefaultColumnFamily(), first, last); !status.ok()) return world(directory_, status);
      for (const std::string& ledger : ledgers())
        if (Status status = refold(*view, ledger, progress); !status.ok()) return status;
      if (auto status = db_->Put({}, meta("version", name), std::to_string(view->version())); !status.ok()) return world(directory_, status);
      return {};
    }
    std::string known;
    for (const View* view : all_views()) known += (known.empty() ? "" : ", ") + std::string(view->name());
    return Status::not_found("expected a view (" + known + "), but \"" + std::string(name) + "\" is none");
  }

  Status put_snapshot(std::string_view ledger, const journal::Position& at, std::string_view bytes) override {
    const auto status = db_->Put({}, meta("snapshot", ledger), be64(at.offset) + be64(at.epoch) + be64(at.number) + std::string(bytes));
    return status.ok() ? Status() : world(directory_, status);
  }
  std::optional<std::pair<journal::Position, std::string>> snapshot(std::string_view ledger) const override {
    std::string bytes;
    if (!db_->Get({}, meta("snapshot", ledger), &bytes).ok() || bytes.size() < 24) return std::nullopt;
    return std::pair{journal::Position{get64(bytes), get64(bytes, 8), get64(bytes, 16)}, bytes.substr(24)};
  }

 private:
  using Overlays = std::map<std::string, std::vector<Overlay>, std::less<>>;   // By ledger, in the order of the views.

  Status fold_into(const std::vector<const View*>& views, const v1::Commit& commit, Batch& batch, Overlays& overlays) {
    std::vector<Overlay>& mine = overlays[commit.ledger()];
    if (mine.empty())
      for (const View* view : views) mine.emplace_back(*db_, batch, damage_, key_of(view->name(), commit.ledger(), ""));
    v1::Event event;
    for (int i = 0; i < commit.events_size(); ++i) {
      const std::uint64_t sequence = commit.first_sequence() + static_cast<std::uint64_t>(i);
      if (!event.ParseFromString(commit.events(i)) || event.happened_case() == v1::Event::HAPPENED_NOT_SET)
        return Status::corrupt("ledger " + commit.ledger() + ", sequence " + std::to_string(sequence) + ": expected an event this build knows, but its bytes do not parse as one");
      const Committed committed{commit, event, commit.events(i), sequence, static_cast<std::size_t>(i)};
      for (std::size_t v = 0; v < views.size(); ++v) views[v]->fold(committed, mine[v]);
      if (!damage_.empty()) return Status::corrupt("store " + directory_ + ": " + std::exchange(damage_, {}) + "; run: concordat rebuild");
    }
    return {};
  }

  rocksdb::Status write(const Batch& batch) {
    rocksdb::WriteBatch rows;
    for (const auto& [key, row] : sorted(batch)) {
      if (const auto value = row->value()) rows.Put(rocksdb::Slice(key.data(), key.size()), *value);
      else rows.Delete(rocksdb::Slice(key.data(), key.size()));
    }
    unflushed_ = true;
    return db_->Write({}, &rows);
  }

  // Catching up and rebuilding: the batch is sorted already, so it becomes one file, taken over atomically, position and all.
  rocksdb::Status ingest(const Batch& batch) {
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

  // A view whose version was raised is made again, alone, before anything is read.
  Status rebuild_raised() {
    for (const View* view : all_views()) {
      std::string version;
      if (db_->Get({}, meta("version", view->name()), &version).ok() && version == std::to_string(view->version())) continue;
      if (Status status = rebuild(view->name(), {}); !status.ok()) return status;
    }
    return {};
  }

  Status refold(const View& view, const std::string& ledger, const std::function<void(std::uint64_t)>& progress) {
    Batch batch;
    Overlays overlays;
    Status status;
    std::uint64_t events = 0, written = 0;
    const auto flush = [&] {
      auto done = batch.size() >= kBulkRows ? ingest(batch) : write(batch);
      batch.clear();
      written = events;
      if (!done.ok()) status = world(directory_, done);
      if (progress) progress(events);
    };
    scan(kLedgerView, ledger, "", "", [&](std::string_view, std::string_view bytes) {
      v1::Commit commit;
      if (!commit.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) { status = Status::corrupt("store " + directory_ + ": a commit of ledger " + ledger + " does not parse; run: concordat rebuild"); return false; }
      status = fold_into({&view}, commit, batch, overlays);
      events += static_cast<std::uint64_t>(commit.events_size());
      if (status.ok() && events - written >= kRebuildBatch) flush();
      return status.ok();
    });
    if (status.ok()) flush();
    return status;
  }

  const std::string directory_;
  const std::unique_ptr<rocksdb::DB> db_;
  std::string damage_;                     // Found while folding; empty = none. The writing thread's.
  bool unflushed_ = true;                  // Something may be in the memtable. The writing thread's.
  mutable std::shared_mutex mutex_;        // Guards the two below.
  journal::Position position_;
  std::map<std::string, std::uint64_t, std::less<>> sequences_;
};

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

Result<std::unique_ptr<Store>> open_store(const std::string& directory, bool writable) {
  std::error_code error;
  if (writable) std::filesystem::create_directories(directory, error);
  if (error) return Status::unavailable("store " + directory + ": " + error.message());
  rocksdb::DB* raw = nullptr;
  const auto status = writable ? rocksdb::DB::Open(options_of(), directory, &raw) : rocksdb::DB::OpenForReadOnly(options_of(), directory, &raw);
  std::unique_ptr<rocksdb::DB> db(raw);
  if (!status.ok()) return world(directory, status);
  auto store = std::make_unique<RocksStore>(directory, std::move(db));
  if (Status loaded = store->load(writable); !loaded.ok()) return loaded;
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::string& directory) { return open_store(directory, true); }
Result<std::unique_ptr<Store>> Store::open_read_only(const std::string& directory) { return open_store(directory, false); }

}  // namespace concordat::projections
