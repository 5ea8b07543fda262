// The service over HTTP as an OpenAPI 3.1 document, from the definition: every unary call in the form of the Connect protocol, and the feeds.
#pragma once

#include <string>

namespace concordat::app {

// As JSON; the same for one build of the program. Streams of gRPC are not in it.
const std::string& openapi();

}  // namespace concordat::app
