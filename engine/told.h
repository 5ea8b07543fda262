// Events tell of the command they answer: the ledger keeps events, and whoever tries a command again (again.h, what-if) has
// it from them. Of a refusal the command itself is kept.
#pragma once

#include <string_view>
#include <vector>

namespace concordat::v1 { class Command; class Commit; class Event; class Refused; }

namespace concordat {

// The command that such an event tells of, both by their names; empty: none, or not by its name alone.
std::string_view command_told_by(std::string_view event);

// The event of a commit that tells of its command: a meeting's quorum may be ruled before what was asked for happens.
// REQUIRES: there is one.
const v1::Event& telling(const std::vector<v1::Event>& events);

// The commands that a commit may be the answer to, word for word as far as decide reads them, the likeliest first: events do
// not always say whether a word was given or followed from the procedure. Empty: none can be told, as of a refusal that
// keeps its command's name only. REQUIRES: `events` are the commit's.
std::vector<v1::Command> commands_told(const v1::Commit& commit, const std::vector<v1::Event>& events);

// Keeps a refused command with its refusal, unless it is larger than a commit could hold: then its name must do.
void keep_asked(const v1::Command& command, v1::Refused* refused);

// A command with the commit's id, ledger, actor and day, and nothing to do yet.
v1::Command envelope_told(const v1::Commit& commit);

}  // namespace concordat
