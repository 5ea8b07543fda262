// One request to an HTTP server, and its answer. Plain HTTP: between machines put it behind what speaks TLS.
#pragma once

#include <string>

#include "engine/base/status.h"

namespace concordat::app::http {

struct Told { int status = 0; std::string type, body; };

// `url`: http://HOST:PORT/PATH. kInvalid for another form; kUnavailable if nobody answers within `wait_ms`.
Result<Told> post(const std::string& url, const std::string& body, int wait_ms);

}  // namespace concordat::app::http
