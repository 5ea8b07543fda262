#include "app/http_connect.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <map>
#include <optional>

#include "app/subscriptions.h"
#include "concordat/v1/service.pb.h"

namespace concordat::app {
namespace {

namespace util = google::protobuf::util;

constexpr int kDeadlineUsual = 30'000, kDeadlineMax = 60'000;
constexpr const char* kJson = "application/json";
constexpr const char* kProto = "application/proto";

const std::map<std::string, int, std::less<>> kStatusOf = {
    {"canceled", 499}, {"unknown", 500}, {"invalid_argument", 400}, {"deadline_exceeded", 504}, {"not_found", 404}, {"permission_denied", 403},
    {"resource_exhausted", 429}, {"out_of_range", 400}, {"unimplemented", 501}, {"internal", 500}, {"unavailable", 503}, {"data_loss", 500}, {"unauthenticated", 401}};

std::string kind_of(std::string_view type) {             // Without parameters: "application/json; charset=utf-8".
  std::string out(type.substr(0, type.find(';')));
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string unbase64(std::string_view text) {            // Both alphabets, with or without padding.
  std::string out;
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 : c == '-' || c == '+' ? 62 : c == '_' || c == '/' ? 63 : -1;
    if (value < 0) continue;
    held = held << 6 | static_cast<std::uint32_t>(value);
    if ((bits += 6) >= 8) out += static_cast<char>(held >> (bits -= 8) & 0xff);
  }
  return out;
}

// What a value may be, of a type as the library names it.
std::string may_be(const std::string& type) {
  constexpr std::string_view kOurs = "type.googleapis.com/";
  if (type.starts_with(kOurs))
    if (const auto* words = google::protobuf::DescriptorPool::generated_pool()->FindEnumTypeByName(type.substr(kOurs.size()))) {
      std::string out;
      for (int i = 0; i < words->value_count(); ++i)
        if (words->value(i)->name() != "unset") out += (out.empty() ? "one of " : ", ") + words->value(i)->name();
      return out;
    }
  if (type == "TYPE_BOOL") return "true or false";
  if (type == "TYPE_UINT32" || type == "TYPE_UINT64") return "a whole number that is not negative";
  if (type == "TYPE_INT32" || type == "TYPE_INT64") return "a whole number";
  if (type == "TYPE_STRING") return "a text";
  return "what the definition says (" + type + ")";
}

// What the library says of JSON that is not the message, in our words.
std::string fault_of(const std::string& told) {
  const std::string first = told.substr(0, told.find('\n'));
  std::string where = first.substr(0, first.find(": "));                       // "(question.subject) name" or "name".
  if (where.starts_with("INVALID_ARGUMENT:")) where = where.substr(17);
  if (first.find("Cannot find field") != std::string::npos) {
    const std::size_t in = where.find(") ");
    const std::string name = in == std::string::npos ? where : where.substr(in + 2);
    return "there is no field \"" + name + "\"" + (in == std::string::npos || in < 2 ? "" : " in " + where.substr(where.find('(') + 1, in - where.find('(') - 1));
  }
  if (const std::size_t value = first.find("invalid value "); value != std::string::npos) {
    std::string at = where.find('(') == std::string::npos ? where : where.substr(where.find('(') + 1, where.find(')') - where.find('(') - 1);
    const std::string rest = first.substr(value + 14);
    const std::size_t type = rest.rfind(" for type ");
    return "field " + at + " cannot be " + rest.substr(0, type) + (type == std::string::npos ? "" : "; it may be " + may_be(rest.substr(type + 10)));
  }
  if (first.find("Root element must be a message") != std::string::npos) return "it is no object";
  return "it is no JSON (" + first + ")";
}

Status parse(const std::string& bytes, bool json, google::protobuf::Message* out) {
  if (!json) return out->ParseFromString(bytes) ? Status() : Status::invalid("body: expected a " + out->GetTypeName() + " in protobuf, but it does not parse");
  const auto parsed = util::JsonStringToMessage(bytes.empty() ? "{}" : bytes, out);
  if (parsed.ok()) return {};
  const bool secret = bytes.find("private_words") != std::string::npos || bytes.find("privateWords") != std::string::npos;     // Then nothing of it is quoted.
  return Status::invalid("body: expected a " + out->GetTypeName() + " in JSON, but " + (secret ? std::string("it does not parse; since it has private words, nothing of it is shown here") : fault_of(std::string(parsed.message()))));
}

template <typename Asked, typename Told>
struct Call { Asked asked; Told told; };                 // Shared by the answers that are awaited.

// What came, as message; run; what is told, in the form it was asked in.
template <typename Asked, typename Told, typename Run>
void unary(const std::string& bytes, bool json, http::Answer answer, Run run) {
  auto call = std::make_shared<Call<Asked, Told>>();
  if (const Status status = parse(bytes, json, &call->asked); !status.ok()) return answer(connect_error(code_of(status), status.why()));
  run(call->asked, &call->told, [call, json, answer](const Status& status) {
    if (!status.ok()) return answer(connect_error(code_of(status), status.why()));
    http::Reply reply;
    reply.type = json ? kJson : kProto;
    if (!json) reply.body = call->told.SerializeAsString();
    else if (!util::MessageToJsonString(call->told, &reply.body).ok()) return answer(connect_error("internal", "the reply could not be written as JSON"));
    answer(std::move(reply));
  });
}

// The one that is asked about is in the message: may he?
template <typename Asked, typename Told, typename Run>
void subscription(Calls& calls, const Caller& caller, const std::string& bytes, bool json, const http::Answer& answer, const std::string& (Asked::*name)() const, bool steers, Run run) {
  unary<Asked, Told>(bytes, json, answer, [&](Asked& asked, Told* told, auto done) {
    if (Status status = steers ? caller.may_steer() : Status(); !status.ok()) return done(status);
    auto all = calls.subscriptions(caller, (asked.*name)());
    if (!all.ok()) return done(all.status());
    run(**all, asked, told, done);
  });
}

void subscription(Calls& calls, const Caller& caller, const std::string& method, const std::string& bytes, bool json, const http::Answer& answer) {
  if (method == "FetchDeliveries")
    subscription<v1::FetchDeliveriesRequest, v1::FetchDeliveriesResponse>(calls, caller, bytes, json, answer, &v1::FetchDeliveriesRequest::subscription, false, [](Subscriptions& all, auto& asked, auto* told, auto done) { all.fetch(asked, told, done); });
  else if (method == "SettleDeliveries")
    subscription<v1::SettleDeliveriesRequest, v1::SettleDeliveriesResponse>(calls, caller, bytes, json, answer, &v1::SettleDeliveriesRequest::subscription, false, [](Subscriptions& all, auto& asked, auto* told, auto done) { done(all.settle_all(asked, told)); });
  else if (method == "GetSubscriptions")
    subscription<v1::GetSubscriptionsRequest, v1::GetSubscriptionsResponse>(calls, caller, bytes, json, answer, &v1::GetSubscriptionsRequest::name, false, [](Subscriptions& all, auto& asked, auto* told, auto done) { done(all.get(asked, told)); });
  else
    subscription<v1::SteerSubscriptionRequest, v1::SteerSubscriptionResponse>(calls, caller, bytes, json, answer, &v1::SteerSubscriptionRequest::name, true, [](Subscriptions& all, auto& asked, auto* told, auto done) { done(all.steer(asked, told)); });
}

// Bytes and form of a request; a reply instead if it is not one of ours.
struct Read { std::string bytes; bool json = true; std::optional<http::Reply> instead; };

Read read(const http::Request& request, bool by_get_too) {
  Read out;
  if (request.method == "GET" && by_get_too) {
    if (const std::string wrong = request.unknown_parameter({"message", "encoding", "base64", "connect", "compression"}); !wrong.empty()) {
      out.instead = connect_error("invalid_argument", wrong);
      return out;
    }
    out.json = request.parameter("encoding") != "proto";
    out.bytes = request.parameter("message");
    if (request.parameter("base64") == "1") out.bytes = unbase64(out.bytes);
    return out;
  }
  if (request.method != "POST") {
    out.instead = connect_error("unimplemented", "expected POST" + std::string(by_get_too ? " or GET" : "") + ", but the method is " + request.method, 405);
    out.instead->headers.emplace_back("Allow", by_get_too ? "POST, GET" : "POST");
    return out;
  }
  const std::string kind = kind_of(request.header("content-type"));
  out.json = kind == kJson;
  out.bytes = request.body;
  const std::string_view version = request.header("connect-protocol-version"), encoding = request.header("content-encoding");
  if (!out.json && kind != kProto) {
    out.instead = connect_error("unimplemented", "content-type: expected application/json or application/proto, but it is \"" + kind + "\"", 415);
    out.instead->headers.emplace_back("Accept-Post", "application/json, application/proto");
  } else if (!version.empty() && version != "1") out.instead = connect_error("invalid_argument", "connect-protocol-version: expected 1, but it is \"" + std::string(version) + "\"");
  else if (!encoding.empty() && encoding != "identity") out.instead = connect_error("unimplemented", "content-encoding: expected identity, but it is \"" + std::string(encoding) + "\"");
  return out;
}

}  // namespace

http::Reply connect_error(const std::string& code, const std::string& message, int status) {
  v1::SubmitBatchResponse::Result body;                  // Has just the two words that an error has.
  body.set_code(code);
  body.set_message(message);
  http::Reply reply;
  const auto found = kStatusOf.find(code);
  reply.status = status != 0 ? status : found == kStatusOf.end() ? 500 : found->second;
  if (!util::MessageToJsonString(body, &reply.body).ok()) reply.body = "{\"code\":\"" + code + "\"}";     // A message that is not UTF-8.
  return reply;
}

http::Reply connect_failed(int status, const std::string& why) {
  return connect_error(status == 504 ? "deadline_exceeded" : status == 413 || status == 431 ? "resource_exhausted" : "invalid_argument", why, status);
}

int connect_deadline_ms(const http::Request& request) {
  const std::string given(request.header("connect-timeout-ms").substr(0, 10));
  if (given.empty() || given.find_first_not_of("0123456789") != std::string::npos) return kDeadlineUsual;
  return static_cast<int>(std::min<long long>(std::stoll(given), kDeadlineMax));
}

void connect(Calls& calls, const http::Request& request, const Caller& caller, http::Answer answer) {
  const std::string method = request.path.substr(kConnectPath.size());
  const bool reads = method == "Ask" || method == "ShowModel" || method == "ListVocabulary" || method == "Get" || method == "List" || method == "Explain" || method == "WhyNot" || method == "GetSubscriptions";
  const bool writes = method == "Submit" || method == "SubmitBatch" || method == "ReadPrivate" || method == "FetchDeliveries" || method == "SettleDeliveries" || method == "SteerSubscription";
  if (method == "Watch" || method == "Snapshot" || method == "SubmitStream")
    return answer(connect_error("unimplemented", method + " streams: call it over gRPC, or follow GET /feeds/NAME/events"));
  if (!reads && !writes) return answer(connect_error("unimplemented", "expected Submit, SubmitBatch, Ask, ShowModel, ListVocabulary, Get, List, Explain, WhyNot, ReadPrivate, FetchDeliveries, SettleDeliveries, GetSubscriptions or SteerSubscription, but there is no " + method.substr(0, 64), 404));
  Read got = read(request, reads);
  if (got.instead) return answer(*std::move(got.instead));
  if (method == "Submit")
    unary<v1::Command, v1::SubmitResponse>(got.bytes, got.json, answer, [&](v1::Command& command, v1::SubmitResponse* told, auto done) {
      calls.submit(std::move(command), caller, [told, done](Result<v1::Reply> reply) {
        if (reply.ok()) *told->mutable_reply() = *std::move(reply);
        done(reply.status());
      });
    });
  else if (method == "SubmitBatch")
    unary<v1::SubmitBatchRequest, v1::SubmitBatchResponse>(got.bytes, got.json, answer, [&](auto& asked, auto* told, auto done) { calls.submit_batch(asked, caller, told, done); });
  else if (method == "ReadPrivate") unary<v1::ReadPrivateRequest, v1::ReadPrivateResponse>(got.bytes, got.json, answer, [&](auto& asked, auto* told, auto done) { calls.read_private(asked, caller, told, done); });
  else if (method.ends_with("Deliveries") || method.find("Subscription") != std::string::npos) subscription(calls, caller, method, got.bytes, got.json, answer);
  else if (method == "Explain") unary<v1::ExplainRequest, v1::ExplainResponse>(got.bytes, got.json, answer, [&](auto& asked, auto* told, auto done) { calls.explain(asked, caller, told, done); });
  else if (method == "WhyNot") unary<v1::WhyNotRequest, v1::WhyNotResponse>(got.bytes, got.json, answer, [&](auto& asked, auto* told, auto done) { calls.why_not(asked, caller, told, done); });
  else if (method == "Ask") unary<v1::AskRequest, v1::AskResponse>(got.bytes, got.json, answer, [&](auto& asked, auto* told, auto done) { calls.ask(asked, caller, told, done); });
  else if (method == "ShowModel") unary<v1::ShowModelRequest, v1::ShowModelResponse>(got.bytes, got.json, answer, [&](auto& asked, auto* told, auto done) { calls.show_model(asked, caller, told, done); });
  else if (method == "ListVocabulary") unary<v1::ListVocabularyRequest, v1::ListVocabularyResponse>(got.bytes, got.json, answer, [&](auto& asked, auto* told, auto done) { calls.list_vocabulary(asked, caller, told, done); });
  else if (method == "List") unary<v1::ListRequest, v1::ListResponse>(got.bytes, got.json, answer, [&](auto& asked, auto* told, auto done) { calls.list(asked, caller, told, done); });
  else unary<v1::GetRequest, v1::GetResponse>(got.bytes, got.json, answer, [&](auto& asked, auto* told, auto done) { calls.get(asked, caller, told, done); });
}

}  // namespace concordat::app
