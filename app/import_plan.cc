#include "app/import_plan.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "app/yaml_commands.h"
#include "engine/record/authority.h"
#include "engine/record/names.h"

namespace concordat::app {
namespace {

namespace authority = record::authority;
using google::protobuf::util::MessageDifferencer;

constexpr int kFactsPerCommand = 100;
constexpr std::size_t kDaysPerQuestion = 40, kCandidates = 5;

// Words that many names share say nothing about whose name it is.
bool telling(const std::string& word) {
  static const std::set<std::string> common = {"and", "board", "care", "committee", "for", "group", "icb", "integrated", "nhs", "of", "office", "the", "team"};
  return word.size() > 1 && !common.contains(word);
}

std::set<std::string> words_of(std::string_view name) {
  std::set<std::string> out;
  std::string word;
  for (const char c : record::normal(name) + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) { word += c; continue; }
    if (telling(word)) out.insert(word);
    word.clear();
  }
  return out;
}

bool is_name(const v1::Fact& fact) { return fact.predicate() == authority::kName || fact.predicate() == authority::kAlias; }

class Planner {
 public:
  Planner(State& state, const v1::Actor& actor, std::string ledger, std::int64_t now_ms) : state_(state), actor_(actor), ledger_(std::move(ledger)) {
    stamp_.set_time_ms(std::max(now_ms, state.last_stamp_ms));
    today_ = record::day_of(now_ms);
  }

  Plan run(History history) {
    documents(history.documents, history.facts);
    words(history.words);
    for (const auto& one : history.facts)
      if (one.what.predicate() == authority::kName && one.what.subject().find(':') != std::string::npos) introduced_.insert(one.what.subject());
    const auto first = std::stable_partition(history.facts.begin(), history.facts.end(), [](const auto& one) { return is_name(one.what); });
    load(placed({history.facts.begin(), first}));        // Names first: the other rows may use them.
    std::vector<Placed<v1::Fact>> rest = placed({first, history.facts.end()});
    ask(rest, &before_);
    load(rest);
    compare();
    send();
    return std::move(plan_);
  }

 private:
  const record::Record& record() const { return state_.record; }
  void leave(const std::string& where, const std::string& what, std::string why, std::vector<std::string> candidates = {}) {
    plan_.unplaced.push_back({where, what, std::move(why), std::move(candidates)});
  }
  static std::string words(const v1::Fact& fact) { return fact.id() + " " + fact.subject() + " " + fact.predicate(); }

  // True if the copy takes it; else `why` says what the engine says.
  bool takes(v1::Command command, v1::Refused* no) {
    command.set_command_id("plan");
    command.set_ledger(ledger_);
    command.set_backfill(true);
    *command.mutable_actor() = actor_;
    for (const v1::Event& event : decide(state_, command, stamp_))
      if (event.has_refused()) { *no = event.refused(); return false; }
    return true;
  }

  // An export of this ledger itself: it holds what that tells, and needs no document for it.
  bool made_here(const std::string& document, const std::vector<Placed<v1::Fact>>& facts) const {
    return is_export_of(ledger_, document) &&
           std::all_of(facts.begin(), facts.end(), [&](const auto& one) { return one.what.source().document() != document || record().find(one.what.id()) != nullptr; });
  }

  void documents(const std::vector<Placed<v1::Document>>& all, const std::vector<Placed<v1::Fact>>& facts) {
    for (const auto& [document, where] : all) {
      const v1::Document* there = record().document(document.id());
      if (there != nullptr && MessageDifferencer::Equals(*there, document)) { ++plan_.there; continue; }
      if (there == nullptr && made_here(document.id(), facts)) { ++plan_.there; continue; }
      if (there != nullptr || document.id().empty()) {
        clashing_documents_.insert(document.id());
        leave(where, "document " + document.id(), document.id().empty() ? "expected an id for every document, but one has none" : "expected a document id that is not used, but the ledger has \"" + there->title() + "\" under it");
        continue;
      }
      if (const auto known = record::parse_day(document.known()); known.ok() && *known > today_) {
        leave(where, "document " + document.id(), "expected to be known by today, " + record::format(today_) + ", but " + document.known() + " is in the future");
        continue;
      }
      v1::Command command;
      *command.mutable_register_document()->add_documents() = document;
      if (v1::Refused no; !takes(command, &no)) { leave(where, "document " + document.id(), no.sentence()); continue; }
      ++plan_.documents;
      *documents_.add_documents() = document;
    }
  }

  void words(const std::vector<Placed<v1::Predicate>>& all) {
    for (const auto& [word, where] : all) {
      const v1::Predicate* there = record().predicate(word.name());
      if (there != nullptr && there->type() == word.type() && there->many() == word.many() && there->scoped() == word.scoped()) { ++plan_.there; continue; }
      v1::Command command;
      *command.mutable_publish_vocabulary()->add_predicates() = word;
      if (v1::Refused no; !takes(command, &no)) { clashing_words_.insert(word.name()); leave(where, "word " + word.name(), no.sentence()); continue; }
      ++plan_.words;
      *words_.add_predicates() = word;
    }
  }

  // The rows that are new and name what is known; the others are told.
  std::vector<Placed<v1::Fact>> placed(std::vector<Placed<v1::Fact>> all) {
    std::erase_if(all, [&](Placed<v1::Fact>& one) {
      complete(one.what);
      return !fresh(one) || !resolved(one);
    });
    return all;
  }

  void complete(v1::Fact& fact) const {
    const v1::Document* source = record().document(fact.source().document());
    if (fact.known().empty() && source != nullptr) fact.set_known(source->known());
    if (fact.id().empty()) {
      v1::Command command;
      *command.mutable_assert_facts()->add_facts() = fact;
      fact.set_id("import/" + content_id(command).substr(8, 16));
    }
    named(fact);
  }

  // What can be said of a row by itself. False if it is there already or cannot be placed.
  bool fresh(const Placed<v1::Fact>& one) {
    const v1::Fact& fact = one.what;
    const auto no = [&](std::string why) { leave(one.where, words(fact), std::move(why)); return false; };
    if (clashing_documents_.contains(fact.source().document())) return no("expected its own document as source, but the ledger has another one under the id " + fact.source().document());
    if (clashing_words_.contains(fact.predicate())) return no("expected the ledger's word " + fact.predicate() + ", but the history means another one by it");
    if (const auto known = record::parse_day(fact.known()); known.ok() && *known > today_) return no("expected to be known by today, " + record::format(today_) + ", but " + fact.known() + " is in the future");
    const record::Fact* there = record().find(fact.id());
    if (there == nullptr) return true;
    v1::Fact held;
    held.ParseFromString(there->raw);
    if (is_export_of(ledger_, fact.source().document())) held = exported(std::move(held), fact.source().document());
    std::string differences;
    for (int i = 0; i < v1::Fact::descriptor()->field_count(); ++i) {
      const auto* field = v1::Fact::descriptor()->field(i);
      MessageDifferencer differencer;
      if (!differencer.CompareWithFields(held, fact, {field}, {field})) differences += (differences.empty() ? "" : ", ") + field->name();
    }
    if (!differences.empty()) return no("expected a fact id that is not used, but the ledger has another statement under it (it differs in " + differences + ")");
    ++plan_.there;
    return false;
  }

  std::vector<std::string> candidates(const std::string& name) const {
    const std::size_t colon = name.find(':');
    const std::set<std::string> wanted = words_of(colon == std::string::npos ? std::string_view(name) : std::string_view(name).substr(colon + 1));
    std::vector<std::tuple<std::size_t, std::string>> ranked;
    for (const std::string& subject : record().subjects()) {
      std::size_t best = 0;
      const auto weigh = [&](std::string_view text) {
        std::size_t shared = 0;
        for (const std::string& word : words_of(text)) shared += wanted.contains(word) ? 1 : 0;
        best = std::max(best, shared);
      };
      weigh(subject.substr(subject.find(':') + 1));
      for (const char* word : {authority::kName, authority::kAlias})
        for (const record::Fact* fact : record().of(subject, word)) weigh(fact->value.text);
      if (best > 0) ranked.emplace_back(SIZE_MAX - best, subject);
    }
    std::sort(ranked.begin(), ranked.end());
    std::vector<std::string> out;
    for (const auto& [rank, subject] : ranked)
      if (out.size() < kCandidates) out.push_back(subject + " (" + record().name(subject) + ")");
    return out;
  }

  // Names become ids where exactly one subject bears them.
  void named(v1::Fact& fact) const {
    const auto one = [&](const std::string& text) {
      const record::Resolution found = record().resolve(text);
      return found.subject.empty() ? text : found.subject;
    };
    fact.set_subject(one(fact.subject()));
    if (fact.value().has_ref()) fact.mutable_value()->set_ref(one(fact.value().ref()));
    if (!fact.scope().empty()) fact.set_scope(one(fact.scope()));
    if (!fact.condition().empty()) fact.set_condition(one(fact.condition()));
  }

  bool known(const std::string& subject) const { return record().has_subject(subject) || introduced_.contains(subject); }

  bool resolved(const Placed<v1::Fact>& one) {
    const v1::Fact& fact = one.what;
    const auto lacks = [&](const char* field, const std::string& text) {
      const record::Resolution found = record().resolve(text);
      const std::string as = std::string(field) + ": expected a subject by id or by one of its recorded names, but \"" + text + "\"";
      if (found.bare_tier) leave(one.where, words(fact), as + " does not say which scale it means", {"gov:T" + text.substr(5), "spec:T" + text.substr(5)});
      else if (!found.candidates.empty()) leave(one.where, words(fact), as + " is the name of several", found.candidates);
      else leave(one.where, words(fact), as + " is neither, and no row of the history gives it a name; names are never guessed", candidates(text));
      return false;
    };
    if (!known(fact.subject())) return lacks("subject", fact.subject());
    if (fact.value().has_ref() && !known(fact.value().ref())) return lacks("value", fact.value().ref());
    if (fact.scope().find(':') != std::string::npos && !known(fact.scope())) return lacks("scope", fact.scope());
    if (!fact.condition().empty() && !known(fact.condition())) return lacks("condition", fact.condition());
    return true;
  }

  // Loads one by one, so that each row has its own answer; what refers to later rows waits for them.
  void load(std::vector<Placed<v1::Fact>> waiting) {
    for (bool moved = true; moved && !waiting.empty();) {
      moved = false;
      std::vector<Placed<v1::Fact>> later;
      std::vector<std::string> why;
      for (auto& one : waiting) {
        v1::Command command;
        *command.mutable_assert_facts()->add_facts() = one.what;
        v1::Refused no;
        if (takes(command, &no)) {
          moved = true;
          ++plan_.facts;
          facts_.push_back(std::move(one.what));
        } else if (no.code() == v1::RefusalCode::unknown_subject) {
          later.push_back(std::move(one));
          why.push_back(no.sentence());
        } else {
          leave(one.where, words(one.what), v1::RefusalCode::Value_Name(no.code()) + ": " + no.sentence());
        }
      }
      if (!moved)
        for (std::size_t i = 0; i < later.size(); ++i) leave(later[i].where, words(later[i].what), "unknown_subject: " + why[i]);
      waiting = std::move(later);
    }
  }

  // ---- What it changes ----

  using Key = std::tuple<std::string, std::string, std::string, record::Day>;   // Subject, predicate, scope, day.

  v1::Answer answer(const Key& key) const {
    v1::Question question;
    question.set_subject(std::get<0>(key));
    question.set_predicate(std::get<1>(key));
    question.set_scope(std::get<2>(key));
    question.set_valid_at(record::format(std::get<3>(key)));
    return record::ask(record(), question);
  }

  // The days on which a fact could make a difference: the first and the last on which it may begin, else when it is known; and today.
  void ask(const std::vector<Placed<v1::Fact>>& facts, std::map<Key, v1::Answer>* out) const {
    std::map<std::tuple<std::string, std::string, std::string>, std::size_t> asked;
    for (const auto& [fact, where] : facts) {
      const auto from = record::parse_when(fact.from());
      std::vector<record::Day> days;
      if (from.ok() && from->earliest > record::kAlways) days.push_back(from->earliest);
      if (from.ok() && from->latest < record::kNever) days.push_back(from->latest);
      if (const auto known = record::parse_day(fact.known()); days.empty() && known.ok()) days.push_back(*known);
      days.push_back(today_);
      for (const record::Day day : days)
        if (asked[{fact.subject(), fact.predicate(), fact.scope()}] < kDaysPerQuestion && out->emplace(Key{fact.subject(), fact.predicate(), fact.scope(), day}, v1::Answer()).second)
          ++asked[{fact.subject(), fact.predicate(), fact.scope()}];
    }
    for (auto& [key, one] : *out) one = answer(key);
  }

  static std::string gist(const v1::Answer& answer) {
    std::set<std::string> values;
    for (const v1::Value& value : answer.values()) values.insert(value.SerializeAsString());
    std::string out = answer.determined() ? "yes" : "no";
    for (const std::string& one : values) out += '\0' + one;
    return out;
  }

  void compare() {
    std::set<std::string> told;                        // Each conflict once, by its sides.
    for (const auto& [key, was] : before_) {
      v1::Answer now = answer(key);
      std::string sides;
      for (const auto& side : now.conflicting()) sides += side.fact().id() + ";";
      const v1::Predicate* word = record().predicate(std::get<1>(key));
      if (!sides.empty() && told.insert(sides).second) plan_.conflicts.push_back(std::move(now));
      else if (sides.empty() && was.determined() && gist(was) != gist(now) && word != nullptr && !word->many()) plan_.turned.push_back({was, std::move(now)});
    }
  }

  // ---- What loads it ----

  void add(v1::Command command) {
    command.set_ledger(ledger_);
    command.set_backfill(true);
    *command.mutable_actor() = actor_;
    command.set_command_id("import/" + content_id(command));
    plan_.commands.push_back(std::move(command));
  }

  void send() {
    v1::Command command;
    if (documents_.documents_size() > 0) { *command.mutable_register_document() = documents_; add(command); }
    if (words_.predicates_size() > 0) { *command.mutable_publish_vocabulary() = words_; add(command); }
    v1::Command some;
    for (v1::Fact& fact : facts_) {
      *some.mutable_assert_facts()->add_facts() = std::move(fact);
      if (some.assert_facts().facts_size() == kFactsPerCommand) { add(std::move(some)); some = {}; }
    }
    if (some.has_assert_facts()) add(std::move(some));
  }

  State& state_;
  const v1::Actor& actor_;
  const std::string ledger_;
  v1::Stamp stamp_;
  record::Day today_;
  std::set<std::string> introduced_, clashing_documents_, clashing_words_;
  std::map<Key, v1::Answer> before_;
  v1::RegisterDocument documents_;
  v1::PublishVocabulary words_;
  std::vector<v1::Fact> facts_;
  Plan plan_;
};

}  // namespace

Plan plan_import(State& state, History history, const v1::Actor& actor, const std::string& ledger, std::int64_t now_ms) {
  return Planner(state, actor, ledger, now_ms).run(std::move(history));
}

}  // namespace concordat::app
