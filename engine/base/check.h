// CHECK: we are wrong. Always on; prints the expression and where, then traps. Never caught, never "handled".
// Anything that comes from outside is a Status or a Refusal, never a CHECK.
#pragma once

namespace concordat {
[[noreturn]] void check_failed(const char* expression, const char* file, int line, const char* why) noexcept;
}  // namespace concordat

#define CHECK(expression, why)                                                       \
  do {                                                                               \
    if (!(expression)) ::concordat::check_failed(#expression, __FILE__, __LINE__, why); \
  } while (false)
