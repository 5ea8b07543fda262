// Carried or not: consensus, majorities, unanimity, vetoes, several tests at once, ties. Source: rules.md section 5; P01, P03 to P07, P10, P11.
#include <algorithm>
#include <map>
#include <set>

#include "concordat/v1/rule.pb.h"
#include "engine/rules/electorate.h"
#include "engine/rules/options.h"
#include "engine/rules/rules.h"
#include "engine/rules/tally.h"

namespace concordat::rules {
namespace {

using D = v1::DecisionRule;

v1::Finding finding(const std::string& clause, const Tally& t, const std::string& arithmetic, v1::Outcome::Value outcome) {
  v1::Finding out;
  out.set_clause(clause);
  out.set_read(std::to_string(t.in_favour) + " in favour, " + std::to_string(t.against) + " against, " + std::to_string(t.abstained) + " abstained");
  out.set_arithmetic(arithmetic);
  out.set_outcome(outcome);
  return out;
}

v1::Outcome::Value yes_if(bool yes) { return yes ? v1::Outcome::yes : v1::Outcome::no; }
std::string sum(std::uint64_t a, const char* sign, std::uint64_t b) { return std::to_string(a) + sign + std::to_string(b); }

// One evaluation under chosen options, and what it leaves for the ruling besides findings.
struct Judging {
  const v1::Rule& rule;
  const D& decision;
  const Roll& roll;
  const DecisionOptions& chosen;
  bool both_ways = false;                      // Somebody in two seats has said two things.
  std::set<std::string> reasons = {};
  std::string cast = {};                       // What is to be said of a casting vote.

  Tally tally_of(const D::Limb& limb) const { return tally(rule, decision, limb, roll, chosen); }

  v1::Finding by_casting_vote(const Tally& t, const std::string& how) {
    cast = " The " + how + " settles the tie.";
    return finding("majority; a tie is settled by the casting vote", t, how, yes_if(roll.casting_vote == Vote::kFor));
  }

  v1::Finding simple(const Tally& t) {
    if (t.in_favour != t.against || t.in_favour == 0) return finding("majority of those present and voting", t, sum(t.in_favour, t.in_favour > t.against ? " > " : " <= ", t.against), yes_if(t.in_favour > t.against));
    if (chosen.tie == D::casting_vote && roll.casting_vote != Vote::kNone)
      return by_casting_vote(t, "casting vote of " + roll.casting_vote_by + (roll.casting_vote == Vote::kFor ? " for" : " against"));
    if (chosen.tie == D::casting_vote) {
      reasons.insert("casting_vote_open");
      return finding("majority; a tie is settled by the casting vote", t, "not cast", v1::Outcome::no);
    }
    if (chosen.tie == D::refer) {
      reasons.insert("referred: " + decision.refers_to());
      return finding("majority of those present and voting; a tie is referred", t, sum(t.in_favour, " = ", t.against), v1::Outcome::no);
    }
    return finding("majority of those present and voting; a tie is not carried", t, sum(t.in_favour, " = ", t.against), v1::Outcome::no);
  }

  v1::Finding share(const D::Limb& limb, const Tally& t, std::uint64_t base, const char* of_what) const {
    const std::uint64_t n = limb.fraction().n(), d = limb.fraction().d(), have = t.in_favour * d, need = n * base;
    const bool yes = t.in_favour + t.against > 0 && (limb.more_than() ? have > need : have >= need);
    const char* sign = limb.more_than() ? (yes ? " > " : " <= ") : (yes ? " >= " : " < ");
    return finding((limb.more_than() ? "more than " : "at least ") + sum(n, "/", d) + " of " + of_what, t, sum(t.in_favour, "*", d) + sign + sum(n, "*", base), yes_if(yes));
  }

  v1::Finding includes(const D::Limb& limb, const Tally& t) const {
    std::vector<std::string> offices(limb.offices().begin(), limb.offices().end());
    if (!limb.office().empty()) offices.insert(offices.begin(), limb.office());
    std::string names;
    for (const std::string& office : offices) names += (names.empty() ? "" : " or ") + office;
    const bool there = std::any_of(roll.seats.begin(), roll.seats.end(), [&](const Seat& seat) {
      return may_vote(seat) && seat.vote == Vote::kFor && std::any_of(offices.begin(), offices.end(), [&](const std::string& office) { return is_office(seat, office); });
    });
    return finding("includes " + names, t, there ? "in favour" : "not in favour", yes_if(there));
  }

  v1::Finding judge(const D::Limb& limb) {
    const Tally t = tally_of(limb);
    const int abstain = limb.abstain() != D::abstain_unset ? static_cast<int>(limb.abstain()) : chosen.abstain;
    const std::uint64_t counted = abstain == D::counted_in_base ? t.abstained : 0, voting = t.in_favour + t.against + counted;
    switch (static_cast<int>(limb.test())) {   // Open enums have sentinels; the edge refuses unknown numbers.
      case D::simple_present_voting: return simple(t);
      case D::at_least_present_voting: return share(limb, t, voting, "those present and voting");
      case D::at_least_of_present: return share(limb, t, t.present, "those present");
      case D::at_least_of_all: return share(limb, t, t.all, "all");
      case D::unanimous_present_voting:
        return finding("unanimity of those present and voting", t, sum(t.against + counted, " against, in favour ", t.in_favour), yes_if(t.against + counted == 0 && t.in_favour > 0));
      case D::unanimous_all_present_required:
        if (t.present < t.all) return finding("unanimity with all present", t, sum(t.present, " present of ", t.all), v1::Outcome::not_open);
        return finding("unanimity with all present", t, sum(t.in_favour, " of ", t.all), yes_if(t.in_favour == t.all && t.all > 0));
      case D::unanimous_parties: return finding("every party in favour", t, sum(t.in_favour, " of ", t.all), yes_if(t.in_favour == t.all && t.all > 0));
      case D::includes: return includes(limb, t);
      case D::at_least_count: return finding("at least " + std::to_string(limb.count()) + " in favour", t, sum(t.in_favour, t.in_favour >= limb.count() ? " >= " : " < ", limb.count()), yes_if(t.in_favour >= limb.count()));
      case D::not_blocked: return finding("fewer than " + std::to_string(limb.count()) + " against", t, sum(t.against, t.against < limb.count() ? " < " : " >= ", limb.count()), yes_if(t.against < limb.count()));
      case D::any_of: return one_of(limb, t);
      default: return finding("a test that the rule does not state", t, "", v1::Outcome::not_determined);
    }
  }

  v1::Finding one_of(const D::Limb& limb, const Tally& t) {
    std::string tried;
    v1::Outcome::Value outcome = v1::Outcome::no;
    for (const D::Limb& inner : limb.any_of()) {
      if (!holds(roll, inner.when())) continue;
      const v1::Finding one = judge(inner);
      tried += (tried.empty() ? "" : ", or ") + called(inner, one) + " (" + one.arithmetic() + ")";
      if (one.outcome() == v1::Outcome::yes) outcome = v1::Outcome::yes;
    }
    return finding("one of: " + tried, t, outcome == v1::Outcome::yes ? "one holds" : "none holds", outcome);
  }

  // The clause with whose votes it counts, where that is not everybody's.
  static std::string called(const D::Limb& limb, const v1::Finding& one) {
    const bool some = !limb.electorate().empty() && limb.electorate() != "all";
    return one.clause() + (some ? " (" + limb.electorate() + ")" : "");
  }

  v1::Ruling evaluate() {
    v1::Ruling out;
    out.set_question("carried");
    if (chosen.multi_seat == v1::QuorumRule::once && both_ways) {
      out.set_outcome(v1::Outcome::not_determined);
      out.add_reasons("one_person_two_words");
      out.set_sentence("Not determined: a person who counts once has spoken both ways from two seats.");
      return out;
    }
    const Tally all = tally_of(D::Limb());
    const bool unopposed = all.against == 0, consensus = unopposed && all.in_favour > 0;
    const int method = decision.method();
    v1::Outcome::Value outcome = v1::Outcome::yes;
    if (method == D::consensus || method == D::consensus_then_vote) {
      *out.add_findings() = finding("consensus: nobody objects", all, sum(all.against, " against, in favour ", all.in_favour), yes_if(consensus));
      if (method == D::consensus_then_vote && consensus) {
        out.set_outcome(v1::Outcome::yes);
        out.set_sentence("Carried by consensus: " + std::to_string(all.in_favour) + " in favour, nobody against.");
        return out;
      }
      if (method == D::consensus) outcome = yes_if(consensus);
    }
    if (method == D::no_objection_by_deadline || method == D::written_procedure) {
      *out.add_findings() = finding("nobody objects", all, std::to_string(all.against) + " against", yes_if(unopposed));
      outcome = yes_if(unopposed);
      if (!unopposed && !decision.refers_to().empty()) reasons.insert("referred: " + decision.refers_to());
    }
    for (const D::Limb& limb : decision.limbs()) {
      if (!holds(roll, limb.when())) continue;
      v1::Finding one = judge(limb);
      one.set_clause(called(limb, one));
      if (outcome == v1::Outcome::yes || one.outcome() == v1::Outcome::not_open) outcome = one.outcome() == v1::Outcome::yes ? outcome : one.outcome();
      *out.add_findings() = std::move(one);
    }
    if (out.findings().empty()) outcome = v1::Outcome::not_determined;
    out.set_outcome(outcome);
    if (outcome == v1::Outcome::no)
      for (const std::string& reason : reasons) out.add_reasons(reason);
    const std::string counted = std::to_string(all.in_favour) + " in favour, " + std::to_string(all.against) + " against, " + std::to_string(all.abstained) + " abstained." + cast;
    out.set_sentence((outcome == v1::Outcome::yes ? "Carried: " : outcome == v1::Outcome::no ? "Not carried: " : outcome == v1::Outcome::not_open ? "Not open: not all whose presence is required are there; " : "Not determined: ") + counted);
    return out;
  }
};

v1::Ruling not_open(const char* reason, const std::string& why) {
  v1::Ruling out;
  out.set_question("carried");
  out.set_outcome(v1::Outcome::not_open);
  out.add_reasons(reason);
  out.set_sentence("Not open: " + why);
  return out;
}

const D& in_play(const D& decision, const Roll& roll) {
  for (const D::Case& one : decision.cases())
    if (applies(one, roll)) return one.rule();
  return decision;
}

// Which options could make a difference to this roll?
struct Matters {
  bool twice = false, abstained = false, several = false, differ = false;

  explicit Matters(const Roll& roll) {
    std::set<std::string> holders;
    std::map<std::string, Vote> parties;
    std::set<std::string> seated;
    for (const Seat& seat : roll.seats) {
      if (seat.votes && !seat.party.empty()) several = !seated.insert(seat.party).second || several;   // Those that are not there are of "all".
      if (!may_vote(seat)) continue;
      twice = (!seat.holder.empty() && !holders.insert(seat.holder).second) || twice;
      abstained = abstained || seat.vote == Vote::kAbstained;
      if (!seat.party.empty()) differ = parties.emplace(seat.party, seat.vote).first->second != seat.vote || differ;
    }
  }
};

// Does any of the tests count parties, whatever the rule as a whole counts?
bool by_party(const google::protobuf::RepeatedPtrField<D::Limb>& limbs) {
  return std::any_of(limbs.begin(), limbs.end(), [](const D::Limb& one) { return one.unit() == D::party || by_party(one.any_of()); });
}

// One person in two seats who speaks both ways cannot be counted once: which of the two words would it be?
bool speaks_both_ways(const Roll& roll) {
  std::map<std::string, Vote> said;
  for (const Seat& seat : roll.seats) {
    if (!may_vote(seat) || seat.holder.empty() || seat.vote == Vote::kNone) continue;
    const auto [found, fresh] = said.emplace(seat.holder, seat.vote);
    if (!fresh && found->second != seat.vote) return true;
  }
  return false;
}

v1::Ruling judged(const v1::Rule& rule, const Roll& given) {
  Roll kept;
  const Roll& roll = with_votes(rule, given, &kept);
  const auto& cases = rule.decision().cases();
  const bool by_type = std::any_of(cases.begin(), cases.end(), [](const D::Case& one) { return !one.matter_types().empty(); });
  if (by_type && roll.matter_type.empty()) return not_open("matter_type_required", "the rule decides by kind of matter, and this one is of none.");
  const D& decision = in_play(rule.decision(), roll);
  for (const std::string& condition : decision.needs())
    if (!holds(roll, condition)) return not_open("condition_open", "it needs " + condition + " first.");
  const Matters matters(roll);
  DecisionOptions chosen{decision.tie(), decision.abstain(), decision.multi_seat(), decision.unit(), decision.within_party()};
  const bool split = matters.differ && (chosen.unit != D::person || by_party(decision.limbs()));   // A party may come out as abstaining.
  const bool both_ways = matters.twice && speaks_both_ways(roll);
  v1::Ruling out = over_options({{"tie", &chosen.tie, {D::not_carried, D::casting_vote}, roll.casting_vote != Vote::kNone},
                                 {"abstain", &chosen.abstain, {D::excluded, D::counted_in_base}, matters.abstained || split},
                                 {"multi_seat", &chosen.multi_seat, {v1::QuorumRule::per_seat, v1::QuorumRule::once}, matters.twice},
                                 {"unit", &chosen.unit, {D::person, D::party}, matters.several},
                                 {"within_party", &chosen.within_party, {D::agreed, D::majority}, split}},
                                [&] { return Judging{rule, decision, roll, chosen, both_ways}.evaluate(); });
  if (matters.twice) out.add_warnings("multi_seat");
  return out;
}

}  // namespace

v1::Ruling carried(const v1::Rule& rule, const Roll& roll) {
  v1::Ruling out = judged(rule, roll);
  warn(rule, roll, &out);
  return out;
}

}  // namespace concordat::rules
