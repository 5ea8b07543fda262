// What the steps of a procedure name and wait for. Part of check.
#pragma once

#include <functional>
#include <string>

#include "engine/procedures/check.h"

namespace concordat::procedures {

using Find = std::function<void(const std::string& step, const std::string& what)>;

// Bodies, offices, issues and values that are named outright must be subjects of the record; tracks, parties and clocks
// must add up; a wait must have an end.
void check_names_of(const v1::Step& step, const v1::Procedure& procedure, const record::Record& record, const Published& published, const Find& find);
// A matter that opens others of its own kind without anybody acting would never come to rest.
void check_referrals(const v1::Procedure& procedure, const Published& published, const Find& find);

}  // namespace concordat::procedures
