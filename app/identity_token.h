// Bearer tokens: a JWT signed by a trusted issuer, by the rules of RFC 8725: the algorithm is the key's, keys come from the issuer's set
// and never from the token, issuer, audience and times must be there and right. Never "none", never a shared secret.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "concordat/v1/identity.pb.h"
#include "engine/base/status.h"

namespace concordat::app {

// An issuer's public keys, by id. Shared by the calls that verify and the thread that renews it; never changed.
class KeySet {
 public:
  // A JWK set (RFC 7517). Keys for other uses and of other kinds than RSA and EC are left out.
  static Result<std::shared_ptr<const KeySet>> parse(const std::string& json);
  struct Key;
  const Key* find(const std::string& id) const;        // An empty id: the only key there is. Null if none.
  bool empty() const { return keys_.empty(); }

 private:
  std::map<std::string, std::shared_ptr<const Key>> keys_;
};

struct Claims { std::string issuer, subject; std::int64_t expires_ms = 0; };

// Whose token it says it is, unverified: to pick the issuer.
Result<std::string> issuer_named(const std::string& token);

// Not signed by a key of the set: kUnauthenticated with "expected …, but …"; `unknown_key` says that the key is none of the set.
Result<Claims> verify_token(const std::string& token, const v1::Issuer& issuer, const KeySet& keys, std::int64_t now_ms, bool* unknown_key);

}  // namespace concordat::app
