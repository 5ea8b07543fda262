// What facts must not say together, with one another or with the record. Refused where it is said.
#pragma once

#include <vector>

#include "engine/work.h"

namespace concordat {

// - statements_contradict: the same words of the same source give a one-valued word two values. (Two sources, or two places
//   of one, may disagree: the record keeps both, and answers "not determined".)
// - graph_goes_round: with them an issue could be sent round in circles, today or from some later day on. What was so in
//   years that are past is history, and kept.
// - area_overlap: a place would be of two areas at once. In one act it leaves one and enters the other; sourced history is kept.
// REQUIRES: each fact by itself was checked.
Refusal check_together(const Work& work, const std::vector<v1::Fact>& facts);

}  // namespace concordat
