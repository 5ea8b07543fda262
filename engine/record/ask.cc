// The one way to ask the record. Source of the reading rules: questions.md sections 3 and 4.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <type_traits>

#include "concordat/v1/record.pb.h"
#include "engine/record/answer.h"
#include "engine/record/authority.h"
#include "engine/record/words.h"

namespace concordat::record {
namespace {

// ---- One value at a time ----

bool same_day(const Claim& a, const Claim& b) { return a.start().latest == b.start().latest; }

// An effective statement beats a plan that was to begin in the same time, or that should have begun before it was made.
bool beats(const Claim& fact, const Claim& plan) {
  if (!fact.effective || plan.effective || plan.starts.empty()) return false;
  if (fact.value == plan.value || (dated(fact.start()) && overlap(fact.start(), plan.start()))) return true;
  return fact.in_force && fact.last_known >= plan.start().latest && fact.start().latest <= plan.start().latest;
}

// Can the order of two values not be told, though their sources have equal standing?
bool rival(const Claim& a, const Claim& b) {
  if (a.effective != b.effective || a.value == b.value) return false;
  if (!a.effective) return a.last_known == b.last_known && overlap(a.start(), b.start());
  if (dated(a.start()) && dated(b.start())) return overlap(a.start(), b.start());
  return same_day(a, b) && (dated(a.start()) || dated(b.start()) || a.last_known == b.last_known);
}

// A plan without a day answers what was expected, and how something is to be done; whether something changed it does not.
bool stated(const Asking& ask, const Claim& claim) {
  if (claim.effective || !claim.starts.empty() || over_by(claim, ask.at)) return false;
  if (std::any_of(claim.facts.begin(), claim.facts.end(), [](const Fact* fact) { return fact->reason != 0; })) return false;
  return ask.rule || ask.mode == v1::Mode::expected;
}

// A plan on a condition, asked of when its day has come and more could be known: no source says whether it came about (K16).
bool doubtful(const Asking& ask, const Claim& claim) {
  return !claim.effective && claim.conditional && !claim.corroborated && !ask.rule && ask.mode != v1::Mode::expected && ask.known >= ask.at;
}

bool newer(const Claim* a, const Claim* b) {
  const Day x = a->starts.empty() ? kAlways : a->start().latest, y = b->starts.empty() ? kAlways : b->start().latest;
  return std::tie(x, a->effective, a->last_known, a->value) > std::tie(y, b->effective, b->last_known, b->value);
}

// An upper bound alone does not unseat what a source spoke of as existing: silence is not change. Nor does it say that
// nothing happened.
bool weak(const Asking& ask, const Claim& open, const Claim& holder) {
  return ask.mode != v1::Mode::happened && open.effective && !open.disputed() && !open.end && !dated(open.start()) && holder.in_force;
}

// A plan known after what is in force, to begin by that day: it keeps silence from meaning that nothing changed.
const Claim* plan_due(const Claim& holder, const std::vector<Claim>& plans, Day at) {
  for (const Claim& plan : plans)
    if (plan.value != holder.value && !plan.starts.empty() && at >= plan.start().earliest && plan.start().latest > holder.last_known &&
        plan.start().latest > holder.start().latest) return &plan;
  return nullptr;
}

struct Sorted { std::vector<const Claim*> yes, open, no; };

Sorted sort_by_day(const Asking& ask, const std::vector<Claim>& all) {
  Sorted out;
  for (const Claim& claim : all) {
    const auto holds = stated(ask, claim) ? std::optional(true) : holds_on(claim, ask.at);
    (holds == true ? out.yes : holds == false ? out.no : out.open).push_back(&claim);
  }
  std::sort(out.yes.begin(), out.yes.end(), newer);
  // What begins says more than what ends with it.
  std::stable_partition(out.open.begin(), out.open.end(), [](const Claim* claim) { return !claim->end; });
  return out;
}

// "; then Bury, planned for July 2023": what comes next, or came by some day that is not known.
std::string next_words(Asking& ask, const Claim& now, const Sorted& found) {
  const Claim* next = nullptr;
  for (const auto* list : {&found.no, &found.open})
    for (const Claim* claim : *list)
      if (claim->value != now.value && !claim->starts.empty() && claim->start().latest > ask.at && !beats(now, *claim) &&
          (next == nullptr || claim->start().latest < next->start().latest)) next = claim;
  if (next == nullptr) return {};
  const std::string date = start_words(*next);
  const char* how = date.starts_with("by ") ? ", " : next->effective ? ", since " : next->conditional ? ", planned on a condition for " : ", planned for ";
  return "; then " + value_words(ask.facts, next->value) + how + date;
}

bool matters(const Asking& ask, const Claim& open, const Sorted& found) {
  if (found.yes.empty()) return true;
  const Claim& holder = *found.yes.front();
  if (beats(holder, open) || weak(ask, open, holder) || open.starts.empty() || open.value == holder.value) return false;
  return !(holder.start().earliest > open.start().latest);                // Replaced since.
}

void answer_no(Asking& ask, std::vector<const Claim*> no) {
  // What was so until lately says more than what is to come.
  std::sort(no.begin(), no.end(), [&](const Claim* a, const Claim* b) {
    const bool x = over_by(*a, ask.at), y = over_by(*b, ask.at);
    if (x != y) return x;
    const Day i = x ? a->end->latest : a->start().earliest, j = y ? b->end->latest : b->start().earliest;
    return i != j ? (x ? i > j : i < j) : std::tie(a->value, a->facts.front()->id) < std::tie(b->value, b->facts.front()->id);
  });
  const Claim& first = *no.front();
  for (const Claim* claim : no)
    if (claim != &first) put_aside(ask, *claim, over_by(*claim, ask.at) ? "ended" : "not_yet");
  if (!first.effective && over_by(first, ask.at)) {
    use(ask, first);
    return not_determined(ask, v1::Reason::continuation_not_stated,
                          "its period" + (first.value.kind == v1::Predicate::flag ? std::string() : ", with " + value_words(ask.facts, first.value) + ",") + " ended and no source says whether it went on");
  }
  hold_not(ask, first);
}

void answer_one(Asking& ask, const std::vector<Claim>& all) {
  Sorted found = sort_by_day(ask, all);
  std::vector<const Claim*> happened;
  for (const Claim* claim : found.yes)
    if (claim->effective) happened.push_back(claim);
  std::erase_if(found.yes, [&](const Claim* plan) {
    const bool beaten = !plan->effective && std::any_of(happened.begin(), happened.end(), [&](const Claim* fact) { return beats(*fact, *plan); });
    if (beaten) put_aside(ask, *plan, "superseded");
    return beaten;
  });
  for (const Claim* claim : found.open)
    if (matters(ask, *claim, found)) return uncertain(ask, *claim);
  if (found.yes.empty()) return answer_no(ask, found.no);
  const Claim& holder = *found.yes.front();
  for (const Claim* other : found.yes)
    if (rival(holder, *other)) return other->facts.front()->id < holder.facts.front()->id ? disagree(ask, {other, &holder}) : disagree(ask, {&holder, other});
  for (const Claim* other : found.yes)
    if (other != &holder) put_aside(ask, *other, "superseded");
  for (const Claim* other : found.no) put_aside(ask, *other, over_by(*other, ask.at) ? "ended" : "not_yet");
  if (left_open(ask, holder)) return;
  if (doubtful(ask, holder)) return only_planned(ask, holder);
  determine(ask, {&holder}, next_words(ask, holder, found));
}

// ---- Several values at a time ----

void answer_many(Asking& ask, const std::vector<Claim>& all) {
  Sorted found = sort_by_day(ask, all);
  std::sort(found.yes.begin(), found.yes.end(), [](const Claim* a, const Claim* b) { return a->value < b->value; });
  const bool named = std::any_of(found.yes.begin(), found.yes.end(), [](const Claim* claim) { return claim->value.kind != 0; });
  if (named) std::erase_if(found.yes, [](const Claim* claim) { return claim->value.kind == 0; });
  std::map<Datum, int> holding;
  for (const Claim* claim : found.yes) ++holding[claim->value];
  const auto said = [&](const Claim* one, int besides) {
    const auto same = holding.find(one->value);
    return same != holding.end() && same->second > besides;
  };
  std::string possibly;
  for (const Claim* claim : found.open) {
    if (said(claim, 0)) continue;
    const bool strong = claim->disputed() || (!claim->starts.empty() && (dated(claim->start()) || claim->end || found.yes.empty()));
    if (strong) return uncertain(ask, *claim);
    if (!claim->starts.empty()) possibly += "; possibly " + value_words(ask.facts, claim->value) + ", " + start_words(*claim);
  }
  std::erase_if(found.yes, [&](const Claim* plan) {
    const bool over = !plan->effective && said(plan, 1);
    if (over) put_aside(ask, *plan, "superseded");
    return over;
  });
  const Claim* condition = nullptr;
  std::erase_if(found.yes, [&](const Claim* plan) {
    if (!doubtful(ask, *plan)) return false;
    condition = plan;
    possibly += "; possibly " + value_words(ask.facts, plan->value) + qualifier_words(*plan, ask.at);
    return true;
  });
  if (found.yes.empty() && condition != nullptr) return only_planned(ask, *condition);
  if (found.yes.empty() && !found.open.empty()) return uncertain(ask, *found.open.front());
  if (found.yes.empty()) return answer_no(ask, found.no);
  for (const Claim* other : found.no) put_aside(ask, *other, over_by(*other, ask.at) ? "ended" : "not_yet");
  if (!named && left_open(ask, *found.yes.front())) return;
  determine(ask, found.yes, possibly);
}

// ---- The question ----

// What says that a document would state it.
std::vector<const Fact*> pointers(const Asking& ask) {
  const std::vector<std::string> sets(ask.question.record_sets().begin(), ask.question.record_sets().end());
  std::vector<const Fact*> out = usable(ask.facts.of(ask.question.subject(), authority::kStatedIn), "", ask.known, sets, nullptr);
  std::erase_if(out, [&](const Fact* fact) { return !fact->scope.empty() && fact->scope != ask.question.predicate(); });
  return out;
}

void nothing_said(Asking& ask) {
  const std::vector<const Fact*> pointing = pointers(ask);
  const std::string missing = pointing.empty() ? "" : ask.facts.missing_document_for(ask.question.subject(), ask.question.predicate());
  // What was known only later is set aside with its day; the sentence is the one that was right then.
  const std::string nobody = ask.question.known_at().empty() ? "no usable source says it" : "no source known by " + ask.question.known_at() + " says it";
  if (missing.empty() && ask.mode == v1::Mode::known) return none_known(ask, nobody);
  if (missing.empty()) return not_determined(ask, v1::Reason::never_stated, nobody);
  for (const Fact* fact : pointing)
    if (fact->value.text == missing) use(ask, fact);
  not_determined(ask, v1::Reason::missing_document, "it is set out in " + missing + ", which is not held");
}

// Did it happen? Plans do not count; where one was due, silence since is no proof that all stayed as it was.
void answer_happened(Asking& ask, const std::vector<const Fact*>& found) {
  std::vector<const Fact*> happened, planned;
  for (const Fact* fact : found) (is_plan(*fact) ? planned : happened).push_back(fact);
  const std::vector<Claim> all = claims(happened, ask.many, &ask.aside), plans = claims(planned, ask.many, nullptr);
  for (const Fact* fact : planned) ask.aside.push_back({fact, "only_planned"});
  if (all.empty()) return plans.empty() ? nothing_said(ask) : only_planned(ask, plans.front());
  if (!ask.many) {
    const Sorted sorted = sort_by_day(ask, all);
    const Claim* holder = !sorted.yes.empty() ? sorted.yes.front() : !sorted.open.empty() ? sorted.open.front() : nullptr;
    const Claim* plan = holder != nullptr ? plan_due(*holder, plans, ask.at) : nullptr;
    if (plan != nullptr) {
      only_planned(ask, *plan);
      return use(ask, *holder);
    }
    return answer_one(ask, all);
  }
  answer_many(ask, all);
}

// What was expected: the newest plan counts from its earliest possible day, and its date keeps the source's precision.
void answer_expected(Asking& ask, const std::vector<Claim>& all) {
  Asking later = ask;
  for (const Claim& claim : all)
    if (!claim.effective && claim.starts.size() == 1 && claim.start().earliest <= ask.at && ask.at < claim.start().latest && claim.start().latest < kNever)
      later.at = std::max(later.at, claim.start().latest);
  ask.many ? answer_many(later, all) : answer_one(later, all);
}

void answer_scope(Asking& ask, const std::vector<const Fact*>& found) {
  if (ask.mode == v1::Mode::happened) return answer_happened(ask, found);
  const std::vector<Claim> all = claims(found, ask.many, &ask.aside);
  if (all.empty()) return nothing_said(ask);
  if (ask.mode == v1::Mode::expected) return answer_expected(ask, all);
  ask.many ? answer_many(ask, all) : answer_one(ask, all);
}

// Asked of every scope: each is answered for itself, and all must be for the whole to be.
void answer_scopes(Asking& ask, const std::map<std::string, std::vector<const Fact*>>& by_scope) {
  v1::Answer whole;
  std::string words, open;
  for (const auto& [scope, facts] : by_scope) {
    ask.answer.Clear();
    answer_scope(ask, facts);
    std::string& sentence = *ask.answer.mutable_sentence();
    sentence.pop_back();
    const bool determined = ask.answer.determined();
    const std::string name = scope.empty() ? "" : ask.facts.name(scope) + ": ";
    (determined ? words : open) += "; " + name + (determined ? sentence : sentence.substr(std::string("NOT DETERMINED: ").size()));
    ask.answer.clear_earliest();
    ask.answer.clear_latest();
    const bool fresh = ask.answer.last_asserted() > whole.last_asserted();
    if (!fresh) ask.answer.clear_last_asserted();
    whole.MergeFrom(ask.answer);
  }
  whole.set_determined(open.empty());
  whole.set_sentence((open.empty() ? words.substr(2) : "NOT DETERMINED: " + open.substr(2) + words) + ".");
  if (!whole.determined()) whole.clear_values();
  if (!whole.determined()) whole.clear_basis();
  ask.answer = std::move(whole);
}

template <typename List>
void each_once(List* list) {
  std::set<std::decay_t<decltype(list->Get(0))>> seen;
  list->erase(std::remove_if(list->begin(), list->end(), [&](const auto& one) { return !seen.insert(one).second; }), list->end());
}

}  // namespace

v1::Answer ask(const Facts& facts, const v1::Question& question) {
  const auto at = parse_day(question.valid_at());
  const auto known = question.known_at().empty() ? Result<Day>(kNever) : parse_day(question.known_at());
  CHECK(at.ok() && known.ok(), "the edge checks the dates of a question");
  const v1::Predicate* word = facts.predicate(question.predicate());
  v1::Answer answer;
  std::vector<Aside> aside;
  Asking ask{facts, question, answer, aside, *at, *known, word != nullptr && word->many(), question.mode(), word != nullptr && word->rule()};
  const std::vector<std::string> sets(question.record_sets().begin(), question.record_sets().end());
  const std::vector<const Fact*> found = usable(facts.of(question.subject(), question.predicate()), question.scope(), ask.known, sets, &aside);
  const bool scoped = std::any_of(found.begin(), found.end(), [&](const Fact* fact) { return fact->scope != found.front()->scope; });
  if (scoped) {
    std::map<std::string, std::vector<const Fact*>> by_scope;
    for (const Fact* fact : found) by_scope[fact->scope].push_back(fact);
    answer_scopes(ask, by_scope);
    each_once(answer.mutable_reasons());
    each_once(answer.mutable_basis());
  } else {
    answer_scope(ask, found);
  }
  *answer.mutable_question() = question;
  list_aside(ask);
  name_jointly(facts, &answer);
  return answer;
}

}  // namespace concordat::record
