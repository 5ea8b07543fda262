// An instant as RFC 3339 has it: UTC, to the millisecond.
#pragma once

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>

namespace concordat::app {

inline std::string rfc3339(std::int64_t time_ms) {
  const std::time_t seconds = time_ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[96];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(time_ms % 1000));
  return text;
}

}  // namespace concordat::app
