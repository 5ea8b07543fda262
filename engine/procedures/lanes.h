// Lanes beside a column of steps, for the ways that do not lead to the next one. For whoever draws.
#pragma once

#include <map>
#include <utility>
#include <vector>

namespace concordat::procedures {

struct Lanes {
  std::map<std::pair<int, int>, int> lane;                   // (from, to), by place in the column -> lane, from 0: the nearest.
  int count = 0;
};
// Short ways are nearest, so that few cross; those that do not meet share a lane.
Lanes lanes_of(std::vector<std::pair<int, int>> ways);

}  // namespace concordat::procedures
