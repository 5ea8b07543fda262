// Events tell of the command they answer: the ledger keeps events, and whoever tries a command again (again.h, what-if) has it from them.
#pragma once

#include <string_view>
#include <vector>

namespace concordat::v1 { class Command; class Event; }

namespace concordat {

// The command that such an event tells of, both by their names; empty: none, or not by its name alone.
std::string_view command_told_by(std::string_view event);

// The event of a commit that tells of its command: a meeting's quorum may be ruled before what was asked for happens.
// REQUIRES: there is one.
const v1::Event& telling(const std::vector<v1::Event>& events);

// Adds what the command says in other words than the event that tells of it. REQUIRES: it is the command told by these events.
void add_words_told(const std::vector<v1::Event>& events, v1::Command* command);

}  // namespace concordat
