// The record: facts in two times, and the one way to ask them. Used by the engine (authority) and by the views alike.
// Pure: no clock, no I/O; the order of facts is the order in which the ledger learnt them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/record/when.h"

namespace concordat::v1 {
class Answer; class ConflictResolved; class Document; class Fact; class FactAsserted; class FactRetracted; class Predicate;
class Question; class Value; class VocabularyPublished; class DocumentRegistered;
}  // namespace concordat::v1

namespace concordat::record {

// A value as plain memory. `kind` numbers are those of v1::Predicate::Type; kind 0 = the source leaves it open.
struct Datum {
  int kind = 0;
  std::string text;              // ref, text, when, code
  std::int64_t number = 0;       // number, flag
  auto operator<=>(const Datum&) const = default;
};
Datum datum(const v1::Value& value);
void fill(const Datum& datum, v1::Value* out);
std::string in_words(const Datum& datum);            // Without looking names up.

// A fact as plain memory. Parsed once from v1::Fact; `raw` keeps the bytes for answers.
struct Fact {
  std::string id, subject, predicate, scope;
  Datum value;
  When from, until;
  int standing = 0;              // v1::Standing
  std::string condition;
  std::string document;          // Of its source; empty if a matter is the source, also one of another ledger (mark "act: …").
  Day known;
  std::string record_set;
  bool in_force = false;
  bool derived = false;          // A mark says that it was inferred: "derived: …".
  int reason = 0;                // v1::Reason: a mark that is a reason's name says why start or value is open.
  std::uint64_t sequence = 0;    // Of the event that asserted it: the third clock.
  // Set when the fact was retracted or lost a conflict, with the day from which that is known.
  struct Later { Day known; std::string why; std::uint64_t sequence; };
  std::vector<Later> retractions;
  std::vector<Later> set_aside_by_resolution;   // Without words: it prevailed in a resolution after it had lost one.
  std::string raw;               // Serialized v1::Fact.
};
bool lost(const Fact& fact, Day known_at);                          // A conflict: the newest resolution known by that day says so.
Result<Fact> parse(const v1::Fact& fact, std::uint64_t sequence);   // Fails on bad dates, an end before the start, no value kind.

// What `ask` needs to know of the world it asks: implemented by Record (memory) and by the record view (store).
class Facts {
 public:
  virtual ~Facts() = default;
  // Every fact of that subject and predicate, in ledger order, retracted ones included. Scope is not filtered.
  virtual std::vector<const Fact*> of(std::string_view subject, std::string_view predicate) const = 0;
  // Null if the vocabulary lacks it. Owned by the implementation.
  virtual const v1::Predicate* predicate(std::string_view name) const = 0;
  // Documents somebody points to that are not held, for `missing_document`: id of one that would state the predicate.
  virtual std::string missing_document_for(std::string_view subject, std::string_view predicate) const = 0;
  // The display name of a subject; its id if it has none.
  virtual std::string name(std::string_view subject) const = 0;
  // Told of every fact that `holds` and `values` rest on. For whoever explains a decision; else nobody listens.
  virtual void rested_on(const Fact&) const {}
};

// REQUIRES: question.subject is a subject id (resolve names first), dates are well-formed.
// Deterministic; never fails: what cannot be said is "not determined" with its reason.
v1::Answer ask(const Facts& facts, const v1::Question& question);
// Where a value of a determined answer stands for bodies together, names each of them. `ask` has done it already.
void name_jointly(const Facts& facts, v1::Answer* answer);

// Does that value hold today, by effective facts only? This is what authority rests on: a plan never authorises.
// Appends the ids of the facts that say so to `because`, if given. Values are compared exactly.
bool holds(const Facts& facts, std::string_view subject, std::string_view predicate, std::string_view scope,
           const Datum& value, Day today, std::vector<std::string>* because = nullptr);
// All values that hold today by effective facts, sorted, each once.
std::vector<Datum> values(const Facts& facts, std::string_view subject, std::string_view predicate,
                          std::string_view scope, Day today, std::vector<std::string>* because = nullptr);

// What holds on a day by effective facts.
struct Standing {
  std::vector<const Fact*> facts;          // That say so, in ledger order.
  std::vector<Datum> values;               // Sorted, each once.
  std::vector<std::string> texts;          // Theirs.
};

// Names: every alias resolves to one subject, and never by likeness alone.
struct Resolution {
  std::string subject;                     // Empty if none or several.
  std::vector<std::string> candidates;     // Several subjects bear the name.
  bool bare_tier = false;                  // "Tier 2": two scales are called so (K09).
};

// The display name as recorded: of the newest known name that was not retracted; the id if there is none.
std::string display_name(const Facts& facts, std::string_view subject);

// Missing documents: a fact `stated_in` of the subject, with the predicate as scope (empty = any), names the document that
// would state it; if that document is registered as not held, silence is answered with missing_document.

// The record in memory.
class Record final : public Facts {
 public:
  Record();
  ~Record() override;
  Record(Record&&) noexcept;
  Record& operator=(Record&&) noexcept;
  Record(const Record&);                                     // Every fact anew: for trials, whose end nobody keeps.
  Record& operator=(const Record&) = delete;

  // Cannot fail: an event that does not fit is corruption and CHECKs.
  void evolve(const v1::VocabularyPublished& event);
  void evolve(const v1::DocumentRegistered& event);
  void evolve(const v1::FactAsserted& event, std::uint64_t sequence);
  void evolve(const v1::FactRetracted& event, std::uint64_t sequence);
  void evolve(const v1::ConflictResolved& event, std::uint64_t sequence);

  std::vector<const Fact*> of(std::string_view subject, std::string_view predicate) const override;
  const v1::Predicate* predicate(std::string_view name) const override;
  std::string missing_document_for(std::string_view subject, std::string_view predicate) const override;
  std::string name(std::string_view subject) const override;

  const Fact* find(std::string_view fact_id) const;          // Null if there is none.
  const v1::Document* document(std::string_view id) const;   // Null if not registered.
  bool has_subject(std::string_view subject) const;          // Some fact is about it.
  Resolution resolve(std::string_view name) const;           // A subject id resolves to itself.
  std::vector<std::string> subjects() const;                 // Sorted.
  std::vector<std::string> predicates() const;               // Sorted names of the vocabulary.

  // What `values` and `holds` read. Authority asks the same few questions at every command, so the answers of a day are
  // kept until the record changes, another day is asked for, or they are many between two commands: the reference is good
  // until then. For the thread that has the record.
  const Standing& standing(std::string_view subject, std::string_view predicate, std::string_view scope, Day today) const;
  void forget_many();
  std::uint64_t version() const;                             // Another one after every change.

  // From now on, ids of facts that authority rests on are added to `ids`; null = no longer. Copies do not listen.
  void listen(std::set<std::string>* ids) { read_ = ids; }
  bool listened() const { return read_ != nullptr; }
  void rested_on(const Fact& fact) const override;

 private:
  struct Memory;
  void changed();
  std::unique_ptr<Memory> memory_;
  std::set<std::string>* read_ = nullptr;
};

bool holds(const Record& record, std::string_view subject, std::string_view predicate, std::string_view scope,
           const Datum& value, Day today, std::vector<std::string>* because = nullptr);
std::vector<Datum> values(const Record& record, std::string_view subject, std::string_view predicate,
                          std::string_view scope, Day today, std::vector<std::string>* because = nullptr);
// The texts of `values`. Good until the record changes.
const std::vector<std::string>& texts(const Record& record, std::string_view subject, std::string_view predicate,
                                      std::string_view scope, Day today);

// What is behind them, worked out anew.
Standing standing_on(const Facts& facts, std::string_view subject, std::string_view predicate, std::string_view scope, Day today);

}  // namespace concordat::record
