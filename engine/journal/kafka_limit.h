// What the Kafka client alone can do: the limits that benches are measured against. No epochs, no engine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/status.h"

namespace concordat::journal {

// Seconds to produce those frames, acknowledged by the broker, with the journal's own settings.
Result<double> raw_produce_s(const std::string& bootstrap, const std::string& topic, const std::vector<std::string>& frames);

struct RoundTrips { double per_s = 0, p50_ms = 0, p99_ms = 0; };
// Produce and read back with so many in flight.
Result<RoundTrips> raw_round_trips(const std::string& bootstrap, const std::string& topic, const std::vector<std::string>& frames, std::size_t in_flight);

}  // namespace concordat::journal
