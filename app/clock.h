// Milliseconds since 1970, UTC, as the machine has it. Not for the engine, whose only clock is the stamp.
#pragma once

#include <chrono>
#include <cstdint>

namespace concordat::app {

inline std::int64_t now_ms() { return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace concordat::app
