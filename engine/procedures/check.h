// Is a procedure sound? Asked before publication; an unsound one is refused with every finding.
#pragma once

#include <string>
#include <vector>

#include "engine/record/record.h"

namespace concordat::v1 { class Procedure; }

namespace concordat::procedures {

// What is wrong, in words, each naming its step: unknown targets, outcomes without a way on, steps nobody reaches, steps
// from which no end can be reached, gates that could refuse after the record was changed, names the record lacks.
// Empty = sound.
std::vector<std::string> check(const v1::Procedure& procedure, const record::Record& record);

}  // namespace concordat::procedures
