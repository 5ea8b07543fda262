#include "projections/views/record.h"

#include "concordat/v1/views.pb.h"
#include "engine/base/check.h"
#include "engine/record/authority.h"
#include "engine/record/names.h"
#include "projections/bytes.h"

namespace concordat::projections {
namespace {

constexpr int kChunkRows = 64;          // A row stays small, and a hundred thousand facts on one subject stay a list of rows.

std::string facts_key(std::string_view subject, std::string_view predicate) {
  std::string key = "f/";
  key.append(subject).push_back('\0');
  key.append(predicate).push_back('\0');
  return key;
}

class RecordView final : public View {
 public:
  std::string_view name() const override { return "record"; }
  std::uint32_t version() const override { return 4; }

  void fold(const Committed& c, Rows& rows) const override {
    const v1::Event& event = c.event;
    if (event.has_vocabulary_published())
      for (const v1::Predicate& word : event.vocabulary_published().predicates()) rows.put("w/" + word.name(), word.SerializeAsString());
    if (event.has_document_registered()) {
      const v1::Document& document = event.document_registered().document();
      rows.put("d/" + document.id(), document.SerializeAsString());
      if (!document.record_set().empty()) rows.put("r/" + document.record_set(), "");
    }
    if (event.has_fact_asserted()) asserted(c, event.fact_asserted().fact(), rows);
    if (event.has_fact_retracted()) later(rows, event.fact_retracted().fact(), [&](v1::FactRow& row) { note(row.add_retracted(), event.fact_retracted().known(), event.fact_retracted().reason(), c.sequence); });
    if (event.has_conflict_resolved())
      for (const std::string& id : event.conflict_resolved().facts())
        later(rows, id, [&](v1::FactRow& row) {
          const bool prevails = id == event.conflict_resolved().prevails();
          if (!prevails || row.not_preferred_size() > 0) note(row.add_not_preferred(), event.conflict_resolved().known(), prevails ? "" : event.conflict_resolved().authority(), c.sequence);
        });
  }

 private:
  static void asserted(const Committed& c, const v1::Fact& fact, Rows& rows) {
    const std::string all = facts_key(fact.subject(), fact.predicate());
    const std::string word = "p/" + fact.subject() + '\0' + fact.predicate();
    const auto last = rows.get(word);
    std::uint64_t number = last ? std::stoull(*last) : 0;
    v1::FactChunk* chunk = &rows.at<v1::FactChunk>(all + be64(number));
    if (chunk->rows_size() >= kChunkRows) chunk = &rows.at<v1::FactChunk>(all + be64(++number));
    const std::string key = all + be64(number);
    v1::FactRow& row = *chunk->add_rows();
    *row.mutable_fact() = fact;
    row.set_sequence(c.sequence);
    rows.put(word, std::to_string(number));
    rows.put("i/" + fact.id(), key);
    rows.put("s/" + fact.subject(), "");
    if (!fact.record_set().empty()) rows.put("r/" + fact.record_set(), "");
    if (fact.predicate() == record::authority::kName || fact.predicate() == record::authority::kAlias)
      rows.put("n/" + record::normal(fact.value().text()) + '\0' + fact.subject(), "");
  }
  static void note(v1::FactRow::Later* later, const std::string& known, const std::string& why, std::uint64_t sequence) {
    later->set_known(known);
    later->set_why(why);
    later->set_sequence(sequence);
  }
  template <typename Change>
  static void later(Rows& rows, const std::string& id, Change apply) {
    const auto key = rows.get("i/" + id);
    CHECK(key.has_value(), "an event about a fact that was never asserted");
    for (v1::FactRow& row : *rows.at<v1::FactChunk>(*key).mutable_rows())
      if (row.fact().id() == id) apply(row);
  }
};

std::vector<record::Fact::Later> laters(const google::protobuf::RepeatedPtrField<v1::FactRow::Later>& rows) {
  std::vector<record::Fact::Later> out;
  for (const auto& row : rows) {
    const auto known = record::parse_day(row.known());
    out.push_back({known.ok() ? *known : record::kAlways, row.why(), row.sequence()});
  }
  return out;
}

}  // namespace

const View& record_view() { static const RecordView view; return view; }

RecordReader::RecordReader(const Store& store, std::string ledger) : store_(store), ledger_(std::move(ledger)) {}
RecordReader::~RecordReader() = default;

std::vector<const record::Fact*> RecordReader::of(std::string_view subject, std::string_view predicate) const {
  const std::string key = facts_key(subject, predicate);
  auto found = read_.find(key);
  if (found == read_.end()) {
    found = read_.emplace(key, std::vector<std::unique_ptr<record::Fact>>()).first;
    for (std::uint64_t i = 0;; ++i) {
      const auto bytes = store_.get("record", ledger_, key + be64(i));
      v1::FactChunk chunk;
      if (!bytes || !chunk.ParseFromString(*bytes)) break;
      for (const v1::FactRow& row : chunk.rows()) {
        auto fact = record::parse(row.fact(), row.sequence());
        CHECK(fact.ok(), "a fact on the ledger was checked before it was written");
        fact->retractions = laters(row.retracted());
        fact->set_aside_by_resolution = laters(row.not_preferred());
        found->second.push_back(std::make_unique<record::Fact>(*std::move(fact)));
      }
      if (chunk.rows_size() < kChunkRows) break;
    }
  }
  std::vector<const record::Fact*> out;
  for (const auto& fact : found->second) out.push_back(fact.get());
  return out;
}

const v1::Predicate* RecordReader::predicate(std::string_view name) const {
  auto found = words_.find(name);
  if (found == words_.end()) {
    const auto bytes = store_.get("record", ledger_, "w/" + std::string(name));
    auto word = bytes ? std::make_unique<v1::Predicate>() : nullptr;
    if (word) word->ParseFromString(*bytes);
    found = words_.emplace(std::string(name), std::move(word)).first;
  }
  return found->second.get();
}

std::string RecordReader::missing_document_for(std::string_view subject, std::string_view predicate) const {
  std::string first;
  for (const record::Fact* fact : of(subject, record::authority::kStatedIn)) {
    if (!fact->retractions.empty() || (!fact->scope.empty() && fact->scope != predicate)) continue;
    v1::Document named;
    if (document(fact->value.text, &named) && !named.held() && (first.empty() || named.id() < first)) first = named.id();
  }
  return first;
}

std::string RecordReader::name(std::string_view subject) const { return record::display_name(*this, subject); }

bool RecordReader::has_subject(std::string_view subject) const { return store_.get("record", ledger_, "s/" + std::string(subject)).has_value(); }

// Does a fact that was not retracted give the subject that name?
bool RecordReader::bears(std::string_view subject, std::string_view normal) const {
  for (const char* predicate : {record::authority::kName, record::authority::kAlias})
    for (const record::Fact* fact : of(subject, predicate))
      if (fact->retractions.empty() && record::normal(fact->value.text) == normal) return true;
  return false;
}

record::Resolution RecordReader::resolve(std::string_view name) const {
  if (has_subject(name)) return {std::string(name), {}, false};
  record::Names names;
  const std::string wanted = record::normal(name), prefix = "n/" + wanted + '\0';
  store_.scan("record", ledger_, prefix, "", [&](std::string_view key, std::string_view) {
    if (bears(key.substr(prefix.size()), wanted)) names.add(name, key.substr(prefix.size()));
    return true;
  });
  return names.resolve(name);
}

std::vector<std::string> RecordReader::record_sets() const {
  std::vector<std::string> out;
  store_.scan("record", ledger_, "r/", "", [&](std::string_view key, std::string_view) { out.emplace_back(key.substr(2)); return true; });
  return out;
}

std::vector<std::string> RecordReader::subjects(std::string_view prefix) const {
  std::vector<std::string> out;
  store_.scan("record", ledger_, "s/" + std::string(prefix), "", [&](std::string_view key, std::string_view) { out.emplace_back(key.substr(2)); return true; });
  return out;
}

std::vector<std::string> RecordReader::predicates_of(std::string_view subject) const {
  std::vector<std::string> out;
  const std::string prefix = "p/" + std::string(subject) + '\0';
  store_.scan("record", ledger_, prefix, "", [&](std::string_view key, std::string_view) { out.emplace_back(key.substr(prefix.size())); return true; });
  return out;
}

std::vector<v1::Predicate> RecordReader::vocabulary() const {
  std::vector<v1::Predicate> out;
  store_.scan("record", ledger_, "w/", "", [&](std::string_view, std::string_view bytes) { out.emplace_back().ParseFromArray(bytes.data(), static_cast<int>(bytes.size())); return true; });
  return out;
}

bool RecordReader::document(std::string_view id, v1::Document* out) const {
  const auto bytes = store_.get("record", ledger_, "d/" + std::string(id));
  return bytes && out->ParseFromString(*bytes);
}

bool RecordReader::fact(std::string_view id, v1::Fact* out) const {
  const auto key = store_.get("record", ledger_, "i/" + std::string(id));
  const auto bytes = key ? store_.get("record", ledger_, *key) : std::nullopt;
  v1::FactChunk chunk;
  if (!bytes || !chunk.ParseFromString(*bytes)) return false;
  for (const v1::FactRow& row : chunk.rows())
    if (row.fact().id() == id) { *out = row.fact(); return true; }
  return false;
}

}  // namespace concordat::projections
