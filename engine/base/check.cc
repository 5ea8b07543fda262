#include "engine/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace concordat {
void check_failed(const char* expression, const char* file, int line, const char* why) noexcept {
  std::fprintf(stderr, "CHECK failed at %s:%d: %s (%s)\n", file, line, expression, why);
  std::abort();
}
}  // namespace concordat
