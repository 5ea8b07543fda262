#include "engine/seating.h"

#include <algorithm>

#include "engine/record/authority.h"
#include "engine/work.h"

namespace concordat {
namespace {

namespace authority = record::authority;

struct Reading {
  const Work& work;
  std::string_view body;

  const std::vector<std::string>& texts(std::string_view subject, const char* predicate, std::string_view scope) const {
    return record::texts(work.state().record, subject, predicate, scope, work.today());
  }
  std::string first(std::string_view subject, const char* predicate, std::string_view scope) const {
    const auto& all = texts(subject, predicate, scope);
    return all.empty() ? std::string() : all.front();
  }
};

rules::Seat seat_of(const Reading& read, const Seating::Party& party, const std::string& office) {
  rules::Seat seat;
  seat.party = party.party;
  seat.body = party.committee.empty() ? party.party : party.committee;
  seat.office = office;
  if (!office.empty()) seat.holder = read.first(office, authority::kHolder, "");
  if (seat.holder.empty()) seat.holder = office;
  for (const std::string& scope : {office, party.party})
    if (!scope.empty())
      for (const std::string& one : read.texts(read.body, authority::kSeatClass, scope)) seat.classes.push_back(one);
  return seat;
}

Seating made(const Reading& read) {
  Seating out;
  out.mode = read.first(read.body, authority::kMode, "");
  out.parties = read.texts(read.body, authority::kParty, "");
  for (const std::string& name : out.parties) {
    Seating::Party& party = out.by_party.emplace_back();
    party.party = name;
    party.committee = read.first(read.body, authority::kCommittee, name);
    party.offices = read.texts(read.body, authority::kSeat, name);
    if (party.offices.empty()) party.offices = read.texts(read.body, authority::kRepresentedBy, name);
    if (party.offices.empty()) out.seats.push_back(seat_of(read, party, ""));
    for (const std::string& office : party.offices) out.seats.push_back(seat_of(read, party, office));
  }
  return out;
}

}  // namespace

const Seating::Party* Seating::of(std::string_view party) const {
  const auto found = std::lower_bound(by_party.begin(), by_party.end(), party, [](const Party& one, std::string_view name) { return one.party < name; });
  return found == by_party.end() || found->party != party ? nullptr : &*found;
}

const Seating& seating(const Work& work, std::string_view body) {
  const record::Record& record = work.state().record;
  Seatings& kept = work.state().seatings;
  if (kept.record_version != record.version() || kept.day != work.today()) kept = {.day = work.today(), .record_version = record.version(), .by_body = {}};
  auto found = kept.by_body.find(body);
  if (found == kept.by_body.end()) found = kept.by_body.emplace(std::string(body), made({work, body})).first;
  else if (record.listened()) made({work, body});                        // So that whoever listens hears what it rests on.
  return found->second;
}

}  // namespace concordat
