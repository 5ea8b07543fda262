#include "app/explain.h"

#include <algorithm>
#include <set>

#include "concordat/v1/views.pb.h"
#include "engine/again.h"
#include "engine/engine.h"
#include "projections/views/ledger.h"
#include "projections/views/matters.h"
#include "projections/views/proof.h"
#include "projections/views/record.h"

namespace concordat::app {
namespace {

using projections::RecordReader;

v1::FactRead fact_read(const RecordReader& record, const std::string& id) {
  v1::FactRead out;
  v1::Fact fact;
  out.set_fact(id);
  if (!record.fact(id, &fact)) return out;
  out.set_sentence(sentence_of(record, fact));
  *out.mutable_source() = fact.source();
  v1::Document document;
  if (!fact.source().document().empty() && record.document(fact.source().document(), &document)) out.set_document_title(document.title());
  return out;
}

// What a ruling is about, for the head of a page.
std::string about(const v1::Event& event, const Ruled& ruled) {
  if (event.has_refused()) return "refused " + event.refused().attempted();
  if (event.has_gate_answered()) return "gate " + event.gate_answered().step();
  if (event.has_item_tabled()) return "quorum at " + event.item_tabled().meeting();
  if (event.has_interest_declared()) return "quorum after an interest of " + event.interest_declared().who();
  if (event.has_escalation_routed()) return "route to " + event.escalation_routed().to();
  if (event.has_meeting_convened()) return "notice of the meeting on " + event.meeting_convened().on();
  if (event.has_decision_made() && ruled.place.starts_with("severally[")) {
    const auto& own = event.decision_made().severally(std::stoi(ruled.place.substr(10)));
    return ruled.place.substr(ruled.place.find('.') + 1) + " of " + own.party() + " (" + own.outcome() + ")";
  }
  if (event.has_decision_made() && ruled.place == "decision") return "decision (" + event.decision_made().outcome() + ")";
  return ruled.place;
}

struct Explaining {
  const RecordReader& record;
  const std::string& only;                                   // Id of the one ruling that is asked for; empty = all.
  v1::ExplainResponse* out;
  RuleKey under = {};                                        // Id empty: as they were.
};

void explain_clauses(const RecordReader& record, const v1::Ruling& ruling, const std::set<std::string>& read, v1::RulingExplained* out) {
  std::set<std::string> named;
  for (const v1::Finding& finding : ruling.findings()) {
    v1::ClauseRead& clause = *out->add_clauses();
    *clause.mutable_finding() = finding;
    clause.set_sentence(sentence_of(record, ruling, finding));
    for (const std::string& id : finding.facts()) { *clause.add_facts() = fact_read(record, id); named.insert(id); }
  }
  for (const std::string& id : read)
    if (!named.contains(id)) *out->add_read() = fact_read(record, id);
}

// What it comes to under another version: the ruling in its place, or that of the refusal which would have met the act.
void add_under(const Again& again, const v1::Ruling* other, v1::RulingExplained* one) {
  if (other != nullptr) { *one->mutable_again() = *other; return; }
  if (again.events.empty() || !again.events.front().has_refused()) return;
  const v1::Refused& no = again.events.front().refused();
  if (no.rulings_size() > 0) *one->mutable_again() = no.rulings(0);
  else one->mutable_again()->set_outcome(v1::Outcome::not_open);
  one->mutable_again()->set_sentence("The act would have been refused: " + no.sentence());
}

v1::RulingExplained& head(const Explaining& all, const v1::Commit& commit, std::size_t index, const v1::Event& event, const std::string& id, const std::string& what) {
  v1::RulingExplained& one = *all.out->add_rulings();
  one.set_id(id);
  one.set_sequence(commit.first_sequence() + index);
  one.set_matter(matter_named(event));
  one.set_day(commit.acted_on().empty() ? record::format(record::day_of(commit.stamp().time_ms())) : commit.acted_on());
  one.set_by(commit.actor().who());
  one.set_about(with_names(all.record, what));
  one.set_refusal(event.refused().sentence());
  return one;
}

// A refusal that no rule gave: the engine's own no, given again as well.
void explain_refusal(const Explaining& all, const v1::Commit& commit, std::size_t index, const v1::Event& event, const Again& again) {
  const std::string id = std::to_string(commit.first_sequence() + index);
  if (!all.only.empty() && all.only != id) return;
  v1::RulingExplained& one = head(all, commit, index, event, id, about(event, {}));
  const v1::Refused& was = event.refused();
  const bool same = again.events.size() == 1 && again.events.front().refused().code() == was.code() && again.events.front().refused().sentence() == was.sentence();
  one.set_given_again(same ? v1::GivenAgain::same : was.has_asked() ? v1::GivenAgain::differs : v1::GivenAgain::not_known);
  for (const std::string& fact : again.read) *one.add_read() = fact_read(all.record, fact);
}

void explain_event(const Explaining& all, const v1::Commit& commit, std::size_t index, const v1::Event& event, const Again& again) {
  const auto rulings = rulings_in(event);
  if (rulings.empty()) {
    if (all.under.id.empty()) explain_refusal(all, commit, index, event, again);   // No rule gave it: none to put another version under.
    return;
  }
  const std::string sequence = std::to_string(commit.first_sequence() + index);
  for (std::size_t i = 0; i < rulings.size(); ++i) {
    const std::string id = sequence + (rulings.size() > 1 ? "." + std::to_string(i + 1) : "");
    if (!all.only.empty() && all.only != id && all.only != sequence) continue;
    v1::RulingExplained& one = head(all, commit, index, event, id, about(event, rulings[i]));
    *one.mutable_ruling() = *rulings[i].ruling;
    one.set_sentence(sentence_of(all.record, *rulings[i].ruling));
    explain_clauses(all.record, *rulings[i].ruling, again.read, &one);
    const v1::Ruling* other = given_again(again, index, rulings[i].place);
    if (!all.under.id.empty()) {
      if (one.ruling().rule().id() == all.under.id) add_under(again, other, &one);
      else all.out->mutable_rulings()->RemoveLast();
      continue;
    }
    const bool same = other != nullptr && other->SerializeAsString() == rulings[i].ruling->SerializeAsString();
    one.set_given_again(same ? v1::GivenAgain::same : again.known ? v1::GivenAgain::differs : v1::GivenAgain::not_known);
    if (!same && again.known) *one.mutable_again() = other == nullptr ? v1::Ruling() : *other;
  }
}

Status not_found(const std::string& ledger, const std::string& what) {
  return Status::not_found("expected a matter of ledger " + ledger + ", or the id of a ruling as `concordat explain MATTER` shows it, but there is none called " + what + " (see: concordat matter list --all)");
}

// Sequences of the events that may hold what is asked for. `one` is empty for a matter.
Status wanted(const projections::Store& store, const std::string& ledger, const std::string& what, std::set<std::uint64_t>* out, std::string* one) {
  v1::MatterRow row;
  if (projections::find_matter(store, ledger, what, &row)) {
    out->insert(row.events().begin(), row.events().end());
    return {};
  }
  const std::string number = what.substr(0, what.find('.'));
  if (number.empty() || number.size() > 18 || number.find_first_not_of("0123456789") != std::string::npos) return not_found(ledger, what);
  const bool there = projections::find_event(store, ledger, std::stoull(number), [](const projections::Committed&) {});
  if (!there) return not_found(ledger, what);
  out->insert(std::stoull(number));
  *one = what;
  return {};
}

// Every version of a rule up to that one, also those published later than what is explained.
Status versions_of(const projections::Store& store, const std::string& ledger, const RuleKey& rule, std::vector<std::shared_ptr<const v1::Rule>>* out) {
  for (std::uint32_t version = 1; version <= rule.version; ++version) {
    const std::uint64_t sequence = projections::find_rule(store, ledger, rule.id, version);
    const bool found = sequence != 0 && projections::find_event(store, ledger, sequence, [&](const projections::Committed& one) {
      out->push_back(std::make_shared<const v1::Rule>(one.event.rule_published().rule()));
    });
    if (!found) return Status::not_found("expected a published version of a rule, as ID/VERSION, but there is no " + rule.id + "/" + std::to_string(rule.version) + "");
  }
  return {};
}

// The state as it was, but for that rule: every matter is under that version.
State put_under(const State& before, const RuleKey& rule, const std::vector<std::shared_ptr<const v1::Rule>>& versions) {
  State out = before;
  auto& there = out.rules[rule.id];
  if (there.size() < versions.size()) there = versions;
  const auto put = [&](RuleKey& key) { if (key.id == rule.id) key.version = rule.version; };
  for (auto& [id, matter] : out.matters) {
    for (auto& [step, key] : matter.rules) put(key);
    for (auto& [step, keys] : matter.further_rules)
      for (RuleKey& key : keys) put(key);
  }
  return out;
}

}  // namespace

Status fold_until(const projections::Store& store, const std::string& ledger, std::uint64_t sequence, State* state, const std::function<bool(const State&, const v1::Commit&)>& before_commit) {
  Status status;
  projections::each_event(store, ledger, 1, [&](const projections::Committed& one) {
    if (one.index != 0) return true;
    if (one.sequence >= sequence || (before_commit && !before_commit(*state, one.commit))) return false;
    status = evolve(*state, one.commit);
    return status.ok();
  });
  return status;
}

Status explain(const projections::Store& store, const std::string& ledger, const std::string& what, v1::ExplainResponse* out, const RuleKey& under) {
  std::set<std::uint64_t> sequences;
  std::string only;
  if (Status status = wanted(store, ledger, what, &sequences, &only); !status.ok()) return status;
  const RecordReader record(store, ledger);
  const Explaining all{record, only, out, under};
  std::vector<std::shared_ptr<const v1::Rule>> versions;
  if (!under.id.empty())
    if (Status status = versions_of(store, ledger, under, &versions); !status.ok()) return status;
  State state;
  const Status folded = fold_until(store, ledger, *sequences.rbegin() + 1, &state, [&](const State& before, const v1::Commit& commit) {
    const std::uint64_t end = commit.first_sequence() + static_cast<std::uint64_t>(commit.events_size());
    std::vector<std::pair<std::size_t, v1::Event>> events;
    for (auto at = sequences.lower_bound(commit.first_sequence()); at != sequences.end() && *at < end; ++at) {
      v1::Event event;
      event.ParseFromString(commit.events(static_cast<int>(*at - commit.first_sequence())));
      if (event.has_refused() || !rulings_in(event).empty()) events.emplace_back(*at - commit.first_sequence(), std::move(event));
    }
    if (events.empty()) return true;
    const Again again = under.id.empty() ? decide_again(before, commit) : decide_again(put_under(before, under, versions), commit);
    for (const auto& [index, event] : events) explain_event(all, commit, index, event, again);
    return true;
  });
  if (!folded.ok()) return folded;
  if (out->rulings().empty() && !only.empty()) return Status::not_found("expected a ruling, but event " + only + " holds none (see: concordat explain MATTER)");
  return {};
}

}  // namespace concordat::app
