#include "engine/record/answer.h"

#include <algorithm>

#include "concordat/v1/record.pb.h"
#include "engine/record/words.h"

namespace concordat::record {
namespace {

void add_fact(const Fact* fact, v1::Considered* out) {
  CHECK(out->mutable_fact()->ParseFromString(fact->raw), "a fact keeps its own bytes");
}

// A mark that is the name of a reason says why the source leaves the start or the value open.
int marked(const Claim& claim, int otherwise) {
  for (const Fact* fact : claim.facts)
    if (fact->reason != 0) return fact->reason;
  return otherwise;
}

void basis_of(Asking& ask, const Claim& claim) {
  const auto add = [&](const char* word) {
    const auto& all = ask.answer.basis();
    if (std::find(all.begin(), all.end(), word) == all.end()) ask.answer.add_basis(word);
  };
  if (!claim.effective) add(ask.known < ask.at || ask.mode == v1::Mode::expected ? "forecast" : "planned");
  else add(carried_forward(claim, ask.at) ? "carried_forward" : "effective");
  if (claim.conditional) add("conditional");
  if (claim.corroborated) add("corroborated");
  if (std::any_of(claim.facts.begin(), claim.facts.end(), [](const Fact* fact) { return fact->derived; })) add("derived");
  if (ask.rule) add("rule");
}

void add_value(Asking& ask, const Claim& claim) {
  if (claim.value.kind != 0) fill(claim.value, ask.answer.add_values());
  basis_of(ask, claim);
  use(ask, claim);
  if (carried_forward(claim, ask.at) && ask.answer.last_asserted() < format(claim.last_known)) ask.answer.set_last_asserted(format(claim.last_known));
}

}  // namespace

void use(Asking& ask, const Fact* fact) { add_fact(fact, ask.answer.add_used()); }

void use(Asking& ask, const Claim& claim) {
  for (const Fact* fact : claim.facts) use(ask, fact);
}

void put_aside(Asking& ask, const Claim& claim, const char* why) {
  for (const Fact* fact : claim.facts) ask.aside.push_back({fact, why});
}

void set_bounds(Asking& ask, const Interval& interval) {
  ask.answer.set_earliest(format(interval.earliest));
  ask.answer.set_latest(format(interval.latest));
}

void not_determined(Asking& ask, int reason, const std::string& words) {
  ask.answer.set_determined(false);
  ask.answer.add_reasons(static_cast<v1::Reason::Value>(reason));
  ask.answer.set_sentence("NOT DETERMINED: " + words + ".");
}

// ---- What is not determined ----

namespace {
// "by 24 September 2024" needs no word before it.
std::string dated_words(const char* how, const When& when) {
  const std::string date = in_words(when);
  return date.starts_with("by ") || date.starts_with("not ") || date.starts_with("some ") ? ", " + date : how + date;
}
}  // namespace

void disagree(Asking& ask, const std::vector<const Claim*>& sides) {
  std::string words = "sources of equal standing disagree";
  Interval whole = sides.front()->start();
  int reason = v1::Reason::conflicting_sources;
  for (const Claim* claim : sides) {
    const Interval start = claim->start();
    whole = {std::min(whole.earliest, start.earliest), std::max(whole.latest, start.latest)};
    if (marked(*claim, reason) == v1::Reason::competence_conflict) reason = v1::Reason::competence_conflict;
    for (const Fact* fact : claim->facts) {
      add_fact(fact, ask.answer.add_conflicting());
      words += "; " + fact->id + " says " + value_words(ask.facts, fact->value);
      if (fact->from.stated) words += dated_words(" from ", fact->from);
      if (fact->until.stated) words += dated_words(" until ", fact->until);
    }
  }
  set_bounds(ask, sides.front()->ends_disagree && sides.size() == 1 ? *sides.front()->end : whole);
  not_determined(ask, reason, words);
}

namespace {
void undated(Asking& ask, const Claim& claim) {
  use(ask, claim);
  const int reason = marked(claim, v1::Reason::start_unknown);
  const std::string whose = subject_words(ask.facts, claim.value, "");
  if (reason == v1::Reason::not_scheduled)
    return not_determined(ask, reason, "the source says that there is no timeline" + (whose.empty() ? "" : " for " + whose));
  not_determined(ask, reason, "nobody states when " + (whose.empty() ? "it" : whose) + " begins");
}
}  // namespace

void uncertain(Asking& ask, const Claim& claim) {
  if (claim.disputed() || claim.ends_disagree) return disagree(ask, {&claim});
  if (claim.starts.empty()) return undated(ask, claim);
  use(ask, claim);
  const bool ending = ask.at >= claim.start().latest;
  const Interval decisive = ending ? *claim.end : claim.start();
  set_bounds(ask, decisive);
  const bool open = !dated(decisive) || decisive.latest == kNever;
  const std::string words = subject_words(ask.facts, claim.value, ": ") + (ending ? "ended " + end_words(claim) : outlook_words(claim));
  not_determined(ask, open ? v1::Reason::bounded_only : v1::Reason::inside_uncertain_interval,
                 words + (open ? "; nothing closer is known" : "; the sources give no day"));
}

void only_planned(Asking& ask, const Claim& plan) {
  if (!plan.starts.empty()) set_bounds(ask, plan.start());
  use(ask, plan);
  std::erase_if(ask.aside, [&](const Aside& one) { return std::find(plan.facts.begin(), plan.facts.end(), one.fact) != plan.facts.end(); });
  not_determined(ask, v1::Reason::only_planned, "only plans are recorded, and a plan does not become true by itself: " + value_words(ask.facts, plan.value) + qualifier_words(plan, ask.at));
}

// The source speaks of a value and leaves it open. Whether that is settled is answered ("to be confirmed"); what it is, is not.
bool left_open(Asking& ask, const Claim& claim) {
  if (claim.value.kind != 0) return false;
  const int reason = marked(claim, ask.mode == v1::Mode::happened ? v1::Reason::value_unknown : v1::Reason::unset);
  if (reason == v1::Reason::unset) return false;
  use(ask, claim);
  const bool over = reason == v1::Reason::continuation_not_stated;
  not_determined(ask, reason, over ? "a later source touches it and does not say whether it goes on" : "the source speaks of it and leaves it open");
  return true;
}

// ---- What is determined ----

void determine(Asking& ask, const std::vector<const Claim*>& holding, const std::string& more) {
  ask.answer.set_determined(true);
  std::string words;
  for (const Claim* claim : holding) {
    words += (words.empty() ? "" : "; ") + value_words(ask.facts, claim->value) + qualifier_words(*claim, ask.at);
    add_value(ask, *claim);
  }
  if (holding.size() == 1 && !holding.front()->starts.empty() && holding.front()->start().latest > kAlways) set_bounds(ask, holding.front()->start());
  ask.answer.set_sentence(words + more + ".");
}

// "No: …" or "Not yet …": something is recorded, and it had not begun by that day, or was over.
void hold_not(Asking& ask, const Claim& claim) {
  ask.answer.set_determined(true);
  const bool flag = claim.value.kind == v1::Predicate::flag, over = over_by(claim, ask.at);
  const Datum opposite{claim.value.kind, "", claim.value.number != 0 ? 0 : 1};
  if (flag) fill(opposite, ask.answer.add_values());
  std::string words = flag ? value_words(ask.facts, opposite) : (over ? "No longer " : "Not yet ") + value_words(ask.facts, claim.value);
  words += ": " + (over ? "ended " + end_words(claim) : (claim.effective ? "it " : "") + outlook_words(claim));
  basis_of(ask, claim);
  use(ask, claim);
  set_bounds(ask, over ? *claim.end : claim.start());
  ask.answer.set_sentence(words + ".");
}

void none_known(Asking& ask, const std::string& words) {
  ask.answer.set_determined(true);
  ask.answer.add_basis("record");
  ask.answer.set_sentence("None known: " + words + ".");
}

void list_aside(Asking& ask) {
  std::stable_sort(ask.aside.begin(), ask.aside.end(), [](const Aside& a, const Aside& b) { return a.fact->id < b.fact->id; });
  const Fact* before = nullptr;
  for (const Aside& one : ask.aside) {
    if (one.fact == before) continue;
    before = one.fact;
    v1::Considered* considered = ask.answer.add_set_aside();
    add_fact(one.fact, considered);
    considered->set_why(one.why);
  }
}

}  // namespace concordat::record
