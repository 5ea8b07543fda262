#include "app/identity.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>
#include <sstream>

#include "app/clock.h"
#include "app/webhook_target.h"
#include "app/yaml_commands.h"
#include "concordat/v1/ledger.pb.h"

namespace concordat::app {
namespace {

bool named_well(const std::string& name) {
  return !name.empty() && name.size() <= 64 && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos;
}

Status check(const v1::Issuer& issuer) {
  if (!issuer.url().starts_with("https://") && (!issuer.url().starts_with("http://") || issuer.allow().empty())) return Status::invalid("issuer: url: expected https://…, but it is \"" + issuer.url().substr(0, 200) + "\" (http only with `allow`)");
  if (issuer.audience().empty()) return Status::invalid("issuer " + issuer.url() + ": audience: expected what its tokens for this service say, but none is given");
  return check_networks(issuer.allow());
}

Status check(const v1::Principal& one, const std::vector<v1::Issuer>& issuers) {
  const auto wrong = [&](const std::string& what) { return Status::invalid("principal \"" + one.name().substr(0, 64) + "\": " + what); };
  if (!named_well(one.name())) return wrong("name: expected 1 to 64 lower-case letters, digits, dots or dashes");
  if (one.issuer().empty() != one.subject().empty()) return wrong("expected issuer and subject together");
  if (one.subject().empty() && one.certificate().empty()) return wrong("expected issuer and subject, or certificate, but there is neither: nobody could be it");
  if (!one.issuer().empty() && std::none_of(issuers.begin(), issuers.end(), [&](const v1::Issuer& each) { return each.url() == one.issuer(); })) return wrong("issuer: expected one of the file, but there is none " + one.issuer());
  return {};
}

}  // namespace

Status Known::spend(std::int64_t now_ms_, std::uint32_t commands) {
  const double rate = principal.commands_per_second();
  if (rate == 0) return {};
  const std::lock_guard lock(mutex);
  left = left < 0 ? 2 * rate : std::min(2 * rate, left + rate * static_cast<double>(now_ms_ - at_ms) / 1000);
  at_ms = now_ms_;
  if (left < commands) return Status::too_many("expected at most " + std::to_string(principal.commands_per_second()) + " commands a second from " + principal.name() + ", but there are more; try again later");
  left -= commands;
  return {};
}

Status Caller::may_submit(const v1::Command& command) const {
  if (nobody) return Status::unauthenticated("expected a bearer token or a client certificate, but there is none");
  if (known == nullptr) return {};
  const std::int64_t now = now_ms();
  if (expires_ms != 0 && expires_ms <= now) return Status::unauthenticated("token: expected one that has not expired, but it has");
  const auto& all = known->principal.acts_as();
  if (std::none_of(all.begin(), all.end(), [&](const std::string& one) { return one == "*" || one == command.actor().who(); }))
    return Status::forbidden("actor.who: expected somebody in whose name " + known->principal.name() + " may act, but it is \"" + command.actor().who().substr(0, 100) + "\"");
  return known->spend(now, 1);
}

Status Caller::may_read(v1::Audience::Value audience) const {
  if (audience == v1::Audience::public_ || (known == nullptr && !nobody)) return {};
  if (nobody) return Status::unauthenticated("expected a bearer token or a client certificate, but there is none");
  if (expires_ms != 0 && expires_ms <= now_ms()) return Status::unauthenticated("token: expected one that has not expired, but it has");
  const v1::Audience::Value reads = known->principal.reads();
  if (reads != v1::Audience::unset && reads >= audience) return {};
  return Status::forbidden("expected somebody who reads what is " + v1::Audience::Value_Name(audience) + ", but " + known->principal.name() + " does not");
}

Status Caller::may_steer() const {
  if (Status status = may_read(v1::Audience::members); !status.ok()) return status;
  return known == nullptr || known->principal.steers() ? Status() : Status::forbidden("expected somebody who may steer subscriptions, but " + known->principal.name() + " may not");
}

Result<std::unique_ptr<Gate>> Gate::open(const std::string& file) {
  std::ifstream in(file);
  if (!in) return Status::invalid("--identity: expected a file that can be read, but " + file + " cannot be opened");
  std::stringstream text;
  text << in.rdbuf();
  std::vector<v1::IdentityEntry> entries;
  if (Status status = parse_messages(text.str(), file, [&] { return &entries.emplace_back(); }); !status.ok()) return status;
  std::vector<v1::Issuer> issuers;
  std::set<std::string> urls, names;
  for (const auto& entry : entries) {
    if (entry.has_issuer()) {
      if (Status status = check(entry.issuer()); !status.ok()) return Status::invalid(file + ": " + status.why());
      if (!urls.insert(entry.issuer().url()).second) return Status::invalid(file + ": expected each issuer once, but " + entry.issuer().url() + " stands twice");
      issuers.push_back(entry.issuer());
    } else if (!entry.has_principal()) return Status::invalid(file + ": expected issuer or principal in each entry, but one has neither");
  }
  std::unique_ptr<Gate> out(new Gate(issuers));
  for (const auto& entry : entries) {
    if (!entry.has_principal()) continue;
    const v1::Principal& one = entry.principal();
    if (Status status = check(one, issuers); !status.ok()) return Status::invalid(file + ": " + status.why());
    if (!names.insert(one.name()).second) return Status::invalid(file + ": expected each principal once, but " + one.name() + " stands twice");
    Known* known = out->all_.emplace_back(std::make_unique<Known>(one)).get();
    const bool fresh = (one.subject().empty() || out->by_token_.emplace(std::pair(one.issuer(), one.subject()), known).second) && (one.certificate().empty() || out->by_certificate_.emplace(one.certificate(), known).second);
    if (!fresh) return Status::invalid(file + ": principal \"" + one.name() + "\": expected credentials of its own, but another has the same");
  }
  if (Status status = out->keys_.start(); !status.ok()) return status;
  return out;
}

Result<Caller> Gate::caller(std::string_view authorization, const std::vector<std::string>& certificate_names) const {
  const auto come = [](Known* known, std::int64_t expires_ms) { return Caller{"name:" + known->principal.name(), known, expires_ms, false}; };
  if (authorization.empty()) {
    for (const std::string& name : certificate_names)
      if (const auto found = by_certificate_.find(name); found != by_certificate_.end()) return come(found->second, 0);
    if (!certificate_names.empty()) return Status::unauthenticated("certificate: expected one of a principal of this service, but none of its names is known");
    return Status::unauthenticated("expected a bearer token or a client certificate, but there is none");
  }
  constexpr std::string_view kBearer = "bearer ";
  const bool bearer = authorization.size() > kBearer.size() && std::equal(kBearer.begin(), kBearer.end(), authorization.begin(), [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
  if (!bearer) return Status::unauthenticated("authorization: expected \"Bearer TOKEN\", but it is of another kind");
  const std::string token(authorization.substr(kBearer.size()));
  const auto named = issuer_named(token);
  if (!named.ok()) return named.status();
  const v1::Issuer* issuer = keys_.issuer(*named);
  if (issuer == nullptr) return Status::unauthenticated("token: expected one of an issuer that this service trusts, but it is another's");
  bool unknown_key = false;
  const auto claims = verify_token(token, *issuer, *keys_.keys(*issuer), now_ms(), &unknown_key);
  if (unknown_key) keys_.renew();
  if (!claims.ok()) return claims.status();
  const auto found = by_token_.find({claims->issuer, claims->subject});
  if (found == by_token_.end()) return Status::unauthenticated("token: expected one of a principal of this service, but its subject is not known here");
  return come(found->second, claims->expires_ms);
}

std::vector<std::string> Gate::actors() const {
  std::vector<std::string> out;
  for (const auto& one : all_)
    for (const std::string& actor : one->principal.acts_as())
      if (actor != "*") out.push_back(actor);
  return out;
}

}  // namespace concordat::app
