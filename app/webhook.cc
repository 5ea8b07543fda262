#include "app/webhook.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <list>
#include <map>
#include <thread>

#include "app/clock.h"
#include "app/instant.h"
#include "app/operation_log.h"
#include "app/subscription_keep.h"
#include "app/webhook_target.h"

namespace concordat::app {
namespace {

constexpr std::size_t kBodyBytesMax = 20'000;         // A larger event goes without its data, with a `dataref`.
constexpr long kConnectMs = 10'000, kAnswerMs = 20'000;
constexpr std::size_t kAnswerBytesMax = 64 << 10;     // Read and thrown away.
constexpr std::int64_t kHoldMaxMs = 24 * 3600 * 1000;
constexpr int kRestMs = 1000, kStopMs = 1000;

// The receiver cannot take anything just now; waiting helps, and it is not this event's fault.
bool too_much(CURLcode code, long status) {
  if (code != CURLE_OK) return code != CURLE_WRITE_ERROR;
  return status == 429 || status == 502 || status == 503 || status == 504;
}

}  // namespace

std::string webhook_signature(const std::vector<std::string>& secrets, const std::string& id, std::int64_t seconds, const std::string& body) {
  const std::string text = id + "." + std::to_string(seconds) + "." + body;
  std::string out;
  for (const std::string& secret : secrets) {
    unsigned char bytes[EVP_MAX_MD_SIZE], base64[2 * EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes, &size);
    const int length = EVP_EncodeBlock(base64, bytes, static_cast<int>(size));
    out += (out.empty() ? "v1," : " v1,") + std::string(reinterpret_cast<char*>(base64), static_cast<std::size_t>(length));
  }
  return out;
}

struct Webhooks::Loop {
  struct Hook {
    Subscriptions::One* one;
    v1::Subscription declared;
    WebhookTarget target;
    std::vector<std::string> secrets;
    DeliveryBook::Settings settings;
    std::size_t under_way = 0;
    std::uint32_t failures = 0;                         // In a row, of the receiver as a whole.
    std::int64_t hold_until = 0;
  };
  struct Call {
    Hook* hook;
    std::uint64_t sequence;
    std::uint32_t attempt;
    std::string body;
    curl_slist* headers = nullptr;
    std::size_t answered = 0;
    std::string refused;                                // The address that may not be reached.
    CURL* handle = nullptr;
  };

  explicit Loop(Subscriptions& all) : subscriptions(all), multi(curl_multi_init()) {}
  ~Loop() {
    for (CURL* handle : spare) curl_easy_cleanup(handle);
    curl_multi_cleanup(multi);
  }

  Status open() {
    for (Subscriptions::One* one : subscriptions.webhooks()) {
      const v1::Subscription& declared = subscriptions.declared(*one);
      auto target = webhook_target(declared.webhook());
      auto secrets = secrets_of(declared.webhook());
      if (!target.ok()) return target.status();
      if (!secrets.ok()) return secrets.status();
      hooks.push_back({one, declared, *target, *secrets, settings_of(declared)});
    }
    return {};
  }

  void run() {
    for (std::int64_t stop_by = 0;;) {
      if (stopping && stop_by == 0) stop_by = now_ms() + kStopMs;
      if (stopping && (calls.empty() || now_ms() >= stop_by)) break;
      std::int64_t rest = kRestMs;
      if (!stopping)
        for (Hook& hook : hooks) {
          const std::int64_t now = now_ms();
          if (hook.hold_until > now) { rest = std::min(rest, hook.hold_until - now); continue; }
          // After a failure one at a time, until it is known to be well again.
          const std::size_t most = hook.failures > 0 ? 1 : hook.settings.in_flight;
          if (hook.under_way < most)
            for (const Subscriptions::Taken& taken : subscriptions.take(*hook.one, most - hook.under_way)) send(hook, taken);
        }
      int running = 0, left = 0;
      curl_multi_perform(multi, &running);
      bool ended = false;
      while (CURLMsg* message = curl_multi_info_read(multi, &left))
        if (message->msg == CURLMSG_DONE) { finish(message->easy_handle, message->data.result); ended = true; }
      if (!ended) curl_multi_poll(multi, nullptr, 0, static_cast<int>(rest), nullptr);
    }
    while (!calls.empty()) {
      auto& [handle, call] = *calls.begin();
      subscriptions.give_back(*call.hook->one, call.sequence, now_ms());
      drop(handle);
    }
  }

  void send(Hook& hook, const Subscriptions::Taken& taken) {
    CURL* handle = spare.empty() ? curl_easy_init() : spare.back();
    if (!spare.empty()) spare.pop_back();
    Call& call = calls[handle];
    call = {&hook, taken.sequence, taken.attempt, body_of(hook, taken), nullptr, 0, "", handle};
    const std::string id = taken.event.attributes[1].second;       // CloudEvents' id: the same in every attempt.
    const std::int64_t seconds = now_ms() / 1000;
    for (const std::string& line : {std::string("Content-Type: application/cloudevents+json"), "webhook-id: " + id, "webhook-timestamp: " + std::to_string(seconds),
                                    "webhook-signature: " + webhook_signature(hook.secrets, id, seconds, call.body), std::string("Expect:"), std::string("User-Agent: concordat")})
      call.headers = curl_slist_append(call.headers, line.c_str());
    curl_easy_setopt(handle, CURLOPT_URL, hook.target.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, hook.target.clear ? "http" : "https");
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, call.headers);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, call.body.data());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(call.body.size()));
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");                   // Straight there, or the address that was checked is another's.
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, std::min<long>(kAnswerMs, static_cast<long>(hook.settings.timeout_ms)));
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &Loop::take_answer);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &call);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &Loop::open_socket);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &call);
    ++hook.under_way;
    curl_multi_add_handle(multi, handle);
  }

  std::string body_of(const Hook& hook, const Subscriptions::Taken& taken) const {
    std::string body = taken.event.json(taken.event.content_type == "application/json" ? "json" : "protobuf");
    if (body.size() < kBodyBytesMax) return body;
    FeedEvent thin = taken.event;
    thin.attributes.emplace_back("dataref", subscriptions.reference(*hook.one, taken.sequence));
    thin.data = "{}";
    thin.content_type = "application/json";
    return thin.json("json");
  }

  static std::size_t take_answer(char*, std::size_t size, std::size_t count, void* data) {
    Call& call = *static_cast<Call*>(data);
    call.answered += size * count;
    return call.answered > kAnswerBytesMax ? 0 : size * count;
  }
  static curl_socket_t open_socket(void* data, curlsocktype, curl_sockaddr* address) {
    Call& call = *static_cast<Call*>(data);
    if (!may_connect(call.hook->declared.webhook().allow(), address->addr, call.hook->target.clear, &call.refused)) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }

  void finish(CURL* handle, CURLcode code) {
    Call& call = calls[handle];
    Hook& hook = *call.hook;
    long status = 0;
    curl_off_t after = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &after);
    if (code == CURLE_OK && status >= 200 && status < 300) {
      if (hook.failures > 0) subscriptions.receiver_is(*hook.one, "");
      hook.failures = 0;
      subscriptions.settle(*hook.one, call.sequence, v1::Settlement::done, "");
    } else if (code == CURLE_OK && status == 410) {
      subscriptions.give_back(*hook.one, call.sequence, now_ms());
      subscriptions.pause(*hook.one, "the receiver answered 410 Gone: it wants no more of this");
    } else {
      const std::string why = !call.refused.empty() ? "expected a public address, or one of a network of `allow`, but " + hook.target.shown + " leads to " + call.refused
                              : code != CURLE_OK    ? std::string("no answer: ") + (code == CURLE_WRITE_ERROR ? "it was longer than 64 kB" : curl_easy_strerror(code))
                              : status >= 300 && status < 400 ? "expected 2xx, but the receiver answered " + std::to_string(status) + "; redirects are not followed"
                                                              : "expected 2xx, but the receiver answered " + std::to_string(status);
      if (too_much(code, status)) hold(hook, static_cast<std::int64_t>(after) * 1000, why);      // Else it is about this event: the others go on.
      const bool last = call.attempt >= hook.settings.attempts;
      subscriptions.settle(*hook.one, call.sequence, v1::Settlement::retry, why);
      if (last && too_much(code, status)) subscriptions.pause(*hook.one, "an event could not be delivered in " + std::to_string(call.attempt) + " attempts and is parked: " + why);
    }
    drop(handle);
  }
  // Calls that were under way together fail together: that is one failure of the receiver, not one of each.
  void hold(Hook& hook, std::int64_t asked_ms, const std::string& why) {
    if (now_ms() < hook.hold_until) {
      hook.hold_until = std::max(hook.hold_until, now_ms() + std::min(asked_ms, kHoldMaxMs));
      return;
    }
    ++hook.failures;
    const auto& waits = hook.settings.wait_ms;
    const std::int64_t own = waits.empty() ? 0 : waits[std::min<std::size_t>(hook.failures - 1, waits.size() - 1)];
    hook.hold_until = now_ms() + std::min(std::max(asked_ms, own), kHoldMaxMs);
    subscriptions.receiver_is(*hook.one, why + "; tried again at " + rfc3339(hook.hold_until) + " (" + std::to_string(hook.failures) + " failures in a row)");
    log_event("receiver_waits", {{"subscription", hook.declared.name()}, {"failures", std::to_string(hook.failures)}, {"seconds", std::to_string((hook.hold_until - now_ms()) / 1000)}}, true);
  }
  void drop(CURL* handle) {
    Call& call = calls[handle];
    --call.hook->under_way;
    curl_multi_remove_handle(multi, handle);
    curl_slist_free_all(call.headers);
    calls.erase(handle);
    curl_easy_reset(handle);
    spare.push_back(handle);
  }

  Subscriptions& subscriptions;
  CURLM* multi;
  std::list<Hook> hooks;
  std::map<CURL*, Call> calls;
  std::vector<CURL*> spare;
  std::atomic<bool> stopping{false};
  std::thread thread;
};

Webhooks::Webhooks(Subscriptions& subscriptions) : loop_(std::make_unique<Loop>(subscriptions)) {}
Webhooks::~Webhooks() { stop(); }

Status Webhooks::start() {
  if (Status status = loop_->open(); !status.ok()) return status;
  if (loop_->hooks.empty()) return {};
  loop_->subscriptions.on_due([loop = loop_.get()] { curl_multi_wakeup(loop->multi); });
  loop_->thread = std::thread([this] { loop_->run(); });
  return {};
}

void Webhooks::stop() {
  loop_->stopping = true;
  curl_multi_wakeup(loop_->multi);
  if (loop_->thread.joinable()) loop_->thread.join();
}

}  // namespace concordat::app
