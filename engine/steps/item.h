// An item before the body that decides it: what its commands, and whoever explains it, read from the record and the room.
// The way from the record and an attendance list to a roll, and from a roll to rulings by the rules frozen at opening.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/rules/rules.h"
#include "engine/steps/steps.h"

namespace concordat::steps {

struct Item {
  const Matter& matter;
  const v1::DecideStep& step;
  const DecideMemory& mine;
  std::string body, mode;                    // Mode empty: not determined.
  std::vector<std::string> parties;          // Sorted.
  std::vector<const v1::Rule*> rules;        // In the order in which they are asked; empty: none is in force.

  // The first of the rules that states the heading; null if none does.
  const v1::Rule* stating(bool (v1::Rule::*has)() const) const { return first_stating(rules, has); }
  static const v1::Rule* first_stating(const std::vector<const v1::Rule*>& rules, bool (v1::Rule::*has)() const);
  Item with(const DecideMemory& then) const { return {matter, step, then, body, mode, parties, rules}; }
};

Item item(const Work& work, const Matter& matter);

// The rules asked for one party: of committees in common its own first, then those that all share.
std::vector<const v1::Rule*> rules_for(const Work& work, const Item& at, std::string_view party);
// Of rules in the order in which they are asked: what comes of an item, the capacities in which positions are taken, who
// has a vote. Each by the first that says so; null if none does.
v1::Effect::Value effect_of(const std::vector<const v1::Rule*>& rules);
const v1::Rule* stating_capacities(const std::vector<const v1::Rule*>& rules);
const v1::Rule* stating_eligible(const std::vector<const v1::Rule*>& rules);
// Do the rules, or the kind of body, let it advise only?
bool only_advises(const Item& at);

// Which of the rule's conditions hold, into the roll.
void read_conditions(const Work& work, const Item& at, const v1::Rule& rule, rules::Roll* roll);
// Adds the warnings of every rule that is asked, not only of the one that decides, and what was answered.
void add_warnings(const Work& work, const Item& at, const v1::Rule& deciding, rules::Roll roll, v1::Ruling* ruling);
// The first warning of any of the rules that holds, must be answered, and has not been; null if there is none.
const v1::Warning* unanswered(const Work& work, const Item& at);
// A warning that holds, by its code; null if there is none.
const v1::Warning* warning_of(const Work& work, const Item& at, std::string_view code);

// Every seat the body provides for, who takes it now, and what was said for it.
// `rule`: whose conditions are read; null = none.
rules::Roll roll_of(const Work& work, const Item& at, const v1::Rule* rule);
// An interest for which the action is not to vote: declared on the item, or on the matter that referred it.
bool barred(const Work& work, const Item& at, std::string_view who);
// Under which key the position of a seat is remembered: its party, with the office where the party has several seats.
std::string seat_key(const Work& work, const Item& at, std::string_view party, std::string_view office);
// The offices whose seats are the party's, sorted. Good until the record changes.
const std::vector<std::string>& offices_of(const Work& work, std::string_view body, std::string_view party);
bool is_who(const Work& work, std::string_view office, std::string_view who);     // The office itself, or who holds it.

v1::Ruling quorum_of(const Work& work, const Item& at);
v1::Ruling decision_of(const Work& work, const Item& at);
// May the room advise where it cannot decide?
bool may_advise(const Work& work, const Item& at);

// What each party decides for itself, by the mode of the body: its committee, its delegate, or whoever it recommends to.
std::vector<v1::OwnDecision> severally(const Work& work, const Item& at);

// The rules frozen for a step as the matter opened, in the order in which they are asked.
std::vector<const v1::Rule*> frozen(const Work& work, const Matter& matter, const std::string& step);
// The attendee in that seat; null if it is empty. `office` empty or `only`: the party's only seat.
const DecideMemory::Attendee* attendee_in(const Work& work, const Item& at, std::string_view party, std::string_view office, bool only);

// Can the room decide the item, or at least advise? Else the refusal says why not.
Refusal can_decide(const Work& work, const Item& at);
// The end of the item: what was said becomes a ruling, and the matter goes on.
Refusal conclude_item(Work& work, const Matter& matter);
// Words of a standing interest of somebody present that touches the item and to which nobody has said what follows; empty: none.
std::string unanswered_interest(const Work& work, const Item& at, std::string_view who);

// ---- freeze.cc ----
// Freezes the rules of each deciding step, and those on notice and clocks of each meeting, as the matter opens.
void freeze_rules(const Work& work, const v1::Procedure& procedure, v1::MatterOpened* opened);
// The same for steps whose body ("$name") has just been supplied, or is another than before. `before`: the matter's fields as they were.
void freeze_supplied(Work& work, const std::string& matter, const Fields& before);

// What the rules and the record say of somebody who comes into the room. `before` = the room as it was.
Refusal check_attendee(const Work& work, const Item& at, const std::string& meeting, const std::string& part, const v1::Attendee& attendee, const std::string& party);
// One capacity at a time: nobody sits for a party of the body and for a body that has no seat there with a vote. `present`: in the room now.
Refusal check_capacity(const Work& work, const Item& at, const std::vector<DecideMemory::Attendee>& present, const std::string& who, const std::string& party);
Refusal check_presiding(const Work& work, const Item& at, const std::string& who);
Refusal check_action(const Work& work, const Item& at, const std::string& who, v1::InterestType::Value type, v1::InterestAction::Value action);

}  // namespace concordat::steps
