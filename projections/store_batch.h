// What a batch of commits writes into the store, before it is written. For the store alone.
#pragma once

#include <rocksdb/db.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "projections/view.h"

namespace concordat::projections {

inline std::string key_of(std::string_view view, std::string_view ledger, std::string_view key) {
  std::string out;
  out.reserve(view.size() + ledger.size() + key.size() + 2);
  out.append(view).push_back('\0');
  out.append(ledger).push_back('\0');
  out.append(key);
  return out;
}

inline const std::string kAnswers = "answers";       // Command id -> first sequence, digest. Not a view: replies need it.

inline std::string meta(std::string_view what, std::string_view of = "") { return std::string(1, '\0') + std::string(what) + '\0' + std::string(of); }

inline Status world(const std::string& directory, const rocksdb::Status& status) {
  const std::string why = "store " + directory + ": " + status.ToString();
  if (status.IsIOError() && why.find("lock") != std::string::npos && why.find("Permission") == std::string::npos)
    return Status::busy("store " + directory + ": another process has it; stop that process, or ask it instead (serve)");
  if (why.find("Permission denied") != std::string::npos)
    return Status::invalid("store " + directory + ": expected a directory that this account may write to, but it may not (" + status.ToString() + ")");
  if (status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound()) return Status::corrupt(why + "; run: concordat rebuild");
  return Status::unavailable(why);
}

// One row as a batch leaves it: its bytes, or a message that is still changing, or neither if it was erased.
struct Row {
  std::optional<std::string> bytes;
  std::unique_ptr<google::protobuf::Message> live;

  std::optional<std::string> value() const { return live ? live->SerializeAsString() : bytes; }
  // The same without a copy, in `room` if it has to be made; data() null: erased.
  std::string_view view(std::string* room) const {
    if (live) live->SerializeToString(room);
    const std::string* there = live ? room : bytes ? &*bytes : nullptr;
    return there == nullptr ? std::string_view() : std::string_view(there->data(), there->size());
  }
};

// What a batch of commits writes. Sorted when it is written.
using Batch = std::unordered_map<std::string, Row>;
using Added = std::vector<std::pair<std::string, Row>>;      // Rows that nothing of the batch looks at: each key once.
using Sorted = std::vector<std::pair<std::string_view, const Row*>>;

inline Sorted sorted(const Batch& batch, const Added& added) {
  const auto before = [](const auto& a, const auto& b) { return a.first < b.first; };
  Sorted rows;
  rows.reserve(batch.size() + added.size());
  for (const auto& [key, row] : added) rows.emplace_back(key, &row);
  if (!std::is_sorted(rows.begin(), rows.end(), before)) std::sort(rows.begin(), rows.end(), before);
  const auto middle = static_cast<std::ptrdiff_t>(rows.size());
  for (const auto& [key, row] : batch) rows.emplace_back(key, &row);
  std::sort(rows.begin() + middle, rows.end(), before);
  std::inplace_merge(rows.begin(), rows.begin() + middle, rows.end(), before);
  return rows;
}

inline void set(Batch& batch, std::string key, std::string value) { batch.insert_or_assign(std::move(key), Row{std::move(value), nullptr}); }

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

// A view and the place of the rows that are meant.
struct Placed { const View* view; std::string place; };

// What is folded into places, until it is written. Overlays refer to it.
struct Folding {
  Batch batch;
  Added added;
  std::size_t size() const { return batch.size() + added.size(); }
  std::string damage;                                // Found while folding; empty = none.
  std::map<std::string, std::vector<Overlay>, std::less<>> overlays;   // By ledger, in the order of the places.
};

}  // namespace concordat::projections
