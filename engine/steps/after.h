// What a rule's clocks ask after a decision that no open meeting carries: taken in writing, by one person, or by each delegate
// for itself. It is a matter beside the decided one, whose end waits for nobody.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/steps/item.h"

namespace concordat::steps {

// Where such a matter stands, from its opening to its end. The only step that no procedure has: none of theirs is called "end".
const v1::Step& after_decision();

// Decided at that step by that body: opens the matter, if a frozen rule has a clock that counts from a decision.
void clocks_after(Work& work, const Matter& decided, const std::string& step, const std::string& body);
// One of them has been met: clocks that count from it start.
void next_clocks(Work& work, const std::string& matter, const std::string& obligation);

// ---- meet_clocks.cc: shared by both ----
// The clocks that count from there, of several rules the first that has each, as obligations of `matter` at `step`.
struct Counting { std::string matter, step, about, body, calendar; std::string on; };   // `on`: the day of the meeting, if there is one.
std::vector<v1::Event> counting_from(const Work& work, const std::vector<const v1::Rule*>& rules, std::string_view from, const Counting& at);

}  // namespace concordat::steps
