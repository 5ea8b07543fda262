// One command at work: what every decide sees. State is const to it; emit is the only way to change anything, and what
// is emitted has been evolved before the next line reads the state.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "concordat/v1/ledger.pb.h"
#include "engine/engine.h"
#include "engine/state.h"

namespace concordat {

// Empty: the rules say yes. Set: the recorded no.
using Refusal = std::optional<v1::Refused>;

class Work {
 public:
  Work(State& state, const v1::Command& command, const v1::Stamp& stamp, const Prefetched& prefetched);

  const State& state() const { return state_; }
  const v1::Command& command() const { return command_; }
  const Prefetched& prefetched() const { return prefetched_; }
  const v1::Actor& actor() const { return command_.actor(); }
  std::int64_t now_ms() const { return stamp_.time_ms(); }
  record::Day today() const { return today_; }           // The stamp's day: what authority is checked on.
  record::Day acted_on() const { return acted_on_; }     // The day of the act in the world: what facts are known from.

  // The open matter, or a refusal: not found, closed, stale. Pointers live until the next emit that closes it.
  Refusal find(const std::string& id, const Matter** matter) const;
  // The same, and it must stand at a step of that kind.
  Refusal find_at(const std::string& id, v1::Step::KindCase kind, const Matter** matter) const;

  void emit(v1::Event event);
  // Takes back what was emitted about matters, so that the command can still be refused.
  // REQUIRES: nothing lasting (facts, rules, procedures) was emitted; the procedure check sees to it.
  void undo();
  std::vector<v1::Event> take_events() { return std::move(events_); }
  std::string new_matter_id(const Matter& parent) const;  // For a referral: parent id / step id; from the second on, / its number.

 private:
  void keep(const std::string& matter);
  State& state_;
  const v1::Command& command_;
  const v1::Stamp& stamp_;
  const Prefetched& prefetched_;
  record::Day today_, acted_on_;
  std::vector<v1::Event> events_;
  std::map<std::string, std::optional<Matter>> before_;  // Matters as they were before this command.
  std::uint64_t sequence_before_;
  bool lasting_ = false;
};

// Clients choose ids freely, also one that a matter would give to what it opens: while that is open, "wanted.2", and so on.
std::string free_matter_id(const State& state, const std::string& wanted);

// "expected …, but …": the fixed form of every refusal.
Refusal refuse(v1::RefusalCode::Value code, std::string expected, std::string but);
Refusal refuse(v1::RefusalCode::Value code, std::string expected, std::string but, v1::Ruling ruling);
inline Refusal accept() { return std::nullopt; }

// Resolves a name or id to a subject the record knows.
Refusal resolve(const Work& work, std::string_view name, std::string* subject);

// "$field" becomes the matter's value as a string (ref, text, when or code); anything else stays. Empty if there is none.
std::string fill(const Matter& matter, std::string_view text);
record::Datum fill(const Matter& matter, const v1::Value& value);

// The bodies that a definition names: one, "$field", or each of "parties of body:x" as the record has them today.
std::vector<std::string> bodies_named(const Work& work, const Matter& matter, std::string_view text);

// Authority, from effective facts of the record only.
Refusal may_act(const Work& work, const Matter& matter);                    // Capacity given, not barred, mandate cited.
Refusal may_act(const Work& work, std::string_view matter_type);
Refusal may_act_here(const Work& work, const Matter& matter);               // As the step where it stands asks (Step.who).
Refusal may_speak_for(const Work& work, std::string_view party);            // on_behalf_of is the party, as member.
bool holds_seat(const Work& work, std::string_view body, std::string_view party, std::string_view who,
                std::vector<std::string>* because);

}  // namespace concordat
