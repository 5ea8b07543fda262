#include "app/http_face.h"

#include <algorithm>
#include <atomic>

#include "app/http_connect.h"
#include "app/http_feeds.h"
#include "app/identity.h"
#include "app/operation_log.h"
#include "app/openapi.h"
#include "app/service_figures.h"
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
  Face(FaceOptions options, ServiceHandle& handle)
      : calls_(*handle.calls()), followers_(*handle.followers()), options_(std::move(options)), feeds_(calls_, options_.feeds, options_.key, options_.local) {}
  ~Face() override { followers_.listen("http " + options_.listen, {}); }

  Status open() {
    auto server = http::Server::start({.listen = options_.listen,
                                       .handle = [this](http::Request request, http::Answer answer) { handle(request, std::move(answer)); },
                                       .failed = connect_failed,
                                       .tls = options_.tls,
                                       .deadline_ms = connect_deadline_ms});
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    followers_.listen("http " + options_.listen, [this] { server_->wake(); });
    return {};
  }
  std::string address() const override { return server_->address(); }
  void drain() override {
    draining_ = true;
    server_->drain(kDrainMs);
  }

 private:
  void handle(const http::Request& request, http::Answer answer) {
    if (options_.local && !names_this_machine(request.header("host")))
      return answer(connect_error("permission_denied", "host: expected localhost or a loopback address, but it is \"" + std::string(request.header("host").substr(0, 100)) + "\""));
    const bool called = request.path.starts_with(kConnectPath);
    if (called || request.path.starts_with(kFeedsPath)) {
      auto caller = caller_of(request, !called);
      if (!caller.ok()) {
        log_event("refused", {{"face", "http"}, {"peer", request.peer}, {"code", code_of(caller.status())}}, true);     // Not why: that may be words of the caller's.
        return answer(unknown(caller.status()));
      }
      if (!called) return answer(feeds_.answer(request, *caller));
      if (!request.header("connect-timeout-ms").empty()) caller->patience_ms = std::max(caller->patience_ms, connect_deadline_ms(request));
      if (!options_.local && caller->known == nullptr && (request.path.ends_with("Deliveries") || request.path.find("Subscription") != std::string::npos))
        return answer(connect_error("permission_denied", "subscriptions are served on loopback only unless callers say who they are (--identity)"));
      return connect(calls_, request, *caller, std::move(answer));
    }
    if (request.method != "GET" && request.method != "HEAD") return answer(not_there(request));
    if (request.path == "/healthz") return answer(told(health_of(calls_.node()), "serving"));
    if (request.path == "/readyz") return answer(told(draining_ ? Status::unavailable("this instance is stopping") : ready_of(calls_.node()), "ready"));
    if (request.path == "/metrics") return answer(figures());
    if (request.path == "/openapi.json") return answer(document());
    answer(not_there(request));
  }
  // `public_too`: without credentials one is nobody, who may still follow what is public.
  Result<Caller> caller_of(const http::Request& request, bool public_too) const {
    if (options_.gate == nullptr) return Caller{.stamp = "http:" + request.peer};
    const std::string_view header = request.header("authorization");
    if (header.empty() && request.certificate_names.empty() && public_too) return Caller{.nobody = true};
    return options_.gate->caller(header, request.certificate_names);
  }
  static http::Reply unknown(const Status& status) {
    http::Reply reply = connect_error(code_of(status), status.why());
    reply.headers.emplace_back("WWW-Authenticate", "Bearer");
    return reply;
  }
  http::Reply figures() const {
    http::Reply reply;
    reply.type = "text/plain; version=0.0.4; charset=utf-8";
    Figures text;
    text.gauge("concordat_http_connections", "Connections that are open").add(static_cast<double>(server_->connections()));
    text.gauge("concordat_http_streams", "Followers of feeds among them").add(static_cast<double>(server_->streams()));
    reply.body = text.text() + calls_.figures() + (options_.figures ? options_.figures() : "");
    return reply;
  }
  static http::Reply document() {
    http::Reply reply;
    reply.body = openapi();
    return reply;
  }
  static http::Reply told(const Status& status, const std::string& word) {
    if (!status.ok()) return connect_error(code_of(status), status.why(), 503);
    http::Reply reply;
    reply.body = "{\"status\":\"" + word + "\"}\n";
    return reply;
  }
  static http::Reply not_there(const http::Request& request) {
    return connect_error("unimplemented", "expected POST " + std::string(kConnectPath) + "METHOD, GET /feeds, /openapi.json, /healthz, /readyz or /metrics, but it is " + request.method + " " + request.path.substr(0, 200), 404);
  }

  Calls& calls_;
  Followers& followers_;
  const FaceOptions options_;
  HttpFeeds feeds_;
  std::atomic<bool> draining_{false};
  std::unique_ptr<http::Server> server_;       // Last: its thread uses the rest.
};

}  // namespace

Status health_of(Node& node) {
  for (std::uint32_t i = 0; i < node.partitions(); ++i)
    if (Status status = node.partition(i).health(); !status.ok()) return status;
  return {};
}

Status ready_of(Node& node) {
  for (std::uint32_t i = 0; i < node.partitions(); ++i)
    if (node.partition(i).standing_by()) return Status::unavailable("this instance stands by while another leads partition " + std::to_string(i));
  return health_of(node);
}

Result<std::unique_ptr<HttpFace>> open_http(FaceOptions options, ServiceHandle& handle) {
  auto face = std::make_unique<Face>(std::move(options), handle);
  if (Status status = face->open(); !status.ok()) return status;
  return std::unique_ptr<HttpFace>(std::move(face));
}

}  // namespace concordat::app
