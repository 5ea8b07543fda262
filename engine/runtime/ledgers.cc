#include "engine/runtime/ledgers.h"

#include "concordat/v1/ledger.pb.h"
#include "projections/views/ledger.h"

namespace concordat::runtime {
namespace {

constexpr char kSnapshotFormat = 1;

void put(std::string* out, std::uint64_t number) {          // Base 128, low groups first.
  for (; number >= 0x80; number >>= 7) out->push_back(static_cast<char>(number | 0x80));
  out->push_back(static_cast<char>(number));
}

bool take(std::string_view* in, std::uint64_t* number) {
  *number = 0;
  for (unsigned shift = 0; shift < 64 && !in->empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in->front());
    in->remove_prefix(1);
    *number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

std::string encode(const Snapshot& snapshot) {
  std::string out(1, kSnapshotFormat);
  put(&out, snapshot.last_sequence);
  put(&out, static_cast<std::uint64_t>(snapshot.last_stamp_ms));
  put(&out, snapshot.open.size());
  for (const std::string& id : snapshot.open) { put(&out, id.size()); out += id; }
  put(&out, snapshot.commits.size());
  std::uint64_t before = 0;
  for (const std::uint64_t commit : snapshot.commits) { put(&out, commit - before); before = commit; }
  return out;
}

// False: not a snapshot of this format; it is ignored and the ledger folded from the beginning.
bool decode(std::string_view in, Snapshot* out) {
  if (in.empty() || in.front() != kSnapshotFormat) return false;
  in.remove_prefix(1);
  std::uint64_t stamp = 0, count = 0, size = 0, commit = 0, before = 0;
  if (!take(&in, &out->last_sequence) || !take(&in, &stamp) || !take(&in, &count)) return false;
  out->last_stamp_ms = static_cast<std::int64_t>(stamp);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!take(&in, &size) || size > in.size()) return false;
    out->open.emplace_back(in.substr(0, size));
    in.remove_prefix(size);
  }
  if (!take(&in, &count)) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!take(&in, &commit)) return false;
    out->commits.push_back(before += commit);
  }
  return in.empty();
}

Result<v1::Commit> parse(std::string_view bytes, const std::string& ledger) {
  v1::Commit commit;
  if (commit.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return commit;
  return Status::corrupt("ledger " + ledger + ": a commit in the store does not parse; run: concordat rebuild");
}

}  // namespace

Status Ledgers::recover() {
  states_.clear();
  for (const std::string& ledger : store_.ledgers())
    if (Status status = recover(ledger); !status.ok()) return status;
  return {};
}

Status Ledgers::recover(const std::string& ledger) {
  One& one = states_[ledger];
  Snapshot snapshot;
  const auto stored = store_.snapshot(ledger);
  if (stored && decode(stored->second, &snapshot) && snapshot.last_sequence <= store_.sequence(ledger)) {
    for (const std::uint64_t first : snapshot.commits) {
      const auto bytes = store_.get(projections::kLedgerView, ledger, projections::ledger_key(first));
      if (!bytes) return Status::corrupt("ledger " + ledger + ": the commit at " + std::to_string(first) + " is missing from the store; run: concordat rebuild");
      auto commit = parse(*bytes, ledger);
      if (!commit.ok()) return commit.status();
      if (Status status = restore(one.state, snapshot, *commit); !status.ok()) return status;
    }
    finish(one.state, snapshot);
    one.snapshot_at = snapshot.last_sequence;
  }
  Status status;
  store_.scan(projections::kLedgerView, ledger, "", projections::ledger_key(one.state.last_sequence + 1), [&](std::string_view, std::string_view bytes) {
    auto commit = parse(bytes, ledger);
    status = commit.ok() ? concordat::evolve(one.state, *commit) : commit.status();
    return status.ok();
  });
  this->stored(ledger, one.state.last_sequence);
  return status;
}

void Ledgers::stored(const std::string& ledger, std::uint64_t sequence) {
  auto& closed = state(ledger).just_closed;
  std::erase_if(closed, [&](const auto& one) { return one.second.sequence <= sequence; });
}

Status Ledgers::take_snapshots(const journal::Position& at, std::uint64_t every) {
  for (auto& [ledger, one] : states_) {
    if (one.state.last_sequence < one.snapshot_at + every) continue;
    if (Status status = store_.put_snapshot(ledger, at, encode(snapshot(one.state))); !status.ok()) return status;
    one.snapshot_at = one.state.last_sequence;
  }
  return {};
}

}  // namespace concordat::runtime
