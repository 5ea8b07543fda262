// Answers in words: the value first, dates in the precision of their sources, never a finer one.
#pragma once

#include <string>

#include "engine/record/claim.h"

namespace concordat::record {

// What a sentence calls the value: names for subjects, "Yes" and "No" for flags.
std::string value_words(const Facts& facts, const Datum& value);
// The same inside a sentence about the claim itself: "", "Aston ".. A flag is the question, so it is not named again.
std::string subject_words(const Facts& facts, const Datum& value, const char* verb);
// "April 2023", "by 24 September 2024"; both sides if its sources disagree.
std::string start_words(const Claim& claim);
std::string end_words(const Claim& claim);
bool carried_forward(const Claim& claim, Day at);
// ", planned and conditional from April 2022", ", since 1 July 2022, carried forward; last asserted 31 March 2023".
std::string qualifier_words(const Claim& claim, Day at);
// "planned for April 2023", "began in July 2022": how a claim that has not begun stands.
std::string outlook_words(const Claim& claim);

}  // namespace concordat::record
