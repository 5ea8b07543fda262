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

// "content-" and 24 hexadecimal digits: the same for the same command. Private words do not count: an id is for everybody.
std::string content_id(const v1::Command& command);

// The same for any message: a list of documents or of items, each one message.
using MakeMessage = std::function<google::protobuf::Message*()>;
Status parse_messages(const std::string& text, const std::string& from, const MakeMessage& make);

// The same of a file, or of every *.yaml of a directory in the order of their names; `what` they hold, for errors. `read` is told each
// file once its messages are there; the first failure ends it.
Status parse_message_files(const std::string& path, const std::string& what, const MakeMessage& make, const std::function<Status(const std::string& file)>& read);

// One map of lists, {documents: […], facts: […]}: each item of a list is one message. `make` is told the list and the line, and gives
// null where there is no such list. What `skip` names is passed over.
using MakeItem = std::function<google::protobuf::Message*(const std::string& list, std::size_t line)>;
Status parse_lists(const std::string& text, const std::string& from, const std::string& skip, const MakeItem& make);

}  // namespace concordat::app
