#include "engine/procedures/lanes.h"

#include <algorithm>
#include <cstdlib>

namespace concordat::procedures {

Lanes lanes_of(std::vector<std::pair<int, int>> ways) {
  struct Span { int first, last, lane; };
  const auto length = [](const std::pair<int, int>& one) { return std::abs(one.first - one.second); };
  std::stable_sort(ways.begin(), ways.end(), [&](const auto& a, const auto& b) { return length(a) < length(b); });
  Lanes out;
  std::vector<Span> taken;
  for (const auto& one : ways) {
    const int first = std::min(one.first, one.second), last = std::max(one.first, one.second);
    const auto clashes = [&](int lane) { return std::any_of(taken.begin(), taken.end(), [&](const Span& span) { return span.lane == lane && span.first <= last && first <= span.last; }); };
    int free = 0;
    while (clashes(free)) ++free;
    taken.push_back({first, last, free});
    out.lane[one] = free;
    out.count = std::max(out.count, free + 1);
  }
  return out;
}

}  // namespace concordat::procedures
