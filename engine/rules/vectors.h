// A rule's own test vectors: what its text says must come of a given room and vote.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace concordat::v1 { class Rule; class RuleCase; class Ruling; }

namespace concordat::rules {

struct Roll;
struct Urgency;

// Plays a vector: of each thing that it asks, the outcome it expects (v1::Outcome) and the ruling.
// `lacking`: headings that it asks for and the rule does not state.
void play(const v1::Rule& rule, const v1::RuleCase& one, std::vector<std::string>* lacking, const std::function<void(int, const v1::Ruling&)>& each);

Roll roll_of(const v1::RuleCase& one);
Urgency urgency_of(const v1::RuleCase& one);
// In words, those that come out otherwise than the rule says.
std::vector<std::string> failed_vectors(const v1::Rule& rule);

}  // namespace concordat::rules
