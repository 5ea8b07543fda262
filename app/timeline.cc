// concordat timeline: everything that was ever said of a subject, in the order in which it was to be so.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <tuple>

#include "app/common.h"
#include "app/pictures.h"
#include "app/questions.h"
#include "app/table.h"
#include "concordat/v1/record.pb.h"

namespace concordat::app {
namespace {

std::string words_of(const Reading& reading, const record::Datum& value) {
  return value.kind == v1::Predicate::ref ? reading.record->name(value.text) : record::in_words(value);
}

// "planned; retracted: …": a standing, and what became of the statement.
std::string standing_of(const Reading& reading, const record::Fact& fact, bool again) {
  std::string out = again ? (fact.standing == v1::Standing::conditional ? "replanned, conditional" : "replanned") : v1::Standing::Value_Name(fact.standing);
  if (!fact.condition.empty()) out += ", if " + reading.record->name(fact.condition);
  for (const auto& later : fact.retractions) out += "; retracted: " + later.why;
  for (const auto& later : fact.set_aside_by_resolution) out += later.why.empty() ? "; prevailed after all" : "; set aside: " + later.why;
  return out;
}

std::string source_of(const record::Fact& fact) {
  v1::Fact raw;
  raw.ParseFromString(fact.raw);
  const v1::Source& source = raw.source();
  if (source.document().empty()) return "matter " + source.matter();
  return source.document() + (source.place().empty() ? "" : ":" + source.place());
}

// A later plan of the same thing for another time is a replan; the earlier one stays beside it. A closer date is none.
bool replans(const record::Fact& fact, const std::vector<const record::Fact*>& all) {
  const auto plan = [](const record::Fact& one) { return one.standing == v1::Standing::planned || one.standing == v1::Standing::conditional; };
  return plan(fact) && std::any_of(all.begin(), all.end(), [&](const record::Fact* other) {
    return plan(*other) && other->predicate == fact.predicate && other->scope == fact.scope && other->value == fact.value && other->known < fact.known && other->from.stated && fact.from.stated &&
           (other->from.latest < fact.from.earliest || fact.from.latest < other->from.earliest);
  });
}

std::string said_of(const Reading& reading, const record::Fact& fact) { return fact.predicate + (fact.scope.empty() ? "" : " (" + reading.record->name(fact.scope) + ")"); }

Status draw(const Reading& reading, const std::string& subject, const std::vector<const record::Fact*>& facts, const std::string& file) {
  std::vector<Bar> bars;
  for (const record::Fact* fact : facts) {
    const std::string standing = standing_of(reading, *fact, replans(*fact, facts));
    const bool plan = fact->standing == v1::Standing::planned || fact->standing == v1::Standing::conditional;
    bars.push_back({said_of(reading, *fact), words_of(reading, fact->value), standing, plan, !fact->retractions.empty() || record::lost(*fact, record::kNever), fact->from, fact->until, fact->known});
  }
  std::ofstream out(file, std::ios::binary);
  out << draw_timeline(reading.record->name(subject), bars);
  out.flush();
  return out ? Status() : Status::unavailable(file + ": the picture could not be written there");
}

Status timeline(Common& common, const std::string& name, const std::string& predicate, const std::string& svg) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  const auto subject = subject_of(*reading, name);
  if (!subject.ok()) return subject.status();
  if (!predicate.empty())
    if (Status status = check_word(*reading->record, *subject, predicate); !status.ok()) return status;
  std::vector<const record::Fact*> facts;
  for (const std::string& word : reading->record->predicates_of(*subject))
    if (predicate.empty() || word == predicate)
      for (const record::Fact* fact : reading->record->of(*subject, word)) facts.push_back(fact);
  if (facts.empty() && !svg.empty()) return Status::not_found("--svg: expected something that was said of " + *subject + (predicate.empty() ? "" : " under the word " + predicate) + " to draw, but there is nothing");
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
    const std::string word = said_of(*reading, *fact);
    table.row({fact->from.stated ? record::in_words(fact->from) : "not dated", fact->until.stated ? record::in_words(fact->until) : "", word, words_of(*reading, fact->value), standing_of(*reading, *fact, replans(*fact, facts)), record::format(fact->known), source_of(*fact)});
  }
  if (!svg.empty())
    if (Status status = draw(*reading, *subject, facts, svg); !status.ok()) return status;
  if (common.json()) return {};
  std::printf("%s (%s)\n\n", reading->record->name(*subject).c_str(), subject->c_str());
  if (table.empty()) std::printf("Nothing was said of it%s.\n", predicate.empty() ? "" : (" under the word " + predicate).c_str());
  else table.print();
  return {};
}

}  // namespace

void add_timeline(CLI::App& app, Common& common) {
  struct Asked { std::string subject, word, svg; };
  auto asked = std::make_shared<Asked>();
  CLI::App* command = app.add_subcommand("timeline", "Everything ever said of a subject: planned, replanned, effective, retracted");
  command->add_option("SUBJECT", asked->subject, "By id or recorded name")->required();
  command->add_option("WORD", asked->word, "Only this word of the vocabulary");
  command->add_option("--svg", asked->svg, "Also write a picture that says the same");
  command->footer("Dates are shown as precisely as their source gave them; \"not dated\" says that it gave none.\nExample:\n  concordat timeline POD commissioner --svg pod.svg");
  command->callback([&common, asked] { run(common, [&] { return timeline(common, asked->subject, asked->word, asked->svg); }); });
}

}  // namespace concordat::app
