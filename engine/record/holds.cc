// What authority rests on: effective facts only. On the path of every command, so nothing is built that is not needed.
#include <algorithm>
#include <map>
#include <utility>

#include "concordat/v1/record.pb.h"
#include "engine/record/record.h"

namespace concordat::record {
namespace {

using List = std::vector<const Fact*>;

// The day by which it had certainly begun.
Day start(const Fact& fact) { return fact.from.stated ? fact.from.latest : fact.in_force ? fact.known : kAlways; }
bool counts(const Fact& fact) { return fact.retractions.empty() && !lost(fact, kNever); }

bool stands(const Fact& fact, std::string_view scope, Day today) {
  if (fact.standing != v1::Standing::effective || fact.scope != scope || fact.value.kind == 0 || !counts(fact)) return false;
  return today >= start(fact) && (!fact.until.stated || today < fact.until.earliest);
}

// The last day by which each value of a scope had ended, by an `ended` or another effective fact: it closes what a fact of
// the same value began before it.
struct ByValue { bool operator()(const Datum* a, const Datum* b) const { return *a < *b; } };
using Ends = std::map<const Datum*, Day, ByValue>;
Ends ends_by(const List& all, std::string_view scope, Day today) {
  Ends out;
  for (const Fact* fact : all) {
    const bool happened = fact->standing == v1::Standing::ended || fact->standing == v1::Standing::effective;
    if (!happened || !fact->until.stated || fact->scope != scope || today < fact->until.earliest || !counts(*fact)) continue;
    Day& last = out.emplace(&fact->value, fact->until.earliest).first->second;
    last = std::max(last, fact->until.earliest);
  }
  return out;
}
// One-valued: the newest-starting value holds; what it replaced does not. Without dates the newest statement counts.
// Two values that began together authorise nothing.
void keep_newest(List& standing) {
  const auto rank = [](const Fact* fact) { return std::pair(start(*fact), start(*fact) == kAlways ? fact->known : kAlways); };
  auto newest = rank(standing.front());
  for (const Fact* fact : standing) newest = std::max(newest, rank(fact));
  std::erase_if(standing, [&](const Fact* fact) { return rank(fact) != newest; });
  const Datum& value = standing.front()->value;
  if (std::any_of(standing.begin(), standing.end(), [&](const Fact* fact) { return fact->value != value; })) standing.clear();
}

List facts_on(const Facts& facts, std::string_view subject, std::string_view predicate, std::string_view scope, Day today) {
  const List all = facts.of(subject, predicate);
  const Ends ends = ends_by(all, scope, today);
  List out;
  for (const Fact* fact : all) {
    if (!stands(*fact, scope, today)) continue;
    const auto end = ends.find(&fact->value);
    if (end == ends.end() || end->second <= start(*fact)) out.push_back(fact);
  }
  const v1::Predicate* word = out.size() > 1 ? facts.predicate(predicate) : nullptr;
  if (word != nullptr && !word->many()) keep_newest(out);
  return out;
}

// The values, and the facts they rest on.
std::vector<Datum> told(const Facts& facts, const Standing& standing, std::vector<std::string>* because) {
  for (const Fact* fact : standing.facts) {
    facts.rested_on(*fact);
    if (because != nullptr) because->push_back(fact->id);
  }
  return standing.values;
}

bool found(const Facts& facts, const Standing& standing, const Datum& value, std::vector<std::string>* because) {
  bool any = false;
  for (const Fact* fact : standing.facts) {
    if (fact->value != value) continue;
    any = true;
    facts.rested_on(*fact);
    if (because != nullptr) because->push_back(fact->id);
  }
  return any;
}

}  // namespace

Standing standing_on(const Facts& facts, std::string_view subject, std::string_view predicate, std::string_view scope, Day today) {
  Standing out;
  out.facts = facts_on(facts, subject, predicate, scope, today);
  for (const Fact* fact : out.facts) out.values.push_back(fact->value);
  std::sort(out.values.begin(), out.values.end());
  out.values.erase(std::unique(out.values.begin(), out.values.end()), out.values.end());
  for (const Datum& value : out.values) out.texts.push_back(value.text);
  return out;
}

std::vector<Datum> values(const Facts& facts, std::string_view subject, std::string_view predicate, std::string_view scope, Day today,
                          std::vector<std::string>* because) {
  return told(facts, standing_on(facts, subject, predicate, scope, today), because);
}
std::vector<Datum> values(const Record& record, std::string_view subject, std::string_view predicate, std::string_view scope, Day today,
                          std::vector<std::string>* because) {
  return told(record, record.standing(subject, predicate, scope, today), because);
}

const std::vector<std::string>& texts(const Record& record, std::string_view subject, std::string_view predicate, std::string_view scope, Day today) {
  const Standing& standing = record.standing(subject, predicate, scope, today);
  for (const Fact* fact : standing.facts) record.rested_on(*fact);
  return standing.texts;
}

bool holds(const Facts& facts, std::string_view subject, std::string_view predicate, std::string_view scope, const Datum& value, Day today,
           std::vector<std::string>* because) {
  return found(facts, standing_on(facts, subject, predicate, scope, today), value, because);
}
bool holds(const Record& record, std::string_view subject, std::string_view predicate, std::string_view scope, const Datum& value, Day today,
           std::vector<std::string>* because) {
  return found(record, record.standing(subject, predicate, scope, today), value, because);
}

}  // namespace concordat::record
