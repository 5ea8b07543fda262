// A rule's own test vectors: what its text says must come of a given room and vote.
#pragma once

#include <string>
#include <vector>

namespace concordat::v1 { class Rule; class RuleCase; }

namespace concordat::rules {

struct Roll;
struct Urgency;

Roll roll_of(const v1::RuleCase& one);
Urgency urgency_of(const v1::RuleCase& one);
// In words, those that come out otherwise than the rule says.
std::vector<std::string> failed_vectors(const v1::Rule& rule);

}  // namespace concordat::rules
