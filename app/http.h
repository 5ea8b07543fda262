// HTTP/1.1, and nothing about what is served: requests in, replies out, streams that go on. Boost.Beast in http.cc only.
// Every wait has a limit: a client that sends its head or body slowly, reads slowly or stays idle is dropped, and one that
// sends too much is told so. Why this library: docs/decisions/0004-service.md.
// Threads: one of its own, on which handlers and sources are called; answers come from any.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"

namespace concordat::app::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method, path, query, body, peer;     // path without the query; both as sent.
  Headers headers;                                 // Names in lower case.
  std::vector<std::string> certificate_names;      // Of the client's certificate, if it showed one that is believed.
  std::string_view header(std::string_view name) const;       // Empty if there is none.
  std::string parameter(std::string_view name) const;         // Of the query, decoded; empty if there is none.
  // What is wrong with the query: a name that is none of those; empty = nothing.
  std::string unknown_parameter(std::initializer_list<std::string_view> known) const;
};

// A body that goes on: asked for more whenever the client has taken what it got, and at every wake().
class Source {
 public:
  virtual ~Source() = default;
  // Appends what there is now; nothing is fine. False: that was all.
  virtual bool more(std::string* out) = 0;
  // Sent when nothing was for a while, so that a dead client is noticed.
  virtual std::string beat() const = 0;
};

struct Reply {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  Headers headers;
  std::shared_ptr<Source> stream = {};             // Instead of the body. Shared by the connection and the write that is on its way.
};

using Answer = std::function<void(Reply)>;         // Once; a second one is ignored.

// PEM. Without a certificate: in the clear. With roots: clients may show a certificate of theirs.
struct Tls { std::string certificate, key, client_roots; };

struct Settings {
  std::string listen;                              // HOST:PORT; port 0 takes a free one.
  std::function<void(Request, Answer)> handle;
  std::function<Reply(int status, const std::string& why)> failed;   // What is said when the server itself says no.
  Tls tls = {};
  std::function<int(const Request&)> deadline_ms;  // After so long `failed(504)` is answered instead.
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> start(Settings settings);
  virtual ~Server() = default;                     // Stops at once.
  virtual std::string address() const = 0;
  virtual void wake() = 0;                         // Any thread; cheap.
  virtual void drain(int wait_ms) = 0;             // No new requests; answers those under way, ends the streams.
  virtual std::size_t connections() const = 0;
  virtual std::size_t streams() const = 0;
};

}  // namespace concordat::app::http
