// A rule's own test vectors: what its text says must come of a given room and vote.
#pragma once

#include <string>
#include <vector>

#include "concordat/v1/rule.pb.h"

namespace concordat::rules {

struct Roll;
struct Urgency;

// What a vector asks, one by one: what it expects, and the ruling.
struct Played {
  v1::Outcome::Value expected;
  v1::Ruling ruling;
};
// `lacking`: headings that it asks for and the rule does not state.
std::vector<Played> play(const v1::Rule& rule, const v1::RuleCase& one, std::vector<std::string>* lacking);

Roll roll_of(const v1::RuleCase& one);
Urgency urgency_of(const v1::RuleCase& one);
// In words, those that come out otherwise than the rule says.
std::vector<std::string> failed_vectors(const v1::Rule& rule);

}  // namespace concordat::rules
