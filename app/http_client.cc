#include "app/http_client.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>

namespace concordat::app::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr std::uint64_t kBodyMax = 1u << 20;

struct Parts { std::string host, port, path; };

bool split(const std::string& url, Parts* out) {
  const std::string scheme = "http://";
  if (!url.starts_with(scheme)) return false;
  const std::size_t slash = std::min(url.find('/', scheme.size()), url.size());
  const std::string place = url.substr(scheme.size(), slash - scheme.size());
  const std::size_t colon = place.rfind(':');
  out->host = place.substr(0, colon);
  out->port = colon == std::string::npos ? "80" : place.substr(colon + 1);
  out->path = slash == url.size() ? "/" : url.substr(slash);
  return !out->host.empty() && !out->port.empty();
}

}  // namespace

Result<Told> post(const std::string& url, const std::string& body, int wait_ms) {
  Parts parts;
  if (!split(url, &parts)) return Status::invalid("expected http://HOST:PORT/PATH, but it is \"" + url + "\"");
  asio::io_context context;
  beast::tcp_stream stream(context);
  beast::error_code failure;
  beast::flat_buffer buffer;
  beast::http::request<beast::http::string_body> request(beast::http::verb::post, parts.path, 11, body);
  request.set(beast::http::field::host, parts.host + ":" + parts.port);
  request.set(beast::http::field::content_type, "text/plain");
  request.prepare_payload();
  beast::http::response_parser<beast::http::string_body> answer;
  answer.body_limit(kBodyMax);
  asio::ip::tcp::resolver resolver(context);
  const auto places = resolver.resolve(parts.host, parts.port, failure);
  if (failure) return Status::unavailable(url + ": " + failure.message());
  // The timeout of a stream bounds asynchronous work only, so each step is one, run to its end here.
  stream.expires_after(std::chrono::milliseconds(wait_ms));
  stream.async_connect(places, [&](beast::error_code error, const asio::ip::tcp::endpoint&) {
    if ((failure = error)) return;
    beast::http::async_write(stream, request, [&](beast::error_code wrote, std::size_t) {
      if ((failure = wrote)) return;
      beast::http::async_read(stream, buffer, answer, [&](beast::error_code read, std::size_t) { failure = read; });
    });
  });
  context.run();
  if (failure) return Status::unavailable(url + ": " + failure.message());
  const auto& got = answer.get();
  return Told{static_cast<int>(got.result_int()), std::string(got[beast::http::field::content_type]), got.body()};
}

}  // namespace concordat::app::http
