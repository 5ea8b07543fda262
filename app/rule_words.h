// What a rule says, heading by heading, in words. Only what it states; what it leaves out is no clause.
#pragma once

#include <string>
#include <vector>

namespace concordat::v1 { class Rule; }

namespace concordat::app {

struct Clause {
  std::string heading;       // As in the rule: "quorum", "decision", …
  std::string words;
};
std::vector<Clause> clauses_of(const v1::Rule& rule);

}  // namespace concordat::app
