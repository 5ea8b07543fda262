// A claim: all that the sources usable for a question say about one period in which one value holds, weighed together.
// Between facts (record.h) and answers (ask.cc). Source of the weighing: history.md section 1, questions.md section 4.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/record/record.h"

namespace concordat::record {

struct Interval {                         // When something may have begun, or ended.
  Day earliest = kAlways, latest = kNever;
  auto operator<=>(const Interval&) const = default;
};
bool overlap(const Interval& a, const Interval& b);
inline bool dated(const Interval& a) { return a.earliest > kAlways; }

struct Aside { const Fact* fact; const char* why; };

// The same value may hold in several periods: each is a claim of its own.
struct Claim {
  Datum value;
  std::vector<const Fact*> facts;         // What it rests on, deciding ones first.
  bool effective = false;                 // Some source says that it happened; else only plans.
  bool conditional = false;               // Its newest plan depends on a condition.
  bool in_force = false;                  // Some source speaks of it as existing.
  const Fact* documented = nullptr;       // The first that a document states.
  bool corroborated = false;              // Several documents agree on it, or a plan foresaw what happened.
  bool ends_disagree = false;             // Its ends cannot all be true; `end` then spans them.
  std::vector<Interval> starts;           // One; none if no source gives any; several if they cannot all be true.
  std::optional<Interval> end;
  Day last_known = kAlways;               // Newest known day of what it rests on.

  Interval start() const;                 // Spans `starts`; open on both sides if there is none.
  bool disputed() const { return starts.size() > 1; }
};

bool is_plan(const Fact& fact);           // Planned or conditional.

// Usable at that known day and in those record sets (empty = all); the rest goes to `aside`.
std::vector<const Fact*> usable(const std::vector<const Fact*>& facts, std::string_view scope, Day known_at,
                                const std::vector<std::string>& sets, std::vector<Aside>* aside);

// Weighs facts of one scope, in an order that does not depend on the order of arrival. `many`: values do not replace each
// other. Periods of what happened come first, in the order in which they began; plans follow, in the order of their values.
std::vector<Claim> claims(const std::vector<const Fact*>& facts, bool many, std::vector<Aside>* aside);

// Does the claim hold on that day? Empty: not determined.
std::optional<bool> holds_on(const Claim& claim, Day day);
bool over_by(const Claim& claim, Day day);            // It certainly ended by then.

}  // namespace concordat::record
