// An act before its time: what it waits for has a name. Source: GR-17, GR-19, P21.
//   stands at  | wanted: enact            | wanted: take effect, meet a condition, cancel
//   sign_off   | agreements_incomplete    | gate_unsigned
//   decide     | agreements_incomplete, where every party must agree
//   refer      | not_ratified             | not_ratified
#include <algorithm>

#include "engine/steps/item.h"

namespace concordat::steps {
namespace {

bool can_follow(const Matter& matter, v1::Step::KindCase wanted) {
  if (wanted != v1::Step::kDeclare && wanted != v1::Step::kTransfer) return false;
  const auto& steps = matter.procedure->steps();
  return std::any_of(steps.begin(), steps.end(), [&](const v1::Step& one) { return one.kind_case() == wanted; });
}

void add(std::string* list, const std::string& one) { *list += (list->empty() ? "" : ", ") + one; }

Refusal unsigned_yet(const Work& work, const Matter& matter, v1::Step::KindCase wanted) {
  const SignOffMemory& mine = memory<SignOffMemory>(matter, matter.step->id());
  std::string without;
  for (const std::string& party : parties_that_sign(work, matter))
    if (!mine.answers.contains(party)) add(&without, party);
  const std::string what = matter.step->sign_off().what().empty() ? matter.step->id() : matter.step->sign_off().what();
  const auto code = wanted == v1::Step::kTransfer ? v1::RefusalCode::gate_unsigned : v1::RefusalCode::agreements_incomplete;
  return refuse(code, "every party to have signed first (" + what + ")", without + (without.find(',') == std::string::npos ? " has" : " have") + " not");
}

bool needs_every_party(const v1::Rule& rule) {
  const auto& limbs = rule.decision().limbs();
  return std::any_of(limbs.begin(), limbs.end(), [](const v1::DecisionRule::Limb& one) { return one.test() == v1::DecisionRule::unanimous_parties; });
}

Refusal unagreed_yet(const Work& work, const Matter& matter) {
  const Item at = item(work, matter);
  const v1::Rule* rule = at.stating(&v1::Rule::has_decision);
  if (rule == nullptr || !needs_every_party(*rule)) return accept();
  std::string without;
  for (const std::string& party : at.parties) {
    const auto said = at.mine.positions.find(party);
    if (said == at.mine.positions.end() || said->second.position != v1::Position::in_favour) add(&without, party);
  }
  return refuse(v1::RefusalCode::agreements_incomplete, "the agreement of every party, by rule " + rule->id() + " " + std::to_string(rule->version()) + " (decision.limbs)",
                without + (without.find(',') == std::string::npos ? " has" : " have") + " not agreed");
}

}  // namespace

Refusal too_early(const Work& work, const Matter& matter, v1::Step::KindCase wanted) {
  if (!can_follow(matter, wanted)) return accept();
  if (matter.step->has_sign_off()) return unsigned_yet(work, matter, wanted);
  if (matter.step->has_decide()) return unagreed_yet(work, matter);
  if (matter.step->has_refer())
    return refuse(v1::RefusalCode::not_ratified, "what " + memory<ReferMemory>(matter, matter.step->id()).to + " decides first (" + matter.step->refer().title() + ")", "it is still open");
  return accept();
}

}  // namespace concordat::steps
