// The escalation graph of a kind of issue, as the record has it: whom it is raised with, and from whom it goes on to whom.
// Facts that make a graph go round today or later are refused where they are asserted (engine/together.h). It is asked again
// where a graph is used: what ended an edge may have been retracted since.
#pragma once

#include <string>
#include <string_view>

#include "engine/record/record.h"

namespace concordat::steps {

inline constexpr record::Day kWithoutEnd{record::kNever.count - 1};   // For asking of what is open-ended.

// A circle that an escalation could be sent round on that day: "office:a -> office:b -> office:a"; empty if there is none.
std::string circle_of(const record::Facts& facts, std::string_view issue, record::Day today);

// The same from wherever the graph has an edge, also where nobody could raise the issue yet.
std::string circle_anywhere(const record::Facts& facts, std::string_view issue, record::Day day);

}  // namespace concordat::steps
