// The one way to ask the record. Source of the reading rules: questions.md sections 3 and 4.
#include <algorithm>

#include "concordat/v1/record.pb.h"
#include "engine/record/claim.h"

namespace concordat::record {
namespace {

using Reason = v1::Reason::Value;

struct Asking {
  const Facts& facts;
  const v1::Question& question;
  const v1::Predicate* word;
  Day at, known;
  std::vector<Aside> aside;
  v1::Answer answer;
};

std::string value_name(const Asking& ask, const Datum& value) {
  if (value.kind == 0) return "To be confirmed";
  if (value.kind == v1::Predicate::ref) return ask.facts.name(value.text);
  if (value.kind == v1::Predicate::flag) return value.number != 0 ? "Yes" : "No";
  return in_words(value);
}

void use(Asking& ask, const Claim& claim) {
  for (const Fact* fact : claim.facts) ask.answer.add_used()->mutable_fact()->ParseFromString(fact->raw);
}

void set_bounds(Asking& ask, const Interval& interval) {
  if (!interval.stated) return;
  ask.answer.set_earliest(format(interval.earliest));
  ask.answer.set_latest(format(interval.latest));
}

// The date of a claim in its source's own precision: the narrowest as written.
std::string date_words(const Claim& claim) {
  const When* best = nullptr;
  for (const Fact* fact : claim.facts)
    if (fact->from.stated && (best == nullptr || fact->from.latest.count - fact->from.earliest.count < best->latest.count - best->earliest.count)) best = &fact->from;
  if (best != nullptr && best->earliest > kAlways && best->latest < kNever) return in_words(*best);
  When when;
  when.earliest = claim.start.earliest;
  when.latest = claim.start.latest;
  when.stated = claim.start.stated;
  return in_words(when);
}

std::string qualifiers(const Claim& claim, Day at) {
  std::string out;
  if (!claim.effective) out += claim.conditional ? ", planned and conditional" : ", planned";
  if (claim.start.stated && claim.start.latest > kAlways) {
    const std::string date = date_words(claim);
    out += (date.starts_with("by ") ? ", begun " : claim.effective ? ", since " : " from ") + date;
  }
  if (claim.effective && claim.in_force && at > claim.last_known) out += ", carried forward; last asserted " + in_words(claim.last_known);
  return out;
}

void not_determined(Asking& ask, Reason reason, const std::string& words) {
  ask.answer.set_determined(false);
  ask.answer.add_reasons(reason);
  ask.answer.set_sentence("NOT DETERMINED: " + words + ".");
}

void basis_of(Asking& ask, const Claim& claim) {
  const auto add = [&](const char* word) {
    if (std::find(ask.answer.basis().begin(), ask.answer.basis().end(), word) == ask.answer.basis().end()) ask.answer.add_basis(word);
  };
  if (!claim.effective) {
    add(ask.known < ask.at || ask.question.mode() == v1::Mode::expected ? "forecast" : "planned");
    if (claim.conditional) add("conditional");
  } else if (claim.in_force && ask.at > claim.last_known) {
    add("carried_forward");
  } else {
    add("effective");
  }
  if (claim.corroborated) add("corroborated");
  for (const Fact* fact : claim.facts) {
    v1::Fact whole;
    whole.ParseFromString(fact->raw);
    for (const std::string& mark : whole.marks())
      if (mark.starts_with("derived")) add("derived");
  }
}

void determine(Asking& ask, const std::vector<const Claim*>& winners) {
  ask.answer.set_determined(true);
  std::string words;
  for (const Claim* claim : winners) {
    if (claim->value.kind != 0) fill(claim->value, ask.answer.add_values());
    words += (words.empty() ? "" : "; ") + value_name(ask, claim->value) + qualifiers(*claim, ask.at);
    basis_of(ask, *claim);
    use(ask, *claim);
    if (winners.size() == 1 && claim->start.stated) set_bounds(ask, claim->start);
    if (claim->effective && claim->in_force && ask.at > claim->last_known) ask.answer.set_last_asserted(format(claim->last_known));
  }
  ask.answer.set_sentence(words + ".");
}

// "No: …" or "Not yet …": something is recorded, and it had not begun by that day.
void not_yet(Asking& ask, const Claim& claim) {
  ask.answer.set_determined(true);
  const bool flag = claim.value.kind == v1::Predicate::flag;
  if (flag) fill(Datum{v1::Predicate::flag, "", claim.value.number != 0 ? 0 : 1}, ask.answer.add_values());
  const bool over = claim.end.stated && ask.at >= claim.end.latest;
  std::string words = flag ? (claim.value.number != 0 ? "No" : "Yes") : (over ? "No longer " : "Not yet ") + value_name(ask, claim.value);
  words += over ? ": it ended" : claim.effective ? ": it began " + std::string(claim.start.earliest == claim.start.latest ? "on " : "in ") + date_words(claim) : ": " + std::string(claim.conditional ? "planned, on a condition, for " : "planned for ") + date_words(claim);
  basis_of(ask, claim);
  use(ask, claim);
  set_bounds(ask, over ? claim.end : claim.start);
  ask.answer.set_sentence(words + ".");
}

void conflict(Asking& ask, const std::vector<const Claim*>& sides) {
  std::string words = "sources of equal standing disagree";
  for (const Claim* claim : sides)
    for (const Fact* fact : claim->facts) {
      ask.answer.add_conflicting()->mutable_fact()->ParseFromString(fact->raw);
      words += "; " + fact->id + " says " + value_name(ask, fact->value) + (fact->from.stated ? " from " + in_words(fact->from) : "");
    }
  Interval whole = sides.front()->start;
  for (const Claim* claim : sides)
    for (const Interval& rival : claim->rivals) {
      whole.earliest = std::min(whole.earliest, rival.earliest);
      whole.latest = std::max(whole.latest, rival.latest);
    }
  set_bounds(ask, whole);
  not_determined(ask, v1::Reason::conflicting_sources, words);
}

void uncertain(Asking& ask, const Claim& claim) {
  use(ask, claim);
  if (!claim.start.stated) {
    v1::Fact whole;
    whole.ParseFromString(claim.facts.front()->raw);
    const bool unscheduled = std::find(whole.marks().begin(), whole.marks().end(), "not_scheduled") != whole.marks().end();
    return not_determined(ask, unscheduled ? v1::Reason::not_scheduled : v1::Reason::start_unknown,
                          unscheduled ? "the source says that there is no timeline for " + value_name(ask, claim.value) : "nobody states when " + value_name(ask, claim.value) + " begins");
  }
  const bool ending = claim.end.stated && ask.at >= claim.end.earliest;
  const Interval& decisive = ending ? claim.end : claim.start;
  set_bounds(ask, decisive);
  const bool open = decisive.earliest == kAlways || decisive.latest == kNever;
  When when{decisive.earliest, decisive.latest, true, ""};
  const char* verb = ending ? ": ended " : claim.effective ? ": began " : ": planned for ";
  const std::string date = open || ending ? in_words(when) : date_words(claim);
  const bool in = claim.effective && !date.starts_with("some day") && !date.starts_with("by ") && !date.starts_with("not ");
  not_determined(ask, open ? v1::Reason::bounded_only : v1::Reason::inside_uncertain_interval,
                 value_name(ask, claim.value) + verb + (in ? "in " : "") + date + (open ? "; nothing closer is known" : "; the sources give no day"));
}

bool newer_start(const Claim* a, const Claim* b) {
  if (a->start.latest != b->start.latest) return a->start.latest > b->start.latest;
  if (a->effective != b->effective) return a->effective;
  return a->last_known > b->last_known;
}

// An effective statement known after a plan should have begun says the plan did not come about.
bool contradicted(const Claim& plan, const std::vector<const Claim*>& yes) {
  return !plan.effective && std::any_of(yes.begin(), yes.end(), [&](const Claim* other) {
    return other->effective && other->last_known > plan.start.latest && other->start.latest <= plan.start.latest;
  });
}

// An upper bound alone does not unseat what a source of that time speaks of as existing: silence is not change.
bool weak(const Claim& open, const std::vector<const Claim*>& yes) {
  return open.start.earliest == kAlways && std::any_of(yes.begin(), yes.end(), [](const Claim* claim) { return claim->in_force; });
}

void answer_one(Asking& ask, const std::vector<Claim>& all) {
  std::vector<const Claim*> yes, open, no;
  for (const Claim& claim : all) {
    const auto holds = holds_on(claim, ask.at);
    (holds == true ? yes : holds == false ? no : open).push_back(&claim);
  }
  std::erase_if(yes, [&](const Claim* claim) {
    if (!contradicted(*claim, yes)) return false;
    for (const Fact* fact : claim->facts) ask.aside.push_back({fact, "superseded"});
    return true;
  });
  std::sort(yes.begin(), yes.end(), newer_start);
  // What begins says more than what ends with it.
  std::stable_partition(open.begin(), open.end(), [](const Claim* claim) { return !claim->end.stated; });
  for (const Claim* claim : open) {
    if (!claim->rivals.empty()) return conflict(ask, {claim});
    if (weak(*claim, yes)) continue;
    if (claim->start.stated && !yes.empty() && yes.front()->start.earliest > claim->start.latest) continue;   // Replaced since.
    if (!claim->start.stated && !yes.empty()) continue;
    return uncertain(ask, *claim);
  }
  if (!yes.empty()) {
    const bool rival = yes.size() > 1 && yes[0]->start.earliest == yes[1]->start.earliest && yes[0]->start.latest == yes[1]->start.latest &&
                       yes[0]->effective == yes[1]->effective && yes[0]->last_known == yes[1]->last_known;
    if (rival) return conflict(ask, {yes[0], yes[1]});
    for (std::size_t i = 1; i < yes.size(); ++i)
      for (const Fact* fact : yes[i]->facts) ask.aside.push_back({fact, "superseded"});
    for (const Claim* claim : no)
      for (const Fact* fact : claim->facts) ask.aside.push_back({fact, claim->end.stated && ask.at >= claim->end.latest ? "ended" : "not_yet"});
    return determine(ask, {yes[0]});
  }
  if (no.empty()) return uncertain(ask, *open.front());
  std::sort(no.begin(), no.end(), [](const Claim* a, const Claim* b) { return a->start.earliest < b->start.earliest; });
  for (std::size_t i = 1; i < no.size(); ++i)
    for (const Fact* fact : no[i]->facts) ask.aside.push_back({fact, "not_yet"});
  const Claim& first = *no.front();
  if (!first.effective && first.end.stated && ask.at >= first.end.latest) {
    use(ask, first);
    return not_determined(ask, v1::Reason::continuation_not_stated, "the period of " + value_name(ask, first.value) + " ended and no source says whether it went on");
  }
  not_yet(ask, first);
}

void answer_many(Asking& ask, const std::vector<Claim>& all) {
  std::vector<const Claim*> yes, open, no;
  for (const Claim& claim : all) {
    const auto holds = holds_on(claim, ask.at);
    (holds == true ? yes : holds == false ? no : open).push_back(&claim);
  }
  for (const Claim* claim : open) {
    if (!claim->rivals.empty()) return conflict(ask, {claim});
    if (!weak(*claim, yes) && claim->start.stated) return uncertain(ask, *claim);
  }
  // A planned set that takes over once begun: what holds by effective facts was the former arrangement.
  if (std::any_of(yes.begin(), yes.end(), [](const Claim* claim) { return claim->effective; })) {
    for (const Claim* claim : yes)
      if (!claim->effective && contradicted(*claim, yes))
        for (const Fact* fact : claim->facts) ask.aside.push_back({fact, "superseded"});
    std::erase_if(yes, [&, copy = yes](const Claim* claim) { return contradicted(*claim, copy); });
  }
  if (!yes.empty()) return determine(ask, yes);
  if (!open.empty() && no.empty()) return uncertain(ask, *open.front());
  not_yet(ask, *no.front());
}

void nothing_said(Asking& ask) {
  const std::string missing = ask.facts.missing_document_for(ask.question.subject(), ask.question.predicate());
  if (!missing.empty()) return not_determined(ask, v1::Reason::missing_document, "it is set out in " + missing + ", which is not held");
  if (!ask.aside.empty() && ask.question.mode() == v1::Mode::happened) return not_determined(ask, v1::Reason::only_planned, "only plans are recorded, and a plan does not become true by itself");
  not_determined(ask, v1::Reason::never_stated, "no usable source says it");
}

}  // namespace

v1::Answer ask(const Facts& facts, const v1::Question& question) {
  const auto at = parse_day(question.valid_at());
  const auto known = parse_day(question.known_at());
  CHECK(at.ok() && (question.known_at().empty() || known.ok()), "the edge checks the dates of a question");
  Asking ask{facts, question, facts.predicate(question.predicate()), *at, question.known_at().empty() ? kNever : *known, {}, {}};
  *ask.answer.mutable_question() = question;
  const std::vector<std::string> sets(question.record_sets().begin(), question.record_sets().end());
  std::vector<const Fact*> found = usable(facts.of(question.subject(), question.predicate()), question.scope(), ask.known, sets, &ask.aside);
  if (question.mode() == v1::Mode::happened) {
    std::erase_if(found, [&](const Fact* fact) {
      const bool plan = fact->standing == v1::Standing::planned || fact->standing == v1::Standing::conditional;
      if (plan) ask.aside.push_back({fact, "only_planned"});
      return plan;
    });
  }
  const auto all = claims(found, true, &ask.aside);
  if (question.mode() == v1::Mode::expected) {
    // What was expected: the newest plan counts from its earliest possible day.
    std::vector<Claim> plans;
    for (Claim claim : all) {
      if (!claim.effective && claim.start.stated && claim.rivals.empty()) claim.start.latest = std::max(claim.start.earliest, std::min(claim.start.latest, ask.at));
      plans.push_back(std::move(claim));
    }
    if (plans.empty()) nothing_said(ask);
    else if (ask.word != nullptr && ask.word->many()) answer_many(ask, plans);
    else answer_one(ask, plans);
  } else if (all.empty()) {
    nothing_said(ask);
  } else if (ask.word != nullptr && ask.word->many()) {
    answer_many(ask, all);
  } else {
    answer_one(ask, all);
  }
  std::stable_sort(ask.aside.begin(), ask.aside.end(), [](const Aside& a, const Aside& b) { return a.fact->id < b.fact->id; });
  const Fact* before = nullptr;
  for (const Aside& one : ask.aside) {
    if (one.fact == before) continue;
    before = one.fact;
    v1::Considered& considered = *ask.answer.add_set_aside();
    considered.mutable_fact()->ParseFromString(one.fact->raw);
    considered.set_why(one.why);
  }
  return std::move(ask.answer);
}

}  // namespace concordat::record
