// The feeds as an AsyncAPI 3 document: channels, messages, attributes and schemas, from the declarations and the definition.
#pragma once

#include <string>
#include <vector>

#include "concordat/v1/feed.pb.h"

namespace concordat::app {

// As JSON. `kafka`: the server's address; empty = left as an example.
std::string asyncapi(const std::vector<v1::Feed>& feeds, const std::string& kafka);

}  // namespace concordat::app
