#include "projections/proof/leaf.h"

#include "concordat/v1/ledger.pb.h"
#include "projections/bytes.h"
#include "projections/proof/tree.h"

namespace concordat::projections::proof {
namespace {

void put32(std::uint64_t number, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(static_cast<char>(number >> shift));
}
void field(std::string_view bytes, std::string* out) {
  put32(bytes.size(), out);
  out->append(bytes);
}

// Takes from the front; once something is missing, everything after it is.
struct Reader {
  std::string_view left;
  bool good = true;

  std::string_view take(std::size_t size) {
    if (left.size() < size) good = false;
    const std::string_view out = left.substr(0, good ? size : 0);
    left.remove_prefix(out.size());
    return out;
  }
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t out = 0;
    for (const char byte : take(bytes)) out = out << 8 | static_cast<unsigned char>(byte);
    return out;
  }
  std::string text() { return std::string(take(number(4))); }
};

}  // namespace

std::string envelope_of(const v1::Commit& commit) {
  std::string out(kEnvelopeHead);
  out.reserve(256);
  field(commit.ledger(), &out);
  put64(commit.first_sequence(), &out);
  put64(static_cast<std::uint64_t>(commit.events_size()), &out);
  field(commit.command_id(), &out);
  field(commit.command_digest(), &out);
  put64(static_cast<std::uint64_t>(commit.stamp().time_ms()), &out);
  field(commit.stamp().principal(), &out);
  field(commit.actor().who(), &out);
  put32(static_cast<std::uint32_t>(commit.actor().capacity()), &out);
  field(commit.actor().on_behalf_of(), &out);
  field(commit.actor().mandate(), &out);
  field(commit.acted_on(), &out);
  out.push_back(commit.backfill() ? '\1' : '\0');
  return out;
}

std::string leaf_of(std::uint64_t sequence, std::uint64_t time_ms, std::string_view envelope, std::string_view event_bytes) {
  std::string out(kLeafHead);
  out.reserve(kLeafBytes);
  put64(sequence, &out);
  put64(time_ms, &out);
  out.append(sha256(envelope)).append(sha256(event_bytes));
  return out;
}

bool read_envelope(std::string_view bytes, Envelope* out) {
  Reader reader{bytes};
  if (reader.take(kEnvelopeHead.size()) != kEnvelopeHead) return false;
  out->ledger = reader.text();
  out->first_sequence = reader.number(8);
  out->events = reader.number(8);
  out->command_id = reader.text();
  out->command_digest = reader.text();
  out->time_ms = reader.number(8);
  out->principal = reader.text();
  out->who = reader.text();
  out->capacity = static_cast<std::uint32_t>(reader.number(4));
  out->on_behalf_of = reader.text();
  out->mandate = reader.text();
  out->acted_on = reader.text();
  const std::uint64_t backfill = reader.number(1);
  out->backfill = backfill == 1;
  return reader.good && reader.left.empty() && backfill <= 1;
}

}  // namespace concordat::projections::proof
