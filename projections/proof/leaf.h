// What a leaf of the log says, defined here and nowhere else. Anyone can rebuild it from an event, its commit and SHA-256:
//
//   field    = u32 length · bytes                     integers are unsigned and big-endian throughout
//   envelope = "concordat-envelope/v1\n" · field(ledger) · u64 first_sequence · u64 events in the commit
//              · field(command_id) · field(command_digest) · u64 time_ms · field(principal)
//              · field(who) · u32 capacity · field(on_behalf_of) · field(mandate) · field(acted_on) · u8 backfill
//   leaf     = "concordat-leaf/v1\n" · u64 sequence · u64 time_ms · SHA-256(envelope) · SHA-256(event as written)
//
// The envelope is that of the commit: who, for whom, when, on what command, and how many events in one act. A leaf is 98
// bytes whatever the event, and holds no words of it, so it may be published. Leaf index = sequence - 1.
// A change of shape is a new version in the first line; leaves of old events keep theirs for ever.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace concordat::v1 { class Commit; }

namespace concordat::projections::proof {

inline constexpr std::string_view kLeafHead = "concordat-leaf/v1\n";
inline constexpr std::string_view kEnvelopeHead = "concordat-envelope/v1\n";
inline constexpr std::size_t kLeafBytes = 98;

std::string envelope_of(const v1::Commit& commit);
std::string leaf_of(std::uint64_t sequence, std::uint64_t time_ms, std::string_view envelope, std::string_view event_bytes);

// An envelope read back, for verifiers: false unless it is exactly an envelope, to the last byte.
struct Envelope {
  std::string ledger, command_id, command_digest, principal, who, on_behalf_of, mandate, acted_on;
  std::uint64_t first_sequence = 0, events = 0, time_ms = 0;
  std::uint32_t capacity = 0;
  bool backfill = false;
};
bool read_envelope(std::string_view bytes, Envelope* out);

}  // namespace concordat::projections::proof
