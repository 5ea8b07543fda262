// The seats that the record gives a body on a day, before anybody has come or spoken. Every position asks for them, and
// they seldom change: worked out once, kept in the state until the record changes or another day comes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/record/when.h"
#include "engine/rules/rules.h"

namespace concordat {

class Work;

struct Seating {
  struct Party {
    std::string party;
    std::string committee;                       // Through which it decides in common; empty = none.
    std::vector<std::string> offices;            // Whose seats are the party's, sorted.
    bool only() const { return offices.size() <= 1; }
  };
  std::string mode;                              // Of the body; empty = not determined.
  std::vector<std::string> parties;              // Sorted.
  std::vector<Party> by_party;                   // One for each, in that order.
  std::vector<rules::Seat> seats;                // Party by party; a party without an office has one seat that names none.
  const Party* of(std::string_view party) const; // Null: none of the body's.
};

struct Seatings {
  record::Day day;
  std::uint64_t record_version = 0;
  std::map<std::string, Seating, std::less<>> by_body;
};

// Good until the record changes: for the length of a command that has not written facts.
const Seating& seating(const Work& work, std::string_view body);

}  // namespace concordat
