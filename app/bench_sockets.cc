#include "app/bench_sockets.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace concordat::app {
namespace {

constexpr int kEventsAtOnce = 256, kWaitMs = 100;
constexpr int kSmallBuffer = 4096;                  // Of a follower that never reads: it fills soon.

sockaddr_in loopback(int port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return at;
}

void add(int poll, int line) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = line;
  epoll_ctl(poll, EPOLL_CTL_ADD, line, &event);
}

// False: it ended.
bool take(int line, std::string* into) {
  std::array<char, 65536> bytes{};
  const ssize_t count = recv(line, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count > 0) into->append(bytes.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

}  // namespace

Status BenchFollowers::start(const std::string& address, const std::string& path, int count, bool reads, Seen seen) {
  const int port = std::atoi(address.substr(address.rfind(':') + 1).c_str());
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  poll_ = epoll_create1(EPOLL_CLOEXEC);
  seen_ = std::move(seen);
  for (int i = 0; i < count; ++i) {
    const int line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!reads) setsockopt(line, SOL_SOCKET, SO_RCVBUF, &kSmallBuffer, sizeof kSmallBuffer);
    const sockaddr_in at = loopback(port);
    if (line < 0 || connect(line, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || send(line, request.data(), request.size(), MSG_NOSIGNAL) < 0)
      return Status::unavailable("follower " + std::to_string(i) + ": " + std::strerror(errno));
    lines_[line] = {i, ""};
    if (reads) add(poll_, line);
  }
  if (reads) thread_ = std::thread([this] { loop(); });
  return {};
}

void BenchFollowers::loop() {
  std::array<epoll_event, kEventsAtOnce> events{};
  while (!stop_) {
    const int count = epoll_wait(poll_, events.data(), kEventsAtOnce, kWaitMs);
    for (int i = 0; i < count; ++i) {
      auto& [follower, text] = lines_[events[static_cast<std::size_t>(i)].data.fd];
      if (!take(events[static_cast<std::size_t>(i)].data.fd, &text)) epoll_ctl(poll_, EPOLL_CTL_DEL, events[static_cast<std::size_t>(i)].data.fd, nullptr);
      seen_(follower, text);
    }
  }
}

BenchFollowers::~BenchFollowers() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  for (const auto& [line, what] : lines_) close(line);
  if (poll_ >= 0) close(poll_);
}

Status BenchSink::start(bool answers) {
  answers_ = answers;
  listen_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at = loopback(0);
  socklen_t size = sizeof at;
  if (bind(listen_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || listen(listen_, SOMAXCONN) != 0 || getsockname(listen_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    return Status::unavailable(std::string("a receiver of webhooks: ") + std::strerror(errno));
  port_ = ntohs(at.sin_port);
  poll_ = epoll_create1(EPOLL_CLOEXEC);
  add(poll_, listen_);
  thread_ = std::thread([this] { loop(); });
  return {};
}

void BenchSink::loop() {
  static constexpr char kYes[] = "HTTP/1.1 204 No Content\r\n\r\n";
  std::array<epoll_event, kEventsAtOnce> events{};
  while (!stop_) {
    const int count = epoll_wait(poll_, events.data(), kEventsAtOnce, kWaitMs);
    for (int i = 0; i < count; ++i) {
      const int line = events[static_cast<std::size_t>(i)].data.fd;
      if (line == listen_) {
        const int fresh = accept4(listen_, nullptr, nullptr, SOCK_CLOEXEC);
        const int yes = 1;
        setsockopt(fresh, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        lines_[fresh];
        add(poll_, fresh);
        continue;
      }
      std::string& text = lines_[line];
      if (!take(line, &text)) { lines_.erase(line); close(line); continue; }
      for (std::size_t head = 0; answers_ && (head = text.find("\r\n\r\n")) != std::string::npos;) {
        const std::size_t length = text.find("Content-Length: ");
        const std::size_t whole = head + 4 + (length < head ? static_cast<std::size_t>(std::atol(text.c_str() + length + 16)) : 0);
        if (text.size() < whole) break;
        text.erase(0, whole);
        ++taken_;
        if (send(line, kYes, sizeof kYes - 1, MSG_NOSIGNAL) < 0) break;
      }
    }
  }
}

BenchSink::~BenchSink() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  for (const auto& [line, text] : lines_) close(line);
  if (listen_ >= 0) close(listen_);
  if (poll_ >= 0) close(poll_);
}

}  // namespace concordat::app
