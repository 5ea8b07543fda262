// decide.cc            | TableItem     | TakePosition           | CloseItem / DeadlineReached
// ---------------------+---------------+------------------------+-----------------------------
// tabled, not yet      | ItemTabled    | not_tabled             | not_tabled
// tabled, quorate      | ItemTabled    | PositionTaken; the     | DecisionMade -> outcome
//   or not determined  |               |  last one closes       |
// tabled, inquorate    | ItemTabled    | inquorate, unless the  | the same; recommended
//                      |               |  rule lets it advise   |
// without a meeting    | wrong_step    | PositionTaken; …       | DecisionMade -> outcome
// a tie, casting vote  | ItemTabled    | PositionTaken          | CastCastingVote, or DecisionMade without
#include <algorithm>

#include "engine/record/authority.h"
#include "engine/steps/after.h"
#include "engine/steps/item.h"
#include "engine/steps/meet.h"

namespace concordat::steps {
namespace {

namespace authority = record::authority;

// The rule may say where it goes when the quorum is lost.
Refusal inquorate(const Work& work, const Item& at, v1::Ruling ruling) {
  std::string sentence = ruling.sentence();
  const v1::Rule* rule = at.stating(&v1::Rule::has_quorum);
  const bool silent = rule != nullptr && rule->quorum().on_failure() == v1::QuorumRule::failure_unset;
  if (silent && meeting_in(work, at.mine.meeting) != nullptr) sentence += " No rule says what follows: whoever presides may say that it goes on in an advisory way (choose_course).";
  if (rule != nullptr && !rule->quorum().refers_to().empty()) sentence += " The rule refers it to " + rule->quorum().refers_to() + ".";
  return refuse(v1::RefusalCode::inquorate, "a quorate meeting", "it is not: " + sentence, std::move(ruling));
}

// The first of what a rule says by kinds of matter; empty if it treats all alike.
std::string by_kind(const v1::Rule& rule) {
  if (!rule.reserved().empty()) return "reserved";
  for (const v1::QuorumCase& one : rule.quorum().cases())
    if (!one.matter_types().empty()) return "quorum.cases";
  for (const v1::DecisionRule::Case& one : rule.decision().cases())
    if (!one.matter_types().empty()) return "decision.cases";
  return "";
}

// A rule may reserve a kind of matter to another body. Where it goes by kinds, what is of none is not open (P04).
Refusal reserved_elsewhere(const Item& at) {
  const std::string& type = at.matter.procedure->matter_type();
  for (const v1::Rule* rule : at.rules)
    if (const std::string clause = by_kind(*rule); type.empty() && !clause.empty())
      return refuse(v1::RefusalCode::matter_type_required, "an item of a kind (matter_type), by which rule " + rule->id() + " " + std::to_string(rule->version()) + " goes (" + clause + ")", at.matter.id + " is of none");
  for (const v1::Rule* rule : at.rules)
    for (const v1::Reserved& one : rule->reserved())
      if (one.to() != at.body && std::find(one.matter_types().begin(), one.matter_types().end(), type) != one.matter_types().end())
        return refuse(v1::RefusalCode::not_competent, one.to() + ", to which rule " + rule->id() + " reserves " + type, "it came before " + at.body);
  return accept();
}

// Only with a meeting: the room must be able to decide, or at least to advise. Committees in common each by themselves.
Refusal able(const Work& work, const Item& at, std::string_view party) {
  if (auto no = reserved_elsewhere(at)) return no;
  if (const v1::Warning* open = unanswered(work, at))
    return refuse(v1::RefusalCode::warning_unanswered, "an answer to the warning " + open->code() + " (" + open->says() + ")", "nobody has answered it");
  if (!at.step.tabled()) return accept();
  if (at.mine.meeting.empty()) return refuse(v1::RefusalCode::not_tabled, "an item that has been tabled at a meeting", at.matter.id + " has not");
  if (may_advise(work, at)) return course_chosen(work, at.mine.meeting);
  v1::Ruling quorum = quorum_of(work, at);
  if (quorum.outcome() != v1::Outcome::no) return accept();
  if (at.mode == "in_common") {
    for (v1::OwnDecision& own : severally(work, at)) {
      if (own.quorum().outcome() != v1::Outcome::no && (party.empty() || own.party() == party)) return accept();
      if (own.party() == party) quorum = std::move(*own.mutable_quorum());
    }
  }
  return inquorate(work, at, std::move(quorum));
}

bool decides(const v1::OwnDecision& own) { return own.outcome() == "approved" || own.outcome() == "rejected"; }

std::string outcome_of(const Item& at, const v1::DecisionMade& made) {
  if (at.mode == "in_common" || at.mode == "individual_delegates")
    return std::any_of(made.severally().begin(), made.severally().end(), decides) ? "decided_severally" : "recommended";
  if (only_advises(at) || made.quorum().outcome() != v1::Outcome::yes) return "recommended";
  const auto decision = made.decision().outcome();
  if (decision == v1::Outcome::not_determined || decision == v1::Outcome::not_open) return "recommended";
  return decision == v1::Outcome::yes ? "carried" : "not_carried";
}

std::uint32_t legal_decisions(const v1::DecisionMade& made) {
  if (made.outcome() == "carried") return 1;
  if (made.outcome() != "decided_severally") return 0;
  return static_cast<std::uint32_t>(std::count_if(made.severally().begin(), made.severally().end(), decides));
}

// Votes are never added up across bodies that decide for themselves.
v1::Ruling several(const v1::DecisionMade& made) {
  v1::Ruling out;
  out.set_question("carried");
  std::uint32_t yes = 0, no = 0;
  for (const v1::OwnDecision& own : made.severally()) {
    yes += own.outcome() == "approved" ? 1u : 0u;
    no += own.outcome() == "rejected" ? 1u : 0u;
    v1::Finding& finding = *out.add_findings();
    finding.set_clause(own.party() + " decides for itself");
    finding.set_read(own.outcome());
    finding.set_arithmetic(own.decision().findings().empty() ? "" : own.decision().findings(own.decision().findings_size() - 1).arithmetic());
    finding.set_outcome(own.outcome() == "approved" ? v1::Outcome::yes : own.outcome() == "rejected" ? v1::Outcome::no : v1::Outcome::not_determined);
  }
  const std::uint32_t rest = static_cast<std::uint32_t>(made.severally_size()) - yes - no;
  out.set_outcome(rest > 0 || (yes > 0 && no > 0) ? v1::Outcome::not_determined : yes > 0 ? v1::Outcome::yes : v1::Outcome::no);
  out.set_sentence("No joint decision: " + std::to_string(yes) + " approved, " + std::to_string(no) + " rejected, " + std::to_string(rest) + " did not decide.");
  return out;
}

void add_positions(const Work& work, const Item& at, v1::DecisionMade* made) {
  for (const std::string& party : at.parties) {
    auto offices = offices_of(work, at.body, party);
    const bool several_seats = offices.size() > 1;
    if (!several_seats) offices.assign(1, "");
    for (const std::string& office : offices) {
      v1::PartyPosition& position = *made->add_positions();
      position.set_party(party);
      if (several_seats) position.set_seat(office);
      const auto stance = at.mine.positions.find(several_seats ? party + " " + office : party);
      if (stance == at.mine.positions.end()) { position.set_position(v1::Position::absent); continue; }
      position.set_position(static_cast<v1::Position::Value>(stance->second.position));
      position.set_reason(stance->second.reason);
      position.set_who(stance->second.who);
    }
  }
}

Refusal conclude(Work& work, const Matter& matter) {
  const Item at = item(work, matter);
  v1::Event event;
  v1::DecisionMade& made = *event.mutable_decision_made();
  made.set_matter(matter.id);
  made.set_step(matter.step->id());
  made.set_body(at.body);
  made.set_mode(at.mode.empty() ? "not determined" : at.mode);
  add_positions(work, at, &made);
  *made.mutable_quorum() = quorum_of(work, at);
  for (v1::OwnDecision& own : severally(work, at)) *made.add_severally() = std::move(own);
  const bool own = at.mode == "in_common" || at.mode == "individual_delegates";
  *made.mutable_decision() = own ? several(made) : decision_of(work, at);
  const std::string outcome = outcome_of(at, made);
  made.set_outcome(outcome);
  made.set_legal_decisions(legal_decisions(made));
  const std::string id = matter.id, meeting = at.mine.meeting;
  work.emit(std::move(event));
  if (!start_clocks(work, meeting, "decision", id)) clocks_after(work, matter, matter.step->id(), at.body);
  return leave(work, id, outcome);
}

bool casting_vote_open(const v1::Ruling& ruling) {
  return std::find(ruling.reasons().begin(), ruling.reasons().end(), "casting_vote_open") != ruling.reasons().end();
}

// Everybody has spoken, and nobody is left to settle a tie.
bool is_over(const Work& work, const Matter& matter) {
  const Item at = item(work, matter);
  std::size_t seats = 0;
  for (const std::string& party : at.parties) seats += std::max<std::size_t>(1, offices_of(work, at.body, party).size());
  if (at.mine.positions.size() < seats) return false;
  return at.mine.presiding.empty() || !casting_vote_open(decision_of(work, at));
}

Refusal check_part(const Work& work, const Item& at, const std::string& part) {
  const record::Record& record = work.state().record;
  std::vector<std::string> parts;
  for (const record::Datum& one : record::values(record, at.body, authority::kParts, "", work.today())) parts.push_back(one.text);
  if (parts.empty()) return accept();
  const std::string meant = fill(at.matter, at.step.part());
  if (std::find(parts.begin(), parts.end(), part) == parts.end())
    return refuse(v1::RefusalCode::part_required, "the part of the meeting (one: ICBs only; two: with NHS England)", part.empty() ? "none was given" : "\"" + part + "\" is none of them");
  if (!meant.empty() && meant != part)
    return refuse(v1::RefusalCode::part_required, "part " + meant + ", to which this item belongs", "it was tabled in part " + part);
  return accept();
}

Refusal check_seats_once(const Work& work, const Item& at, const v1::ItemTabled& command) {
  const auto seats_of = [&](const std::string& party) { return std::max<std::size_t>(1, offices_of(work, at.body, party).size()); };
  for (int i = 0; i < command.present_size(); ++i)
    for (int j = 0; j < i; ++j) {
      const v1::Attendee &a = command.present(i), &b = command.present(j);
      if (!a.party().empty() && a.party() == b.party() && a.seat() == b.seat() && a.takes() == b.takes() && seats_of(a.party()) == 1)
        return refuse(v1::RefusalCode::one_deputy_one_seat, "one person in each seat", a.who() + " and " + b.who() + " both take " + a.party() + "'s");
      if (a.who() == b.who() && a.party() == b.party() && a.takes() == b.takes())
        return refuse(v1::RefusalCode::one_deputy_one_seat, "each person once in a seat", a.who() + " stands twice in " + a.party() + "'s");
      if (a.who() == b.who() && !a.deputy_for().empty() && !b.deputy_for().empty())
        return refuse(v1::RefusalCode::one_deputy_one_seat, "a deputy for one seat", a.who() + " deputises for two");
    }
  return accept();
}

// Of a meeting that is kept as one, an item that comes up later is of the same opening.
int opened_as(const Work& work, const std::string& meeting) {
  const MeetMemory* mine = meeting_in(work, meeting);
  return mine == nullptr ? v1::Outcome::unset : mine->opened;
}

DecideMemory::Attendee remembered(const v1::Attendee& a) {
  return {a.who(), a.party(), a.seat(), a.seat_class(), a.deputy_for(), a.takes(), {a.classes().begin(), a.classes().end()}, a.proxy(), a.notice_hours()};
}

// The seat for which somebody speaks; `who` must be in it, with a vote that no interest bars.
Refusal speaks_for(const Work& work, const Item& at, const std::string& party, const std::string& wanted, std::string* office) {
  const std::string& who = work.actor().who();
  const auto& offices = offices_of(work, at.body, party);
  const auto takes = [&](const DecideMemory::Attendee& a, const std::string& one) {
    return a.takes == one || is_who(work, one, a.who) || (!a.deputy_for.empty() && is_who(work, one, a.deputy_for));
  };
  bool here = false;
  if (at.step.tabled()) {
    for (const auto& a : at.mine.present) {
      if (a.party != party || a.who != who) continue;
      if (offices.size() <= 1) { here = true; if (!offices.empty()) *office = offices.front(); }
      for (const std::string& one : offices)
        if (offices.size() > 1 && (wanted.empty() || wanted == one) && takes(a, one)) { here = true; *office = one; }
    }
    if (!here) return refuse(v1::RefusalCode::not_present, "someone recorded as present in " + party + "'s seat", who + " is not");
  } else {
    for (const std::string& one : offices)
      if ((wanted.empty() || wanted == one) && is_who(work, one, who)) { here = true; *office = one; }
    if (!here) return refuse(v1::RefusalCode::no_seat, "the holder of " + party + "'s seat on " + at.body, who + " does not hold it");
  }
  if (barred(work, at, who))
    return refuse(v1::RefusalCode::interest_bars_vote, "a member whose interests let them vote", who + " has an interest for which the action is not to vote");
  if (std::string open = unanswered_interest(work, at, who); !open.empty())
    return refuse(v1::RefusalCode::interest_unanswered, "the action that follows from a standing interest (declare_interest) before its holder speaks", open);
  return accept();
}

// Committees in common may say that a member of two of them votes in one and sends a deputy to the other (P19).
Refusal once_in_common(const Work& work, const Item& at, const std::string& key) {
  const v1::Rule* rule = at.mode == "in_common" ? at.stating(&v1::Rule::has_decision) : nullptr;
  if (rule == nullptr || rule->decision().multi_seat() != v1::QuorumRule::once) return accept();
  for (const auto& [other, stance] : at.mine.positions)
    if (other != key && (stance.who == work.actor().who() || is_who(work, stance.who, work.actor().who()) || is_who(work, work.actor().who(), stance.who)))
      return refuse(v1::RefusalCode::already_voted, "one vote of each person by rule " + rule->id() + ", and a deputy for the other seat", stance.who + " has voted for " + other);
  return accept();
}

// By which rule it is asked whether a seat has a vote.
const v1::Rule* giving_votes(const std::vector<const v1::Rule*>& asked) {
  const v1::Rule* rule = stating_eligible(asked);
  if (rule == nullptr) rule = Item::first_stating(asked, &v1::Rule::has_decision);
  return rule != nullptr || asked.empty() ? rule : asked.front();
}

// By the rules: in what capacity a position is taken, and whether that seat has a vote.
Refusal entitled(const Work& work, const Item& at, const std::string& party, const std::string& office) {
  const auto asked = rules_for(work, at, party);
  if (const v1::Rule* rule = stating_capacities(asked)) {
    const auto capacity = work.actor().capacity();
    if (std::find(rule->capacities().begin(), rule->capacities().end(), capacity) == rule->capacities().end())
      return refuse(v1::RefusalCode::capacity_forbidden, "a capacity in which rule " + rule->id() + " " + std::to_string(rule->version()) + " lets positions be taken (capacities)", "it is " + v1::Capacity::Value_Name(capacity));
  }
  static const v1::Rule silent;                              // Associates and observers have no vote by what they are.
  const v1::Rule* rule = giving_votes(asked);
  if (rule == nullptr) rule = &silent;
  const rules::Roll roll = roll_of(work, at, rule);
  for (const rules::Seat& seat : roll.seats)
    if (seat.party == party && seat.office == office && !rules::has_vote(*rule, roll, seat))
      return refuse(v1::RefusalCode::seat_has_no_vote, "a seat with a vote" + (rule->id().empty() ? "" : " by rule " + rule->id() + " " + std::to_string(rule->version())), work.actor().who() + " sits there as " + seat.kind);
  return accept();
}

}  // namespace

Refusal can_decide(const Work& work, const Item& at) { return able(work, at, ""); }
Refusal conclude_item(Work& work, const Matter& matter) { return conclude(work, matter); }

Refusal decide(Work& work, const v1::TableItem& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kDecide, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const Item at = item(work, *matter);
  if (!at.step.tabled()) return refuse(v1::RefusalCode::wrong_step, "an item decided at a meeting", command.matter() + " is decided without one");
  if (command.meeting().empty()) return refuse(v1::RefusalCode::field_missing, "the reference of the meeting", "none was given");
  if (auto no = check_part(work, at, command.part())) return no;
  v1::Event event;
  v1::ItemTabled& tabled = *event.mutable_item_tabled();
  tabled.set_matter(command.matter());
  tabled.set_meeting(command.meeting());
  tabled.set_part(command.part());
  DecideMemory then = at.mine;
  if (then.meeting != command.meeting()) then.opened = opened_as(work, command.meeting());
  then.present.clear();
  for (const v1::Attendee& attendee : command.present()) {
    std::string party;
    if (!attendee.party().empty())
      if (auto no = resolve(work, attendee.party(), &party)) return no;
    if (auto no = check_attendee(work, at, command.meeting(), command.part(), attendee, party)) return no;
    *tabled.add_present() = attendee;
    tabled.mutable_present(tabled.present_size() - 1)->set_party(party);
    then.present.push_back(remembered(tabled.present(tabled.present_size() - 1)));
  }
  if (auto no = check_seats_once(work, at, tabled)) return no;
  if (!command.presiding().empty())
    if (auto no = check_presiding(work, at.with(then), command.presiding())) return no;
  tabled.set_presiding(command.presiding());
  *tabled.mutable_quorum() = quorum_of(work, at.with(then));
  work.emit(std::move(event));
  return report_urgent(work, *matter, command.meeting());
}

Refusal decide(Work& work, const v1::TakePosition& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kDecide, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const Item at = item(work, *matter);
  std::string party, office;
  if (auto no = resolve(work, command.party(), &party)) return no;
  if (std::find(at.parties.begin(), at.parties.end(), party) == at.parties.end())
    return refuse(v1::RefusalCode::not_a_party, "a party of " + at.body, party + " is none");
  if (command.position() == v1::Position::unset || command.position() == v1::Position::absent)
    return refuse(v1::RefusalCode::field_missing, "a position: in_favour, against or abstained", "none was taken");
  if (auto no = may_speak_for(work, party)) return no;
  if (auto no = able(work, at, party)) return no;
  if (auto no = speaks_for(work, at, party, command.seat(), &office)) return no;
  if (auto no = entitled(work, at, party, office)) return no;
  const std::string key = seat_key(work, at, party, office);
  if (auto no = once_in_common(work, at, key)) return no;
  const auto before = at.mine.positions.find(key);
  if (before != at.mine.positions.end() && before->second.position == command.position())
    return refuse(v1::RefusalCode::already_voted, "a position that changes what was said", before->second.who + " has already spoken so for " + key);
  const std::string id = matter->id;
  v1::Event event;
  v1::PositionTaken& taken = *event.mutable_position_taken();
  taken.set_matter(id);
  taken.set_party(party);
  taken.set_position(command.position());
  taken.set_reason(command.reason());
  taken.set_who(work.actor().who());
  if (key != party) taken.set_seat(office);
  work.emit(std::move(event));
  return is_over(work, *matter) ? conclude(work, *matter) : accept();
}

Refusal decide(Work& work, const v1::CastCastingVote& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kDecide, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const Item at = item(work, *matter);
  if (auto no = able(work, at, "")) return no;
  const std::string& who = work.actor().who();
  if (command.position() != v1::Position::in_favour && command.position() != v1::Position::against)
    return refuse(v1::RefusalCode::field_missing, "a casting vote: in_favour or against", "it is neither");
  if (at.mine.presiding.empty() || !is_who(work, at.mine.presiding, who))
    return refuse(v1::RefusalCode::no_casting_vote, "whoever presides" + (at.mine.presiding.empty() ? "" : " (" + at.mine.presiding + ")"), who + " does not");
  if (barred(work, at, who))
    return refuse(v1::RefusalCode::interest_bars_vote, "a member whose interests let them vote", who + " has an interest for which the action is not to vote");
  v1::Ruling decision = decision_of(work, at);
  if (!casting_vote_open(decision)) {
    const v1::Rule* rule = at.stating(&v1::Rule::has_decision);
    const bool gives = rule != nullptr && rule->decision().tie() == v1::DecisionRule::casting_vote;
    const std::string none = "there is none: " + decision.sentence();
    return refuse(v1::RefusalCode::no_casting_vote, gives ? "a tie" : "a rule that gives a casting vote (decision.tie)", gives ? none : "the rule in force gives none", std::move(decision));
  }
  const std::string id = matter->id;
  v1::Event event;
  v1::CastingVoteCast& cast = *event.mutable_casting_vote_cast();
  cast.set_matter(id);
  cast.set_who(who);
  cast.set_position(command.position());
  cast.set_reason(command.reason());
  work.emit(std::move(event));
  return is_over(work, *matter) ? conclude(work, *matter) : accept();
}

Refusal decide(Work& work, const v1::AnswerWarning& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kDecide, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const Item at = item(work, *matter);
  if (warning_of(work, at, command.code()) == nullptr)
    return refuse(v1::RefusalCode::warning_not_found, "a warning that stands on " + command.matter(), "\"" + command.code() + "\" is none");
  if (command.answer().empty()) return refuse(v1::RefusalCode::reason_required, "an answer in words", "none was given");
  const std::string id = matter->id;
  v1::Event event;
  v1::WarningAnswered& answered = *event.mutable_warning_answered();
  answered.set_matter(id);
  answered.set_code(command.code());
  answered.set_answer(command.answer());
  answered.set_who(work.actor().who());
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::CloseItem& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kDecide, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const Item at = item(work, *matter);
  if (auto no = able(work, at, "")) return no;
  const rules::Roll all = roll_of(work, at, nullptr);
  const v1::Rule* before = nullptr;
  rules::Roll roll = all;                                    // With the conditions of the rule that is asked.
  for (const rules::Seat& seat : all.seats) {
    if (at.mine.positions.contains(seat_key(work, at, seat.party, seat.office))) continue;
    const v1::Rule* rule = giving_votes(rules_for(work, at, seat.party));
    if (rule != before) roll = roll_of(work, at, before = rule);
    const bool votes = rule == nullptr || rules::has_vote(*rule, roll, seat);
    const bool silent = at.step.tabled() ? seat.present && seat.barred == rules::Barred::kNo && votes : !seat.holder.empty();
    if (silent) return refuse(v1::RefusalCode::positions_incomplete, "a position of every party that is present", seat_key(work, at, seat.party, seat.office) + " has taken none");
  }
  return conclude(work, *matter);
}

Refusal deadline_decide(Work& work, const Matter& matter) { return conclude(work, matter); }

void evolve(DecideMemory& mine, const v1::ItemTabled& event) {
  if (mine.meeting != event.meeting()) mine.opened = event.quorum().outcome();
  mine.meeting = event.meeting();
  mine.part = event.part();
  mine.present.clear();
  for (const v1::Attendee& a : event.present()) mine.present.push_back(remembered(a));
  mine.presiding = event.presiding();
}
void evolve(DecideMemory& mine, const v1::PositionTaken& event) { mine.positions[event.party() + (event.seat().empty() ? "" : " " + event.seat())] = {event.position(), event.reason(), event.who()}; }
void evolve(DecideMemory& mine, const v1::WarningAnswered& event) { mine.answers[event.code()] = event.answer() + " (" + event.who() + ")"; }
void evolve(DecideMemory& mine, const v1::CastingVoteCast& event) { mine.casting_vote = event.position(); }

}  // namespace concordat::steps
