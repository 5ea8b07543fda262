#include "engine/steps/item.h"

#include <algorithm>

#include "engine/record/authority.h"
#include "engine/rules_in_force.h"
#include "engine/seating.h"
#include "engine/steps/meet.h"

namespace concordat::steps {
namespace {

namespace authority = record::authority;

record::Datum subject_ref(std::string_view id) { return {.kind = v1::Predicate::ref, .text = std::string(id), .number = 0}; }

const std::vector<std::string>& texts(const Work& work, std::string_view subject, const char* predicate, std::string_view scope) {
  return record::texts(work.state().record, subject, predicate, scope, work.today());
}

std::string first(const Work& work, std::string_view subject, const char* predicate, std::string_view scope) {
  const auto& all = texts(work, subject, predicate, scope);
  return all.empty() ? std::string() : all.front();
}

rules::Vote vote_of(int position) {
  if (position == v1::Position::in_favour) return rules::Vote::kFor;
  if (position == v1::Position::against) return rules::Vote::kAgainst;
  return position == v1::Position::abstained ? rules::Vote::kAbstained : rules::Vote::kNone;
}

// Declared by the person or by the office, it is the same interest.
int action_of(const Work& work, const DecideMemory& mine, std::string_view who) {
  int action = v1::InterestAction::unset;
  for (const auto& [declared, one] : mine.interests)
    if (is_who(work, declared, who) || is_who(work, who, declared)) action = std::max(action, one);
  return action;
}

// Whoever has an interest in the matter that was referred has it in what is referred.
rules::Barred barred_of(const Work& work, const Item& at, std::string_view who) {
  int action = action_of(work, at.mine, who);
  if (const auto parent = work.state().matters.find(at.matter.parent); parent != work.state().matters.end())
    for (const auto& [step, memory] : parent->second.memories)
      if (const auto* decided = std::get_if<DecideMemory>(&memory)) action = std::max(action, action_of(work, *decided, who));
  if (action <= v1::InterestAction::note) return rules::Barred::kNo;
  return action == v1::InterestAction::stay_no_vote ? rules::Barred::kStays : rules::Barred::kLeft;
}

const DecideMemory::Attendee* in_seat(const Work& work, const Item& at, std::string_view party, std::string_view office, bool only) {
  for (const auto& one : at.mine.present) {
    if (one.party != party) continue;
    if (only || one.takes == office || is_who(work, office, one.who) || (!one.deputy_for.empty() && is_who(work, office, one.deputy_for))) return &one;
  }
  return nullptr;
}

std::string person_of(const Work& work, const std::string& office) {
  std::string person = first(work, office, authority::kHolder, "");
  return person.empty() ? office : person;
}

std::uint64_t weight_of(const Work& work, const Item& at, const v1::Rule* rule, const std::string& party) {
  if (rule == nullptr || rule->decision().weight_predicate().empty()) return 1;
  const auto votes = record::values(work.state().record, at.body, rule->decision().weight_predicate(), party, work.today());
  return votes.empty() || votes.front().number < 0 ? 0 : static_cast<std::uint64_t>(votes.front().number);
}

// What the room and the positions add to a seat.
void take_seat(const Work& work, const Item& at, bool only, rules::Seat* taken) {
  rules::Seat& seat = *taken;
  const auto* there = in_seat(work, at, seat.party, seat.office, only);
  const auto stance = at.mine.positions.find(only ? seat.party : seat.party + " " + seat.office);
  const bool spoke = stance != at.mine.positions.end();
  if (there != nullptr) {
    seat.holder = person_of(work, there->who);
    seat.kind = there->proxy ? "proxy" : there->seat.empty() ? "member" : there->seat;
    seat.present = true;
    seat.barred = barred_of(work, at, there->who);
  } else if (!at.step.tabled() && spoke && stance->second.position != v1::Position::absent) {
    seat.holder = person_of(work, stance->second.who);
    seat.present = true;
    seat.barred = barred_of(work, at, stance->second.who);
  }
  if (spoke) seat.vote = vote_of(stance->second.position);
  if (!seat.classes.empty() || there == nullptr) return;
  if (!there->seat_class.empty()) seat.classes.push_back(there->seat_class);
  seat.classes.insert(seat.classes.end(), there->classes.begin(), there->classes.end());
}

const char* words(v1::Layer::Value layer) {
  switch (static_cast<int>(layer)) {
    case v1::Layer::terms_of_reference: return "terms of reference";
    case v1::Layer::standing_orders: return "standing orders";
    case v1::Layer::instrument: return "the instrument above them";
    default: return "adopted assumptions";
  }
}

// Every layer was asked in turn; none answers.
v1::Ruling no_rule(const Item& at, const std::string& question) {
  v1::Ruling ruling;
  ruling.set_question(question);
  ruling.set_outcome(v1::Outcome::not_determined);
  bool missing = false;
  for (const auto layer : {v1::Layer::terms_of_reference, v1::Layer::standing_orders, v1::Layer::instrument, v1::Layer::assumption}) {
    v1::Finding& finding = *ruling.add_findings();
    finding.set_clause(words(layer));
    finding.set_outcome(v1::Outcome::not_determined);
    std::string silent;
    for (const v1::Rule* rule : at.rules) {
      if (rule->layer() != layer) continue;
      silent += (silent.empty() ? "" : ", ") + rule->id() + " " + std::to_string(rule->version());
      missing = missing || !rule->missing_document().empty();
    }
    finding.set_read(silent.empty() ? "none in force" : silent + ": silent");
  }
  ruling.add_reasons(missing ? "missing_document" : "never_stated");
  ruling.set_sentence("Not determined: no rule in force says when " + at.body + " is " + question + " (asked: terms of reference, standing orders, the instrument above them, adopted assumptions); it can advise, not decide.");
  return ruling;
}

// "standing orders of body:board", where it is not the body's own.
std::string layer_of(const Item& at, const v1::Rule& rule) {
  return words(rule.layer()) + (rule.body() == at.body ? std::string() : " of " + rule.body());
}

// Names the rule and the layer that answered, and those above that were silent.
void rests_on(const Item& at, const v1::Rule& rule, v1::Ruling* ruling) {
  ruling->mutable_rule()->set_id(rule.id());
  ruling->mutable_rule()->set_version(rule.version());
  ruling->set_layer(rule.layer());
  std::string silent;
  for (const v1::Rule* one : at.rules) {
    if (one == &rule) break;
    silent += (silent.empty() ? "" : " and ") + layer_of(at, *one);
  }
  if (!silent.empty()) ruling->set_sentence(ruling->sentence() + " By " + layer_of(at, rule) + "; " + silent + " are silent.");
  else if (rule.body() != at.body) ruling->set_sentence(ruling->sentence() + " By " + layer_of(at, rule) + ".");
  if (rule.layer() == v1::Layer::assumption)
    ruling->set_sentence(ruling->sentence() + " This rests on an assumption adopted by " + rule.adopted_by() + ".");
}

// Who has a vote may stand in another rule than how it is decided.
void settle_votes(const Work& work, const Item& at, const v1::Rule& deciding, rules::Roll* roll) {
  const v1::Rule* says = stating_eligible(at.rules);
  if (says == nullptr || says == &deciding) return;
  rules::Roll read = *roll;
  read_conditions(work, at, *says, &read);
  for (std::size_t i = 0; i < roll->seats.size(); ++i) {
    roll->seats[i].votes = rules::has_vote(*says, read, read.seats[i]);
    roll->seats[i].granted = roll->seats[i].votes;
  }
}

void warn_unadopted(const Work& work, const Item& at, const v1::Rule& rule, v1::Ruling* ruling) {
  if (!rule.adopted_by_each_party()) return;
  std::string without;
  for (const std::string& party : at.parties) {
    if (work.state().adopted.contains({rule.id(), rule.version(), party})) continue;
    ruling->add_warnings("not_adopted_by_parent: " + party);
    without += (without.empty() ? "" : ", ") + party;
  }
  if (!without.empty()) ruling->set_sentence(ruling->sentence() + " Not adopted by " + without + ": whether it binds there is not determined.");
}

v1::Ruling rule_on(const Work& work, const Item& at, rules::Roll roll, bool quorum) {
  const v1::Rule* rule = at.stating(quorum ? &v1::Rule::has_quorum : &v1::Rule::has_decision);
  if (rule == nullptr) return no_rule(at, quorum ? "quorate" : "carried");
  settle_votes(work, at, *rule, &roll);
  read_conditions(work, at, *rule, &roll);
  v1::Ruling ruling = quorum ? rules::quorate(*rule, roll) : rules::carried(*rule, roll);
  rests_on(at, *rule, &ruling);
  if (!quorum) add_warnings(work, at, *rule, roll, &ruling);
  warn_unadopted(work, at, *rule, &ruling);
  return ruling;
}

// A committee that sits with others decides by its own rules, over its own seats.
v1::OwnDecision own_committee(const Work& work, const Item& at, const rules::Roll& all, const std::string& party) {
  rules::Roll roll = all;
  std::erase_if(roll.seats, [&](const rules::Seat& seat) { return seat.party != party; });
  Item own = at;
  own.body = roll.seats.front().body;
  own.parties = {party};
  own.rules = rules_for(work, at, party);
  v1::OwnDecision out;
  out.set_party(party);
  out.set_body(own.body);
  *out.mutable_quorum() = rule_on(work, own, roll, true);
  *out.mutable_decision() = rule_on(work, own, roll, false);
  const auto quorum = out.quorum().outcome(), decision = out.decision().outcome();
  if (quorum == v1::Outcome::no) out.set_outcome("inquorate");
  else if (quorum != v1::Outcome::yes || decision == v1::Outcome::not_determined || decision == v1::Outcome::not_open) out.set_outcome("not_determined");
  else if (const auto effect = effect_of(own.rules); effect == v1::Effect::recommends || effect == v1::Effect::notes) out.set_outcome("recommended");
  else out.set_outcome(decision == v1::Outcome::yes ? "approved" : "rejected");
  return out;
}

// A delegate decides for one body, under authority that body gave for such matters.
v1::OwnDecision own_delegate(const Work& work, const Item& at, const rules::Seat& seat) {
  v1::OwnDecision out;
  out.set_party(seat.party);
  v1::Ruling& ruling = *out.mutable_decision();
  ruling.set_question("entitled");
  std::vector<std::string> because;
  const record::Datum type = subject_ref(at.matter.procedure->matter_type());
  bool may = false;
  for (const std::string& who : {seat.office, seat.holder})
    may = may || (!who.empty() && record::holds(work.state().record, who, authority::kDelegatedAuthority, "", type, work.today(), &because));
  v1::Finding& finding = *ruling.add_findings();
  finding.set_clause(seat.office + " may decide " + type.text + " for " + seat.party);
  finding.set_read(may ? "the record says so" : "no effective fact gives that authority");
  finding.set_outcome(may ? v1::Outcome::yes : v1::Outcome::no);
  for (std::string& fact : because) finding.add_facts(std::move(fact));
  ruling.set_outcome(finding.outcome());
  const bool spoke = seat.present && seat.barred == rules::Barred::kNo;
  if (!may) out.set_outcome("authority_missing");
  else if (only_advises(at)) out.set_outcome("recommended");
  else if (spoke && seat.vote == rules::Vote::kFor) out.set_outcome("approved");
  else out.set_outcome(spoke && seat.vote == rules::Vote::kAgainst ? "rejected" : "not_determined");
  ruling.set_sentence(!may ? finding.clause() + ": no; it goes to that body itself." : seat.party + " decides for itself: " + out.outcome() + ".");
  return out;
}

// What an item is about: its kind of matter, and whatever its fields name.
bool about(const Matter& matter, const std::string& subject) {
  if (matter.procedure->matter_type() == subject) return true;
  return std::any_of(matter.fields.begin(), matter.fields.end(), [&](const auto& field) { return field.second.kind == v1::Predicate::ref && field.second.text == subject; });
}

}  // namespace

std::vector<const v1::Rule*> frozen(const Work& work, const Matter& matter, const std::string& step) {
  std::vector<const v1::Rule*> out;
  const auto add = [&](const RuleKey& key) {
    if (const v1::Rule* rule = work.state().rule(key)) out.push_back(rule);
  };
  if (const auto first = matter.rules.find(step); first != matter.rules.end()) add(first->second);
  if (const auto rest = matter.further_rules.find(step); rest != matter.further_rules.end())
    for (const RuleKey& key : rest->second) add(key);
  return out;
}

const DecideMemory::Attendee* attendee_in(const Work& work, const Item& at, std::string_view party, std::string_view office, bool only) { return in_seat(work, at, party, office, only); }

std::string unanswered_interest(const Work& work, const Item& at, std::string_view who) {
  if (action_of(work, at.mine, who) != v1::InterestAction::unset) return "";
  std::vector<std::string> people{std::string(who)};
  if (std::string person = person_of(work, people.front()); person != people.front()) people.push_back(std::move(person));
  for (const std::string& one : people)
    for (const std::string& subject : texts(work, one, authority::kInterestIn, ""))
      if (about(at.matter, subject)) return one + " has declared an interest in " + subject;
  return "";
}

const v1::Rule* Item::first_stating(const std::vector<const v1::Rule*>& rules, bool (v1::Rule::*has)() const) {
  for (const v1::Rule* rule : rules)
    if ((rule->*has)()) return rule;
  return nullptr;
}

std::vector<const v1::Rule*> rules_for(const Work& work, const Item& at, std::string_view party) {
  if (at.mode != "in_common") return at.rules;
  std::vector<const v1::Rule*> out = frozen(work, at.matter, at.matter.step->id() + "/" + std::string(party));
  out.insert(out.end(), at.rules.begin(), at.rules.end());
  return out;
}

v1::Effect::Value effect_of(const std::vector<const v1::Rule*>& rules) {
  for (const v1::Rule* rule : rules)
    if (rule->effect() != v1::Effect::unset) return rule->effect();
  return v1::Effect::unset;
}

const v1::Rule* stating_capacities(const std::vector<const v1::Rule*>& rules) {
  for (const v1::Rule* rule : rules)
    if (!rule->capacities().empty()) return rule;
  return nullptr;
}

const v1::Rule* stating_eligible(const std::vector<const v1::Rule*>& rules) {
  for (const v1::Rule* rule : rules)
    if (!rule->eligible().empty()) return rule;
  return nullptr;
}

// A rule may say that the body only recommends or takes note. It never raises what the body is: the record may have
// made it another kind of body since the rule was published.
bool only_advises(const Item& at) {
  switch (static_cast<int>(effect_of(at.rules))) {   // Open enums have sentinels; the edge refuses unknown numbers.
    case v1::Effect::recommends: case v1::Effect::notes: return true;
    case v1::Effect::decides_for_all: return !at.mode.empty() && at.mode != "joint";
    case v1::Effect::decides_for_own_body: return at.mode != "in_common" && at.mode != "individual_delegates";
    default: return at.mode == "advisory";
  }
}

Item item(const Work& work, const Matter& matter) {
  const v1::DecideStep& step = matter.step->decide();
  std::string body = fill(matter, step.body());
  const Seating& seats = seating(work, body);
  return Item{matter, step, memory<DecideMemory>(matter, matter.step->id()), std::move(body), seats.mode, seats.parties, frozen(work, matter, matter.step->id())};
}

bool is_who(const Work& work, std::string_view office, std::string_view who) {
  if (office == who) return true;
  const auto& holders = texts(work, office, authority::kHolder, "");
  return std::find(holders.begin(), holders.end(), who) != holders.end();
}

const std::vector<std::string>& offices_of(const Work& work, std::string_view body, std::string_view party) {
  if (const auto* one = seating(work, body).of(party)) return one->offices;
  const auto& offices = texts(work, body, authority::kSeat, party);      // Of one that is none of its parties.
  return offices.empty() ? texts(work, body, authority::kRepresentedBy, party) : offices;
}

std::string seat_key(const Work& work, const Item& at, std::string_view party, std::string_view office) {
  return std::string(party) + (offices_of(work, at.body, party).size() > 1 ? " " + std::string(office) : "");
}

rules::Roll roll_of(const Work& work, const Item& at, const v1::Rule* rule) {
  rules::Roll roll;
  const Seating& seats = seating(work, at.body);
  roll.seats = seats.seats;
  const v1::Rule* weighing = at.stating(&v1::Rule::has_decision);
  for (rules::Seat& seat : roll.seats) {
    seat.weight = weight_of(work, at, weighing, seat.party);
    take_seat(work, at, seats.of(seat.party)->only(), &seat);
  }
  roll.matter_type = at.matter.procedure->matter_type();
  roll.casting_vote = vote_of(at.mine.casting_vote);
  roll.casting_vote_by = at.mine.presiding;
  if (rule != nullptr) read_conditions(work, at, *rule, &roll);
  return roll;
}

bool barred(const Work& work, const Item& at, std::string_view who) { return barred_of(work, at, who) != rules::Barred::kNo; }

// A rule that looks at the opening only is not asked again when people go; interests are still answered by the item.
v1::Ruling quorum_of(const Work& work, const Item& at) {
  v1::Ruling ruling = rule_on(work, at, roll_of(work, at, nullptr), true);
  const v1::Rule* rule = at.stating(&v1::Rule::has_quorum);
  const bool opening = rule != nullptr && rule->quorum().checked_at() == v1::QuorumRule::opening && at.mine.opened == v1::Outcome::yes;
  const bool someone_barred = std::any_of(at.mine.present.begin(), at.mine.present.end(), [&](const auto& a) { return barred(work, at, a.who); });
  if (!opening || someone_barred || ruling.outcome() != v1::Outcome::no) return ruling;
  ruling.set_outcome(v1::Outcome::yes);
  ruling.set_sentence("Quorate: it was as the meeting opened, and the rule looks no further. Now: " + ruling.sentence());
  return ruling;
}
v1::Ruling decision_of(const Work& work, const Item& at) { return rule_on(work, at, roll_of(work, at, nullptr), false); }

bool may_advise(const Work& work, const Item& at) {
  const v1::Rule* rule = at.stating(&v1::Rule::has_quorum);
  if (rule == nullptr) return true;
  const auto failure = rule->quorum().on_failure();
  if (failure == v1::QuorumRule::failure_unset) return goes_on_advising(work, at.mine.meeting);
  return failure == v1::QuorumRule::advisory_only || failure == v1::QuorumRule::ratify_by_parent;
}

std::vector<v1::OwnDecision> severally(const Work& work, const Item& at) {
  std::vector<v1::OwnDecision> out;
  if (at.mode != "in_common" && at.mode != "individual_delegates" && at.mode != "advisory") return out;
  const rules::Roll roll = roll_of(work, at, nullptr);
  if (at.mode == "individual_delegates") {
    for (const rules::Seat& seat : roll.seats) out.push_back(own_delegate(work, at, seat));
    return out;
  }
  for (const std::string& party : at.parties) {
    if (at.mode == "in_common") { out.push_back(own_committee(work, at, roll, party)); continue; }
    out.emplace_back().set_party(party);
    out.back().set_outcome("recommended");
  }
  return out;
}

}  // namespace concordat::steps
