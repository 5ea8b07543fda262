// What the steps of a procedure name and wait for. Part of check.
#pragma once

#include "engine/procedures/at.h"

namespace concordat::procedures {

// Everything a step names must be there: bodies, offices, issues, values and words of the record, fields of the matter, rules
// and procedures. Days must be days; tracks, parties and clocks add up; a wait has an end.
void check_names_of(const At& at, const Rules& rules);
// A matter that opens others of its own kind without anybody acting would never come to rest.
void check_referrals(const v1::Procedure& procedure, const Published& published, const Find& find);

}  // namespace concordat::procedures
