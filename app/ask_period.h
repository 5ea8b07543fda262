// A question about a period rather than a day: answered for every stretch of days in which the answer is the same.
#pragma once

#include <vector>

#include "app/ask.h"
#include "engine/record/record.h"

namespace concordat::app {

struct Stretch { record::Day first, last; v1::Answer answer; };

// REQUIRES: both sides of `period` are days. The question's own day is not read.
std::vector<Stretch> ask_period(const record::Facts& facts, v1::Question question, record::Day first, record::Day last);

}  // namespace concordat::app
