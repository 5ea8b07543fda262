// Who asks, and whether he may read or submit that. Identity alone: what somebody may do in a matter is for the record and the engine.
// Threads: any.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "app/identity_keys.h"
#include "concordat/v1/identity.pb.h"

namespace concordat::v1 { class Command; }

namespace concordat::app {

// A principal of the file, with what it has left of its rate.
struct Known {
  explicit Known(v1::Principal declared) : principal(std::move(declared)) {}
  Status spend(std::int64_t now_ms, std::uint32_t commands);
  const v1::Principal principal;
  std::mutex mutex;                          // Guards the two below.
  double left = -1;                          // -1: full.
  std::int64_t at_ms = 0;
};

// Who makes a call. Without a file of identities nobody is asked, and a caller may do all that the address he comes in by lets him.
struct Caller {
  std::string stamp = {};                       // What stands in the stamp of his commands: "name:payroll", "peer:127.0.0.1:5000".
  Known* known = nullptr;                    // Not owned: the gate's, which outlives all calls.
  std::int64_t expires_ms = 0;               // Of his token; 0 = it does not.
  bool nobody = false;                       // No credentials where they are asked for: public feeds only.
  int patience_ms = 5000;                    // How long a read may wait for the views to reach a position.

  Status may_submit(const v1::Command& command) const;
  Status may_read(v1::Audience::Value audience) const;
  Status may_steer() const;
};

class Gate {
 public:
  // Every entry of a file; checked, names and credentials unique, keys of the issuers fetched. Errors say file and what is wrong.
  static Result<std::unique_ptr<Gate>> open(const std::string& file);
  // By the Authorization header, or by the names of a certificate that the connection has verified. kUnauthenticated if neither is known.
  Result<Caller> caller(std::string_view authorization, const std::vector<std::string>& certificate_names) const;
  // Its subjects that a command may come in the name of, for a check against the record.
  std::vector<std::string> actors() const;

 private:
  Gate(std::vector<v1::Issuer> issuers) : keys_(std::move(issuers)) {}
  mutable IssuerKeys keys_;
  std::vector<std::unique_ptr<Known>> all_;
  std::map<std::pair<std::string, std::string>, Known*> by_token_;      // Issuer, subject.
  std::map<std::string, Known*> by_certificate_;
};

}  // namespace concordat::app
