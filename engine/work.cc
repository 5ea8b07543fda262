#include "engine/work.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/record/authority.h"
#include "engine/steps/steps.h"

namespace concordat {
namespace authority = record::authority;

namespace {

record::Datum subject_ref(std::string_view id) {
  return record::Datum{.kind = v1::Predicate::ref, .text = std::string(id), .number = 0};
}

record::Day day_or(const std::string& text, record::Day otherwise) {
  if (text.empty()) return otherwise;
  const auto day = record::parse_day(text);
  CHECK(day.ok(), "the edge checks dates");
  return *day;
}

bool lasts(v1::Event::HappenedCase happened) {
  return happened == v1::Event::kVocabularyPublished || happened == v1::Event::kDocumentRegistered ||
         happened == v1::Event::kFactAsserted || happened == v1::Event::kFactRetracted ||
         happened == v1::Event::kConflictResolved || happened == v1::Event::kRulePublished ||
         happened == v1::Event::kProcedurePublished || happened == v1::Event::kRuleAdopted;
}

}  // namespace

Work::Work(State& state, const v1::Command& command, const v1::Stamp& stamp, const Prefetched& prefetched)
    : state_(state), command_(command), stamp_(stamp), prefetched_(prefetched),
      today_(record::day_of(stamp.time_ms())), acted_on_(day_or(command.acted_on(), today_)),
      sequence_before_(state.last_sequence) {}

Refusal Work::find(const std::string& id, const Matter** matter) const {
  const auto found = state_.matters.find(id);
  if (found == state_.matters.end()) {
    const auto closed = state_.just_closed.find(id);
    if (closed != state_.just_closed.end() || prefetched_.closed) {
      const std::string outcome = closed != state_.just_closed.end() ? closed->second.outcome : prefetched_.outcome;
      return refuse(v1::RefusalCode::matter_closed, "an open matter", id + " is closed: " + outcome);
    }
    return refuse(v1::RefusalCode::matter_not_found, "an open matter", "there is no matter " + id);
  }
  if (command_.expected() != 0 && id == matter_of(command_) && command_.expected() != found->second.last_sequence) {
    return refuse(v1::RefusalCode::stale_position,
                  "the matter to stand at sequence " + std::to_string(command_.expected()),
                  "its last event is " + std::to_string(found->second.last_sequence) + "; read it again");
  }
  *matter = &found->second;
  return accept();
}

Refusal Work::find_at(const std::string& id, v1::Step::KindCase kind, const Matter** matter) const {
  if (auto no = find(id, matter)) return no;
  const v1::Step& step = *(*matter)->step;
  if (step.kind_case() == kind) return may_act_here(*this, **matter);
  if (auto no = steps::too_early(*this, **matter, kind)) return no;
  return refuse(v1::RefusalCode::wrong_step, "a step that takes this command",
                id + " stands at step " + step.id() + (step.title().empty() ? "" : " (" + step.title() + ")"));
}

void Work::keep(const std::string& matter) {
  if (before_.contains(matter)) return;
  const auto found = state_.matters.find(matter);
  before_.emplace(matter, found == state_.matters.end() ? std::nullopt : std::optional<Matter>(found->second));
}

void Work::emit(v1::Event event) {
  const auto happened = event.happened_case();
  if (lasts(happened)) lasting_ = true;
  // Only steps that can lead to a gate need the way back; the copy is of one open matter.
  else if (happened != v1::Event::kRefused) keep(matter_named(event));
  const Occasion occasion{state_.last_sequence + 1, sequence_before_ + 1, stamp_.time_ms(), command_.actor().who()};
  evolve(state_, event, occasion);
  events_.push_back(std::move(event));
}

void Work::undo() {
  if (events_.empty()) return;
  CHECK(!lasting_, "a command that changed the record cannot be refused any more");
  for (auto& [id, matter] : before_) {
    const auto now = state_.matters.find(id);
    if (now != state_.matters.end()) {
      std::erase_if(state_.due, [&](const auto& due) { return due.second == id; });
      state_.matters.erase(now);
    }
    state_.just_closed.erase(id);
    if (matter) restore(state_, std::move(*matter));
  }
  before_.clear();
  events_.clear();
  state_.last_sequence = sequence_before_;
}

std::string Work::new_matter_id(const Matter& parent) const {
  const std::uint32_t before = steps::memory<steps::ReferMemory>(parent, parent.step->id()).referred;
  return free_matter_id(state_, parent.id + "/" + parent.step->id() + (before == 0 ? "" : "/" + std::to_string(before + 1)));
}

std::string free_matter_id(const State& state, const std::string& wanted) {
  std::string id = wanted;
  for (std::uint32_t n = 2; state.matters.contains(id); ++n) id = wanted + "." + std::to_string(n);
  return id;
}

Refusal refuse(v1::RefusalCode::Value code, std::string expected, std::string but) {
  v1::Refused no;
  no.set_code(code);
  no.set_sentence("expected " + expected + ", but " + but);
  return no;
}

Refusal refuse(v1::RefusalCode::Value code, std::string expected, std::string but, v1::Ruling ruling) {
  Refusal no = refuse(code, std::move(expected), std::move(but));
  *no->add_rulings() = std::move(ruling);
  return no;
}

Refusal resolve(const Work& work, std::string_view name, std::string* subject) {
  const record::Record& record = work.state().record;
  if (record.has_subject(name)) { *subject = name; return accept(); }
  const record::Resolution found = record.resolve(name);
  if (!found.subject.empty()) { *subject = found.subject; return accept(); }
  if (found.bare_tier) {
    return refuse(v1::RefusalCode::ambiguous_tier, "a governance tier (gov:T2) or a specialised tier (spec:T2)",
                  "\"" + std::string(name) + "\" does not say which scale it means");
  }
  if (!found.candidates.empty()) {
    std::string list;
    for (const std::string& candidate : found.candidates) list += (list.empty() ? "" : ", ") + candidate;
    return refuse(v1::RefusalCode::ambiguous_name, "a name of one subject",
                  "\"" + std::string(name) + "\" could be " + list);
  }
  return refuse(v1::RefusalCode::unknown_subject, "a subject of the record, by id or by one of its recorded names",
                "\"" + std::string(name) + "\" is neither; names are never guessed");
}

std::string fill(const Matter& matter, std::string_view text) {
  if (!text.starts_with('$')) return std::string(text);
  const auto field = matter.fields.find(text.substr(1));
  return field == matter.fields.end() ? std::string() : field->second.text;
}

record::Datum fill(const Matter& matter, const v1::Value& value) {
  record::Datum datum = record::datum(value);
  if (!datum.text.starts_with('$')) return datum;
  const auto field = matter.fields.find(std::string_view(datum.text).substr(1));
  return field == matter.fields.end() ? record::Datum{} : field->second;
}

Refusal may_act(const Work& work, std::string_view matter_type) {
  const v1::Actor& actor = work.actor();
  if (actor.capacity() == v1::Capacity::unset) {
    return refuse(v1::RefusalCode::capacity_required, "a capacity to act in (member, host, owm_officer, …)", "none was declared");
  }
  const std::string capacity = "capacity:" + v1::Capacity::Value_Name(actor.capacity());
  std::vector<std::string> because;
  if (!matter_type.empty() && record::holds(work.state().record, capacity, authority::kBarredFrom, "", subject_ref(matter_type),
                                            work.today(), &because)) {
    v1::Ruling ruling;
    ruling.set_question("entitled");
    ruling.set_outcome(v1::Outcome::no);
    v1::Finding& finding = *ruling.add_findings();
    finding.set_clause(capacity + " is barred from " + std::string(matter_type));
    finding.set_outcome(v1::Outcome::no);
    for (std::string& fact : because) finding.add_facts(std::move(fact));
    return refuse(v1::RefusalCode::capacity_forbidden, "someone who may act on " + std::string(matter_type),
                  "the record bars whoever acts as " + v1::Capacity::Value_Name(actor.capacity()) + " from it", std::move(ruling));
  }
  if (actor.capacity() == v1::Capacity::owm_officer && actor.mandate().empty()) {
    return refuse(v1::RefusalCode::mandate_required, "a decision, programme row or agreement that the officer acts under",
                  "no mandate was cited");
  }
  return accept();
}

Refusal may_act(const Work& work, const Matter& matter) { return may_act(work, matter.procedure->matter_type()); }

std::vector<std::string> bodies_named(const Work& work, const Matter& matter, std::string_view text) {
  constexpr std::string_view kPartiesOf = "parties of ";
  if (!text.starts_with(kPartiesOf)) return {fill(matter, text)};
  std::vector<std::string> out;
  const std::string body = fill(matter, text.substr(kPartiesOf.size()));
  for (record::Datum& party : record::values(work.state().record, body, authority::kParty, "", work.today())) out.push_back(std::move(party.text));
  return out;
}

namespace {

std::string either(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " or ") + word;
  return out;
}

bool among(const std::vector<std::string>& all, std::string_view one) { return std::find(all.begin(), all.end(), one) != all.end(); }

}  // namespace

Refusal may_act_here(const Work& work, const Matter& matter) {
  const v1::StepActors& who = matter.step->who();
  const v1::Actor& actor = work.actor();
  const std::string at = "at step " + matter.step->id() + " someone ";
  if (!who.capacities().empty() && std::find(who.capacities().begin(), who.capacities().end(), actor.capacity()) == who.capacities().end()) {
    std::vector<std::string> words;
    for (const int capacity : who.capacities()) words.push_back(v1::Capacity::Value_Name(static_cast<v1::Capacity::Value>(capacity)));
    return refuse(v1::RefusalCode::capacity_forbidden, at + "acting as " + either(words), actor.who() + " acts as " + v1::Capacity::Value_Name(actor.capacity()));
  }
  std::vector<std::string> bodies, offices;
  for (const std::string& one : who.on_behalf_of())
    for (std::string& body : bodies_named(work, matter, one)) bodies.push_back(std::move(body));
  if (!who.on_behalf_of().empty() && !among(bodies, actor.on_behalf_of()))
    return refuse(v1::RefusalCode::authority_missing, at + "acting on behalf of " + either(bodies), actor.who() + " acts on behalf of " + (actor.on_behalf_of().empty() ? "nobody" : actor.on_behalf_of()));
  for (const std::string& one : who.offices()) offices.push_back(fill(matter, one));
  const bool holds = std::any_of(offices.begin(), offices.end(), [&](const std::string& office) {
    return office == actor.who() || record::holds(work.state().record, office, authority::kHolder, "", subject_ref(actor.who()), work.today());
  });
  if (!who.offices().empty() && !holds) return refuse(v1::RefusalCode::authority_missing, at + "who is " + either(offices), actor.who() + " acts");
  return accept();
}

Refusal may_speak_for(const Work& work, std::string_view party) {
  if (work.actor().on_behalf_of() == party) return accept();
  return refuse(v1::RefusalCode::authority_missing, "someone who acts on behalf of " + std::string(party),
                work.actor().who() + " acts on behalf of " +
                    (work.actor().on_behalf_of().empty() ? "nobody" : work.actor().on_behalf_of()));
}

bool holds_seat(const Work& work, std::string_view body, std::string_view party, std::string_view who,
                std::vector<std::string>* because) {
  const record::Record& record = work.state().record;
  for (const record::Datum& seat : record::values(record, body, authority::kRepresentedBy, party, work.today(), because)) {
    if (seat.text == who) return true;
    if (record::holds(record, seat.text, authority::kHolder, "", subject_ref(who), work.today(), because)) return true;
  }
  return false;
}

}  // namespace concordat
