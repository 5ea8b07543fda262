// Whom a rule means by a name, and which of its parts apply.
#pragma once

#include <string>

#include "engine/rules/rules.h"

namespace concordat::rules {

bool may_vote(const Seat& seat);                                       // Present, with a vote, not barred.
bool is_office(const Seat& seat, const std::string& office);           // Tied to it, or held by it.
bool holds(const Roll& roll, const std::string& condition);            // An empty condition always does.

// The roll in which only those have a vote to whom the rule gives one. `kept` holds it if it differs from `roll`.
const Roll& with_votes(const v1::Rule& rule, const Roll& roll, Roll* kept);

// Does a case with these words apply to the roll?
template <typename Case>
bool applies(const Case& one, const Roll& roll) {
  if (!holds(roll, one.when())) return false;
  if (one.matter_types().empty()) return true;
  for (const std::string& type : one.matter_types())
    if (type == roll.matter_type) return true;
  return false;
}

}  // namespace concordat::rules
