// A claim: all that the sources usable for a question say about one value of a subject's predicate, weighed together.
// Between facts (record.h) and answers (ask.cc). Source of the weighing: history.md section 1, questions.md section 4.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/record/record.h"

namespace concordat::record {

struct Interval {                         // When something may have begun, or ended.
  Day earliest = kAlways, latest = kNever;
  bool stated = false;
};

struct Aside { const Fact* fact; const char* why; };

struct Claim {
  Datum value;
  std::vector<const Fact*> facts;         // What it rests on, newest known first.
  bool effective = false;                 // Some effective (or ended) fact; else only plans.
  bool conditional = false;
  bool in_force = false;                  // Some source speaks of it as existing.
  bool corroborated = false;              // A plan that a later source agrees with, or an effective fact that a plan foresaw.
  Interval start, end;
  std::vector<Interval> rivals;           // Starts that cannot both be true, from sources of equal standing.
  Day last_known = kAlways;               // Newest known day of what it rests on.
};

// Usable at that known day and in those record sets (empty = all), of that scope (empty = all); the rest goes to `aside`.
std::vector<const Fact*> usable(const std::vector<const Fact*>& facts, std::string_view scope, Day known_at,
                                const std::vector<std::string>& sets, std::vector<Aside>* aside);
// One claim per value, in the order of values. `plans`: plans count too.
std::vector<Claim> claims(const std::vector<const Fact*>& facts, bool plans, std::vector<Aside>* aside);

// Does the claim hold on that day? Empty: not determined.
std::optional<bool> holds_on(const Claim& claim, Day day);

}  // namespace concordat::record
