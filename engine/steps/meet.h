// What the files of the step kind `meet` share: the meeting as every command about it sees it.
#pragma once

#include <string>

#include "engine/steps/steps.h"

namespace concordat::steps {

// The open meeting that a command is about, and that whoever acts may act on it.
Refusal find_meeting(const Work& work, const std::string& id, const Matter** matter);
const MeetMemory& meeting_of(const Matter& matter);

// Is the notice given today long enough for that day? By the notice the procedure asks for.
v1::Ruling notice_ruling(const Work& work, const Matter& matter, record::Day on);

// The item under discussion is put before those present now, so that its quorum is ruled anew; nothing if it is not one
// that is still to be decided.
Refusal roll_again(Work& work, const std::string& meeting);

// Leaves the step once the minutes are confirmed and no action is open.
Refusal settle(Work& work, const std::string& meeting);

}  // namespace concordat::steps
