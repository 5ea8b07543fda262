// The engine's memory of one ledger: the record, the rules and procedures in force, and the matters that are open.
// It follows what is open, not what ever happened: closed matters leave. Changed by evolve only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/record/record.h"
#include "engine/seating.h"
#include "engine/steps/memory.h"

namespace concordat::v1 { class PrivacyScheme; class Procedure; class Rule; class Step; }

namespace concordat {

using Fields = std::map<std::string, record::Datum, std::less<>>;

struct RuleKey {
  std::string id;                                  // Empty = no rule was in force.
  std::uint32_t version = 0;
};

struct Matter {
  std::string id, title, parent, opened_by;
  // Shared with the matters of the same version; const, and freed with the last of them.
  std::shared_ptr<const v1::Procedure> procedure;
  const v1::Step* step = nullptr;                  // Where it stands; owned by `procedure`.
  std::int64_t step_since_ms = 0;                  // Stamp of the event that brought it there.
  std::map<std::string, RuleKey, std::less<>> rules;   // Frozen at opening, by step id.
  std::map<std::string, std::vector<RuleKey>, std::less<>> further_rules;   // Those asked after it; of committees in common by "step/party".
  Fields fields;
  std::uint32_t papers = 0;
  bool hidden = false;                             // Was put before a meeting as a private item: from then on it is one.
  std::string recommendation;
  std::map<std::string, steps::Memory, std::less<>> memories;   // By step id; only where there is something to remember.
  std::uint64_t last_sequence = 0;                 // Of the last event about it: what `expected` is compared with.
  std::vector<std::uint64_t> commits;              // First sequences of the commits that hold its events, rising.
};

// What is kept of private words of one subject: enough to say whether their key may be destroyed, not the words.
struct PrivateSubject {
  std::uint32_t generation = 1;                    // Of the key; each erasure ends one.
  bool sealed = false;                             // There are words under this key.
  std::string retain_until, retained_as;           // The latest day, or "permanent"; the class that says so. Empty = none does.
  std::map<std::string, std::string> holds;        // Name -> reason.
  struct Asked { std::string by, authority, reason, early_authority; } asked;   // To be erased; `by` empty = nobody has.
};

struct Privacy {
  std::shared_ptr<const v1::PrivacyScheme> scheme;  // Null until one is published.
  std::map<std::string, PrivateSubject, std::less<>> subjects;
};

struct State {
  std::uint64_t last_sequence = 0;                 // 0 = nothing has happened.
  std::int64_t last_stamp_ms = 0;
  record::Record record;
  std::map<std::string, std::vector<std::shared_ptr<const v1::Procedure>>, std::less<>> procedures;  // By id, versions rising.
  std::map<std::string, std::vector<std::shared_ptr<const v1::Rule>>, std::less<>> rules;            // By id, versions rising.
  std::set<std::tuple<std::string, std::uint32_t, std::string>> adopted;  // Rule, version, party that made it its own.
  std::map<std::string, Matter, std::less<>> matters;                     // Open ones.
  std::set<std::pair<std::int64_t, std::string>> due;                     // Next due time of each matter that has one.
  struct Closed { std::uint64_t sequence = 0; std::string outcome; std::uint32_t items = 0; };   // `items`: on the agenda, if it was a meeting.
  std::map<std::string, Closed, std::less<>> just_closed;                 // Matters, until the store has it.
  std::vector<std::uint64_t> lasting;              // First sequences of the commits whose events outlive matters, rising.

  Privacy privacy;

  mutable Seatings seatings;                                              // Follows from the record; decides nothing by itself.

  const v1::Rule* rule(const RuleKey& key) const;                         // Null if there is none.
};

// A canonical text of everything in the state that decides anything: two states with the same text behave alike.
std::string describe(const State& state);

}  // namespace concordat
