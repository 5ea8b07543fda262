#include "app/http_face.h"

#include <atomic>

#include "app/http_connect.h"
#include "app/service.h"
#include "app/service_follow.h"

namespace concordat::app {
namespace {

constexpr int kDrainMs = 5000;

// "localhost", with or without a port.
bool names_this_machine(std::string_view host) {
  std::string_view name = host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  return name == "localhost" || name == "[::1]" || name.starts_with("127.");
}

class Face final : public HttpFace {
 public:
  Face(ServiceHandle& handle, bool local) : calls_(*handle.calls()), followers_(*handle.followers()), local_(local) {}
  ~Face() override { followers_.listen({}); }

  Status open(const std::string& listen) {
    auto server = http::Server::start({.listen = listen,
                                       .handle = [this](http::Request request, http::Answer answer) { handle(request, std::move(answer)); },
                                       .failed = connect_failed,
                                       .deadline_ms = connect_deadline_ms});
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    followers_.listen([this] { server_->wake(); });
    return {};
  }
  std::string address() const override { return server_->address(); }
  void drain() override {
    draining_ = true;
    server_->drain(kDrainMs);
  }

 private:
  void handle(const http::Request& request, http::Answer answer) {
    if (local_ && !names_this_machine(request.header("host")))
      return answer(connect_error("permission_denied", "host: expected localhost or a loopback address, but it is \"" + std::string(request.header("host").substr(0, 100)) + "\""));
    if (request.path.starts_with(kConnectPath)) return connect(calls_, request, "http:" + request.peer, std::move(answer));
    if (request.method != "GET" && request.method != "HEAD") return answer(not_there(request));
    if (request.path == "/healthz") return answer(told(health_of(calls_.node()), "serving"));
    if (request.path == "/readyz") return answer(told(draining_ ? Status::unavailable("this instance is stopping") : health_of(calls_.node()), "ready"));
    answer(not_there(request));
  }
  static http::Reply told(const Status& status, const std::string& word) {
    if (!status.ok()) return connect_error(code_of(status), status.why(), 503);
    http::Reply reply;
    reply.body = "{\"status\":\"" + word + "\"}\n";
    return reply;
  }
  static http::Reply not_there(const http::Request& request) {
    return connect_error("unimplemented", "expected POST " + std::string(kConnectPath) + "METHOD, GET /healthz or GET /readyz, but it is " + request.method + " " + request.path.substr(0, 200), 404);
  }

  Calls& calls_;
  Followers& followers_;
  const bool local_;
  std::atomic<bool> draining_{false};
  std::unique_ptr<http::Server> server_;       // Last: its thread uses the rest.
};

}  // namespace

Status health_of(Node& node) {
  for (std::uint32_t i = 0; i < node.partitions(); ++i)
    if (Status status = node.partition(i).health(); !status.ok()) return status;
  return {};
}

Result<std::unique_ptr<HttpFace>> open_http(const std::string& listen, bool local, ServiceHandle& handle) {
  auto face = std::make_unique<Face>(handle, local);
  if (Status status = face->open(listen); !status.ok()) return status;
  return std::unique_ptr<HttpFace>(std::move(face));
}

}  // namespace concordat::app
