// Counting what was said, for one test of a decision: by person or by party, weighted or by heads.
#pragma once

#include <cstdint>

namespace concordat::v1 { class DecisionRule; class DecisionRule_Limb; class Rule; }

namespace concordat::rules {

struct Roll;

// The options under which a decision is evaluated.
struct DecisionOptions { int tie, abstain, multi_seat, unit, within_party; };

// In votes: `all` of the electorate, whether there or not; `present` and entitled; and what they said.
struct Tally {
  std::uint64_t in_favour = 0, against = 0, abstained = 0, all = 0, present = 0;
};

Tally tally(const v1::Rule& rule, const v1::DecisionRule& decision, const v1::DecisionRule_Limb& limb, const Roll& roll, const DecisionOptions& chosen);

}  // namespace concordat::rules
