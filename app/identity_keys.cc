#include "app/identity_keys.h"

#include <curl/curl.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "app/webhook_target.h"

namespace concordat::app {
namespace {

constexpr std::chrono::seconds kRenewEvery{300}, kRenewLeast{2};
constexpr long kAnswerMs = 5000;
constexpr std::size_t kAnswerBytesMax = 1 << 20;

struct Fetching { const v1::Issuer* issuer; bool clear; std::string body, refused; };

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* data) {
  auto& one = *static_cast<Fetching*>(data);
  if (one.body.size() + size * count > kAnswerBytesMax) return 0;
  one.body.append(bytes, size * count);
  return size * count;
}
curl_socket_t connect_to(void* data, curlsocktype, curl_sockaddr* address) {
  auto& one = *static_cast<Fetching*>(data);
  if (!may_connect(one.issuer->allow(), address->addr, one.clear, &one.refused)) return CURL_SOCKET_BAD;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Result<std::string> get(const v1::Issuer& issuer, const std::string& url) {
  const bool clear = url.starts_with("http://");
  if (!clear && !url.starts_with("https://")) return Status::invalid("expected https://…, but it is \"" + url.substr(0, 200) + "\"");
  Fetching one{&issuer, clear, "", ""};
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), &curl_easy_cleanup);
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, clear ? "http" : "https");
  curl_easy_setopt(handle.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, kAnswerMs);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &one);
  curl_easy_setopt(handle.get(), CURLOPT_OPENSOCKETFUNCTION, &connect_to);
  curl_easy_setopt(handle.get(), CURLOPT_OPENSOCKETDATA, &one);
  const CURLcode code = curl_easy_perform(handle.get());
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  if (!one.refused.empty()) return Status::invalid(url + " leads to " + one.refused + ", which is no public address and stands in no network of `allow`" + (clear ? " (in the clear only the latter may be)" : ""));
  if (code != CURLE_OK) return Status::unavailable(url + ": " + curl_easy_strerror(code));
  if (status != 200) return Status::unavailable(url + ": expected 200, but the answer is " + std::to_string(status));
  return one.body;
}

Result<std::string> key_set(const v1::Issuer& issuer) {
  if (issuer.keys().starts_with("http")) return get(issuer, issuer.keys());
  if (!issuer.keys().empty()) {
    std::ifstream in(issuer.keys());
    if (!in) return Status::invalid("keys: expected a file that can be read or a URL, but it is " + issuer.keys());
    std::stringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
  }
  const std::string base = issuer.url().ends_with('/') ? issuer.url().substr(0, issuer.url().size() - 1) : issuer.url();
  auto about = get(issuer, base + "/.well-known/openid-configuration");
  if (!about.ok()) return about;
  google::protobuf::Struct fields;
  if (!google::protobuf::util::JsonStringToMessage(*about, &fields).ok()) return Status::invalid(base + "/.well-known/openid-configuration: expected JSON, but it is none");
  const auto text = [&](const char* name) { return fields.fields().contains(name) ? fields.fields().at(name).string_value() : std::string(); };
  if (text("issuer") != issuer.url()) return Status::invalid(base + "/.well-known/openid-configuration: expected the issuer " + issuer.url() + ", but it speaks of \"" + text("issuer") + "\"");
  return get(issuer, text("jwks_uri"));
}

}  // namespace

IssuerKeys::IssuerKeys(std::vector<v1::Issuer> issuers) : issuers_(std::move(issuers)), keys_(issuers_.size()) {}
IssuerKeys::~IssuerKeys() {
  { const std::lock_guard lock(mutex_); stopping_ = true; }
  woken_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Status IssuerKeys::start() {
  for (std::size_t i = 0; i < issuers_.size(); ++i)
    if (Status status = fetch(i); !status.ok()) return status;
  if (!issuers_.empty()) thread_ = std::thread([this] { loop(); });
  return {};
}

const v1::Issuer* IssuerKeys::issuer(const std::string& url) const {
  const auto found = std::find_if(issuers_.begin(), issuers_.end(), [&](const v1::Issuer& one) { return one.url() == url; });
  return found == issuers_.end() ? nullptr : &*found;
}
std::shared_ptr<const KeySet> IssuerKeys::keys(const v1::Issuer& issuer) const {
  const std::lock_guard lock(mutex_);
  return keys_[static_cast<std::size_t>(&issuer - issuers_.data())];
}
void IssuerKeys::renew() {
  { const std::lock_guard lock(mutex_); wanted_ = true; }
  woken_.notify_one();
}

void IssuerKeys::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    woken_.wait_for(lock, kRenewEvery, [&] { return wanted_ || stopping_; });
    if (stopping_) return;
    wanted_ = false;
    lock.unlock();
    for (std::size_t i = 0; i < issuers_.size(); ++i)      // What cannot be had just now stays as it was.
      if (Status status = fetch(i); !status.ok()) std::fprintf(stderr, "concordat: identity: %s\n", status.why().c_str());
    lock.lock();
    woken_.wait_for(lock, kRenewLeast, [&] { return stopping_; });
  }
}

Status IssuerKeys::fetch(std::size_t index) {
  const std::string named = "issuer " + issuers_[index].url() + ": ";
  auto text = key_set(issuers_[index]);
  if (!text.ok()) return Status::unavailable(named + text.status().why());
  auto keys = KeySet::parse(*text);
  if (!keys.ok()) return Status::invalid(named + keys.status().why());
  if ((*keys)->empty()) return Status::invalid(named + "expected a key for signatures (RSA of 2048 bits or more, or EC), but there is none");
  const std::lock_guard lock(mutex_);
  keys_[index] = *std::move(keys);
  return {};
}

}  // namespace concordat::app
