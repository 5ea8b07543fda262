// A history as people carry it between ledgers: documents, words and facts, in YAML, JSON or CSV. Read by `import`, written by `export`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "concordat/v1/record.pb.h"
#include "engine/base/status.h"

namespace concordat::app {

template <typename T>
struct Placed { T what; std::string where; };      // "history.csv:12".

struct History {
  std::vector<Placed<v1::Document>> documents;
  std::vector<Placed<v1::Predicate>> words;
  std::vector<Placed<v1::Fact>> facts;             // Names may stand where the ledger has ids; `import` resolves them.
};

// Adds what a text holds. YAML and JSON: {documents: […], words: […], facts: […]}, each as the ledger's own messages. CSV: a head
// row, and its column `row` says fact (also if there is none), document or word. A fact's value is typed as its word is, in this
// history or by `type_of` (0: it is none). kInvalid names file and line.
using TypeOf = std::function<int(const std::string& word)>;
Status read_history(const std::string& file, const std::string& text, const TypeOf& type_of, History* out);

// An export of a ledger is a document of its own: "west-midlands@936".
std::string export_document(const std::string& ledger, std::uint64_t sequence);
bool is_export_of(const std::string& ledger, const std::string& document);
// A fact as an export tells it: what a matter made names that document, and the matter in its place.
v1::Fact exported(v1::Fact fact, const std::string& document);

// `snapshot` is a JSON object that says of what it is one; passed over when read.
std::string history_json(const History& history, const std::string& snapshot);
std::string history_csv(const History& history);

}  // namespace concordat::app
