// Can the rule be published? It must not contradict itself, it must be possible to satisfy it with the seats there are, and
// its own test vectors must come out as it says. Each fault names its clause.
#include <algorithm>
#include <set>

#include "concordat/v1/rule.pb.h"
#include "engine/rules/electorate.h"
#include "engine/rules/rules.h"
#include "engine/rules/vectors.h"

namespace concordat::rules {
namespace {

using Q = v1::QuorumRule;
using D = v1::DecisionRule;

struct Checking {
  const v1::Rule& rule;
  std::vector<Fault> faults = {};
  std::set<std::string> conditions = {};
  std::set<std::string> matter_types = {};      // Those that some case is for.

  void contradiction(const std::string& clause, const std::string& what) { faults.push_back({Fault::kContradictory, clause, what}); }

  void check_fraction(const std::string& clause, const v1::Fraction& part) {
    if (part.d() == 0 || part.n() == 0 || part.n() > part.d())
      contradiction(clause, "expected a fraction above 0 and up to 1, but it is " + std::to_string(part.n()) + "/" + std::to_string(part.d()));
  }

  void check_when(const std::string& clause, const std::string& when) {
    if (!when.empty() && !conditions.contains(when)) contradiction(clause, "it depends on " + when + ", which is none of the rule's conditions");
  }

  void check_quorum(const std::string& at, const Q& quorum) {
    if (quorum.has_min_fraction()) check_fraction(at + ".min_fraction", quorum.min_fraction());
    std::set<std::string> seen;
    for (const v1::ClassMinimum& one : quorum.by_class()) {
      if (!seen.insert(one.seat_class()).second) contradiction(at + ".by_class", one.seat_class() + " stands twice");
      if (one.has_part()) check_fraction(at + ".by_class", one.part());
      if (one.at_least() == 0 && !one.has_part()) contradiction(at + ".by_class", "it asks nothing of " + one.seat_class());
    }
    if (quorum.entitled_only() && quorum.recusal_effect() == Q::preserve)
      contradiction(at + ".recusal_effect", "only who may vote counts, so whoever is barred cannot keep the quorum alive");
    const bool deputies = std::find(quorum.counts().begin(), quorum.counts().end(), "deputy") != quorum.counts().end();
    if (deputies && rule.deputies().kind() == v1::DeputyRule::none) contradiction(at + ".counts", "deputies count, but the rule allows none");
    const bool refers = quorum.on_failure() == Q::ratify_by_parent || quorum.on_failure() == Q::refer_conflicts_panel;
    if (!quorum.refers_to().empty() && !refers) contradiction(at + ".refers_to", "nothing is referred on failure");
    std::set<std::pair<std::string, std::string>> instead;
    for (const v1::QuorumCase& one : quorum.cases()) {
      check_when(at + ".cases", one.when());
      for (const std::string& type : one.matter_types())
        if (!one.besides() && !instead.insert({type, one.when()}).second) contradiction(at + ".cases", type + " has two quorums");
      if (!one.besides() && one.matter_types().empty() && !instead.insert({"", one.when()}).second) contradiction(at + ".cases", "two quorums replace it " + (one.when().empty() ? "always" : "when " + one.when()));
      matter_types.insert(one.matter_types().begin(), one.matter_types().end());
      check_quorum(at + ".cases", one.rule());
    }
  }

  void check_limb(const std::string& at, const D::Limb& limb) {
    check_when(at, limb.when());
    const bool share = limb.test() == D::at_least_present_voting || limb.test() == D::at_least_of_all || limb.test() == D::at_least_of_present;
    if (share) check_fraction(at + ".fraction", limb.fraction());
    if (limb.more_than() && limb.fraction().n() == limb.fraction().d()) contradiction(at + ".more_than", "nothing is more than all");
    const bool count = limb.test() == D::at_least_count || limb.test() == D::not_blocked;
    if (count && limb.count() == 0) contradiction(at + ".count", "expected how many, but it is 0");
    if (limb.test() == D::test_unset) contradiction(at + ".test", "it states no test");
    if (limb.test() == D::includes && limb.office().empty() && limb.offices().empty()) contradiction(at + ".office", "it includes nobody");
    if ((limb.test() == D::any_of) != !limb.any_of().empty()) contradiction(at + ".any_of", "expected the tests of which one must hold");
    for (const D::Limb& inner : limb.any_of()) check_limb(at + ".any_of", inner);
  }

  void check_decision(const std::string& at, const D& decision) {
    if (decision.method() == D::vote && decision.limbs().empty()) contradiction(at + ".limbs", "it is decided by vote, but there is no test of the vote");
    if (decision.method() == D::consensus_then_vote && decision.limbs().empty()) contradiction(at + ".limbs", "a vote follows, but there is no test of the vote");
    int index = 0;
    for (const D::Limb& limb : decision.limbs()) check_limb(at + ".limbs[" + std::to_string(index++) + "]", limb);
    for (const std::string& need : decision.needs()) check_when(at + ".needs", need);
    if (decision.tie() == D::refer && decision.refers_to().empty()) contradiction(at + ".refers_to", "a tie is referred, but to nobody");
    if (decision.weights_size() > 0 && !decision.weight_predicate().empty()) contradiction(at + ".weights", "weights stand in the rule and are read from the record");
    std::set<std::pair<std::string, std::string>> seen;
    for (const D::Case& one : decision.cases()) {
      check_when(at + ".cases", one.when());
      matter_types.insert(one.matter_types().begin(), one.matter_types().end());
      for (const std::string& type : one.matter_types())
        if (!seen.insert({type, one.when()}).second) contradiction(at + ".cases", type + " is decided in two ways");
      check_decision(at + ".cases", one.rule());
    }
  }

  void check_electorates() {
    std::set<std::string> seen{"all"};
    for (const v1::Electorate& one : rule.electorates()) {
      if (!seen.insert(one.id()).second || one.id().empty()) contradiction("electorates", "expected an id of its own, but it is \"" + one.id() + "\"");
      for (const std::string& name : one.classes())
        if (std::find(one.not_classes().begin(), one.not_classes().end(), name) != one.not_classes().end()) contradiction("electorates." + one.id(), "it is of class " + name + " and is not");
    }
  }

  void check_composition() {
    for (const v1::SeatLimit& one : rule.composition()) {
      const std::string at = "composition." + (one.electorate().empty() ? "all" : one.electorate());
      if (one.at_least() == 0 && one.at_most() == 0 && one.not_more_than().empty()) contradiction(at, "it asks nothing");
      if (one.at_most() > 0 && one.at_least() > one.at_most()) contradiction(at, "at least " + std::to_string(one.at_least()) + " and at most " + std::to_string(one.at_most()));
      for (const v1::ClassMinimum& wanted : rule.quorum().by_class())
        if (wanted.seat_class() == one.electorate() && one.at_most() > 0 && wanted.at_least() > one.at_most())
          contradiction("quorum.by_class", std::to_string(wanted.at_least()) + " of " + wanted.seat_class() + " make a quorum, of whom there are at most " + std::to_string(one.at_most()));
    }
  }

  void check_warnings() {
    std::set<std::string> seen;
    for (const v1::Warning& one : rule.warnings()) {
      if (one.code().empty() || !seen.insert(one.code()).second) contradiction("warnings", "expected a code of its own, but it is \"" + one.code() + "\"");
      if (one.when().empty()) contradiction("warnings." + one.code(), "expected the condition on which it is said");
      check_when("warnings." + one.code(), one.when());
    }
    for (const v1::Condition& one : rule.conditions()) {
      if (one.compare() != v1::Condition::compare_unset && (one.each_party() || one.subject().ends_with('*'))) contradiction("conditions." + one.name(), "numbers are compared of one subject");
      if (one.below() && one.subject() != "body:*") contradiction("conditions." + one.name(), "it asks of bodies below, but its subject is not \"body:*\"");
      if (one.compare() != v1::Condition::compare_unset && !one.has_value()) contradiction("conditions." + one.name(), "it compares nothing");
    }
  }

  void check_headings() {
    const auto states = [&](const std::string& heading) {
      if (heading == "quorum") return rule.has_quorum();
      if (heading == "decision") return rule.has_decision();
      if (heading == "deputies") return rule.has_deputies();
      if (heading == "conflicts") return rule.has_conflicts();
      if (heading == "urgent") return rule.has_urgent();
      if (heading == "notice") return rule.has_notice();
      if (heading == "presiding" || heading == "chair") return rule.has_presiding();
      if (heading == "reserved") return !rule.reserved().empty();
      if (heading == "capacity") return !rule.capacities().empty();
      if (heading == "eligible") return !rule.eligible().empty();
      if (heading == "composition") return !rule.composition().empty();
      if (heading == "recusal_effect") return rule.quorum().recusal_effect() != Q::recusal_unset;
      if (heading == "on_failure") return rule.quorum().on_failure() != Q::failure_unset;
      return false;
    };
    for (const std::string& heading : rule.not_stated())
      if (states(heading)) contradiction("not_stated", heading + " is stated");
    if (!rule.in_force_from().empty() && !rule.in_force_until().empty() && rule.in_force_from() >= rule.in_force_until())
      contradiction("in_force_until", "it ends on " + rule.in_force_until() + ", before it begins");
    for (const v1::Reserved& one : rule.reserved())
      for (const std::string& type : one.matter_types())
        if (one.to() != rule.body() && std::find(rule.matter_types().begin(), rule.matter_types().end(), type) != rule.matter_types().end())
          contradiction("reserved", type + " is reserved to " + one.to() + ", but this rule decides it");
    for (const v1::Clock& one : rule.clocks()) {
      static const std::set<std::string> known{"before_meeting", "meeting", "approval", "decision"};
      const bool other = std::any_of(rule.clocks().begin(), rule.clocks().end(), [&](const v1::Clock& clock) { return clock.of() == one.from() && clock.of() != one.of(); });
      if (!known.contains(one.from()) && !other) contradiction("clocks." + one.of(), "it counts from \"" + one.from() + "\", which is neither before_meeting, meeting, approval, decision nor another clock");
    }
    if (rule.urgent().consulted_at_least() > 0 && rule.urgent().consulted().empty()) contradiction("urgent.consulted", std::to_string(rule.urgent().consulted_at_least()) + " are consulted, but it does not say of whom");
    if (rule.presiding().one_chosen() && rule.presiding().offices_size() < 2) contradiction("presiding.one_chosen", "one of several offices is chosen, but it names " + std::to_string(rule.presiding().offices_size()));
    if (rule.deputies().kind() == v1::DeputyRule::none && (rule.deputies().notice_hours() > 0 || rule.deputies().proxy() == v1::DeputyRule::allowed))
      contradiction("deputies", "there are none, but it says how they come in");
  }

  // As good as it can get: every seat filled, everybody there, nobody barred, all in favour.
  void check_possible(const std::vector<Seat>& seats) {
    Roll best;
    best.seats = seats;
    for (std::size_t i = 0; i < best.seats.size(); ++i) {
      Seat& seat = best.seats[i];
      seat.present = true;
      seat.barred = Barred::kNo;
      seat.vote = Vote::kFor;
      seat.holder = "holder " + std::to_string(i);
    }
    Roll worst = best;
    for (Seat& seat : worst.seats) seat.vote = Vote::kAgainst;
    if (const v1::Ruling ruling = composed(rule, seats); ruling.outcome() == v1::Outcome::no)
      faults.push_back({Fault::kUnsatisfiable, "composition", ruling.sentence()});
    matter_types.insert("");
    for (const std::string& type : matter_types) {
      best.matter_type = worst.matter_type = type;
      const std::string of = type.empty() ? "" : " of " + type;
      if (rule.has_quorum()) possible("quorum", of, best, [&](const Roll& roll) { return quorate(rule, roll); });
      if (rule.has_decision() && possible("decision", of, best, [&](const Roll& roll) { return carried(rule, roll); }) && carried(rule, worst).outcome() == v1::Outcome::yes)
        contradiction("decision", "everything" + of + " is carried, even with everybody against");
    }
  }

  // Under some of the conditions it must be possible.
  template <typename Judge>
  bool possible(const std::string& clause, const std::string& of, Roll best, Judge judge) {
    std::vector<std::vector<std::string>> tried{{}, {conditions.begin(), conditions.end()}};
    for (const std::string& one : conditions) tried.push_back({one});
    v1::Ruling first;
    for (std::size_t i = 0; i < tried.size(); ++i) {
      best.conditions = tried[i];
      v1::Ruling ruling = judge(best);
      const bool missing_type = ruling.reasons_size() > 0 && ruling.reasons(0) == "matter_type_required";
      if (ruling.outcome() == v1::Outcome::yes || ruling.outcome() == v1::Outcome::not_determined || missing_type) return true;
      if (i == 0) first = std::move(ruling);
    }
    std::string failed, read;
    for (const v1::Finding& finding : first.findings())
      if (finding.outcome() != v1::Outcome::yes && failed.empty()) { failed = finding.clause(); read = finding.arithmetic(); }
    const std::string all = std::to_string(best.seats.size());
    faults.push_back({Fault::kUnsatisfiable, clause, failed + of + ": with all " + all + " seats filled, present" + (clause == "decision" ? " and in favour" : "") + " it is " + read});
    return false;
  }
};

}  // namespace

std::vector<Fault> faults(const v1::Rule& rule, const std::vector<Seat>& seats) {
  Checking all{rule};
  for (const v1::Condition& one : rule.conditions())
    if (!all.conditions.insert(one.name()).second) all.contradiction("conditions", one.name() + " stands twice");
  all.check_electorates();
  all.check_headings();
  all.check_composition();
  all.check_warnings();
  if (rule.has_quorum()) all.check_quorum("quorum", rule.quorum());
  if (rule.has_decision()) all.check_decision("decision", rule.decision());
  if (!all.faults.empty()) return std::move(all.faults);       // What follows rests on a rule that makes sense.
  if (!seats.empty()) all.check_possible(seats);
  for (const std::string& failed : failed_vectors(rule)) all.faults.push_back({Fault::kCaseFails, "cases", failed});
  return std::move(all.faults);
}

}  // namespace concordat::rules
