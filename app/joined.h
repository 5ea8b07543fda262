// A list in one line, for people.
#pragma once

#include <string>

namespace concordat::app {

// Any range of strings, in its order. Empty for none.
template <typename List>
std::string joined(const List& all, const char* between = ", ") {
  std::string out;
  for (const auto& one : all) out.append(out.empty() ? "" : between).append(one);
  return out;
}

}  // namespace concordat::app
