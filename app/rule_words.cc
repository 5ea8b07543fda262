#include "app/rule_words.h"

#include "concordat/v1/rule.pb.h"

namespace concordat::app {
namespace {

// A word of the rule, for people; an id stays as it is.
std::string spaced(std::string words) {
  if (words.find(':') != std::string::npos) return words;
  for (char& c : words)
    if (c == '_') c = ' ';
  return words;
}

template <typename All>
std::string list(const All& all, const std::string& last) {
  std::string out;
  for (int i = 0; i < all.size(); ++i) out += (i == 0 ? "" : i + 1 == all.size() ? " " + last + " " : ", ") + spaced(all[i]);
  return out;
}

std::string part(const v1::Fraction& one) { return std::to_string(one.n()) + "/" + std::to_string(one.d()); }
std::string counted(std::uint32_t n, const std::string& one, const std::string& many) { return std::to_string(n) + " " + (n == 1 ? one : many); }
std::string whom(const std::string& electorate) { return electorate.empty() || electorate == "all" ? "all" : spaced(electorate); }
void add(std::string* words, const std::string& more) { if (!more.empty()) *words += (words->empty() ? "" : "; ") + more; }

// ---- Quorum ----
std::string base(v1::QuorumRule::Base base) {
  switch (static_cast<int>(base)) {
    case v1::QuorumRule::whole_membership: return "the whole membership, vacant seats included";
    case v1::QuorumRule::filled_seats: return "the seats that are filled";
    case v1::QuorumRule::entitled_to_vote: return "those entitled to vote";
    case v1::QuorumRule::appointed_members: return "the members appointed";
    case v1::QuorumRule::named_parties: return "the parties that are named";
    default: return "a base that is not stated";
  }
}

std::string failure(v1::QuorumRule::Failure failure) {
  switch (static_cast<int>(failure)) {
    case v1::QuorumRule::adjourn: return "without it the meeting is adjourned";
    case v1::QuorumRule::advisory_only: return "without it the meeting may only advise";
    case v1::QuorumRule::ratify_by_parent: return "without it the meeting recommends, and its parent ratifies";
    case v1::QuorumRule::refer_conflicts_panel: return "without it the item goes to the conflicts panel";
    default: return "";
  }
}

std::string quorum(const v1::QuorumRule& one) {
  std::string out;
  if (one.min_people() > 0) add(&out, "at least " + counted(one.min_people(), "person", "people"));
  if (one.min_parties() > 0) add(&out, "of at least " + counted(one.min_parties(), "party", "parties"));
  if (one.has_min_fraction()) add(&out, "at least " + part(one.min_fraction()) + " of " + base(one.base()));
  for (const v1::ClassMinimum& minimum : one.by_class())
    add(&out, "at least " + (minimum.at_least() > 0 ? std::to_string(minimum.at_least()) : "") + (minimum.at_least() > 0 && minimum.has_part() ? " and " : "") + (minimum.has_part() ? part(minimum.part()) : "") + " of class " + whom(minimum.seat_class()));
  if (!one.office_required().empty()) add(&out, list(one.office_required(), "or") + " among them");
  if (one.per_body()) add(&out, "each committee by itself");
  if (one.entitled_only()) add(&out, "only those who may vote on the item count");
  if (!one.counts().empty()) add(&out, "counted are: " + list(one.counts(), "and"));
  if (one.rounding() == v1::QuorumRule::direction_not_stated) add(&out, "rounded to a whole number, up or down is not stated");
  else if (one.rounding() > v1::QuorumRule::none) add(&out, "rounded " + v1::QuorumRule::Rounding_Name(one.rounding()));
  if (one.multi_seat() == v1::QuorumRule::per_seat) add(&out, "a person with two seats counts for each");
  if (one.multi_seat() == v1::QuorumRule::once) add(&out, "a person with two seats counts once");
  if (one.recusal_effect() == v1::QuorumRule::lose) add(&out, "who steps aside for an interest no longer counts");
  if (one.recusal_effect() == v1::QuorumRule::preserve) add(&out, "who steps aside for an interest still counts");
  if (one.recusal_effect() == v1::QuorumRule::shrink) add(&out, "the quorum is smaller by each who steps aside for an interest");
  if (one.checked_at() != v1::QuorumRule::checked_unset) add(&out, one.checked_at() == v1::QuorumRule::opening ? "looked at as the meeting opens" : "looked at for " + spaced(v1::QuorumRule::Checked_Name(one.checked_at())));
  add(&out, failure(one.on_failure()));
  if (!one.refers_to().empty()) add(&out, "it then goes to " + one.refers_to());
  return out;
}

template <typename Case>
std::string when(const Case& one) {
  std::string out = one.matter_types().empty() ? "" : "for " + list(one.matter_types(), "and");
  if (!one.when().empty()) out += (out.empty() ? "if " : ", if ") + spaced(one.when());
  return out.empty() ? "always" : out;
}

// ---- Decision ----
std::string test(const v1::DecisionRule::Limb& one) {
  const std::string of = (one.more_than() ? "more than " : "at least ") + part(one.fraction());
  switch (static_cast<int>(one.test())) {
    case v1::DecisionRule::simple_present_voting: return "more for than against, of those present and voting";
    case v1::DecisionRule::at_least_present_voting: return of + " of those present and voting";
    case v1::DecisionRule::at_least_of_all: return of + " of all, present or not";
    case v1::DecisionRule::unanimous_present_voting: return "all who are present and vote";
    case v1::DecisionRule::unanimous_all_present_required: return "all, and every one of them present";
    case v1::DecisionRule::unanimous_parties: return "every party";
    case v1::DecisionRule::includes: return "among those in favour " + (one.offices().empty() ? spaced(one.office()) : list(one.offices(), "or"));
    case v1::DecisionRule::at_least_of_present: return of + " of those present and entitled, whether or not they vote";
    case v1::DecisionRule::at_least_count: return "at least " + std::to_string(one.count()) + " in favour";
    case v1::DecisionRule::not_blocked: return "fewer than " + std::to_string(one.count()) + " against";
    case v1::DecisionRule::any_of: {
      std::string out;
      for (const v1::DecisionRule::Limb& inner : one.any_of()) out += (out.empty() ? "either " : ", or ") + test(inner);
      return out;
    }
    default: return "a test that is not stated";
  }
}

std::string limb(const v1::DecisionRule::Limb& one) {
  std::string out = (one.electorate().empty() || one.electorate() == "all" ? "" : "of " + whom(one.electorate()) + ": ") + test(one);
  if (one.unit() != v1::DecisionRule::unit_unset) out += ", by " + v1::DecisionRule::Unit_Name(one.unit());
  if (one.unweighted()) out += ", by heads and not by weight";
  if (one.abstain() == v1::DecisionRule::counted_in_base) out += ", abstentions counted in the base";
  if (one.abstain() == v1::DecisionRule::excluded) out += ", abstentions left out";
  return out + (one.when().empty() ? "" : ", if " + spaced(one.when()));
}

std::string method(v1::DecisionRule::Method method) {
  switch (static_cast<int>(method)) {
    case v1::DecisionRule::consensus: return "by consensus";
    case v1::DecisionRule::no_objection_by_deadline: return "agreed unless somebody objects by the deadline";
    case v1::DecisionRule::vote: return "by vote";
    case v1::DecisionRule::consensus_then_vote: return "by consensus if there is one, else by vote";
    case v1::DecisionRule::written_procedure: return "in writing";
    case v1::DecisionRule::chairs_action: return "by whoever presides, between meetings";
    default: return "";
  }
}

std::string decision(const v1::DecisionRule& one) {
  std::string out = method(one.method());
  for (const v1::DecisionRule::Limb& each : one.limbs()) add(&out, limb(each));
  if (one.unit() == v1::DecisionRule::person) add(&out, "each person has one vote");
  if (one.unit() == v1::DecisionRule::party) add(&out, "each party has one vote");
  if (one.within_party() == v1::DecisionRule::agreed) add(&out, "a party with several seats votes only if they agree");
  if (one.within_party() == v1::DecisionRule::majority) add(&out, "a party with several seats votes as most of them do");
  for (const v1::DecisionRule::Weight& weight : one.weights()) add(&out, spaced(weight.of()) + " has " + counted(weight.votes(), "vote", "votes"));
  if (!one.weight_predicate().empty()) add(&out, "each party has the votes that the record gives it (" + spaced(one.weight_predicate()) + ")");
  if (one.tie() == v1::DecisionRule::not_carried) add(&out, "a tie is not carried");
  if (one.tie() == v1::DecisionRule::casting_vote) add(&out, "at a tie whoever presides may cast a second vote");
  if (one.tie() == v1::DecisionRule::refer) add(&out, "a tie is referred" + (one.refers_to().empty() ? "" : " to " + one.refers_to()));
  if (one.abstain() == v1::DecisionRule::excluded) add(&out, "an abstention counts neither way");
  if (one.abstain() == v1::DecisionRule::counted_in_base) add(&out, "an abstention counts in the base");
  if (one.multi_seat() == v1::QuorumRule::per_seat) add(&out, "a person with two seats votes for each");
  if (one.multi_seat() == v1::QuorumRule::once) add(&out, "a person with two seats votes once");
  const bool in_writing = one.method() == v1::DecisionRule::written_procedure || one.method() == v1::DecisionRule::no_objection_by_deadline;
  if (in_writing && !one.refers_to().empty()) add(&out, "an objection takes it to " + one.refers_to());
  if (!one.needs().empty()) add(&out, "it cannot be put to the vote without " + list(one.needs(), "and"));
  return out;
}

// ---- The rest ----
std::string deputies(const v1::DeputyRule& one) {
  std::string out = one.kind() == v1::DeputyRule::none ? "none" : one.kind() == v1::DeputyRule::named ? "only those the record names" : one.kind() == v1::DeputyRule::ad_hoc ? "whoever is sent" : "";
  if (!one.levels().empty()) add(&out, "whoever sits is of level " + list(one.levels(), "or"));
  if (one.notice_hours() > 0) add(&out, "announced " + counted(one.notice_hours(), "hour", "hours") + " before");
  if (one.proxy() == v1::DeputyRule::forbidden) add(&out, "no proxies");
  if (one.proxy() == v1::DeputyRule::allowed) add(&out, "proxies are allowed");
  if (one.whole_meeting()) add(&out, "for the whole meeting");
  return out;
}

std::string action(v1::InterestAction::Value action) {
  switch (static_cast<int>(action)) {
    case v1::InterestAction::note: return "is noted";
    case v1::InterestAction::stay_no_vote: return "stays, and does not vote";
    case v1::InterestAction::leave: return "leaves for the item";
    case v1::InterestAction::no_papers: return "leaves for the item, and is sent no papers of it";
    default: return "does what is not stated";
  }
}

std::string conflicts(const v1::ConflictRule& one) {
  std::string out;
  for (const v1::ConflictRule::Grade& grade : one.grades())
    add(&out, "whoever has " + (grade.type() != v1::InterestType::unset ? "an interest that is " + spaced(v1::InterestType::Value_Name(grade.type())) : one.grades_size() > 1 ? std::string("any other interest") : std::string("an interest")) + " at least " + action(grade.at_least()));
  if (!one.panel().empty()) add(&out, "the panel is " + one.panel());
  return out;
}

std::string urgent(const v1::UrgentRule& one) {
  std::string out = one.test().empty() ? "" : "if " + one.test();
  if (!one.deciders().empty()) add(&out, "decided by " + list(one.deciders(), "and"));
  if (!one.consulted().empty()) add(&out, "after asking " + (one.consulted_at_least() > 0 ? "at least " + std::to_string(one.consulted_at_least()) + " of " : std::string()) + list(one.consulted(), "and"));
  if (!one.report_by().empty()) add(&out, "reported by " + spaced(one.report_by()));
  for (const std::string& resolution : one.resolutions()) add(&out, "the body is asked: " + resolution);
  return out;
}

std::string notice(const v1::NoticeRule& one) {
  std::string out = one.clear_days() == 0 ? "" : counted(one.clear_days(), "clear ", "clear ") + (one.working_days() ? "working " : "") + (one.clear_days() == 1 ? "day" : "days");
  if (const auto at = out.find("  "); at != std::string::npos) out.erase(at, 1);
  if (one.has_requisition_part()) add(&out, part(one.requisition_part()) + " of the members can have a meeting called");
  if (one.requisition_count() > 0) add(&out, counted(one.requisition_count(), "member", "members") + " can have a meeting called");
  if (one.chair_days() > 0) add(&out, "after " + counted(one.chair_days(), "day", "days") + " they may call it themselves");
  if (one.only_stated_business()) add(&out, "a meeting so called does only the business that was stated");
  if (one.lack_of_service_invalidates()) add(&out, "a member who was not served makes the meeting invalid");
  return out;
}

std::string presiding(const v1::PresidingRule& one) {
  std::string out = one.offices().empty() ? "" : one.one_chosen() ? "one of " + list(one.offices(), "and") + ", chosen by more than half of those attending" : "the first of " + list(one.offices(), "and") + " who is present";
  if (one.else_chosen()) add(&out, "else somebody chosen by those present" + (one.chosen_from().empty() ? "" : " from " + whom(one.chosen_from())));
  if (one.offices_of_different_parties()) add(&out, "these offices are not of one party");
  return out;
}

std::string condition(const v1::Condition& one) {
  const std::string value = one.value().ref() + one.value().text() + one.value().code() + one.value().when() + (one.value().is_case() == v1::Value::kNumber ? std::to_string(one.value().number()) : "");
  const std::string than = one.compare() == v1::Condition::more_than ? " is less than " : one.compare() == v1::Condition::less_than ? " is more than " : " ";
  return spaced(one.name()) + ": " + (one.each_party() ? "of each party, " : "") + (one.absent() ? "no fact says that " : "") + one.subject() + (one.scope().empty() ? "" : " (" + one.scope() + ")") + " " + spaced(one.predicate()) + than + value + (one.below() ? ", of a body below" : "");
}

std::string clock(const v1::Clock& one) {
  std::string out = spaced(one.of()) + ": " + (one.days() == 0 ? "no number of days is stated" : counted(one.days(), one.working_days() ? "working day" : "day", one.working_days() ? "working days" : "days"));
  out += one.from() == "before_meeting" ? " before the meeting" : one.from() == "meeting" ? " after the meeting" : one.from() == "approval" ? " after the minutes are confirmed" : one.from() == "decision" ? " after each decision" : " after " + spaced(one.from());
  return out + (one.what().empty() ? "" : " (" + one.what() + ")") + (one.owed_by().empty() ? "" : ", owed by " + one.owed_by());
}

std::string electorate(const v1::Electorate& one) {
  std::string out;
  if (!one.classes().empty()) add(&out, "of class " + list(one.classes(), "or"));
  if (!one.not_classes().empty()) add(&out, "not of class " + list(one.not_classes(), "or"));
  if (!one.parties().empty()) add(&out, "of " + list(one.parties(), "or"));
  if (!one.offices().empty()) add(&out, list(one.offices(), "or"));
  if (!one.kinds().empty()) add(&out, "sitting as " + list(one.kinds(), "or"));
  return spaced(one.id()) + ": " + out;
}

std::string limit(const v1::SeatLimit& one) {
  std::string out;
  if (one.at_least() > 0) add(&out, "at least " + std::to_string(one.at_least()));
  if (one.at_most() > 0) add(&out, "at most " + std::to_string(one.at_most()));
  if (!one.not_more_than().empty()) add(&out, "not more than " + whom(one.not_more_than()));
  return whom(one.electorate()) + ": " + out;
}

std::string effect(v1::Effect::Value effect) {
  switch (static_cast<int>(effect)) {
    case v1::Effect::decides_for_all: return "one decision for all parties";
    case v1::Effect::decides_for_own_body: return "each decides for the own body";
    case v1::Effect::recommends: return "it recommends, and decides nothing";
    default: return "it takes note, and decides nothing";
  }
}

}  // namespace

std::vector<Clause> clauses_of(const v1::Rule& rule) {
  std::vector<Clause> out;
  const auto say = [&](const char* heading, std::string words) { if (!words.empty()) out.push_back({heading, std::move(words)}); };
  for (const auto& one : rule.electorates()) say("electorates", electorate(one));
  for (const auto& one : rule.conditions()) say("conditions", condition(one));
  for (const auto& one : rule.composition()) say("composition", limit(one));
  for (const auto& one : rule.eligible()) say("eligible", whom(one.electorate()) + (one.when().empty() ? "" : ", while " + spaced(one.when())));
  std::string capacities;
  for (const int one : rule.capacities()) capacities += (capacities.empty() ? "" : " or ") + spaced(v1::Capacity::Value_Name(static_cast<v1::Capacity::Value>(one)));
  say("capacities", capacities.empty() ? "" : "positions are taken as " + capacities);
  if (rule.has_quorum()) say("quorum", quorum(rule.quorum()));
  for (const auto& one : rule.quorum().cases()) say("quorum", when(one) + (one.besides() ? ", besides" : "") + ": " + quorum(one.rule()));
  if (rule.has_decision()) say("decision", decision(rule.decision()));
  for (const auto& one : rule.decision().cases()) say("decision", when(one) + ": " + decision(one.rule()));
  if (rule.effect() != v1::Effect::unset) say("effect", effect(rule.effect()));
  for (const auto& one : rule.reserved()) say("reserved", list(one.matter_types(), "and") + ": only " + one.to() + " decides");
  if (rule.has_deputies()) say("deputies", deputies(rule.deputies()));
  if (rule.has_conflicts()) say("conflicts", conflicts(rule.conflicts()));
  if (rule.has_urgent()) say("urgent", urgent(rule.urgent()));
  if (rule.has_notice()) say("notice", notice(rule.notice()));
  if (rule.has_presiding()) say("presiding", presiding(rule.presiding()));
  for (const auto& one : rule.clocks()) say("clocks", clock(one));
  for (const auto& one : rule.warnings()) say("warnings", one.code() + ": if " + spaced(one.when()) + ", " + one.says() + (one.answer_required() ? " (to be answered)" : ""));
  if (rule.has_minutes()) say("minutes", (rule.minutes().item_reference().empty() ? "" : "items are referred to as " + rule.minutes().item_reference()) + (rule.minutes().order().empty() ? "" : (rule.minutes().item_reference().empty() ? "in this order: " : "; in this order: ") + list(rule.minutes().order(), "and")));
  if (rule.adopted_by_each_party()) say("adoption", "it binds each party from its own adoption on");
  if (rule.own_only()) say("own_only", "it does not reach the committees of the body");
  if (rule.has_log()) say("log", "the published log shows what was " + list(rule.log().shows(), "or"));
  return out;
}

}  // namespace concordat::app
