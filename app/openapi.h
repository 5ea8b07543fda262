// The service over HTTP as an OpenAPI 3.1 document, from the definition: every unary call in the form of the Connect protocol.
#pragma once

#include <string>

namespace concordat::app {

// As JSON; the same for one build of the program. Streams are not in it: those are for gRPC, or the feeds (AsyncAPI).
const std::string& openapi();

}  // namespace concordat::app
