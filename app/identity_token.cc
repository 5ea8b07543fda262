#include "app/identity_token.h"

#include <cjose/cjose.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace concordat::app {
namespace {

using google::protobuf::Struct;

constexpr std::size_t kTokenBytesMax = 8192;
constexpr double kLeewaySeconds = 60;                   // Between the clocks of two machines.
constexpr std::size_t kRsaBitsLeast = 2048;

Result<Struct> parse_json(const std::string& text) {
  Struct out;
  if (!google::protobuf::util::JsonStringToMessage(text, &out).ok()) return Status::invalid("it is no JSON object");
  return out;
}
std::string text_of(const Struct& from, const std::string& name) {
  const auto found = from.fields().find(name);
  return found != from.fields().end() && found->second.has_string_value() ? found->second.string_value() : "";
}
// NaN: not there, or no number.
double number_of(const Struct& from, const std::string& name) {
  const auto found = from.fields().find(name);
  return found != from.fields().end() && found->second.has_number_value() ? found->second.number_value() : std::nan("");
}
bool holds(const Struct& from, const std::string& name, const std::string& wanted) {
  const auto found = from.fields().find(name);
  if (found == from.fields().end()) return false;
  if (found->second.has_string_value()) return found->second.string_value() == wanted;
  const auto& all = found->second.list_value().values();
  return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.has_string_value() && one.string_value() == wanted; });
}

Status no(const std::string& why) { return Status::unauthenticated("token: expected " + why); }

struct Release {
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
  void operator()(cjose_jws_t* token) const { cjose_jws_release(token); }
};
using Jws = std::unique_ptr<cjose_jws_t, Release>;

Result<Jws> import(const std::string& token) {
  if (token.size() > kTokenBytesMax) return no("at most 8192 bytes, but it has " + std::to_string(token.size()));
  if (std::count(token.begin(), token.end(), '.') != 2) return no("a signed JWT of three parts, but it is none");
  Jws out(cjose_jws_import(token.data(), token.size(), nullptr));
  if (!out) return no("a signed JWT, but it cannot be read");
  return out;
}

Result<Struct> claims_of(const Jws& token) {
  std::uint8_t* bytes = nullptr;                        // The token's own.
  std::size_t size = 0;
  if (!cjose_jws_get_plaintext(token.get(), &bytes, &size, nullptr)) return no("claims, but it has none");
  auto out = parse_json(std::string(reinterpret_cast<const char*>(bytes), size));
  if (!out.ok()) return no("claims in JSON, but they are none");
  return out;
}

}  // namespace

struct KeySet::Key {
  std::unique_ptr<cjose_jwk_t, Release> key;
  std::string kind, algorithm;                          // "RSA" or "EC"; the only algorithm it is for, if its issuer says so.
};

Result<std::shared_ptr<const KeySet>> KeySet::parse(const std::string& json) {
  const auto set = parse_json(json);
  if (!set.ok()) return Status::invalid("expected a JWK set, but " + set.status().why());
  auto out = std::make_shared<KeySet>();
  const auto keys = set->fields().find("keys");
  if (keys == set->fields().end() || !keys->second.has_list_value()) return Status::invalid("expected a JWK set with \"keys\", but there are none");
  for (const auto& one : keys->second.list_value().values()) {
    const Struct& fields = one.struct_value();
    const std::string kind = text_of(fields, "kty"), use = text_of(fields, "use");
    if ((kind != "RSA" && kind != "EC") || (!use.empty() && use != "sig")) continue;
    std::string text;
    if (!google::protobuf::util::MessageToJsonString(fields, &text).ok()) continue;
    auto key = std::make_shared<Key>();
    key->key.reset(cjose_jwk_import(text.data(), text.size(), nullptr));
    if (!key->key || (kind == "RSA" && cjose_jwk_get_keysize(key->key.get(), nullptr) < kRsaBitsLeast)) continue;
    key->kind = kind;
    key->algorithm = text_of(fields, "alg");
    out->keys_[text_of(fields, "kid")] = std::move(key);
  }
  return std::shared_ptr<const KeySet>(std::move(out));
}

const KeySet::Key* KeySet::find(const std::string& id) const {
  if (id.empty()) return keys_.size() == 1 ? keys_.begin()->second.get() : nullptr;
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : found->second.get();
}

Result<std::string> issuer_named(const std::string& token) {
  auto jws = import(token);
  if (!jws.ok()) return jws.status();
  auto claims = claims_of(*jws);
  if (!claims.ok()) return claims.status();
  return text_of(*claims, "iss");
}

Result<Claims> verify_token(const std::string& token, const v1::Issuer& issuer, const KeySet& keys, std::int64_t now_ms, bool* unknown_key) {
  auto jws = import(token);
  if (!jws.ok()) return jws.status();
  cjose_header_t* header = cjose_jws_get_protected(jws->get());
  const auto said = [&](const char* name) { const char* text = cjose_header_get(header, name, nullptr); return std::string(text == nullptr ? "" : text); };
  if (char* crit = cjose_header_get_raw(header, "crit", nullptr); crit != nullptr) {
    cjose_get_dealloc()(crit);
    return no("no critical extension, but it has one");
  }
  const std::string algorithm = said("alg");
  constexpr std::array kForRsa = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}, kForEc = {"ES256", "ES384", "ES512", "", "", ""};
  const auto among = [&](const auto& all) { return !algorithm.empty() && std::find(all.begin(), all.end(), algorithm) != all.end(); };
  if (!among(kForRsa) && !among(kForEc)) return no("a signature with a public key (RS, PS or ES), but its algorithm is \"" + algorithm.substr(0, 16) + "\"");
  const KeySet::Key* key = keys.find(said("kid"));
  *unknown_key = key == nullptr;
  if (key == nullptr) return no("a key of its issuer, but \"" + said("kid").substr(0, 64) + "\" is none of those known; if the issuer has changed its keys, try again in a moment");
  if (key->kind == "RSA" ? !among(kForRsa) : !among(kForEc)) return no("an algorithm for the key, but " + algorithm + " is not for a key of kind " + key->kind);
  if (!key->algorithm.empty() && key->algorithm != algorithm) return no("the key's own algorithm " + key->algorithm + ", but it is " + algorithm);
  if (!cjose_jws_verify(jws->get(), key->key.get(), nullptr)) return no("a signature of its issuer, but it does not verify");
  const auto claims = claims_of(*jws);
  if (!claims.ok()) return claims.status();
  const double now = static_cast<double>(now_ms) / 1000, expires = number_of(*claims, "exp"), begins = number_of(*claims, "nbf");
  if (text_of(*claims, "iss") != issuer.url()) return no("the issuer " + issuer.url() + ", but it is another's");
  if (!holds(*claims, "aud", issuer.audience())) return no("the audience \"" + issuer.audience() + "\", but it is for another");
  if (std::isnan(expires)) return no("a time at which it expires, but it has none");
  if (expires + kLeewaySeconds <= now) return no("one that has not expired, but it has");
  if (claims->fields().contains("nbf") && !(begins - kLeewaySeconds <= now)) return no("one that holds already, but it does not yet");
  Claims out{issuer.url(), text_of(*claims, "sub"), static_cast<std::int64_t>(std::min(expires + kLeewaySeconds, 1e12) * 1000)};
  if (out.subject.empty()) return no("a subject, but it has none");
  return out;
}

}  // namespace concordat::app
