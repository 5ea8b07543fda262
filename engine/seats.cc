#include "engine/seats.h"

#include <algorithm>
#include <set>

#include "engine/record/authority.h"
#include "engine/rules_in_force.h"
#include "engine/seating.h"

namespace concordat {
namespace {

namespace authority = record::authority;

std::string version(const v1::Rule& rule) { return rule.id() + " " + std::to_string(rule.version()); }

std::vector<std::string> texts(const Work& work, const std::string& subject, const char* predicate, const std::string& scope) {
  return record::texts(work.state().record, subject, predicate, scope, work.today());
}

bool gives_seat(const v1::Fact& fact) {
  return fact.standing() == v1::Standing::effective && (fact.predicate() == authority::kSeat || fact.predicate() == authority::kRepresentedBy);
}

// The seat that a fact would give, with the classes that the record or the same command gives it.
rules::Seat given_by(const Work& work, const v1::Fact& fact, const std::vector<v1::Fact>& facts) {
  rules::Seat seat;
  seat.party = fact.scope();
  seat.office = fact.value().ref();
  for (const std::string& scope : {seat.office, seat.party}) {
    for (std::string& one : texts(work, fact.subject(), authority::kSeatClass, scope)) seat.classes.push_back(std::move(one));
    for (const v1::Fact& other : facts)
      if (other.subject() == fact.subject() && other.predicate() == authority::kSeatClass && other.scope() == scope) seat.classes.push_back(other.value().code());
  }
  return seat;
}

// A body may still be filling up, so what it must have at least is not asked here.
Refusal check_composition(const Work& work, const std::string& body, const std::vector<v1::Fact>& facts) {
  for (const v1::Rule* rule : rules_in_force(work.state(), "", body, "", work.today())) {
    if (rule->composition().empty()) continue;
    v1::Rule limits = *rule;
    for (v1::SeatLimit& one : *limits.mutable_composition()) one.set_at_least(0);
    std::vector<rules::Seat> seats = seats_of(work, *rule, body);
    for (const v1::Fact& fact : facts) {
      if (!gives_seat(fact) || fact.subject() != body) continue;
      std::erase_if(seats, [&](const rules::Seat& seat) { return seat.party == fact.scope() && (seat.office.empty() || seat.office == fact.value().ref()); });
      seats.push_back(given_by(work, fact, facts));
    }
    const v1::Ruling ruling = rules::composed(limits, seats);
    if (ruling.outcome() == v1::Outcome::no)
      return refuse(v1::RefusalCode::composition_exceeded, "no more seats than rule " + version(*rule) + " lets " + body + " have (composition)", ruling.sentence(), ruling);
    return accept();
  }
  return accept();
}

// The parties for which somebody sits on the body: by an office, or by the person who holds it.
std::set<std::string> parties_of(const Work& work, const std::string& body, const std::string& who) {
  std::set<std::string> out;
  for (const rules::Seat& seat : seats_of(work, v1::Rule(), body)) {
    const auto holders = texts(work, seat.office, authority::kHolder, "");
    if (seat.office == who || std::find(holders.begin(), holders.end(), who) != holders.end()) out.insert(seat.party);
  }
  return out;
}

Refusal check_apart(const Work& work, const v1::Rule& rule, const v1::Fact& fact) {
  const auto& offices = rule.presiding().offices();
  if (std::find(offices.begin(), offices.end(), fact.subject()) == offices.end()) return accept();
  const std::set<std::string> mine = parties_of(work, rule.body(), fact.value().ref());
  for (const std::string& other : offices) {
    if (other == fact.subject()) continue;
    for (const std::string& holder : texts(work, other, authority::kHolder, ""))
      for (const std::string& party : parties_of(work, rule.body(), holder))
        if (mine.contains(party))
          return refuse(v1::RefusalCode::offices_same_party, fact.subject() + " and " + other + " of different parties, by " + version(rule) + " (presiding.offices_of_different_parties)",
                        fact.value().ref() + " and " + holder + " both sit for " + party);
  }
  return accept();
}

}  // namespace

std::vector<rules::Seat> seats_of(const Work& work, const v1::Rule& rule, const std::string& body) {
  std::vector<rules::Seat> out = seating(work, body).seats;
  for (rules::Seat& seat : out) {
    seat.body = seat.party;
    seat.holder.clear();
    if (rule.decision().weight_predicate().empty()) continue;
    const auto votes = record::values(work.state().record, body, rule.decision().weight_predicate(), seat.party, work.today());
    seat.weight = votes.empty() || votes.front().number < 0 ? 0 : static_cast<std::uint64_t>(votes.front().number);
  }
  return out;
}

Refusal check_seats(const Work& work, const std::vector<v1::Fact>& facts) {
  if (work.command().backfill()) return accept();            // History is what it was.
  std::set<std::string> bodies;
  for (const v1::Fact& fact : facts)
    if (gives_seat(fact)) bodies.insert(fact.subject());
  for (const std::string& body : bodies)
    if (auto no = check_composition(work, body, facts)) return no;
  for (const v1::Fact& fact : facts) {
    if (fact.predicate() != authority::kHolder || fact.standing() != v1::Standing::effective) continue;
    for (const auto& [id, versions] : work.state().rules) {
      const v1::Rule& newest = *versions.back();
      if (!newest.presiding().offices_of_different_parties()) continue;
      for (const v1::Rule* rule : rules_in_force(work.state(), id, newest.body(), "", work.today()))
        if (rule->presiding().offices_of_different_parties())
          if (auto no = check_apart(work, *rule, fact)) return no;
    }
  }
  return accept();
}

}  // namespace concordat
