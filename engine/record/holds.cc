// What authority rests on: effective facts only. On the path of every command, so nothing is built that is not needed.
#include <algorithm>

#include "concordat/v1/record.pb.h"
#include "engine/record/record.h"

namespace concordat::record {
namespace {

bool stands(const Fact& fact, std::string_view scope, Day today) {
  if (fact.standing != v1::Standing::effective || fact.scope != scope) return false;
  if (!fact.retractions.empty() || !fact.set_aside_by_resolution.empty()) return false;
  if (fact.from.stated && begun_by(fact.from, today) != true) return false;
  return !fact.until.stated || begun_by(fact.until, today) == false;
}

Day start(const Fact& fact) { return fact.from.stated ? fact.from.latest : fact.in_force ? fact.known : kAlways; }

// `ended` facts close what an earlier effective fact of the same value began.
bool ended(const std::vector<const Fact*>& all, const Fact& fact, Day today) {
  return std::any_of(all.begin(), all.end(), [&](const Fact* other) {
    return other->standing == v1::Standing::ended && other->value == fact.value && other->scope == fact.scope && other->retractions.empty() &&
           other->until.stated && other->until.earliest >= start(fact) && begun_by(other->until, today) != false;
  });
}

}  // namespace

std::vector<Datum> values(const Facts& facts, std::string_view subject, std::string_view predicate, std::string_view scope, Day today,
                          std::vector<std::string>* because) {
  const std::vector<const Fact*> all = facts.of(subject, predicate);
  std::vector<const Fact*> standing;
  for (const Fact* fact : all)
    if (fact->value.kind != 0 && stands(*fact, scope, today) && !ended(all, *fact, today)) standing.push_back(fact);
  const v1::Predicate* word = standing.size() > 1 ? facts.predicate(predicate) : nullptr;
  if (word != nullptr && !word->many()) {   // The newest-starting value holds; what it replaced does not.
    Day newest = kAlways;
    for (const Fact* fact : standing) newest = std::max(newest, start(*fact));
    std::erase_if(standing, [&](const Fact* fact) { return start(*fact) != newest; });
  }
  std::vector<Datum> out;
  for (const Fact* fact : standing) {
    out.push_back(fact->value);
    if (because != nullptr) because->push_back(fact->id);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool holds(const Facts& facts, std::string_view subject, std::string_view predicate, std::string_view scope, const Datum& value, Day today,
           std::vector<std::string>* because) {
  const auto now = values(facts, subject, predicate, scope, today, because);
  return std::binary_search(now.begin(), now.end(), value);
}

}  // namespace concordat::record
