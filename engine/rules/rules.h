// Rules: pure functions from a rule (data) and a roll (who is there, what they said) to a ruling with findings.
// No defaults in code. An unset parameter is evaluated over every option; if they agree, that is the outcome, with a
// note; if they differ, not determined, naming the parameter. Source: rules.md section 5.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace concordat::v1 { class DecisionRule; class QuorumRule; class Rule; class Ruling; }

namespace concordat::rules {

enum class Vote : std::uint8_t { kNone, kFor, kAgainst, kAbstained };
enum class Barred : std::uint8_t { kNo, kStays, kLeft };   // By an interest: may not vote; or left the room for the item.

// One seat the rule's body provides for.
struct Seat {
  std::string party;             // Body id.
  std::string holder;            // Person or office that takes it now; empty = vacant.
  std::string kind = "member";   // member, deputy, remote, co_opted, associate, observer.
  std::string seat_class;        // constituent, officer, …; empty where the rule knows none.
  std::string office;            // Office it is tied to, for office_required and includes.
  bool present = false;
  bool votes = true;             // Has a vote in this sitting.
  Barred barred = Barred::kNo;
  Vote vote = Vote::kNone;
};

// Whole membership, vacant and absent seats included, in a fixed order.
struct Roll {
  std::vector<Seat> seats;
  std::uint32_t appointed = 0;             // Appointed members, where the base is appointed_members; else 0.
  std::string casting_vote_by;             // Office or person presiding who used a casting vote; empty = none.
  Vote casting_vote = Vote::kNone;
  std::vector<std::string> conditions;     // Names of `when` conditions that hold ("voting_rights_granted").
};

// question = "quorate". Outcome yes, no or not_determined.
v1::Ruling quorate(const v1::QuorumRule& rule, const Roll& roll);
// question = "carried". Outcome yes, no, not_open (could not lawfully be taken) or not_determined.
// `consensus`: nobody objected, where the method asks for consensus first.
v1::Ruling carried(const v1::DecisionRule& rule, const Roll& roll);

}  // namespace concordat::rules
