#include "engine/together.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "engine/record/authority.h"
#include "engine/steps/escalation_graph.h"

namespace concordat {
namespace {

namespace authority = record::authority;

// Effective facts only: a plan or a condition says nothing of what is so.
bool says_so(const v1::Fact& fact) { return fact.standing() == v1::Standing::effective && fact.value().is_case() != v1::Value::IS_NOT_SET; }

// Without a place or words nobody can say that they are the same.
bool same_words(const v1::Source& a, const v1::Source& b) {
  return !(a.place().empty() && a.quote().empty() && a.matter().empty()) && a.document() == b.document() && a.matter() == b.matter() && a.place() == b.place() && a.quote() == b.quote();
}

bool contradict(const v1::Fact& a, const v1::Fact& b) {
  return a.scope() == b.scope() && a.from() == b.from() && a.until() == b.until() &&
         same_words(a.source(), b.source()) && record::datum(a.value()) != record::datum(b.value());
}

Refusal check_contradictions(const Work& work, const std::vector<v1::Fact>& facts) {
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const v1::Fact*>> said;     // By subject and word.
  for (const v1::Fact& fact : facts) {
    if (!says_so(fact) || work.state().record.predicate(fact.predicate())->many()) continue;
    auto& before = said[{fact.subject(), fact.predicate()}];
    for (const v1::Fact* one : before)
      if (contradict(*one, fact))
        return refuse(v1::RefusalCode::statements_contradict, "one " + fact.predicate() + " of " + fact.subject() + " from the same words of a source",
                      "fact " + one->id() + " says " + record::in_words(record::datum(one->value())) + " and fact " + fact.id() + " says " + record::in_words(record::datum(fact.value())));
    before.push_back(&fact);
  }
  return accept();
}

// ---- Escalation graphs ----

bool of_graph(const std::string& predicate) { return predicate == authority::kEscalatesTo || predicate == authority::kRaisedFirstWith; }

// Today, and every later day on which a fact of the graph begins.
std::set<record::Day> days_of(const record::Record& record, const std::string& issue, record::Day today) {
  std::set<record::Day> out{today, steps::kWithoutEnd};
  for (const char* predicate : {authority::kEscalatesTo, authority::kRaisedFirstWith})
    for (const record::Fact* fact : record.of(issue, predicate))
      if (fact->from.stated && fact->from.latest > today) out.insert(fact->from.latest);
  return out;
}

Refusal check_graphs(const Work& work, const std::vector<v1::Fact>& facts) {
  std::set<std::string> issues;
  for (const v1::Fact& fact : facts)
    if (of_graph(fact.predicate()) && says_so(fact)) issues.insert(fact.subject());
  if (issues.empty()) return accept();
  record::Record then = work.state().record;                 // As it would be.
  std::uint64_t sequence = work.state().last_sequence;
  for (v1::Fact fact : facts) {
    if (!of_graph(fact.predicate())) continue;
    if (fact.known().empty()) fact.set_known(record::format(work.acted_on()));
    v1::FactAsserted asserted;
    *asserted.mutable_fact() = std::move(fact);
    then.evolve(asserted, ++sequence);
  }
  for (const std::string& issue : issues)
    for (const record::Day day : days_of(then, issue, work.today()))
      if (const std::string circle = steps::circle_anywhere(then, issue, day); !circle.empty())
        return refuse(v1::RefusalCode::graph_goes_round, "an escalation graph that leads on (" + std::string(authority::kEscalatesTo) + " of " + issue + ")", "with these facts it goes round: " + circle);
  return accept();
}

// ---- Areas ----

bool ends(const v1::Fact& fact, const v1::Fact& enters, const record::Datum& left, record::Day day) {
  const auto until = record::parse_when(fact.until());
  return fact.subject() == enters.subject() && fact.predicate() == enters.predicate() && record::datum(fact.value()) == left && until.ok() && until->stated && until->latest <= day;
}

// The days on which the place could be of two: as it enters, and as anything else that is recorded begins while it is there.
std::vector<record::Day> days_in(const record::Record& record, const v1::Fact& fact, record::Day today) {
  const auto from = record::parse_when(fact.from()), until = record::parse_when(fact.until());
  const record::Day first = from.ok() && from->stated ? from->latest : today;
  std::vector<record::Day> out{first};
  for (const record::Fact* other : record.of(fact.subject(), fact.predicate()))
    if (other->from.stated && other->from.latest > first && (!until.ok() || !until->stated || other->from.latest < until->earliest)) out.push_back(other->from.latest);
  return out;
}

Refusal check_areas(const Work& work, const std::vector<v1::Fact>& facts) {
  if (work.command().backfill()) return accept();
  for (const v1::Fact& fact : facts) {
    if (fact.predicate() != authority::kInSystem || !says_so(fact)) continue;
    const record::Datum entered = record::datum(fact.value());
    for (const record::Day day : days_in(work.state().record, fact, work.today()))
      for (const record::Datum& there : record::values(work.state().record, fact.subject(), authority::kInSystem, "", day)) {
        if (there == entered || std::any_of(facts.begin(), facts.end(), [&](const v1::Fact& other) { return ends(other, fact, there, day); })) continue;
        return refuse(v1::RefusalCode::area_overlap, fact.subject() + " in one area at a time: the act by which it enters " + entered.text + " says when it left " + there.text,
                      "fact " + fact.id() + " puts it in both on " + record::format(day));
      }
  }
  return accept();
}

}  // namespace

Refusal check_together(const Work& work, const std::vector<v1::Fact>& facts) {
  if (auto no = check_contradictions(work, facts)) return no;
  if (auto no = check_graphs(work, facts)) return no;
  return check_areas(work, facts);
}

}  // namespace concordat
