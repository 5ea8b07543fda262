// What a rule depends on, read from the record for an item, and the warnings that hold for it.
#include <algorithm>

#include "engine/record/authority.h"
#include "engine/rules_in_force.h"
#include "engine/steps/item.h"

namespace concordat::steps {
namespace {

namespace authority = record::authority;

record::Datum subject_ref(std::string_view id) { return {.kind = v1::Predicate::ref, .text = std::string(id), .number = 0}; }

// "$party" stands for the party that is asked about; "$field" for what the matter says.
std::string fill_for(const Item& at, const std::string& text, const std::string& party) { return text == "$party" ? party : fill(at.matter, text); }

// The values of which one must be found. "$seat": the party's seat, by its office or by whoever holds it.
std::vector<record::Datum> wanted(const Work& work, const Item& at, const v1::Condition& one, const std::string& party) {
  const std::string text = record::datum(one.value()).text;
  if (text == "$party") return {subject_ref(party)};
  if (text == "$matter_type") return {subject_ref(at.matter.procedure->matter_type())};
  if (text != "$seat") return {fill(at.matter, one.value())};
  std::vector<record::Datum> out;
  for (const std::string& office : offices_of(work, at.body, party)) {
    out.push_back(subject_ref(office));
    for (record::Datum& holder : record::values(work.state().record, office, authority::kHolder, "", work.today())) out.push_back(std::move(holder));
  }
  return out;
}

bool compares(const Work& work, const v1::Condition& one, const std::string& subject, const std::string& scope, const record::Datum& value) {
  const auto stated = record::values(work.state().record, subject, one.predicate(), scope, work.today());
  if (stated.empty() || value.kind != v1::Predicate::number) return false;
  return one.compare() == v1::Condition::more_than ? value.number > stated.front().number : value.number < stated.front().number;
}

bool fact_there(const Work& work, const Item& at, const v1::Condition& one, const std::string& party) {
  const record::Record& record = work.state().record;
  const std::string subject = fill_for(at, one.subject(), party), scope = fill_for(at, one.scope(), party);
  const auto values = wanted(work, at, one, party);
  if (one.compare() != v1::Condition::compare_unset) return !values.empty() && compares(work, one, subject, scope, values.front());
  const auto says = [&](const std::string& about) {
    return std::any_of(values.begin(), values.end(), [&](const record::Datum& value) { return record::holds(record, about, one.predicate(), scope, value, work.today()); });
  };
  if (!subject.ends_with('*')) return says(subject);
  const std::string kind = subject.substr(0, subject.size() - 1);
  const auto all = record.subjects();
  return std::any_of(all.begin(), all.end(), [&](const std::string& any) { return any.starts_with(kind) && (!one.below() || is_under(work.state(), any, at.body, work.today())) && says(any); });
}

// `lacking`: for a condition about each party, those for whom it does not hold.
bool fact_there(const Work& work, const Item& at, const v1::Condition& one, std::string* lacking) {
  if (!one.each_party()) return fact_there(work, at, one, std::string());
  for (const std::string& party : at.parties)
    if (!fact_there(work, at, one, party)) *lacking += (lacking->empty() ? "" : ", ") + party;
  return lacking->empty();
}

// The first warning of any of the rules that holds and pleases.
template <typename Pleases>
const v1::Warning* first_warning(const Work& work, const Item& at, Pleases pleases) {
  for (const v1::Rule* rule : at.rules) {
    if (rule->warnings().empty()) continue;
    rules::Roll roll;
    read_conditions(work, at, *rule, &roll);
    for (const int i : rules::warnings_that_hold(*rule, roll))
      if (pleases(rule->warnings(i))) return &rule->warnings(i);
  }
  return nullptr;
}

}  // namespace

void read_conditions(const Work& work, const Item& at, const v1::Rule& rule, rules::Roll* roll) {
  roll->conditions.clear();
  roll->about.clear();
  for (const v1::Condition& one : rule.conditions()) {
    std::string lacking;
    if (fact_there(work, at, one, &lacking) == one.absent()) continue;
    roll->conditions.push_back(one.name());
    if (!lacking.empty()) roll->about[one.name()] = lacking;
  }
}

void add_warnings(const Work& work, const Item& at, const v1::Rule& deciding, rules::Roll roll, v1::Ruling* ruling) {
  for (const v1::Rule* rule : at.rules) {
    if (rule->warnings().empty()) continue;
    read_conditions(work, at, *rule, &roll);
    if (rule != &deciding) rules::warn(*rule, roll, ruling);
    for (const int i : rules::warnings_that_hold(*rule, roll))
      if (const auto answer = at.mine.answers.find(rule->warnings(i).code()); answer != at.mine.answers.end())
        ruling->set_sentence(ruling->sentence() + " Answered: " + answer->second + ".");
  }
}

const v1::Warning* unanswered(const Work& work, const Item& at) {
  return first_warning(work, at, [&](const v1::Warning& one) { return one.answer_required() && !at.mine.answers.contains(one.code()); });
}

const v1::Warning* warning_of(const Work& work, const Item& at, std::string_view code) {
  return first_warning(work, at, [&](const v1::Warning& one) { return one.code() == code; });
}

}  // namespace concordat::steps
