// Who may come into the room, preside and take part, by the record and by the rules frozen at opening. Source: P10, P14, P16, P18, P20, SP-H.
#include <algorithm>
#include <map>

#include "engine/record/authority.h"
#include "engine/steps/item.h"

namespace concordat::steps {
namespace {

namespace authority = record::authority;

record::Datum subject_ref(std::string_view id) { return {.kind = v1::Predicate::ref, .text = std::string(id), .number = 0}; }

std::string version(const v1::Rule& rule) { return rule.id() + " " + std::to_string(rule.version()); }

std::string list(const google::protobuf::RepeatedPtrField<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " or ") + word;
  return out;
}

// The level that the record gives the person or office, or an office that the person holds here.
Refusal check_level(const Work& work, const v1::Rule& by, const std::string& who, const std::string& office) {
  const v1::DeputyRule& rule = by.deputies();
  if (rule.levels().empty()) return accept();
  std::string found;
  for (const std::string& subject : {who, is_who(work, office, who) ? office : who})
    for (const record::Datum& level : record::values(work.state().record, subject, authority::kLevel, "", work.today())) {
      if (std::find(rule.levels().begin(), rule.levels().end(), level.text) != rule.levels().end()) return accept();
      found = level.text;
    }
  return refuse(v1::RefusalCode::level_too_low, "somebody of level " + list(rule.levels()) + ", by " + version(by) + " (deputies.levels)", who + (found.empty() ? " has no level in the record" : " is of level " + found));
}

Refusal check_deputy(const Work& work, const v1::Rule* rule, const v1::Attendee& attendee, const std::string& office) {
  if (rule == nullptr) return accept();                    // No rule says more than the record does.
  const v1::DeputyRule& deputies = rule->deputies();
  const std::string by = version(*rule);
  if (deputies.kind() == v1::DeputyRule::none) return refuse(v1::RefusalCode::no_seat, "members themselves, since " + by + " allows no deputies", attendee.who() + " deputises for " + attendee.deputy_for());
  const auto names = [&](const std::string& member) { return record::holds(work.state().record, member, authority::kDeputy, "", subject_ref(attendee.who()), work.today()); };
  if (deputies.kind() == v1::DeputyRule::named && !names(attendee.deputy_for()) && !names(office))
    return refuse(v1::RefusalCode::no_seat, "a deputy whom the record names for " + attendee.deputy_for(), attendee.who() + " is none");
  if (attendee.notice_hours() < deputies.notice_hours())
    return refuse(v1::RefusalCode::deputy_notice_short, std::to_string(deputies.notice_hours()) + " hours of notice of a deputy, by " + by, std::to_string(attendee.notice_hours()) + " were given");
  return accept();
}

// By P18 a member who has sent a deputy is no member for the whole meeting.
Refusal check_return(const Work& work, const Item& at, const v1::Rule* rule, const std::string& meeting, const v1::Attendee& attendee, const std::string& party) {
  if (rule == nullptr || !rule->deputies().whole_meeting() || at.mine.meeting != meeting || !attendee.deputy_for().empty()) return accept();
  for (const auto& before : at.mine.present)
    if (before.party == party && !before.deputy_for.empty() && (before.deputy_for == attendee.who() || is_who(work, before.deputy_for, attendee.who())))
      return refuse(v1::RefusalCode::one_deputy_one_seat, before.who + " in the seat for the whole meeting, by " + version(*rule) + " (deputies.whole_meeting)", attendee.who() + " came after having sent a deputy");
  return accept();
}

Refusal check_proxy(const v1::Rule* rule, const v1::Attendee& attendee) {
  if (!attendee.proxy()) return accept();
  if (rule != nullptr && rule->deputies().proxy() == v1::DeputyRule::allowed) return accept();
  const bool forbids = rule != nullptr && rule->deputies().proxy() == v1::DeputyRule::forbidden;
  return refuse(v1::RefusalCode::proxy_not_allowed, "a rule that allows proxies (deputies.proxy)", forbids ? version(*rule) + " forbids them" : "no rule in force does");
}

bool excluded(const Work& work, const Item& at, const std::string& part, const std::string& party) {
  const std::string sitting = "sitting:" + at.body.substr(at.body.find(':') + 1) + "/" + part;
  return record::holds(work.state().record, sitting, authority::kExcludes, "", subject_ref(party), work.today());
}

bool same_person(const Work& work, const std::string& one, const std::string& other) {
  if (is_who(work, one, other) || is_who(work, other, one)) return true;
  const auto holders = record::values(work.state().record, one, authority::kHolder, "", work.today());
  return std::any_of(holders.begin(), holders.end(), [&](const auto& holder) { return is_who(work, other, holder.text); });
}

}  // namespace

v1::Attendee listed(const DecideMemory::Attendee& one) {
  v1::Attendee out;
  out.set_who(one.who);
  out.set_party(one.party);
  out.set_seat(one.seat);
  out.set_seat_class(one.seat_class);
  out.set_deputy_for(one.deputy_for);
  out.set_takes(one.takes);
  *out.mutable_classes() = {one.classes.begin(), one.classes.end()};
  out.set_proxy(one.proxy);
  out.set_notice_hours(one.notice_hours);
  return out;
}

// Whoever takes a party's seat holds it or deputises for who does; nobody whom the sitting excludes is there.
Refusal check_attendee(const Work& work, const Item& at, const std::string& meeting, const std::string& part, const v1::Attendee& attendee, const std::string& party) {
  if (excluded(work, at, part, party)) return refuse(v1::RefusalCode::part_excludes_party, "parties of part " + part + " only", party + " takes no part in it");
  if (std::find(at.parties.begin(), at.parties.end(), party) == at.parties.end()) return accept();   // In attendance only.
  const std::string& seated = attendee.deputy_for().empty() ? attendee.who() : attendee.deputy_for();
  std::string office;
  for (const std::string& one : offices_of(work, at.body, party))
    if (is_who(work, one, seated) && (attendee.takes().empty() || attendee.takes() == one)) office = one;
  if (office.empty()) return refuse(v1::RefusalCode::no_seat, "the holder of " + party + "'s seat on " + at.body + ", or a deputy for that holder", seated + " does not hold it");
  const v1::Rule* rule = Item::first_stating(rules_for(work, at, party), &v1::Rule::has_deputies);
  if (auto no = check_proxy(rule, attendee)) return no;
  if (!attendee.deputy_for().empty())
    if (auto no = check_deputy(work, rule, attendee, office)) return no;
  if (auto no = check_return(work, at, rule, meeting, attendee, party)) return no;
  return rule == nullptr ? accept() : check_level(work, *rule, attendee.who(), office);
}

Refusal check_capacity(const Work& work, const Item& at, const std::vector<DecideMemory::Attendee>& present, const std::string& who, const std::string& party) {
  const auto sits = [&](const std::string& one) { return std::find(at.parties.begin(), at.parties.end(), one) != at.parties.end(); };
  for (const auto& other : present) {
    if (party.empty() || other.party.empty() || sits(party) == sits(other.party) || !same_person(work, who, other.who)) continue;
    return refuse(v1::RefusalCode::capacity_forbidden, "one capacity in a part of the meeting", who + (who == other.who ? "" : " (" + other.who + ")") + " is there for " + other.party + " already; they leave first, or act for " + party + " in another part");
  }
  return accept();
}

// The first of the rule's offices that is present; else somebody chosen from those who may be.
Refusal check_presiding(const Work& work, const Item& at, const std::string& who) {
  const auto here = [&](std::string_view one) { return std::any_of(at.mine.present.begin(), at.mine.present.end(), [&](const auto& a) { return a.who == one || is_who(work, one, a.who); }); };
  if (!here(who)) return refuse(v1::RefusalCode::not_present, "somebody present to preside", who + " is not");
  const v1::Rule* rule = at.stating(&v1::Rule::has_presiding);
  if (rule == nullptr) return accept();
  if (rule->presiding().offices_of_different_parties()) {
    std::map<std::string, std::string> parties;             // Party -> the office it holds.
    for (const rules::Seat& seat : roll_of(work, at, rule).seats) {
      const auto& offices = rule->presiding().offices();
      const auto office = std::find_if(offices.begin(), offices.end(), [&](const std::string& one) { return seat.office == one || (!seat.holder.empty() && is_who(work, one, seat.holder)); });
      if (office == offices.end()) continue;
      const auto [other, fresh] = parties.emplace(seat.party, *office);
      if (!fresh) return refuse(v1::RefusalCode::offices_same_party, other->second + " and " + *office + " of different parties, by " + version(*rule) + " (presiding.offices_of_different_parties)", seat.party + " holds both");
    }
  }
  const bool one_chosen = rule->presiding().one_chosen();     // Whoever of them is chosen may; else the first who is there does.
  for (const std::string& office : rule->presiding().offices()) {
    if (!here(office)) continue;
    if (is_who(work, office, who)) return accept();
    if (one_chosen) continue;
    return refuse(v1::RefusalCode::not_eligible_to_preside, office + ", who is present, to preside", who + " was to");
  }
  const rules::Roll roll = roll_of(work, at, rule);
  for (const rules::Seat& seat : roll.seats)
    if (rule->presiding().else_chosen() && seat.present && (seat.holder == who || is_who(work, seat.office, who)) && rules::is_of(*rule, rule->presiding().chosen_from(), seat)) return accept();
  return refuse(v1::RefusalCode::not_eligible_to_preside, rule->presiding().else_chosen() ? "somebody present of " + (rule->presiding().chosen_from().empty() ? "the members" : rule->presiding().chosen_from()) : "one of the offices that preside", who + " is not");
}

// The mildest action the rule allows for such an interest.
Refusal check_action(const Work& work, const Item& at, const std::string& who, v1::InterestType::Value type, v1::InterestAction::Value action) {
  const auto there = std::find_if(at.mine.present.begin(), at.mine.present.end(), [&](const auto& one) { return one.who == who; });
  const v1::Rule* rule = Item::first_stating(rules_for(work, at, there == at.mine.present.end() ? "" : there->party), &v1::Rule::has_conflicts);
  if (rule == nullptr) return accept();
  const v1::ConflictRule::Grade* grade = nullptr;
  for (const v1::ConflictRule::Grade& one : rule->conflicts().grades())
    if (one.type() == type || (one.type() == v1::InterestType::unset && grade == nullptr)) grade = &one;
  if (grade == nullptr || action >= grade->at_least()) return accept();
  return refuse(v1::RefusalCode::interest_bars_vote, "at least " + v1::InterestAction::Value_Name(grade->at_least()) + " for such an interest, by " + version(*rule) + " (conflicts.grades)",
                "the action was " + v1::InterestAction::Value_Name(action));
}

}  // namespace concordat::steps
