// Kafka's Java client's murmur2, so that a ledger's partition is the one every Kafka tool computes for its key.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/check.h"
#include "engine/runtime/partition.h"

namespace concordat::runtime {
namespace {

std::uint32_t byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

std::uint32_t murmur2(std::string_view text) {
  constexpr std::uint32_t kMix = 0x5bd1e995;
  std::uint32_t hash = 0x9747b28c ^ static_cast<std::uint32_t>(text.size());
  std::size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    std::uint32_t word = byte_at(text, i) | byte_at(text, i + 1) << 8 | byte_at(text, i + 2) << 16 | byte_at(text, i + 3) << 24;
    word *= kMix;
    word ^= word >> 24;
    word *= kMix;
    hash = hash * kMix ^ word;
  }
  const std::size_t left = text.size() - i;
  if (left >= 3) hash ^= byte_at(text, i + 2) << 16;
  if (left >= 2) hash ^= byte_at(text, i + 1) << 8;
  if (left >= 1) hash = (hash ^ byte_at(text, i)) * kMix;
  hash ^= hash >> 13;
  hash *= kMix;
  return hash ^ hash >> 15;
}

}  // namespace

std::uint32_t partition_of(std::string_view ledger, std::uint32_t partitions) {
  CHECK(partitions > 0, "a topic has partitions");
  return (murmur2(ledger) & 0x7fffffff) % partitions;
}

}  // namespace concordat::runtime
