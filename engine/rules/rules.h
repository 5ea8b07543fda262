// Rules: pure functions from a rule version (data) and a roll (who is there, what they said) to a ruling with findings.
// No defaults in code. An unset parameter is evaluated over every option; if they agree, that is the outcome, with a
// note; if they differ, not determined, naming the parameter. Source: rules.md section 5.
//
// Whoever holds meetings feeds the roll; nothing here knows a meeting or the record.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace concordat::v1 { class Rule; class Ruling; }

namespace concordat::rules {

enum class Vote : std::uint8_t { kNone, kFor, kAgainst, kAbstained };
enum class Barred : std::uint8_t { kNo, kStays, kLeft };   // By an interest: may not vote; or left the room for the item.

// One seat the rule's body provides for.
struct Seat {
  std::string party;                  // Body id.
  std::string body;                   // Committee it belongs to, where several sit in common.
  std::string holder;                 // Person who takes it now, or the office where nobody is named; empty = vacant.
  std::string kind = "member";        // member, deputy, remote, co_opted, associate, observer.
  std::vector<std::string> classes;   // constituent, officer, …; empty where the rule knows none.
  std::string office;                 // Office it is tied to, for office_required and includes.
  std::uint64_t weight = 1;           // Votes it casts, where the record weighs them.
  bool present = false;
  bool votes = true;                  // Has a vote in this sitting.
  bool granted = false;               // … because a rule of another layer says who has one; this rule is not asked.
  Barred barred = Barred::kNo;
  Vote vote = Vote::kNone;
};

// Whole membership, vacant and absent seats included, in a fixed order.
struct Roll {
  std::vector<Seat> seats;
  std::uint32_t appointed = 0;             // Appointed members, where the base is appointed_members; else 0.
  std::string casting_vote_by;             // Who presides and used a casting vote; empty = none.
  Vote casting_vote = Vote::kNone;
  std::vector<std::string> conditions;     // Names of the rule's conditions that hold ("mayor_in_post").
  std::map<std::string, std::string, std::less<>> about;   // Of a condition, whom it is about: "body:a, body:b".
  std::string matter_type;                 // Empty = not classified.
};

// Does the seat have a vote by the rule's own words?
bool has_vote(const v1::Rule& rule, const Roll& roll, const Seat& seat);

// Is the seat of that electorate of the rule, or of that class, or of all ("all" or empty)?
bool is_of(const v1::Rule& rule, const std::string& electorate, const Seat& seat);

// question = "quorate". Outcome yes, no or not_determined.
// REQUIRES: the rule states a quorum.
v1::Ruling quorate(const v1::Rule& rule, const Roll& roll);
// question = "carried". Outcome yes, no, not_open (could not lawfully be taken) or not_determined.
// Reasons: casting_vote_open (a tie that whoever presides may settle), referred, matter_type_required, condition_open.
// REQUIRES: the rule states a decision.
v1::Ruling carried(const v1::Rule& rule, const Roll& roll);

// question = "entitled": may the seat take a position in that capacity (v1::Capacity)? `capacity` 0 = not asked.
v1::Ruling entitled(const v1::Rule& rule, const Roll& roll, const Seat& seat, int capacity);

// The rule's warnings whose condition holds, in order: indices into rule.warnings().
std::vector<int> warnings_that_hold(const v1::Rule& rule, const Roll& roll);
// Adds those to the ruling, in code and in words. carried() has done it for its own rule.
void warn(const v1::Rule& rule, const Roll& roll, v1::Ruling* ruling);

// question = "composed": are there as many seats, filled or vacant, as the rule lets there be? (P08, P16)
v1::Ruling composed(const v1::Rule& rule, const std::vector<Seat>& seats);

// What an item of business is referred to as, in a rule's form: its body's short name, the day (YYYY-MM-DD) of the meeting,
// its serial (P24). REQUIRES: the day is well-formed.
std::string item_reference(const std::string& form, const std::string& body, const std::string& day, std::uint32_t serial);
// The financial year of a day (YYYY-MM-DD): "2223" from 1 April 2022.
std::string financial_year(const std::string& day);
// question = "on_time": by the rule's clock of that name. A clock that is not set makes nothing late (P25).
v1::Ruling on_time(const v1::Rule& rule, const std::string& clock, std::uint32_t days);
// question = "logged": does the published log show such an event? (P26)
v1::Ruling logged(const v1::Rule& rule, const std::string& event);

// question = "notice": enough clear days (working days, if the rule counts those) were given. Short notice is a warning.
// REQUIRES: the rule states notice.
v1::Ruling notice_given(const v1::Rule& rule, std::uint32_t clear_days);
// question = "requisition": that many of the members can have a meeting called.
v1::Ruling requisitioned(const v1::Rule& rule, std::uint32_t by, std::uint32_t members);

// What was done when something was decided between meetings.
struct Urgency {
  std::string test;                    // What is said to show that the rule's test is met.
  std::vector<std::string> deciders;   // Offices.
  std::vector<std::string> consulted;  // Offices; or classes, once for each person asked.
};
// question = "urgent": decided as the rule lets it be between meetings. Whether the test is really met is for people.
// REQUIRES: the rule states urgent action.
v1::Ruling urgent(const v1::Rule& rule, const Urgency& done);

// What is wrong with a rule, each naming its clause. Empty = it can be published.
struct Fault {
  enum Kind : std::uint8_t { kContradictory, kUnsatisfiable, kCaseFails } kind;
  std::string clause;      // "quorum.min_parties"
  std::string what;        // "it asks for 7 parties, but …"
};
// `seats`: those the record gives the body, or none if it gives none; then nothing is said about who could ever be there.
std::vector<Fault> faults(const v1::Rule& rule, const std::vector<Seat>& seats);

}  // namespace concordat::rules
