#include "engine/record/record.h"

#include <tuple>
#include <utility>

#include "concordat/v1/record.pb.h"
#include "engine/record/authority.h"
#include "engine/record/names.h"

namespace concordat::record {
namespace {

// Subject and predicate, found by views of them: a lookup allocates nothing.
struct Key { std::string subject, predicate; };
struct ByKey {
  using is_transparent = void;
  using View = std::pair<std::string_view, std::string_view>;
  static View view(const Key& key) { return {key.subject, key.predicate}; }
  static View view(const View& key) { return key; }
  bool operator()(const auto& a, const auto& b) const { return view(a) < view(b); }
};

// One question of authority, found by views of its words.
struct Asked { std::string subject, predicate, scope; };
struct AskedView { std::string_view subject, predicate, scope; };
struct ByAsked {
  using is_transparent = void;
  static auto view(const auto& one) { return std::tuple<std::string_view, std::string_view, std::string_view>(one.scope, one.subject, one.predicate); }
  bool operator()(const auto& a, const auto& b) const { return view(a) < view(b); }
};

constexpr std::size_t kAnswersKept = 100'000;

bool is_name(const Fact& fact) { return fact.predicate == authority::kName || fact.predicate == authority::kAlias; }

}  // namespace

struct Record::Memory {
  std::map<std::string, std::unique_ptr<Fact>, std::less<>> facts;               // By id.
  std::map<Key, std::vector<const Fact*>, ByKey> by_key;                         // In ledger order.
  std::map<std::string, std::size_t, std::less<>> subjects;                      // Facts about each.
  std::map<std::string, v1::Predicate, std::less<>> words;
  std::map<std::string, v1::Document, std::less<>> documents;
  Names names;
  std::map<Asked, Standing, ByAsked> standing;                                   // Of that day.
  Day standing_day;
  std::uint64_t version = 0;

  Fact& fact(const std::string& id) {
    const auto found = facts.find(id);
    CHECK(found != facts.end(), "an event about a fact that was never asserted");
    return *found->second;
  }
};

Record::Record() : memory_(std::make_unique<Memory>()) {}
Record::~Record() = default;
Record::Record(Record&&) noexcept = default;
Record& Record::operator=(Record&&) noexcept = default;

Record::Record(const Record& other) : memory_(std::make_unique<Memory>()) {
  memory_->version = other.memory_->version;
  memory_->subjects = other.memory_->subjects;
  memory_->words = other.memory_->words;
  memory_->documents = other.memory_->documents;
  memory_->names = other.memory_->names;
  for (const auto& [id, fact] : other.memory_->facts) memory_->facts.emplace(id, std::make_unique<Fact>(*fact));
  for (const auto& [key, facts] : other.memory_->by_key) {
    auto& mine = memory_->by_key[key];
    for (const Fact* fact : facts) mine.push_back(&memory_->fact(fact->id));
  }
}

void Record::rested_on(const Fact& fact) const {
  if (read_ != nullptr) read_->insert(fact.id);
}

const Standing& Record::standing(std::string_view subject, std::string_view predicate, std::string_view scope, Day today) const {
  auto& kept = memory_->standing;
  if (memory_->standing_day != today) kept.clear();
  memory_->standing_day = today;
  auto found = kept.find(AskedView{subject, predicate, scope});
  if (found == kept.end())
    found = kept.emplace(Asked{std::string(subject), std::string(predicate), std::string(scope)}, standing_on(*this, subject, predicate, scope, today)).first;
  return found->second;
}

std::uint64_t Record::version() const { return memory_->version; }

void Record::changed() {
  ++memory_->version;
  memory_->standing.clear();
}

void Record::forget_many() {
  if (memory_->standing.size() > kAnswersKept) memory_->standing.clear();
}

void Record::evolve(const v1::VocabularyPublished& event) {
  changed();
  for (const v1::Predicate& word : event.predicates()) memory_->words[word.name()] = word;
}

void Record::evolve(const v1::DocumentRegistered& event) {
  changed();
  memory_->documents[event.document().id()] = event.document();
}

void Record::evolve(const v1::FactAsserted& event, std::uint64_t sequence) {
  changed();
  auto parsed = parse(event.fact(), sequence);
  CHECK(parsed.ok(), "a fact on the ledger was checked before it was written");
  auto fact = std::make_unique<Fact>(*std::move(parsed));
  memory_->by_key[Key{fact->subject, fact->predicate}].push_back(fact.get());
  ++memory_->subjects[fact->subject];
  if (is_name(*fact)) memory_->names.add(fact->value.text, fact->subject);
  const bool fresh = memory_->facts.emplace(fact->id, std::move(fact)).second;
  CHECK(fresh, "a fact id is used once");
}

void Record::evolve(const v1::FactRetracted& event, std::uint64_t sequence) {
  changed();
  const auto known = parse_day(event.known());
  CHECK(known.ok(), "checked before it was written");
  Fact& fact = memory_->fact(event.fact());
  if (is_name(fact) && fact.retractions.empty()) memory_->names.remove(fact.value.text, fact.subject);
  fact.retractions.push_back({*known, event.reason(), sequence});
}

void Record::evolve(const v1::ConflictResolved& event, std::uint64_t sequence) {
  changed();
  const auto known = parse_day(event.known());
  CHECK(known.ok(), "checked before it was written");
  for (const std::string& id : event.facts()) {
    Fact& fact = memory_->fact(id);
    if (id != event.prevails()) fact.set_aside_by_resolution.push_back({*known, event.authority(), sequence});
    else if (!fact.set_aside_by_resolution.empty()) fact.set_aside_by_resolution.push_back({*known, "", sequence});
  }
}

std::vector<const Fact*> Record::of(std::string_view subject, std::string_view predicate) const {
  const auto found = memory_->by_key.find(ByKey::View{subject, predicate});
  return found == memory_->by_key.end() ? std::vector<const Fact*>() : found->second;
}

const v1::Predicate* Record::predicate(std::string_view name) const {
  const auto found = memory_->words.find(name);
  return found == memory_->words.end() ? nullptr : &found->second;
}

std::string Record::missing_document_for(std::string_view subject, std::string_view predicate) const {
  std::string first;                                                             // By id, whatever arrived first.
  for (const Fact* fact : of(subject, authority::kStatedIn)) {
    if (!fact->retractions.empty() || (!fact->scope.empty() && fact->scope != predicate)) continue;
    const v1::Document* named = document(fact->value.text);
    if (named != nullptr && !named->held() && (first.empty() || named->id() < first)) first = named->id();
  }
  return first;
}

std::string Record::name(std::string_view subject) const { return display_name(*this, subject); }

std::string display_name(const Facts& facts, std::string_view subject) {
  const Fact* newest = nullptr;
  for (const Fact* fact : facts.of(subject, authority::kName)) {
    if (!fact->retractions.empty()) continue;
    if (newest == nullptr || std::tie(fact->known, fact->id) > std::tie(newest->known, newest->id)) newest = fact;
  }
  return newest == nullptr ? std::string(subject) : newest->value.text;
}

const Fact* Record::find(std::string_view fact_id) const {
  const auto found = memory_->facts.find(fact_id);
  return found == memory_->facts.end() ? nullptr : found->second.get();
}

const v1::Document* Record::document(std::string_view id) const {
  const auto found = memory_->documents.find(id);
  return found == memory_->documents.end() ? nullptr : &found->second;
}

bool Record::has_subject(std::string_view subject) const { return memory_->subjects.contains(subject); }

Resolution Record::resolve(std::string_view name) const {
  if (has_subject(name)) return {std::string(name), {}, false};
  return memory_->names.resolve(name);
}

std::vector<std::string> Record::subjects() const {
  std::vector<std::string> out;
  for (const auto& [subject, count] : memory_->subjects) out.push_back(subject);
  return out;
}

std::vector<std::string> Record::predicates() const {
  std::vector<std::string> out;
  for (const auto& [name, word] : memory_->words) out.push_back(name);
  return out;
}

}  // namespace concordat::record
