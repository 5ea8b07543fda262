#include "app/http.h"

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <set>
#include <thread>

namespace concordat::app::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;
using Code = boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::uint32_t kHeadBytesMax = 16 << 10;
constexpr std::uint64_t kBodyBytesMax = 1 << 20;     // As much as a record of the journal takes.
constexpr auto kHeadTime = 15s, kBodyTime = 15s;     // In all, however steadily it drips; the first is also how long a connection may idle.
constexpr auto kWriteTime = 15s;                     // For one write: a reader that takes less is dropped.
constexpr auto kLingerTime = 2s;
constexpr std::size_t kLingerBytesMax = 16 << 20;
constexpr auto kBeatEvery = 15s;
constexpr std::size_t kConnectionsMax = 4096;
constexpr std::size_t kChunkMax = 64 << 10;          // A source is not asked for more while so much waits.

class Session;

}  // namespace

struct Shared {                                      // What sessions need of the server.
  Settings settings;
  std::set<Session*> sessions;                       // On the loop's thread only, like all that follows without atomic.
  std::atomic<std::size_t> connections{0}, streams{0};
  std::atomic<bool> woken{false};
  bool draining = false;
  std::size_t busy = 0;                              // Requests being answered.
  asio::io_context loop{1};                          // Last: goes first, and the sessions with it.
};

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

// One connection. It lives as long as an operation of its own holds it: hence shared.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Shared& all, tcp::socket socket) : all_(all), stream_(std::move(socket)), timer_(all.loop) {
    all_.sessions.insert(this);
    ++all_.connections;
    Code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    const auto peer = stream_.socket().remote_endpoint(ignored);
    if (!ignored) peer_ = peer.address().to_string() + ":" + std::to_string(peer.port());
  }
  ~Session() {
    all_.sessions.erase(this);
    --all_.connections;
    if (source_) --all_.streams;
    if (busy_) --all_.busy;
  }

  void read() {
    if (all_.draining) return close();
    parser_.emplace();
    parser_->header_limit(kHeadBytesMax);
    parser_->body_limit(kBodyBytesMax);
    stream_.expires_after(kHeadTime);
    beast::http::async_read_header(stream_, buffer_, *parser_, [self = shared_from_this()](Code error, std::size_t) {
      if (error) return self->unreadable(error);
      self->stream_.expires_after(kBodyTime);
      beast::http::async_read(self->stream_, self->buffer_, *self->parser_, [self](Code failed, std::size_t) {
        if (failed) return self->unreadable(failed);
        self->dispatch();
      });
    });
  }
  // Something may have come for a stream.
  void look() { if (source_ && !writing_) pump(); }
  // Ends a stream or an idle connection; a request under way is answered first.
  void end() {
    if (source_) { ending_ = true; look(); }
    else if (!busy_ && !writing_) close();
  }
  void close() {
    Code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
  }

 private:
  void unreadable(Code error) {
    namespace h = beast::http;
    if (error == h::error::body_limit) return refuse(413, "expected a body of at most 1048576 bytes");
    if (error == h::error::header_limit) return refuse(431, "expected a head of at most 16384 bytes");
    if (error == beast::error::timeout && (buffer_.size() > 0 || parser_->got_some())) return close();   // Half a request, too slowly.
    if (error.category() == h::make_error_code(h::error::end_of_stream).category() && error != h::error::end_of_stream && error != h::error::partial_message)
      return refuse(400, "expected a request of HTTP/1.1, but " + error.message());
    close();
  }
  void refuse(int status, const std::string& why) {
    keep_ = false;
    version_ = 11;
    lingers_ = true;
    write(all_.settings.failed(status, why));
  }
  // What was refused may still be on its way: it is read and dropped for a while, else the client sees a reset, not the reply.
  void linger() {
    if (!lingers_ || dropped_ > kLingerBytesMax) return close();
    if (dropped_ == 0) {
      Code ignored;
      stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
      stream_.expires_after(kLingerTime);
    }
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kChunkMax), [self = shared_from_this()](Code error, std::size_t count) {
      if (error) return self->close();
      self->dropped_ += count;
      self->linger();
    });
  }

  void dispatch() {
    auto message = parser_->release();
    version_ = message.version();
    keep_ = message.keep_alive() && !all_.draining;
    head_only_ = message.method() == beast::http::verb::head;
    Request request;
    request.method = std::string(message.method_string());
    const std::string target(message.target());
    const std::size_t question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos) request.query = target.substr(question + 1);
    request.peer = peer_;
    for (const auto& field : message) request.headers.emplace_back(lower(std::string_view(field.name_string().data(), field.name_string().size())), std::string(field.value()));
    request.body = std::move(message.body());
    stream_.expires_never();
    busy_ = true;
    ++all_.busy;
    const std::uint64_t number = ++number_;
    timer_.expires_after(std::chrono::milliseconds(all_.settings.deadline_ms(request)));
    timer_.async_wait([self = shared_from_this(), number](Code error) {
      if (!error) self->answered(number, self->all_.settings.failed(504, "it was not answered within the time that was given; the command may still be: submit the same command id again"));
    });
    // Held weakly: the timer keeps this session, which must never go away on another's thread.
    all_.settings.handle(std::move(request), [weak = weak_from_this(), number](Reply reply) {
      if (auto self = weak.lock()) {
        asio::io_context& loop = self->all_.loop;
        asio::post(loop, [self = std::move(self), number, reply = std::move(reply)]() mutable { self->answered(number, std::move(reply)); });
      }
    });
  }
  void answered(std::uint64_t number, Reply reply) {
    if (!busy_ || number != number_) return;         // The deadline was there first.
    busy_ = false;
    --all_.busy;
    timer_.cancel();
    write(std::move(reply));
  }

  void write(Reply reply) {
    writing_ = true;
    stream_.expires_after(kWriteTime);
    if (reply.stream) return begin(std::move(reply));
    // Shared: the response must live until it was written.
    auto response = std::make_shared<beast::http::response<beast::http::string_body>>(static_cast<beast::http::status>(reply.status), version_);
    head(*response, reply);
    response->body() = head_only_ ? std::string() : std::move(reply.body);
    response->keep_alive(keep_);
    response->prepare_payload();
    beast::http::async_write(stream_, *response, [self = shared_from_this(), response](Code error, std::size_t) {
      self->writing_ = false;
      if (error || !self->keep_) return self->linger();
      self->read();
    });
  }
  template <typename Response>
  void head(Response& response, const Reply& reply) {
    response.set(beast::http::field::server, "concordat");
    if (!reply.type.empty()) response.set(beast::http::field::content_type, reply.type);
    response.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : reply.headers) response.set(name, value);
  }

  // ---- Streams ----
  void begin(Reply reply) {
    source_ = std::move(reply.stream);
    ++all_.streams;
    auto response = std::make_shared<beast::http::response<beast::http::empty_body>>(static_cast<beast::http::status>(reply.status), version_);
    head(*response, reply);
    response->set(beast::http::field::cache_control, "no-store");
    response->chunked(version_ == 11);
    response->keep_alive(false);
    await_end();
    stream_.expires_after(kWriteTime);
    auto serializer = std::make_shared<beast::http::response_serializer<beast::http::empty_body>>(*response);
    beast::http::async_write_header(stream_, *serializer, [self = shared_from_this(), response, serializer](Code error, std::size_t) {
      self->writing_ = false;
      if (error) return self->close();
      self->pump();
    });
  }
  // A follower says nothing more: what can be read is that it went.
  void await_end() {
    stream_.expires_never();
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(1024), [self = shared_from_this()](Code error, std::size_t) {
      if (error) self->close();
      else self->close_when_idle();
    });
  }
  void close_when_idle() { ending_ = true; look(); }
  void pump() {
    out_.clear();
    const bool more = !ending_ && source_->more(&out_);
    if (!more) ending_ = true;
    if (out_.empty() && !ending_) return rest();
    send();
  }
  // Nothing to send: until the next wake, or the next beat.
  void rest() {
    stream_.expires_never();
    timer_.expires_after(kBeatEvery);
    timer_.async_wait([self = shared_from_this()](Code error) {
      if (error || self->writing_) return;
      self->out_ = self->source_->beat();
      self->send();
    });
  }
  void send() {
    writing_ = true;
    timer_.cancel();
    stream_.expires_after(kWriteTime);
    std::string bytes;
    if (version_ == 11) {
      if (!out_.empty()) { char size[32]; std::snprintf(size, sizeof size, "%zx\r\n", out_.size()); bytes = size + out_ + "\r\n"; }
      if (ending_) bytes += "0\r\n\r\n";
    } else bytes = out_;
    out_ = std::move(bytes);
    if (out_.empty()) return close();
    asio::async_write(stream_, asio::buffer(out_), [self = shared_from_this()](Code error, std::size_t) {
      self->writing_ = false;
      if (error || self->ending_) return self->close();
      self->pump();
    });
  }

  Shared& all_;
  beast::tcp_stream stream_;
  asio::steady_timer timer_;                         // The deadline of a request, or the next beat of a stream.
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  std::string peer_, out_;
  std::shared_ptr<Source> source_;
  unsigned version_ = 11;
  std::uint64_t number_ = 0;
  std::size_t dropped_ = 0;
  bool lingers_ = false, keep_ = false, busy_ = false, writing_ = false, ending_ = false, head_only_ = false;
};

class Running final : public Server {
 public:
  explicit Running(Settings settings) : acceptor_(all_.loop), again_(all_.loop) { all_.settings = std::move(settings); }
  ~Running() override {
    all_.loop.stop();
    if (thread_.joinable()) thread_.join();
  }

  Status open() {
    const std::string& listen = all_.settings.listen;
    const std::size_t colon = listen.rfind(':');
    const Status wrong = Status::invalid("--http: expected ADDRESS:PORT with an address of this machine that is free, but " + listen + " cannot be listened on");
    if (colon == std::string::npos) return wrong;
    std::string host = listen.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    Code error;
    const auto address = asio::ip::make_address(host, error);
    const std::string port = listen.substr(colon + 1);
    if (error || port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos || std::stoi(port) > 65535) return wrong;
    const tcp::endpoint at(address, static_cast<std::uint16_t>(std::stoi(port)));
    acceptor_.open(at.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(at, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return wrong;
    address_ = listen.substr(0, colon) + ":" + std::to_string(acceptor_.local_endpoint().port());
    accept();
    thread_ = std::thread([this] { all_.loop.run(); });
    return {};
  }

  std::string address() const override { return address_; }
  std::size_t connections() const override { return all_.connections; }
  std::size_t streams() const override { return all_.streams; }

  void wake() override {
    if (all_.streams == 0 || all_.woken.exchange(true)) return;
    asio::post(all_.loop, [this] {
      all_.woken = false;
      const std::set<Session*> now = all_.sessions;  // Looking may end one.
      for (Session* one : now) if (all_.sessions.contains(one)) one->look();
    });
  }

  void drain(int wait_ms) override {
    asio::post(all_.loop, [this] {
      all_.draining = true;
      Code ignored;
      acceptor_.close(ignored);
      const std::set<Session*> now = all_.sessions;
      for (Session* one : now) if (all_.sessions.contains(one)) one->end();
    });
    for (int waited = 0; waited < wait_ms && all_.connections > 0; waited += 10) std::this_thread::sleep_for(10ms);
  }

 private:
  void accept() {
    acceptor_.async_accept([this](Code error, tcp::socket socket) {
      if (all_.draining) return;
      if (!error && all_.connections < kConnectionsMax) std::make_shared<Session>(all_, std::move(socket))->read();
      else if (error) {                              // No descriptors left, say: not at once again.
        again_.expires_after(50ms);
        again_.async_wait([this](Code) { if (!all_.draining) accept(); });
        return;
      }
      accept();
    });
  }
  Shared all_;
  tcp::acceptor acceptor_;
  asio::steady_timer again_;
  std::string address_;
  std::thread thread_;
};

}  // namespace

std::string_view Request::header(std::string_view name) const {
  for (const auto& [one, value] : headers) if (one == name) return value;
  return {};
}

std::string Request::parameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) != name || equals == std::string_view::npos) continue;
    std::string out;
    const std::string_view value = pair.substr(equals + 1);
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
      if (value[i] == '+') out += ' ';
      else if (value[i] == '%' && i + 2 < value.size() && digit(value[i + 1]) >= 0 && digit(value[i + 2]) >= 0) {
        out += static_cast<char>(digit(value[i + 1]) * 16 + digit(value[i + 2]));
        i += 2;
      } else out += value[i];
    }
    return out;
  }
  return {};
}

Result<std::unique_ptr<Server>> Server::start(Settings settings) {
  auto server = std::make_unique<Running>(std::move(settings));
  if (Status status = server->open(); !status.ok()) return status;
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace concordat::app::http
