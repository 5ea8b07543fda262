#include "projections/views/proof.h"

#include <google/protobuf/wrappers.pb.h>

#include "projections/bytes.h"
#include "projections/proof/leaf.h"
#include "projections/proof/tree.h"

namespace concordat::projections {
namespace {

constexpr std::uint64_t kWidth = 1u << kProofRowBits;
constexpr std::size_t kHash = 32;

std::string published_key(std::string_view kind, std::string_view id, std::uint32_t version) {
  return std::string(kind).append(id) + '\0' + be64(version);
}

// A name stands where it was first published: a version never changes, and a document's later entry does not unsay the first.
void publish(const std::string& key, std::uint64_t sequence, Rows& rows) {
  if (!rows.get(key)) rows.put(key, be64(sequence));
}

std::uint64_t found(const Store& store, std::string_view ledger, const std::string& key) {
  const auto row = store.get(kProofView, ledger, key);
  return row && row->size() == 8 ? get64(*row) : 0;
}

class Proof final : public View {
 public:
  std::string_view name() const override { return kProofView; }
  std::uint32_t version() const override { return 1; }

  void fold(const Committed& c, Rows& rows) const override {
    if (c.event.has_rule_published()) publish(published_key("r/", c.event.rule_published().rule().id(), c.event.rule_published().rule().version()), c.sequence, rows);
    if (c.event.has_procedure_published()) publish(published_key("p/", c.event.procedure_published().procedure().id(), c.event.procedure_published().procedure().version()), c.sequence, rows);
    if (c.event.has_document_registered()) publish(published_key("d/", c.event.document_registered().document().id(), 0), c.sequence, rows);
    proof::Hash hash = proof::leaf_hash(proof::leaf_of(c.sequence, static_cast<std::uint64_t>(c.commit.stamp().time_ms()), proof::envelope_of(c.commit), c.bytes));
    std::uint64_t index = c.sequence - 1;
    for (unsigned k = 0;; ++k, index >>= kProofRowBits) {
      std::string& row = *rows.at<google::protobuf::BytesValue>(proof_key(k, index >> kProofRowBits)).mutable_value();
      row += hash;
      if (row.size() != kWidth * kHash) return;
      hash = proof::subtree(row);
    }
  }
};

}  // namespace

std::string proof_key(unsigned k, std::uint64_t n) { return std::string(1, static_cast<char>(k)) + be64(n); }
std::uint64_t find_rule(const Store& store, std::string_view ledger, std::string_view id, std::uint32_t version) { return found(store, ledger, published_key("r/", id, version)); }
std::uint64_t find_procedure(const Store& store, std::string_view ledger, std::string_view id, std::uint32_t version) { return found(store, ledger, published_key("p/", id, version)); }
std::uint64_t find_document(const Store& store, std::string_view ledger, std::string_view id) { return found(store, ledger, published_key("d/", id, 0)); }
const View& proof_view() { static const Proof view; return view; }

}  // namespace concordat::projections
