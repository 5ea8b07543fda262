// Whom somebody trusts about a log, in a file: the logs, the witnesses, and which of them together are enough. The format is
// C2SP tlog-policy, so that one file serves this program and other people's tools.
//
//   log VKEY [URL]
//   witness NAME VKEY [URL]
//   group NAME all|any|K MEMBER …      members are witnesses and groups of lines before
//   quorum NAME|none
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "projections/proof/note.h"

namespace concordat::app {

struct Policy {
  struct Member {                       // A witness, or a group of members.
    std::string name, url;
    projections::proof::Verifier key;   // Of a witness.
    std::vector<std::size_t> of;        // Of a group: places in `members`, all before its own.
    std::size_t needed = 0;             // Of a group: so many of them. 0: a witness.
  };
  std::vector<projections::proof::Verifier> logs;
  std::vector<Member> members;
  std::size_t quorum = kNone;
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  std::vector<projections::proof::Verifier> keys() const;              // Of logs and witnesses.
  // Whether those who signed are enough; else what is lacking, in words: "expected …, but …".
  Status enough(const std::vector<projections::proof::Signed>& by) const;
};

// kInvalid names the line, what was expected and what stands there.
Result<Policy> read_policy(std::string_view text);
Result<Policy> load_policy(const std::string& file);
// Adds the policy's keys to those given by hand. An empty name is no policy; neither keys nor policy is kInvalid.
struct Known { std::vector<projections::proof::Verifier> keys; std::optional<Policy> policy; };
Result<Known> load_known(const std::vector<std::string>& keys, const std::string& policy);

}  // namespace concordat::app
