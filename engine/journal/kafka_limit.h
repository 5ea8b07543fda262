// What the Kafka client alone can do: the limits that benches are measured against. No epochs, no engine.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"

namespace concordat::journal {

// Seconds to produce those records, acknowledged by the broker, with the journal's own settings.
Result<double> raw_produce_s(const std::string& bootstrap, const std::string& topic, const std::vector<std::string>& records);

// Calls `each` with the payload (behind the journal's frame head) of every commit of partition 0, with the journal's own settings.
Status raw_consume(const std::string& bootstrap, const std::string& topic, const std::function<void(std::string_view payload)>& each);

// Calls `each` with the value of every record that comes on partition 0 from now on and is committed, until it returns false; now and
// then with nothing, so that it can. `there` is
// called once when nothing can be missed any more.
Status raw_follow(const std::string& bootstrap, const std::string& topic, const std::function<void()>& there, const std::function<bool(std::string_view value)>& each);

// Produces and reads back with so many in flight: `count` records, taken from `records` in turn, or as many as go in `seconds`.
struct RoundTrip { const std::vector<std::string>& records; std::size_t in_flight = 1; std::uint64_t count = ~0ull; double seconds = 120; };
struct RoundTrips { double per_s = 0, p50_ms = 0, p99_ms = 0; };
Result<RoundTrips> raw_round_trips(const std::string& bootstrap, const std::string& topic, const RoundTrip& trip);

// Takes a bench's topic away again. Fine if there is none.
Status drop_topic(const std::string& bootstrap, const std::string& topic);

}  // namespace concordat::journal
