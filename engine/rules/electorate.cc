#include "engine/rules/electorate.h"

#include <algorithm>

#include "concordat/v1/rule.pb.h"

namespace concordat::rules {
namespace {

template <typename Words>
bool among(const Words& words, const std::string& word) { return std::find(words.begin(), words.end(), word) != words.end(); }

template <typename Words>
bool any_class(const Words& words, const Seat& seat) {
  return std::any_of(seat.classes.begin(), seat.classes.end(), [&](const std::string& one) { return among(words, one); });
}

bool fits(const v1::Electorate& who, const Seat& seat) {
  if (!who.classes().empty() && !any_class(who.classes(), seat)) return false;
  if (any_class(who.not_classes(), seat)) return false;
  if (!who.parties().empty() && !among(who.parties(), seat.party)) return false;
  if (!who.kinds().empty() && !among(who.kinds(), seat.kind)) return false;
  return who.offices().empty() || among(who.offices(), seat.office) || among(who.offices(), seat.holder);
}

}  // namespace

bool is_of(const v1::Rule& rule, const std::string& electorate, const Seat& seat) {
  if (electorate.empty() || electorate == "all") return true;
  for (const v1::Electorate& one : rule.electorates())
    if (one.id() == electorate) return fits(one, seat);
  return among(seat.classes, electorate);
}

bool may_vote(const Seat& seat) { return seat.present && seat.votes && seat.barred == Barred::kNo; }

bool is_office(const Seat& seat, const std::string& office) { return seat.office == office || seat.holder == office; }

bool holds(const Roll& roll, const std::string& condition) { return condition.empty() || among(roll.conditions, condition); }

bool has_vote(const v1::Rule& rule, const Roll& roll, const Seat& seat) {
  if (!seat.votes || seat.granted) return seat.votes;
  if (rule.eligible().empty()) return seat.kind != "associate" && seat.kind != "observer";
  return std::any_of(rule.eligible().begin(), rule.eligible().end(), [&](const v1::Eligible& one) { return holds(roll, one.when()) && is_of(rule, one.electorate(), seat); });
}

const Roll& with_votes(const v1::Rule& rule, const Roll& roll, Roll* kept) {
  if (std::all_of(roll.seats.begin(), roll.seats.end(), [&](const Seat& seat) { return seat.votes == has_vote(rule, roll, seat); })) return roll;
  *kept = roll;
  for (Seat& seat : kept->seats) seat.votes = has_vote(rule, roll, seat);
  return *kept;
}

}  // namespace concordat::rules
