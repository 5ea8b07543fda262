#include "projections/store_reads.h"

#include <openssl/evp.h>

#include <algorithm>
#include <mutex>

#include "engine/base/hex.h"
#include "projections/bytes.h"
#include "projections/hash.h"
#include "projections/reply.h"
#include "projections/views/ledger.h"

namespace concordat::projections {

Status Reads::load_position() {
  std::string bytes;
  journal::Position position;
  std::map<std::string, std::uint64_t, std::less<>> sequences;
  std::vector<Placed> places;
  if (rows_.Get(as_of_, meta("position"), &bytes).ok() && bytes.size() == 24) position = {get64(bytes), get64(bytes, 8), get64(bytes, 16)};
  const std::unique_ptr<rocksdb::Iterator> all(rows_.NewIterator(as_of_));
  const std::string prefix = meta("sequence");
  for (all->Seek(prefix); all->Valid() && all->key().starts_with(prefix); all->Next())
    sequences[all->key().ToString().substr(prefix.size())] = get64(std::string_view(all->value().data(), all->value().size()));
  if (!all->status().ok()) return world(directory_, all->status());
  for (const View* view : views_) {
    std::string place;
    const auto there = rows_.Get(as_of_, meta("place", view->name()), &place);
    if (!there.ok() && !there.IsNotFound()) return world(directory_, there);
    places.push_back({view, there.ok() ? place : std::string(view->name())});
  }
  const std::unique_lock lock(mutex_);
  position_ = position;
  sequences_ = std::move(sequences);
  places_ = std::move(places);
  return {};
}

journal::Position Reads::position() const { std::shared_lock lock(mutex_); return position_; }
std::uint64_t Reads::sequence(std::string_view ledger) const {
  std::shared_lock lock(mutex_);
  const auto found = sequences_.find(ledger);
  return found == sequences_.end() ? 0 : found->second;
}
std::vector<std::string> Reads::ledgers() const {
  std::shared_lock lock(mutex_);
  std::vector<std::string> out;
  for (const auto& [ledger, sequence] : sequences_) out.push_back(ledger);
  return out;
}

std::optional<std::string> Reads::get(std::string_view view, std::string_view ledger, std::string_view key) const {
  std::string value;
  std::shared_lock lock(mutex_);                     // Held until it is read: the rows of a place go when it is left.
  if (!rows_.Get(as_of_, key_of(place_of(view), ledger, key), &value).ok()) return std::nullopt;
  return value;
}

void Reads::scan(std::string_view view, std::string_view ledger, std::string_view prefix, std::string_view start,
          const std::function<bool(std::string_view, std::string_view)>& each) const {
  std::shared_lock lock(mutex_);
  const std::string base = key_of(place_of(view), ledger, ""), among = base + std::string(prefix);
  const std::unique_ptr<rocksdb::Iterator> row(rows_.NewIterator(as_of_));
  lock.unlock();                                     // The iterator keeps what was there.
  for (row->Seek(std::max(among, base + std::string(start))); row->Valid() && row->key().starts_with(among); row->Next()) {
    const std::string_view key(row->key().data() + base.size(), row->key().size() - base.size());
    if (!each(key, {row->value().data(), row->value().size()})) return;
  }
}

std::optional<v1::Reply> Reads::answered(std::string_view ledger, std::string_view command_id, std::string_view command_digest, bool* same_content) const {
  const auto row = get(kAnswers, ledger, command_id);
  if (!row || row->size() < 8) return std::nullopt;
  *same_content = std::string_view(*row).substr(8) == command_digest;
  const auto bytes = get(kLedgerView, ledger, ledger_key(get64(*row)));
  v1::Commit commit;
  if (!bytes || !commit.ParseFromString(*bytes)) return std::nullopt;
  return reply_of(commit);
}

std::string Reads::digest(std::string_view ledger, std::string_view view) const {
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
  std::string out(32, '\0');
  EVP_DigestFinal_ex(hash.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr);
  return hex(out);
}

std::optional<std::pair<journal::Position, std::string>> Reads::snapshot(std::string_view ledger) const {
  std::string bytes;
  if (!rows_.Get(as_of_, meta("snapshot", ledger), &bytes).ok() || bytes.size() < 24) return std::nullopt;
  return std::pair{journal::Position{get64(bytes), get64(bytes, 8), get64(bytes, 16)}, bytes.substr(24)};
}


std::string_view Reads::place_of(std::string_view view) const {
  for (const Placed& one : places_)
    if (one.view->name() == view) return one.place;
  return view;                                       // Rows that are no view's: the ledger, the answers.
}

}  // namespace concordat::projections
