// YAML or JSON into messages, strictly: every error says the line, the path, what was wrong and what would be right.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "concordat/v1/ledger.pb.h"
#include "engine/base/status.h"

namespace concordat::app {

// One command, a list of commands, or a stream of documents of either. `from` is what errors call the input.
// A command without command_id gets one made from its content, so that submitting the same text twice is one command.
Result<std::vector<v1::Command>> parse_commands(const std::string& text, const std::string& from);

// The same for any message: a list of documents or of items, each one message.
using MakeMessage = std::function<google::protobuf::Message*()>;
Status parse_messages(const std::string& text, const std::string& from, const MakeMessage& make);

}  // namespace concordat::app
