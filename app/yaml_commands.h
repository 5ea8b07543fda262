// YAML or JSON into messages, strictly: every error says the line, the path, what was wrong and what would be right.
#pragma once

#include <string>
#include <vector>

#include "concordat/v1/ledger.pb.h"
#include "engine/base/status.h"

namespace concordat::app {

// One command, a list of commands, or a stream of documents of either. `from` is what errors call the input.
// A command without command_id gets one made from its content, so that submitting the same text twice is one command.
Result<std::vector<v1::Command>> parse_commands(const std::string& text, const std::string& from);

}  // namespace concordat::app
