#include "app/questions.h"

#include <algorithm>
#include <set>

#include "app/date_words.h"
#include "app/joined.h"
#include "engine/record/authority.h"
#include "engine/record/record.h"

namespace concordat::app {
namespace {

constexpr const char* kMatters = "matters";

bool sayable(const v1::Predicate& word, const std::string& subject) {
  return word.subjects().empty() || std::find(word.subjects().begin(), word.subjects().end(), subject.substr(0, subject.find(':'))) != word.subjects().end();
}

// In small letters; the short ones ("of", "the") say nothing of whom is meant.
std::set<std::string> words_in(std::string_view text) {
  constexpr std::size_t kShort = 3;
  std::set<std::string> out;
  std::string word;
  for (const char c : std::string(text) + " ") {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (static_cast<unsigned char>(c) & 0x80) != 0;
    if (letter) { word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; continue; }
    if (word.size() >= kShort) out.insert(word);
    word.clear();
  }
  return out;
}

std::size_t shared(const std::set<std::string>& wanted, std::string_view text) {
  std::size_t out = 0;
  for (const std::string& word : words_in(text)) out += wanted.contains(word) ? 1u : 0u;
  return out;
}

}  // namespace

const std::vector<Form>& forms() {
  static const std::vector<Form> all{{"who", "leads", "\"CSU review\" --at 2024-09-24", {"strategic_lead", "led_by", "lead_listed"}}, {"who", "hosts", "team:integrated-staff-hub --at 2023-04-30", {"host"}}, {"who", "commissions", "POD --at \"April 23\"", {"commissioner"}},
                                     {"who", "employs", "team:pod --at 2023-05-15", {"employer"}}, {"who", "holds", "office:ceo-cw --at 2023-06-01", {"holder"}}, {"host", "of", "team:integrated-staff-hub --at 2024-09-24", {"host"}}, {"commissioner", "of", "POD --at 2023-05-15", {"commissioner"}},
                                     {"status", "of", "\"BSOL ICB\" --at 2022-06-30", {"legal_status", "delegated", "candidate", "established", "vacant", "status", "not_a_legal_party", "commissioner"}}};
  return all;
}

Result<Short> read_short(std::string_view words) {
  std::string known;
  for (const Form& one : forms()) {
    const std::string head = std::string(one.verb) + " " + one.form + " ";
    known += (known.empty() ? "\"" : ", \"") + head + "…\"";
    if (words.starts_with(head) && words.size() > head.size()) return Short{&one, std::string(words.substr(head.size()))};
  }
  return Status::invalid("expected one of " + known + ", but it is \"" + std::string(words) + "\"");
}

std::vector<std::string> words_asked(const projections::RecordReader& record, const std::string& subject, const std::vector<std::string>& words) {
  const std::vector<std::string> said = record.predicates_of(subject);
  std::vector<std::string> out;
  for (const std::string& word : words)
    if (std::find(said.begin(), said.end(), word) != said.end()) out.push_back(word);
  for (const std::string& word : words) {
    const v1::Predicate* known = out.empty() ? record.predicate(word) : nullptr;
    if (known != nullptr && sayable(*known, subject)) out.push_back(word);
  }
  if (out.empty()) out.push_back(words.front());
  return out;
}

std::vector<std::string> perhaps(const projections::RecordReader& record, std::string_view name) {
  constexpr std::size_t kMost = 5;
  const std::size_t colon = name.find(':');
  const std::set<std::string> wanted = words_in(colon == std::string_view::npos ? name : name.substr(colon + 1));
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& subject : record.subjects("")) {
    std::size_t best = shared(wanted, subject.substr(subject.find(':') + 1));
    for (const char* word : {record::authority::kName, record::authority::kAlias})
      for (const record::Fact* fact : record.of(subject, word)) best = std::max(best, shared(wanted, fact->value.text));
    if (best > 0) ranked.emplace_back(SIZE_MAX - best, subject);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> out;
  for (const auto& [rank, subject] : ranked)
    if (out.size() < kMost) out.push_back(record.name(subject) + " (" + subject + ")");
  return out;
}

Result<Days> days_of(std::string_view date) {
  const auto when = read_date(date);
  if (!when.ok()) return when.status();
  return Days{*when, when->earliest == record::kAlways ? when->latest : when->earliest, when->latest == record::kNever ? when->earliest : when->latest};
}

std::string changes_within(const record::When& when) { return "NOT DETERMINED for " + record::in_words(when) + " as a whole: the answer changes within it."; }

Status check_known(const std::string& flag, const std::string& day, record::Day today) {
  if (day.empty()) return {};
  const auto parsed = record::parse_day(day);
  if (!parsed.ok()) return Status::invalid(flag + ": " + parsed.status().why());
  if (*parsed <= today) return {};
  return Status::invalid(flag + ": expected a day up to today, " + record::format(today) + ", but " + day + " is in the future: nobody knows yet what will be known then");
}

Status set_record_sets(const projections::RecordReader& record, const std::string& flag, const std::vector<std::string>& sets, v1::Question* question) {
  question->clear_record_sets();
  if (sets.empty()) return {};
  const std::vector<std::string> known = record.record_sets();
  std::vector<std::string> each;                       // "seeds+public" and "seeds,public" name two.
  for (const std::string& set : sets)
    for (std::size_t at = 0; at <= set.size();) {
      const std::size_t end = std::min(set.find_first_of("+,", at), set.size());
      each.push_back(set.substr(at, end - at));
      at = end + 1;
    }
  for (const std::string& set : each) {
    if (!set.empty() && set != kMatters && std::find(known.begin(), known.end(), set) == known.end()) {
      std::string all;
      for (const std::string& one : known) all += one + ", ";
      return Status::invalid(flag + ": expected record sets that the ledger has (" + all + kMatters + "), but \"" + set + "\" is none");
    }
    question->add_record_sets(set == kMatters ? "" : set);
  }
  return {};
}

Result<std::string> subject_named(const projections::RecordReader& record, const std::string& name) {
  const record::Resolution found = record.resolve(name);
  if (!found.subject.empty()) return found.subject;
  if (found.bare_tier) return Status::invalid("expected governance tier (gov:T" + name.substr(5) + ") or specialised tier (spec:T" + name.substr(5) + "), but \"" + name + "\" does not say which scale it means");
  if (!found.candidates.empty()) {
    std::string all;
    for (const std::string& one : found.candidates) all += (all.empty() ? "" : ", ") + one + " (" + record.name(one) + ")";
    return Status::invalid("expected a name of one subject, but \"" + name + "\" could be " + all);
  }
  const std::size_t colon = name.find(':');
  std::string hint;
  if (colon != std::string::npos)
    for (const std::string& one : record.subjects(name.substr(0, colon + 1))) hint += (hint.empty() ? "; of that kind there are " : ", ") + one;
  if (hint.empty())
    for (const std::string& one : perhaps(record, name)) hint += (hint.empty() ? "; perhaps " : ", or ") + one;
  return Status::invalid("expected a subject by id or by one of its recorded names, but \"" + name.substr(0, 200) + "\" is neither; names are never guessed" + hint);
}

Status check_word(const projections::RecordReader& record, const std::string& subject, const std::string& predicate) {
  if (record.predicate(predicate) != nullptr) return {};
  const auto said = record.predicates_of(subject);
  return Status::invalid("expected a word of the vocabulary, but \"" + predicate.substr(0, 200) + "\" is none; of " + subject + " the record says " + (said.empty() ? "nothing" : joined(said)));
}

Result<std::vector<std::string>> subjects_about(const projections::RecordReader& record, const std::string& about) {
  if (about.empty() || about.ends_with(':')) {
    auto all = record.subjects(about);
    if (!all.empty() || about.empty()) return all;
    std::set<std::string> kinds;
    for (const std::string& one : record.subjects("")) kinds.insert(one.substr(0, one.find(':') + 1));
    return Status::invalid("expected a kind of subject that the record has (" + joined(kinds) + "), but \"" + about.substr(0, 200) + "\" is none");
  }
  const auto one = subject_named(record, about);
  if (!one.ok()) return Status::invalid(one.status().why() + "; a kind is asked with a colon: \"team:\"");
  return std::vector<std::string>{*one};
}

v1::Answer answer_of(const projections::RecordReader& record, v1::Question base, const std::string& subject, const std::string& predicate, const std::string& scope) {
  base.set_subject(subject);
  base.set_predicate(predicate);
  base.set_scope(scope);
  return record::ask(record, base);
}

void ask_all(const projections::RecordReader& record, const std::string& subject, const v1::Question& base, const std::function<void(v1::Answer)>& each) {
  for (const std::string& predicate : record.predicates_of(subject)) {
    std::set<std::string> scopes;
    for (const record::Fact* fact : record.of(subject, predicate))
      if (base.record_sets().empty() || std::find(base.record_sets().begin(), base.record_sets().end(), fact->record_set) != base.record_sets().end()) scopes.insert(fact->scope);
    for (const std::string& scope : scopes) each(answer_of(record, base, subject, predicate, scope));
  }
}

std::vector<Askable> askable(const projections::RecordReader& record, const std::string& subject) {
  const std::string kind = subject.substr(0, subject.find(':'));
  std::vector<Askable> out, silent;
  const std::vector<std::string> said = record.predicates_of(subject);
  for (v1::Predicate& word : record.vocabulary()) {
    const bool stated = std::find(said.begin(), said.end(), word.name()) != said.end();
    if (!stated && std::find(word.subjects().begin(), word.subjects().end(), kind) == word.subjects().end()) continue;
    Askable one;
    if (stated) {
      std::set<std::string> scopes;
      for (const record::Fact* fact : record.of(subject, word.name())) {
        ++one.statements;
        if (!fact->scope.empty()) scopes.insert(fact->scope);
      }
      one.scopes.assign(scopes.begin(), scopes.end());
    }
    one.word = std::move(word);
    (stated ? out : silent).push_back(std::move(one));
  }
  for (Askable& one : silent) out.push_back(std::move(one));
  return out;
}

}  // namespace concordat::app
