// Dates as people say them: "April 23", "24/25", "by 24 September 2024". What is not one of the forms is refused, never guessed.
#pragma once

#include <string>
#include <string_view>

#include "engine/record/when.h"

namespace concordat::app {

// The record's own forms, and: "1 April 2023", "April 2023", "April 23", "2023", "2023/24", "24/25" and "FY 24/25" (the financial
// year), each with "by", "until", "from", "not before", "since" or "in" before it.
Result<record::When> read_date(std::string_view text);

}  // namespace concordat::app
