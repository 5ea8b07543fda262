// Which rule versions answer for a body and a matter type on a day, and in which order they are asked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/record/when.h"
#include "engine/state.h"

namespace concordat::v1 { class Rule; }

namespace concordat {

// Resolution order: terms of reference, standing orders (its own, then those of the board whose committee it is, and so on
// up), instrument, adopted assumption; within a layer those for this matter type before those for all. Of each rule the
// newest version in force. What the first does not state, the next is asked. `rule` names one rule; empty = any rule of
// the body. `parent`: whose committee it is where the record does not say. Empty = none: not determined.
// Source: rules.md sections 3 and 8.
std::vector<const v1::Rule*> rules_in_force(const State& state, std::string_view rule, std::string_view body, std::string_view matter_type, record::Day day,
                                            std::string_view parent = {});

// Is that a committee of the other, or of one of its committees, by `parent` in the record?
bool is_under(const State& state, std::string_view body, std::string_view above, record::Day day);

// A rule of the same body and layer that states the same for the same matters and days: which of them holds nobody could
// say. Null if there is none; `heading` says what both state.
const v1::Rule* contradicts(const State& state, const v1::Rule& rule, std::string* heading);

}  // namespace concordat
