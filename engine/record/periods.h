// How statements become claims: what happened as periods, and plans beside or within them. Used by claim.cc alone.
#pragma once

#include "engine/record/claim.h"

namespace concordat::record {

// Periods of what happened, in the order in which they began. One-valued: a run of the same value is one period.
std::vector<Claim> periods(std::vector<const Fact*> happened, bool many, std::vector<Aside>* aside);

// The newest plan of each value: it dates more closely what it foresaw, stands alone, or was overtaken.
void add_plans(std::vector<Claim>& all, std::vector<const Fact*> planned, bool many, std::vector<Aside>* aside);

// Makes the claim rest on the fact. Statements wider than the agreed start go to `aside` as coarser; they still corroborate.
void rest_on(Claim& claim, const Fact* fact);
void set_coarser_aside(Claim& claim, std::vector<Aside>* aside);

}  // namespace concordat::record
