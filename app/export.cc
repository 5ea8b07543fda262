// concordat export: the model as it was on a day, as known on a day, with all that its answers rest on.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <set>

#include "app/ask.h"
#include "app/history.h"
#include "app/questions.h"
#include "engine/record/authority.h"

namespace concordat::app {
namespace {

struct Flags { std::string at, known; std::vector<std::string> sets; };

// The record with only some facts about one subject and word: would they alone be answered the same?
class Some final : public record::Facts {
 public:
  Some(const record::Facts& all, std::vector<record::Fact> some) : all_(all), some_(std::move(some)) {}
  std::vector<const record::Fact*> of(std::string_view subject, std::string_view predicate) const override {
    if (some_.empty() || predicate != some_.front().predicate || subject != some_.front().subject) return all_.of(subject, predicate);
    std::vector<const record::Fact*> out;
    for (const record::Fact& fact : some_) out.push_back(&fact);
    return out;
  }
  const v1::Predicate* predicate(std::string_view name) const override { return all_.predicate(name); }
  std::string missing_document_for(std::string_view subject, std::string_view word) const override { return all_.missing_document_for(subject, word); }
  std::string name(std::string_view subject) const override { return all_.name(subject); }

 private:
  const record::Facts& all_;
  std::vector<record::Fact> some_;
};

std::string gist(const v1::Answer& answer) {
  std::string out = answer.sentence();
  for (const int reason : answer.reasons()) out += "\1" + std::to_string(reason);
  for (const std::string& basis : answer.basis()) out += "\2" + basis;
  return out + "\3" + answer.earliest() + ".." + answer.latest();
}

class Snapshot {
 public:
  Snapshot(const Reading& reading, v1::Question asked) : reading_(reading), asked_(std::move(asked)) {
    self_ = export_document(reading.ledger, reading.store->sequence(reading.ledger));
  }

  History take() {
    for (const std::string& subject : reading_.record->subjects(""))
      for (const std::string& predicate : reading_.record->predicates_of(subject)) take_word(subject, predicate);
    std::sort(facts_.begin(), facts_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [sequence, fact] : facts_) out_.facts.push_back({std::move(fact), ""});
    for (const std::string& id : documents_)
      if (v1::Document document; reading_.record->document(id, &document)) out_.documents.push_back({document, ""});
    if (own_) {
      v1::Document own;
      own.set_id(self_);
      own.set_title("Ledger " + reading_.ledger + " as of event " + std::to_string(reading_.store->sequence(reading_.ledger)));
      own.set_known_why("each fact has the day from which the ledger knew it");
      own.set_held(true);
      out_.documents.push_back({own, ""});
    }
    for (const v1::Predicate& word : reading_.record->vocabulary()) out_.words.push_back({word, ""});
    return std::move(out_);
  }

 private:
  bool usable(const record::Fact& fact) const {
    const auto by_then = [&](const std::vector<record::Fact::Later>& later) {
      return std::any_of(later.begin(), later.end(), [&](const auto& one) { return asked_.known_at().empty() || record::format(one.known) <= asked_.known_at(); });
    };
    // What a thing is called is needed to speak of it, whenever that was known; its day goes with it.
    if (fact.predicate == record::authority::kName) return fact.retractions.empty();
    if (!asked_.known_at().empty() && record::format(fact.known) > asked_.known_at()) return false;
    if (asked_.record_sets_size() > 0 && std::find(asked_.record_sets().begin(), asked_.record_sets().end(), fact.record_set) == asked_.record_sets().end()) return false;
    return !by_then(fact.retractions) && !record::lost(fact, asked_.known_at().empty() ? record::kNever : *record::parse_day(asked_.known_at()));
  }

  // As it will stand where it is loaded.
  record::Fact carried(const record::Fact& fact) const {
    record::Fact out = fact;
    out.retractions.clear();
    out.set_aside_by_resolution.clear();
    return out;
  }

  // What the answers of every scope rest on; all that is usable where that alone would be answered otherwise.
  void take_word(const std::string& subject, const std::string& predicate) {
    std::vector<record::Fact> usable_facts;
    std::set<std::string> scopes, needed;
    for (const record::Fact* fact : reading_.record->of(subject, predicate)) {
      if (!usable(*fact)) continue;
      usable_facts.push_back(carried(*fact));
      scopes.insert(fact->scope);
    }
    const bool name = predicate == record::authority::kName || predicate == record::authority::kAlias || predicate == record::authority::kStatedIn;
    if (!asked_.valid_at().empty() && !name && !alike(subject, predicate, scopes, usable_facts, &needed)) needed.clear();
    for (const record::Fact& fact : usable_facts)
      if (needed.empty() || needed.contains(fact.id)) keep(fact);
  }

  bool alike(const std::string& subject, const std::string& predicate, const std::set<std::string>& scopes, const std::vector<record::Fact>& usable_facts, std::set<std::string>* needed) const {
    std::vector<std::pair<v1::Question, std::string>> asks;
    for (const std::string& scope : scopes)
      for (const auto mode : {v1::Mode::arrangement, v1::Mode::happened, v1::Mode::expected}) {
        v1::Question question = asked_;
        question.set_subject(subject);
        question.set_predicate(predicate);
        question.set_scope(scope);
        question.set_mode(mode);
        const v1::Answer answer = record::ask(*reading_.record, question);
        for (const auto* list : {&answer.used(), &answer.conflicting()})
          for (const auto& one : *list) needed->insert(one.fact().id());
        asks.emplace_back(std::move(question), gist(answer));
      }
    std::vector<record::Fact> kept;
    for (const record::Fact& fact : usable_facts)
      if (needed->contains(fact.id)) kept.push_back(fact);
    if (kept.empty()) return false;
    const Some some(*reading_.record, std::move(kept));
    return std::all_of(asks.begin(), asks.end(), [&](const auto& one) { return gist(record::ask(some, one.first)) == one.second; });
  }

  void keep(const record::Fact& fact) {
    v1::Fact raw;
    raw.ParseFromString(fact.raw);
    own_ = own_ || !raw.source().matter().empty();
    raw = exported(std::move(raw), self_);
    documents_.insert(raw.source().document());
    if (raw.predicate() == record::authority::kStatedIn) documents_.insert(raw.value().text());
    facts_.emplace_back(fact.sequence, std::move(raw));
  }

  const Reading& reading_;
  const v1::Question asked_;
  std::string self_;
  bool own_ = false;
  std::set<std::string> documents_;
  std::vector<std::pair<std::uint64_t, v1::Fact>> facts_;
  History out_;
};

Status check_day(const char* flag, const std::string& day, bool known) {
  if (day.empty()) return {};
  const auto parsed = record::parse_day(day);
  if (!parsed.ok()) return Status::invalid(std::string(flag) + ": " + parsed.status().why());
  return known ? check_known(flag, day) : Status();
}

Status export_snapshot(Common& common, const Flags& flags) {
  if (Status status = check_day("--at", flags.at, false); !status.ok()) return status;
  if (Status status = check_day("--known", flags.known, true); !status.ok()) return status;
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  v1::Question asked;
  asked.set_valid_at(flags.at);
  asked.set_known_at(flags.known);
  if (Status status = set_record_sets(*reading->record, "--set", flags.sets, &asked); !status.ok()) return status;
  const History history = Snapshot(*reading, asked).take();
  if (common.csv()) std::fputs(history_csv(history).c_str(), stdout);
  else std::fputs(history_json(history, "{\"ledger\":\"" + reading->ledger + "\",\"sequence\":" + std::to_string(reading->store->sequence(reading->ledger)) + ",\"at\":\"" + flags.at + "\",\"known\":\"" + flags.known + "\"}").c_str(), stdout);
  std::fprintf(stderr, "%zu facts, %zu documents, %zu words\n", history.facts.size(), history.documents.size(), history.words.size());
  return {};
}

}  // namespace

void add_export(CLI::App& app, Common& common) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("export", "The model as of a day, as known on a day, for `import` or for other programs");
  command->add_option("--at", flags->at, "Only what answers of that day rest on, YYYY-MM-DD (default: every day)");
  command->add_option("--known", flags->known, "Only what was known by that day (default: everything recorded)");
  command->add_option("--set", flags->sets, "Record sets to take: seeds, public, assumed, matters (default all)");
  command->footer("JSON, or CSV with --format csv. Loaded into an empty ledger it gives the same answers for that day.\n"
                  "What a matter decided names this ledger, with its position and the matter, as its source.\n"
                  "Examples:\n  concordat export --at 2023-04-30 --known 2024-09-24 > model.json\n  concordat export --format csv > model.csv");
  command->callback([&common, flags] { run(common, [&] { return export_snapshot(common, *flags); }, true); });
}

}  // namespace concordat::app
