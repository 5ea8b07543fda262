#include "app/http.h"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <openssl/x509v3.h>

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
constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";     // To who waits for it before sending a body.
constexpr std::size_t kChunkMax = 64 << 10;          // A source is not asked for more while so much waits.

// One connection, in the clear or not.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void look() = 0;                           // Something may have come for a stream.
  virtual void end() = 0;                            // Ends a stream or an idle connection; a request under way is answered first.
};

}  // namespace

struct Shared {                                      // What sessions need of the server.
  Settings settings;
  std::set<Connection*> sessions;                       // On the loop's thread only, like all that follows without atomic.
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

using Clear = beast::tcp_stream;
using Sealed = beast::ssl_stream<beast::tcp_stream>;

// Names that a client's certificate, verified by the handshake, stands for.
std::vector<std::string> names_of(SSL* connection) {
  std::vector<std::string> out;
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(connection), &X509_free);
  if (!certificate || SSL_get_verify_result(connection) != X509_V_OK) return out;
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)), &GENERAL_NAMES_free);
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_URI && name->type != GEN_EMAIL) continue;
    const ASN1_IA5STRING* text = name->d.ia5;
    out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  const int at = X509_NAME_get_index_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, -1);
  if (at < 0) return out;
  const ASN1_STRING* common = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(X509_get_subject_name(certificate.get()), at));
  out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(common)), static_cast<std::size_t>(ASN1_STRING_length(common)));
  return out;
}

// It lives as long as an operation of its own holds it: hence shared.
template <typename Stream>
class Session final : public Connection, public std::enable_shared_from_this<Session<Stream>> {
 public:
  template <typename... More>
  Session(Shared& all, tcp::socket socket, More&... more) : all_(all), stream_(std::move(socket), more...), timer_(all.loop) {
    all_.sessions.insert(this);
    ++all_.connections;
    Code ignored;
    lowest().socket().set_option(tcp::no_delay(true), ignored);
    const auto peer = lowest().socket().remote_endpoint(ignored);
    if (!ignored) peer_ = peer.address().to_string() + ":" + std::to_string(peer.port());
  }
  ~Session() override {
    all_.sessions.erase(this);
    --all_.connections;
    if (source_) --all_.streams;
    if (busy_) --all_.busy;
  }

  void begin() {
    if constexpr (std::is_same_v<Stream, Sealed>) {
      lowest().expires_after(kHeadTime);             // Also a handshake that drips is cut off.
      stream_.async_handshake(asio::ssl::stream_base::server, [self = shared()](Code error) {
        if (error) return self->close();
        self->names_ = names_of(self->stream_.native_handle());
        self->read();
      });
    } else {
      read();
    }
  }
  void read() {
    if (all_.draining) return close();
    parser_.emplace();
    parser_->header_limit(kHeadBytesMax);
    parser_->body_limit(kBodyBytesMax);
    lowest().expires_after(kHeadTime);
    beast::http::async_read_header(stream_, buffer_, *parser_, [self = shared()](Code error, std::size_t) {
      if (error) return self->unreadable(error);
      self->lowest().expires_after(kBodyTime);
      if (!beast::iequals(self->parser_->get()[beast::http::field::expect], "100-continue")) return self->read_body();
      asio::async_write(self->stream_, asio::buffer(kGoOn.data(), kGoOn.size()), [self](Code failed, std::size_t) {
        if (failed) return self->close();
        self->read_body();
      });
    });
  }
  void read_body() {
    beast::http::async_read(stream_, buffer_, *parser_, [self = shared()](Code error, std::size_t) {
      if (error) return self->unreadable(error);
      self->dispatch();
    });
  }
  void look() override { if (source_ && !writing_) pump(); }
  void end() override {
    if (source_) { ending_ = true; look(); }
    else if (!busy_ && !writing_) close();
  }

 private:
  std::shared_ptr<Session> shared() { return this->shared_from_this(); }
  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }
  void close() {
    Code ignored;
    lowest().socket().shutdown(tcp::socket::shutdown_both, ignored);
    lowest().close();
  }
  // The end is said in the protocol's own way first, so that a client can tell it from a cut.
  void bid_farewell() {
    if constexpr (std::is_same_v<Stream, Sealed>) {
      lowest().expires_after(kLingerTime);
      stream_.async_shutdown([self = shared()](Code) { self->close(); });
    } else {
      close();
    }
  }
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
    if (!lingers_ || dropped_ > kLingerBytesMax) return bid_farewell();
    if (dropped_ == 0) {
      Code ignored;
      lowest().socket().shutdown(tcp::socket::shutdown_send, ignored);
      lowest().expires_after(kLingerTime);
    }
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kChunkMax), [self = shared()](Code error, std::size_t count) {
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
    request.certificate_names = names_;
    for (const auto& field : message) request.headers.emplace_back(lower(std::string_view(field.name_string().data(), field.name_string().size())), std::string(field.value()));
    request.body = std::move(message.body());
    lowest().expires_never();
    busy_ = true;
    ++all_.busy;
    const std::uint64_t number = ++number_;
    timer_.expires_after(std::chrono::milliseconds(all_.settings.deadline_ms(request)));
    const char* late = request.path.find("/Submit") != std::string::npos ? "it was not answered within the time that was given; the command may still be: submit the same command id again"
                                                                          : "it was not answered within the time that was given";
    timer_.async_wait([self = shared(), number, late](Code error) {
      if (!error) self->answered(number, self->all_.settings.failed(504, late));
    });
    // Held weakly: the timer keeps this session, which must never go away on another's thread.
    all_.settings.handle(std::move(request), [weak = this->weak_from_this(), number](Reply reply) {
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
    lowest().expires_after(kWriteTime);
    if (reply.stream) return begin_stream(std::move(reply));
    // Shared: the response must live until it was written.
    auto response = std::make_shared<beast::http::response<beast::http::string_body>>(static_cast<beast::http::status>(reply.status), version_);
    head(*response, reply);
    response->body() = head_only_ ? std::string() : std::move(reply.body);
    response->keep_alive(keep_);
    response->prepare_payload();
    beast::http::async_write(stream_, *response, [self = shared(), response](Code error, std::size_t) {
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
  void begin_stream(Reply reply) {
    source_ = std::move(reply.stream);
    ++all_.streams;
    auto response = std::make_shared<beast::http::response<beast::http::empty_body>>(static_cast<beast::http::status>(reply.status), version_);
    head(*response, reply);
    response->set(beast::http::field::cache_control, "no-store");
    response->chunked(version_ == 11);
    response->keep_alive(false);
    await_end();
    lowest().expires_after(kWriteTime);
    auto serializer = std::make_shared<beast::http::response_serializer<beast::http::empty_body>>(*response);
    beast::http::async_write_header(stream_, *serializer, [self = shared(), response, serializer](Code error, std::size_t) {
      self->writing_ = false;
      if (error) return self->close();
      self->pump();
    });
  }
  // A follower says nothing more: what can be read is that it went.
  void await_end() {
    lowest().expires_never();
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(1024), [self = shared()](Code error, std::size_t) {
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
    lowest().expires_never();
    timer_.expires_after(kBeatEvery);
    timer_.async_wait([self = shared()](Code error) {
      if (error || self->writing_) return;
      self->out_ = self->source_->beat();
      self->send();
    });
  }
  void send() {
    writing_ = true;
    timer_.cancel();
    lowest().expires_after(kWriteTime);
    std::string bytes;
    if (version_ == 11) {
      if (!out_.empty()) { char size[32]; std::snprintf(size, sizeof size, "%zx\r\n", out_.size()); bytes = size + out_ + "\r\n"; }
      if (ending_) bytes += "0\r\n\r\n";
    } else bytes = out_;
    out_ = std::move(bytes);
    if (out_.empty()) return bid_farewell();
    asio::async_write(stream_, asio::buffer(out_), [self = shared()](Code error, std::size_t) {
      self->writing_ = false;
      if (error) return self->close();
      if (self->ending_) return self->bid_farewell();
      self->pump();
    });
  }

  Shared& all_;
  Stream stream_;
  asio::steady_timer timer_;                         // The deadline of a request, or the next beat of a stream.
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  std::string peer_, out_;
  std::vector<std::string> names_;
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
    if (Status status = seal(); !status.ok()) return status;
    const std::string& listen = all_.settings.listen;
    const std::size_t colon = listen.rfind(':');
    const Status wrong = Status::invalid("--http: expected ADDRESS:PORT with an address of this machine, but it is " + listen);
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
    if (error) return Status::unavailable("--http: expected an address that is free, but " + listen + " cannot be listened on");
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
      const std::set<Connection*> now = all_.sessions;  // Looking may end one.
      for (Connection* one : now) if (all_.sessions.contains(one)) one->look();
    });
  }

  void drain(int wait_ms) override {
    asio::post(all_.loop, [this] {
      all_.draining = true;
      Code ignored;
      acceptor_.close(ignored);
      const std::set<Connection*> now = all_.sessions;
      for (Connection* one : now) if (all_.sessions.contains(one)) one->end();
    });
    for (int waited = 0; waited < wait_ms && all_.connections > 0; waited += 10) std::this_thread::sleep_for(10ms);
  }

 private:
  void take(tcp::socket socket) {
    if (tls_) std::make_shared<Session<Sealed>>(all_, std::move(socket), *tls_)->begin();
    else std::make_shared<Session<Clear>>(all_, std::move(socket))->begin();
  }
  Status seal() {
    const Tls& how = all_.settings.tls;
    if (how.certificate.empty()) return {};
    Code error;
    tls_.emplace(asio::ssl::context::tls_server);
    SSL_CTX_set_min_proto_version(tls_->native_handle(), TLS1_2_VERSION);
    tls_->use_certificate_chain(asio::buffer(how.certificate), error);
    if (!error) tls_->use_private_key(asio::buffer(how.key), asio::ssl::context::pem, error);
    if (!error && SSL_CTX_check_private_key(tls_->native_handle()) != 1) return Status::invalid("--tls-cert and --tls-key: expected a certificate and its own key, but they do not belong together");
    if (!error && !how.client_roots.empty()) {
      tls_->add_certificate_authority(asio::buffer(how.client_roots), error);
      tls_->set_verify_mode(asio::ssl::verify_peer);             // A token does as well, so none is demanded.
    }
    return error ? Status::invalid("--tls-cert, --tls-key, --client-ca: expected PEM, but " + error.message()) : Status();
  }
  void accept() {
    acceptor_.async_accept([this](Code error, tcp::socket socket) {
      if (all_.draining) return;
      if (!error && all_.connections < kConnectionsMax) take(std::move(socket));
      else if (error) {                              // No descriptors left, say: not at once again.
        again_.expires_after(50ms);
        again_.async_wait([this](Code) { if (!all_.draining) accept(); });
        return;
      }
      accept();
    });
  }
  std::optional<asio::ssl::context> tls_;            // Outlives the sessions.
  Shared all_;
  tcp::acceptor acceptor_;
  asio::steady_timer again_;
  std::string address_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(Settings settings) {
  auto server = std::make_unique<Running>(std::move(settings));
  if (Status status = server->open(); !status.ok()) return status;
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace concordat::app::http
