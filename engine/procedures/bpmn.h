// A procedure as BPMN 2.0 with its diagram, for a standard modeller. Pure: the same procedure gives the same bytes.
#pragma once

#include <string>

namespace concordat::v1 { class Procedure; }

namespace concordat::procedures {

// One process: a start event, a task of the fitting kind for each step (a wait is an intermediate event, a referral a call
// of the other procedure), an exclusive gateway where a step has several outcomes, an end event for each end, and a flow
// for each way. REQUIRES: every target is a step or "end".
std::string draw_bpmn(const v1::Procedure& procedure);

}  // namespace concordat::procedures
