#include "app/webhook_target.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace concordat::app {
namespace {

namespace ip = boost::asio::ip;

// What is not the public Internet: IANA's special-purpose registries (RFC 6890 and later), as of 2026.
constexpr std::array kNotPublic4 = {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
                                    "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"};
constexpr const char* kPublic6 = "2000::/3";
constexpr std::array kNotPublic6 = {"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"};

bool within(const ip::address_v4& address, const std::string& network) {
  boost::system::error_code error;
  const auto net = ip::make_network_v4(network, error);
  return !error && net.canonical().network() == ip::network_v4(address, net.prefix_length()).canonical().network();
}
bool within(const ip::address_v6& address, const std::string& network) {
  boost::system::error_code error;
  const auto net = ip::make_network_v6(network, error);
  return !error && net.canonical().network() == ip::network_v6(address, net.prefix_length()).canonical().network();
}

bool is_network(const std::string& text) {
  boost::system::error_code four, six;
  ip::make_network_v4(text, four);
  ip::make_network_v6(text, six);
  return !four || !six;
}

struct Parts { std::string scheme, host, port; bool user = false; };

std::optional<Parts> split(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    std::string out;
    if (curl_url_get(parsed.get(), which, &text, 0) == CURLUE_OK) out = text;
    curl_free(text);
    return out;
  };
  return Parts{part(CURLUPART_SCHEME), part(CURLUPART_HOST), part(CURLUPART_PORT), !part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty()};
}

}  // namespace

Status check_networks(const Networks& allow) {
  for (const std::string& network : allow)
    if (!is_network(network)) return Status::invalid("allow: expected networks such as 10.1.0.0/16 or 127.0.0.1/32, but \"" + network.substr(0, 64) + "\" is none");
  return {};
}

Result<WebhookTarget> webhook_target(const v1::Webhook& webhook) {
  const auto parts = split(webhook.url());
  if (!parts || (parts->scheme != "https" && parts->scheme != "http") || parts->host.empty() || parts->user)
    return Status::invalid("url: expected https://HOST[:PORT]/PATH without a user, but it is none");
  if (Status status = check_networks(webhook.allow()); !status.ok()) return status;
  const bool clear = parts->scheme == "http";
  if (clear && webhook.allow().empty()) return Status::invalid("url: expected https, but it is http, which only a network of `allow` may be sent");
  return WebhookTarget{webhook.url(), parts->scheme + "://" + parts->host + (parts->port.empty() ? "" : ":" + parts->port), clear};
}

bool may_reach(const Networks& allow, const std::string& address, bool clear) {
  boost::system::error_code error;
  ip::address parsed = ip::make_address(address, error);
  if (error) return false;
  if (parsed.is_v6() && parsed.to_v6().is_v4_mapped()) parsed = ip::make_address_v4(ip::v4_mapped, parsed.to_v6());
  const auto in = [&](const std::string& network) { return parsed.is_v4() ? within(parsed.to_v4(), network) : within(parsed.to_v6(), network); };
  if (std::any_of(allow.begin(), allow.end(), in)) return true;
  if (clear) return false;
  if (parsed.is_v4()) return std::none_of(kNotPublic4.begin(), kNotPublic4.end(), in);
  return in(kPublic6) && std::none_of(kNotPublic6.begin(), kNotPublic6.end(), in);
}

bool may_connect(const Networks& allow, const sockaddr& to, bool clear, std::string* refused) {
  char text[INET6_ADDRSTRLEN] = "";
  if (to.sa_family == AF_INET) inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(to).sin_addr, text, sizeof text);
  else if (to.sa_family == AF_INET6) inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(to).sin6_addr, text, sizeof text);
  if (may_reach(allow, text, clear)) return true;
  *refused = text;
  return false;
}

}  // namespace concordat::app
