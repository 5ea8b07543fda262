#include "engine/facts.h"

#include <algorithm>
#include <set>

#include "engine/record/authority.h"
#include "engine/seats.h"
#include "engine/together.h"
#include "engine/steps/steps.h"

namespace concordat {
namespace {

namespace authority = record::authority;

// Predicates that give a body legal capacity: GR-12.
constexpr const char* kPartyOnly[] = {authority::kParty, "commissioner", "employer", "host"};

constexpr const char* kPartyScoped[] = {"votes", authority::kSeat, authority::kRepresentedBy, authority::kCommittee};

std::string place(const v1::Fact& fact) { return "fact " + fact.id(); }

Refusal check_value(const Work& work, const v1::Fact& fact, const v1::Predicate& word, const std::set<std::string>& introduced) {
  const record::Record& record = work.state().record;
  const record::Datum value = record::datum(fact.value());
  if (value.kind == 0) return accept();   // The source leaves it open.
  if (value.kind != word.type())
    return refuse(v1::RefusalCode::wrong_value_type, place(fact) + ": a " + v1::Predicate::Type_Name(word.type()) + " for " + word.name(),
                  "it is a " + v1::Predicate::Type_Name(static_cast<v1::Predicate::Type>(value.kind)) + " (" + record::in_words(value) + ")");
  if (value.kind == v1::Predicate::when) {
    const auto when = record::parse_when(value.text);
    if (!when.ok()) return refuse(v1::RefusalCode::bad_date, place(fact) + ": a date as its value", when.status().why());
  }
  if (value.kind != v1::Predicate::ref) return accept();
  if (!introduced.contains(value.text) && !record.has_subject(value.text)) {
    std::string subject;
    if (auto no = resolve(work, value.text, &subject)) {
      no->set_sentence(no->sentence() + " (value of " + place(fact) + ")");
      return no;
    }
    return refuse(v1::RefusalCode::unknown_subject, place(fact) + ": the id " + subject + " as its value", "it gives the name \"" + value.text + "\"");
  }
  const bool party_only = std::find(std::begin(kPartyOnly), std::end(kPartyOnly), word.name()) != std::end(kPartyOnly);
  const record::Datum yes{.kind = v1::Predicate::flag, .text = "", .number = 1};
  if (party_only && record::holds(record, value.text, authority::kNotAParty, "", yes, work.today()))
    return refuse(v1::RefusalCode::not_a_legal_party, place(fact) + ": a legal body as " + word.name(), record.name(value.text) + " has no legal personality");
  const bool without = record::holds(record, value.text, authority::kJointly, "", yes, work.today()) && record::values(record, value.text, authority::kParty, "", work.today()).empty();
  if (party_only && without)
    return refuse(v1::RefusalCode::not_a_legal_party, place(fact) + ": legal bodies that are " + word.name() + " together", "the record names no party of " + record.name(value.text));
  return accept();
}

// What has no legal personality has no vote or seat on a body, and no code of its own (GR-12).
Refusal check_party(const Work& work, const v1::Fact& fact) {
  const record::Datum yes{.kind = v1::Predicate::flag, .text = "", .number = 1};
  const auto no_party = [&](const std::string& subject) { return record::holds(work.state().record, subject, authority::kNotAParty, "", yes, work.today()); };
  const auto& words = kPartyScoped;
  if (std::find(std::begin(words), std::end(words), fact.predicate()) != std::end(words) && no_party(fact.scope()))
    return refuse(v1::RefusalCode::not_a_legal_party, place(fact) + ": " + fact.predicate() + " of a legal body", work.state().record.name(fact.scope()) + " has no legal personality");
  if (fact.predicate() == "code" && no_party(fact.subject()))
    return refuse(v1::RefusalCode::not_a_legal_party, place(fact) + ": a legal body that has the code", work.state().record.name(fact.subject()) + " has no legal personality");
  return accept();
}

Refusal check_source(const Work& work, const v1::Fact& fact) {
  const v1::Source& source = fact.source();
  if (source.document().empty() && source.matter().empty())
    return refuse(v1::RefusalCode::source_required, place(fact) + ": a source (document with place and quote, or matter)", "it has none");
  if (!source.document().empty() && work.state().record.document(source.document()) == nullptr)
    return refuse(v1::RefusalCode::document_not_registered, place(fact) + ": a registered document", source.document() + " is not registered");
  return accept();
}

Refusal check_dates(const v1::Fact& fact) {
  const auto from = record::parse_when(fact.from()), until = record::parse_when(fact.until());
  if (!from.ok()) return refuse(v1::RefusalCode::bad_date, place(fact) + ": a start date", from.status().why());
  if (!until.ok()) return refuse(v1::RefusalCode::bad_date, place(fact) + ": an end date", until.status().why());
  if (from->stated && until->stated && until->latest < from->earliest)
    return refuse(v1::RefusalCode::ends_before_start, place(fact) + ": an end after its start", fact.until() + " is before " + fact.from());
  if (!fact.known().empty()) {
    const auto known = record::parse_day(fact.known());
    if (!known.ok()) return refuse(v1::RefusalCode::bad_date, place(fact) + ": the day from which it is known", known.status().why());
  }
  return accept();
}

// A word that only procedures may change is out of reach of a plain assertion, unless it loads sourced history.
Refusal check_right(const Work& work, const v1::Fact& fact, const v1::Predicate& word, const std::string& procedure) {
  if (word.procedures().empty() || fact.standing() != v1::Standing::effective) return accept();
  if (std::find(word.procedures().begin(), word.procedures().end(), procedure) != word.procedures().end()) return accept();
  if (procedure.empty() && work.command().backfill()) return accept();
  std::string allowed;
  for (const std::string& one : word.procedures()) allowed += (allowed.empty() ? "" : " or ") + one;
  return refuse(v1::RefusalCode::changed_by_procedure_only, place(fact) + ": " + word.name() + " to be changed by procedure " + allowed,
                procedure.empty() ? "it was asserted directly" : "procedure " + procedure + " writes it");
}

Refusal check_one(const Work& work, const v1::Fact& fact, const std::set<std::string>& introduced, const std::string& procedure) {
  const v1::Predicate* word = work.state().record.predicate(fact.predicate());
  if (fact.id().empty()) return refuse(v1::RefusalCode::field_missing, "an id for every fact", "one about " + fact.subject() + " has none");
  if (word == nullptr) return refuse(v1::RefusalCode::unknown_predicate, place(fact) + ": a word of the vocabulary", "\"" + fact.predicate() + "\" is none (see: concordat vocabulary)");
  const std::size_t colon = fact.subject().find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == fact.subject().size())
    return refuse(v1::RefusalCode::unknown_subject, place(fact) + ": a subject id such as body:bsol", "it is \"" + fact.subject() + "\"");
  if (!word->subjects().empty() && std::find(word->subjects().begin(), word->subjects().end(), fact.subject().substr(0, colon)) == word->subjects().end())
    return refuse(v1::RefusalCode::wrong_value_type, place(fact) + ": a subject of which \"" + word->name() + "\" can be said", fact.subject() + " is of another kind");
  if (word->scoped() == fact.scope().empty())
    return refuse(v1::RefusalCode::field_missing, place(fact) + (word->scoped() ? ": a scope for " : ": no scope for ") + word->name(), word->scoped() ? "it has none" : "it has " + fact.scope());
  if (work.state().record.find(fact.id()) != nullptr) return refuse(v1::RefusalCode::fact_exists, "a fact id that is not used", fact.id() + " is");
  if (fact.standing() == v1::Standing::unset || fact.standing() == v1::Standing::retracted)
    return refuse(v1::RefusalCode::field_missing, place(fact) + ": a standing (planned, conditional, effective, ended)", "it has none of these");
  if (auto no = check_source(work, fact)) return no;
  if (auto no = check_dates(fact)) return no;
  if (auto no = check_right(work, fact, *word, procedure)) return no;
  if (auto no = check_party(work, fact)) return no;
  return check_value(work, fact, *word, introduced);
}

}  // namespace

Refusal check_facts(const Work& work, const std::vector<v1::Fact>& facts, const std::string& procedure) {
  std::set<std::string> introduced, ids;
  for (const v1::Fact& fact : facts) introduced.insert(fact.subject());
  for (const v1::Fact& fact : facts) {
    if (!ids.insert(fact.id()).second) return refuse(v1::RefusalCode::fact_exists, "each fact id once", fact.id() + " stands twice");
    if (auto no = check_one(work, fact, introduced, procedure)) return no;
  }
  if (auto no = check_together(work, facts)) return no;
  return check_seats(work, facts);
}

void emit_fact(Work& work, v1::Fact fact) {
  if (fact.known().empty()) fact.set_known(record::format(work.acted_on()));
  v1::Event event;
  *event.mutable_fact_asserted()->mutable_fact() = std::move(fact);
  work.emit(std::move(event));
}

Refusal decide(Work& work, const v1::AssertFacts& command) {
  const std::vector<v1::Fact> facts(command.facts().begin(), command.facts().end());
  if (auto no = may_act(work, "")) return no;
  if (auto no = check_facts(work, facts, "")) return no;
  for (const v1::Fact& fact : facts) {
    if (fact.source().matter().empty()) continue;
    return refuse(v1::RefusalCode::source_required, "fact " + fact.id() + ": a document as its source", "only a matter itself can name a matter");
  }
  for (const v1::Fact& fact : facts) emit_fact(work, fact);
  return steps::record_changed(work);
}

Refusal decide(Work& work, const v1::PublishVocabulary& command) {
  if (auto no = may_act(work, "")) return no;
  v1::Event event;
  for (const v1::Predicate& word : command.predicates()) {
    const v1::Predicate* there = work.state().record.predicate(word.name());
    if (there != nullptr && (there->type() != word.type() || there->many() != word.many() || there->scoped() != word.scoped()))
      return refuse(v1::RefusalCode::vocabulary_conflict, word.name() + " as it was published (" + v1::Predicate::Type_Name(there->type()) + ")", "a word's type never changes");
    *event.mutable_vocabulary_published()->add_predicates() = word;
  }
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::RegisterDocument& command) {
  if (auto no = may_act(work, "")) return no;
  for (const v1::Document& document : command.documents()) {
    v1::Event event;
    *event.mutable_document_registered()->mutable_document() = document;
    work.emit(std::move(event));
  }
  return accept();
}

Refusal decide(Work& work, const v1::RetractFact& command) {
  if (auto no = may_act(work, "")) return no;
  const record::Fact* fact = work.state().record.find(command.fact());
  if (fact == nullptr) return refuse(v1::RefusalCode::fact_not_found, "a fact of the record", "there is none with id " + command.fact());
  if (!fact->retractions.empty()) return refuse(v1::RefusalCode::fact_not_found, "a fact that stands", command.fact() + " was retracted");
  if (command.reason().empty()) return refuse(v1::RefusalCode::reason_required, "a reason", "none was given");
  v1::Event event;
  event.mutable_fact_retracted()->set_fact(command.fact());
  event.mutable_fact_retracted()->set_reason(command.reason());
  event.mutable_fact_retracted()->set_known(command.known().empty() ? record::format(work.acted_on()) : command.known());
  work.emit(std::move(event));
  return steps::record_changed(work);
}

Refusal decide(Work& work, const v1::ResolveConflict& command) {
  if (auto no = may_act(work, "")) return no;
  if (command.authority().empty()) return refuse(v1::RefusalCode::authority_missing, "the document or decision relied on", "none was cited");
  for (const std::string& id : command.facts())
    if (work.state().record.find(id) == nullptr) return refuse(v1::RefusalCode::fact_not_found, "facts of the record", "there is none with id " + id);
  if (std::find(command.facts().begin(), command.facts().end(), command.prevails()) == command.facts().end() || command.facts_size() < 2)
    return refuse(v1::RefusalCode::fact_not_found, "two or more facts, and one of them to prevail", "\"" + command.prevails() + "\" is not among them");
  v1::Event event;
  v1::ConflictResolved& resolved = *event.mutable_conflict_resolved();
  *resolved.mutable_facts() = command.facts();
  resolved.set_prevails(command.prevails());
  resolved.set_authority(command.authority());
  resolved.set_known(command.known().empty() ? record::format(work.acted_on()) : command.known());
  work.emit(std::move(event));
  return steps::record_changed(work);
}

}  // namespace concordat
