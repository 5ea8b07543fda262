// How a rule wants an item decided: together, or by which vote.
#pragma once

#include <string>

#include "engine/rules/rules.h"

namespace concordat::rules {

struct Way {
  bool consensus = false;     // It is tried first, or alone.
  bool vote = false;          // A vote follows without it, or instead of it.
  std::string words;          // "a vote: majority of those present and voting, one vote for each party; a tie is not carried".
};

// By the rule's decision, or the case of it that applies to the roll.
// REQUIRES: the rule states a decision.
Way way_of_deciding(const v1::Rule& rule, const Roll& roll);

}  // namespace concordat::rules
