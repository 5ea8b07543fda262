// The escalation graph of a kind of issue, as the record has it: whom it is raised with, and from whom it goes on to whom.
// A graph that goes round is refused where it is used, and not where the facts are asserted: the record keeps what its
// sources say, also of years that are past, and only on a day can one say which of the facts hold together.
#pragma once

#include <string>
#include <string_view>

#include "engine/record/record.h"

namespace concordat::steps {

inline constexpr record::Day kWithoutEnd{record::kNever.count - 1};   // For asking of what is open-ended.

// A circle that an escalation could be sent round on that day: "office:a -> office:b -> office:a"; empty if there is none.
std::string circle_of(const record::Facts& facts, std::string_view issue, record::Day today);

}  // namespace concordat::steps
