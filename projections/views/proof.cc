#include "projections/views/proof.h"

#include <google/protobuf/wrappers.pb.h>

#include "projections/bytes.h"
#include "projections/proof/leaf.h"
#include "projections/proof/tree.h"

namespace concordat::projections {
namespace {

constexpr std::uint64_t kWidth = 1u << kProofRowBits;
constexpr std::size_t kHash = 32;

class Proof final : public View {
 public:
  std::string_view name() const override { return kProofView; }
  std::uint32_t version() const override { return 1; }

  void fold(const Committed& c, Rows& rows) const override {
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
const View& proof_view() { static const Proof view; return view; }

}  // namespace concordat::projections
