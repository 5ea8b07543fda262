// The service over HTTP in the unary form of the Connect protocol: POST /concordat.v1.Concordat/Submit with JSON or
// protobuf; reads also by GET. A refusal by the rules is a reply, not an error.
#pragma once

#include "app/http.h"
#include "app/service_calls.h"

namespace concordat::app {

inline constexpr std::string_view kConnectPath = "/concordat.v1.Concordat/";

void connect(Calls& calls, const http::Request& request, const Caller& caller, http::Answer answer);
// {"code": …, "message": …} with the HTTP status that Connect gives the code, or the one that is given.
http::Reply connect_error(const std::string& code, const std::string& message, int status = 0);
http::Reply connect_failed(int status, const std::string& why);
int connect_deadline_ms(const http::Request& request);

}  // namespace concordat::app
