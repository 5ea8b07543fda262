// Which rule version answers for a body and a matter type on a day.
#pragma once

#include <string_view>

#include "engine/record/when.h"
#include "engine/state.h"

namespace concordat::v1 { class RuleRef; }

namespace concordat {

// Resolution order: terms of reference, standing orders, instrument, adopted assumption; within a layer the newest
// version in force. `rule` names one rule; empty = any rule of the body. An empty id = none: not determined.
// Source: rules.md section 8.
v1::RuleRef rule_in_force(const State& state, std::string_view rule, std::string_view body, std::string_view matter_type, record::Day day);

}  // namespace concordat
