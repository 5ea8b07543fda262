// The record view: facts in two times, and the reader that answers questions from it.
// Keys: "f/" subject \0 predicate \0 BE64 chunk -> FactChunk, so that a question is one look-up by key; "i/" fact id -> that
// key; "p/" subject \0 predicate -> number of its last chunk; "w/" word -> Predicate;
// "d/" document -> Document; "n/" normal name \0 subject -> empty; "s/" subject -> empty; "r/" record set -> empty.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/record/record.h"
#include "projections/store.h"

namespace concordat::projections {

const View& record_view();

// Facts as the store has them now. Cheap to make; keeps what it read, so use one per question or report. One thread.
class RecordReader final : public record::Facts {
 public:
  RecordReader(const Store& store, std::string ledger);
  ~RecordReader() override;
  std::vector<const record::Fact*> of(std::string_view subject, std::string_view predicate) const override;
  const v1::Predicate* predicate(std::string_view name) const override;
  std::string missing_document_for(std::string_view subject, std::string_view predicate) const override;
  std::string name(std::string_view subject) const override;

  bool has_subject(std::string_view subject) const;
  record::Resolution resolve(std::string_view name) const;          // A subject id resolves to itself.
  std::vector<std::string> subjects(std::string_view prefix) const; // Sorted.
  std::vector<std::string> record_sets() const;                     // Those of documents and facts, sorted.
  std::vector<std::string> predicates_of(std::string_view subject) const;
  std::vector<v1::Predicate> vocabulary() const;
  bool document(std::string_view id, v1::Document* out) const;
  bool fact(std::string_view id, v1::Fact* out) const;

 private:
  bool bears(std::string_view subject, std::string_view normal) const;
  const Store& store_;
  const std::string ledger_;
  mutable std::map<std::string, std::vector<std::unique_ptr<record::Fact>>, std::less<>> read_;
  mutable std::map<std::string, std::unique_ptr<v1::Predicate>, std::less<>> words_;
};

}  // namespace concordat::projections
