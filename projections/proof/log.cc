#include "projections/proof/log.h"

#include <google/protobuf/wrappers.pb.h>

#include "projections/views/proof.h"

namespace concordat::projections::proof {
namespace {

constexpr std::size_t kHash = 32;

}  // namespace

Log::Log(const Store& store, std::string ledger) : store_(store), ledger_(std::move(ledger)), size_(store.sequence(ledger_)) {}

const std::string& Log::row(unsigned k, std::uint64_t n) {
  const auto [at, fresh] = rows_.try_emplace({k, n});
  if (!fresh) return at->second;
  const auto bytes = store_.get(kProofView, ledger_, proof_key(k, n));
  google::protobuf::BytesValue value;
  if (bytes && value.ParseFromString(*bytes)) at->second = value.value();
  return at->second;
}

// A subtree between two kept levels is hashed from the kept ones below it.
Hash Log::node(unsigned level, std::uint64_t n) {
  const unsigned k = level / kProofRowBits, above = level % kProofRowBits;
  const std::uint64_t first = n << above, in_row = first & ((1u << kProofRowBits) - 1);
  const std::string& hashes = row(k, first >> kProofRowBits);
  if (hashes.size() < ((in_row + (1u << above)) * kHash)) {
    damaged_ = true;
    return Hash(kHash, '\0');
  }
  return subtree(std::string_view(hashes).substr(in_row * kHash, kHash << above));
}

Status Log::within(std::uint64_t size) const {
  if (size <= size_) return {};
  return Status::invalid("expected a size of the log of ledger " + ledger_ + ", 0 to " + std::to_string(size_) + ", but it is " + std::to_string(size));
}

template <typename Out, typename Make> Result<Out> Log::told(Make make) {
  rows_.clear();
  damaged_ = false;
  Out out = make([this](unsigned level, std::uint64_t n) { return node(level, n); });
  if (damaged_) return Status::corrupt("the log of ledger " + ledger_ + ": expected the hashes of " + std::to_string(size_) + " events, but some are missing; run: concordat rebuild --view proof");
  return out;
}

Result<Hash> Log::root(std::uint64_t size) {
  if (Status status = within(size); !status.ok()) return status;
  return told<Hash>([&](const Nodes& nodes) { return proof::root(size, nodes); });
}
Result<Hash> Log::leaf(std::uint64_t index) {
  if (Status status = within(index + 1); !status.ok()) return status;
  return told<Hash>([&](const Nodes& nodes) { return nodes(0, index); });
}
Result<std::vector<Hash>> Log::inclusion(std::uint64_t index, std::uint64_t size) {
  if (Status status = within(size); !status.ok()) return status;
  if (index >= size) return Status::invalid("expected an event of the first " + std::to_string(size) + ", but it is event " + std::to_string(index + 1));
  return told<std::vector<Hash>>([&](const Nodes& nodes) { return proof::inclusion(index, size, nodes); });
}
Result<std::vector<Hash>> Log::consistency(std::uint64_t old_size, std::uint64_t size) {
  if (Status status = within(size); !status.ok()) return status;
  if (old_size > size) return Status::invalid("expected an earlier size not above " + std::to_string(size) + ", but it is " + std::to_string(old_size));
  return told<std::vector<Hash>>([&](const Nodes& nodes) { return proof::consistency(old_size, size, nodes); });
}
Result<std::string> Log::hashes(unsigned level, std::uint64_t n, std::uint64_t count) {
  if (Status status = within((n + count) << level); !status.ok()) return status;
  return told<std::string>([&](const Nodes& nodes) {
    std::string out;
    for (std::uint64_t i = n; i < n + count; ++i) out += nodes(level, i);
    return out;
  });
}

}  // namespace concordat::projections::proof
