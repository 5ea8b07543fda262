// Who sits on a body by the record, and what the rules in force say of facts that change it.
#pragma once

#include <string>
#include <vector>

#include "engine/rules/rules.h"
#include "engine/work.h"

namespace concordat {

// The seats that the record gives the body now; empty if it gives none. Who could hold them is not asked.
// `rule`: by whose words seats weigh.
std::vector<rules::Seat> seats_of(const Work& work, const v1::Rule& rule, const std::string& body);

// A seat too many (P08, P16), or two offices that must be of different parties in one (P18): refused with the clause.
Refusal check_seats(const Work& work, const std::vector<v1::Fact>& facts);

}  // namespace concordat
