// Answers being formed: what a question looks at, and the shapes in which it can be answered. Used by ask.cc alone.
#pragma once

#include <string>
#include <vector>

#include "engine/record/claim.h"

namespace concordat::record {

struct Asking {
  const Facts& facts;
  const v1::Question& question;
  v1::Answer& answer;
  std::vector<Aside>& aside;
  Day at, known;
  bool many;                               // Several values may hold at once.
  int mode;                                // v1::Mode
  bool rule;                               // The word says what may be done or how.
};

void put_aside(Asking& ask, const Claim& claim, const char* why);
void use(Asking& ask, const Claim& claim);
void use(Asking& ask, const Fact* fact);
void set_bounds(Asking& ask, const Interval& interval);
void list_aside(Asking& ask);              // Every fact once, by id.

// Not determined: the reason (v1::Reason), and in words what is known nevertheless.
void not_determined(Asking& ask, int reason, const std::string& words);
void disagree(Asking& ask, const std::vector<const Claim*>& sides);
void uncertain(Asking& ask, const Claim& claim);           // Whether it holds on that day cannot be told.
void only_planned(Asking& ask, const Claim& plan);         // Whether it came about no source says.
bool left_open(Asking& ask, const Claim& claim);           // True if the claim's value is open and was answered so.

// Determined: these hold; or that one does not, yet or any more. `more` is added to the sentence.
void determine(Asking& ask, const std::vector<const Claim*>& holding, const std::string& more);
void hold_not(Asking& ask, const Claim& claim);
void none_known(Asking& ask, const std::string& words);    // The record is silent, and that was the question.

}  // namespace concordat::record
