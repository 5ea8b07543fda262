// What the engine looks for in any command or event, whatever it says, by the descriptor of its type. Looked up once for
// each type: reflection by name costs more than deciding does.
#pragma once

#include <string>

namespace google::protobuf { class Message; }
namespace concordat::v1 { class Command; class Event; }

namespace concordat {

// The message inside the only oneof; null if nothing is set.
const google::protobuf::Message* said(const google::protobuf::Message& message);
// The field `matter` of a message; empty if it has none.
const std::string& matter_in(const google::protobuf::Message& message);
// Are all enum numbers in it, at any depth, ones that this build has a word for?
bool enums_known(const google::protobuf::Message& message);

}  // namespace concordat
