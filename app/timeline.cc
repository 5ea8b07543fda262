// concordat timeline: everything that was ever said of a subject, in the order in which it was to be so.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <tuple>

#include "app/common.h"
#include "app/table.h"
#include "concordat/v1/record.pb.h"

namespace concordat::app {
namespace {

std::string words_of(const Reading& reading, const record::Datum& value) {
  return value.kind == v1::Predicate::ref ? reading.record->name(value.text) : record::in_words(value);
}

// "planned; retracted: …": a standing, and what became of the statement.
std::string standing_of(const record::Fact& fact) {
  std::string out = v1::Standing::Value_Name(fact.standing);
  if (!fact.condition.empty()) out += ", if " + fact.condition;
  for (const auto& later : fact.retractions) out += "; retracted: " + later.why;
  for (const auto& later : fact.set_aside_by_resolution) out += "; set aside: " + later.why;
  return out;
}

std::string source_of(const record::Fact& fact) {
  v1::Fact raw;
  raw.ParseFromString(fact.raw);
  const v1::Source& source = raw.source();
  if (source.document().empty()) return "matter " + source.matter();
  return source.document() + (source.place().empty() ? "" : ":" + source.place());
}

Status timeline(Common& common, const std::string& name, const std::string& predicate) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  const auto subject = subject_of(*reading, name);
  if (!subject.ok()) return subject.status();
  if (!predicate.empty() && reading->record->predicate(predicate) == nullptr) return Status::invalid("expected a word of the vocabulary, but \"" + predicate + "\" is none (see: concordat vocabulary)");
  std::vector<const record::Fact*> facts;
  for (const std::string& word : reading->record->predicates_of(*subject))
    if (predicate.empty() || word == predicate)
      for (const record::Fact* fact : reading->record->of(*subject, word)) facts.push_back(fact);
  // By when it was to begin, what nobody dated first; then by when it could be known, then by when the ledger learnt it.
  std::stable_sort(facts.begin(), facts.end(), [](const record::Fact* a, const record::Fact* b) {
    return std::tie(a->from.earliest, a->from.latest, a->known, a->sequence) < std::tie(b->from.earliest, b->from.latest, b->known, b->sequence);
  });
  Table table({"from", "until", "word", "value", "standing", "known", "source"});
  for (const record::Fact* fact : facts) {
    if (common.json()) {
      v1::Fact raw;
      raw.ParseFromString(fact->raw);
      std::printf("%s\n", json_of(raw).c_str());
    }
    const std::string word = fact->predicate + (fact->scope.empty() ? "" : " (" + reading->record->name(fact->scope) + ")");
    table.row({fact->from.stated ? record::in_words(fact->from) : "not dated", fact->until.stated ? record::in_words(fact->until) : "", word, words_of(*reading, fact->value), standing_of(*fact), record::format(fact->known), source_of(*fact)});
  }
  if (common.json()) return {};
  std::printf("%s (%s)\n\n", reading->record->name(*subject).c_str(), subject->c_str());
  if (table.empty()) std::printf("Nothing was said of it%s.\n", predicate.empty() ? "" : (" under the word " + predicate).c_str());
  else table.print();
  return {};
}

}  // namespace

void add_timeline(CLI::App& app, Common& common) {
  struct Asked { std::string subject, word; };
  auto asked = std::make_shared<Asked>();
  CLI::App* command = app.add_subcommand("timeline", "Everything ever said of a subject: planned, replanned, effective, retracted");
  command->add_option("SUBJECT", asked->subject, "By id or recorded name")->required();
  command->add_option("WORD", asked->word, "Only this word of the vocabulary");
  command->footer("Dates are shown as precisely as their source gave them; \"not dated\" says that it gave none.\nExample:\n  concordat timeline POD commissioner");
  command->callback([&common, asked] { run(common, [&] { return timeline(common, asked->subject, asked->word); }); });
}

}  // namespace concordat::app
