// A parameter that a rule leaves open is tried with every option it could have. Same outcome: that one, with a note.
// Different outcomes: not determined, naming the parameters on which it turns. Source: rules.md section 5.2.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace concordat::v1 { class Ruling; }

namespace concordat::rules {

struct Option {
  const char* parameter;                 // "multi_seat"
  int* value;                            // Where the tried option goes; 0 = unset.
  std::vector<int> all;                  // Its options.
  bool matters;                          // Could make a difference here; an unset one that cannot is not tried.
};

v1::Ruling over_options(std::vector<Option> options, const std::function<v1::Ruling()>& evaluate);

}  // namespace concordat::rules
