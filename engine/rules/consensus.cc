#include "engine/rules/consensus.h"

#include "concordat/v1/rule.pb.h"
#include "engine/rules/electorate.h"

namespace concordat::rules {
namespace {

using D = v1::DecisionRule;

std::string part(const D::Limb& limb) { return (limb.more_than() ? "more than " : "at least ") + std::to_string(limb.fraction().n()) + "/" + std::to_string(limb.fraction().d()); }

std::string test_words(const D::Limb& limb);

std::string one_of(const D::Limb& limb) {
  std::string out = "one of (";
  for (int i = 0; i < limb.any_of_size(); ++i) out += (i > 0 ? "; " : "") + test_words(limb.any_of(i));
  return out + ")";
}

std::string names(const D::Limb& limb) {
  std::string out = limb.office();
  for (const std::string& office : limb.offices()) out += (out.empty() ? "" : " or ") + office;
  return out;
}

std::string test_words(const D::Limb& limb) {
  switch (static_cast<int>(limb.test())) {
    case D::simple_present_voting: return "a majority of those present and voting";
    case D::at_least_present_voting: return part(limb) + " of those present and voting";
    case D::at_least_of_all: return part(limb) + " of all";
    case D::at_least_of_present: return part(limb) + " of those present";
    case D::unanimous_present_voting: return "nobody present and voting against it";
    case D::unanimous_all_present_required: return "all, and all present";
    case D::unanimous_parties: return "every party in favour";
    case D::includes: return "in favour among others " + names(limb);
    case D::at_least_count: return "at least " + std::to_string(limb.count()) + " in favour";
    case D::not_blocked: return "fewer than " + std::to_string(limb.count()) + " against";
    case D::any_of: return one_of(limb);
    default: return "a test that the rule does not state";
  }
}

std::string vote_words(const D& decision, const Roll& roll) {
  std::string out;
  for (const D::Limb& limb : decision.limbs()) {
    if (!holds(roll, limb.when())) continue;
    const bool some = !limb.electorate().empty() && limb.electorate() != "all";
    out += (out.empty() ? "" : ", and ") + test_words(limb) + (some ? " (" + limb.electorate() + ")" : "");
  }
  if (out.empty()) return "";
  if (decision.unit() == D::party) out += ", one vote for each party";
  if (decision.unit() == D::person) out += ", one vote for each person";
  if (decision.tie() == D::not_carried) out += "; a tie is not carried";
  if (decision.tie() == D::casting_vote) out += "; whoever presides settles a tie";
  if (decision.tie() == D::refer) out += "; a tie goes to " + decision.refers_to();
  return out;
}

}  // namespace

Way way_of_deciding(const v1::Rule& rule, const Roll& roll) {
  const D* decision = &rule.decision();
  for (const D::Case& one : rule.decision().cases())
    if (applies(one, roll)) { decision = &one.rule(); break; }
  Way out;
  const auto method = decision->method();
  out.consensus = method == D::consensus || method == D::consensus_then_vote;
  const std::string vote = vote_words(*decision, roll);
  out.vote = method != D::consensus && !vote.empty();
  out.words = out.vote ? "a vote: " + vote : method == D::consensus ? "consensus only: the item is talked over again, put off, or closed as not carried" : "what the rule does not state";
  return out;
}

}  // namespace concordat::rules
