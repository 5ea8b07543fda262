// transfer.cc, per track | PlanTransfer       | TakeEffect                        | CancelTransfer
// -----------------------+--------------------+-----------------------------------+----------------
// not planned            | TransferPlanned    | not_planned                       | not_planned
// planned                | TransferReplanned  | conditions, order, evidence hold: | TransferCancelled
//                        |                    |   TransferTookEffect, facts       |
// effective              | already_effective  | already_effective                 | already_effective
// All tracks effective: took_effect. All ended and one cancelled: cancelled.
#include <algorithm>

#include "engine/facts.h"
#include "engine/steps/steps.h"

namespace concordat::steps {
namespace {

using Track = TransferMemory::Track;

struct Found {
  const v1::Step* step = nullptr;
  const v1::TransferTrack* track = nullptr;
  const TransferMemory* mine = nullptr;
  Track now;
};

Refusal find(const Work& work, const Matter& matter, const std::string& name, Found* found) {
  for (const v1::Step& step : matter.procedure->steps()) {
    if (!step.has_transfer()) continue;
    found->step = &step;
    found->mine = &memory<TransferMemory>(matter, step.id());
    for (const v1::TransferTrack& track : step.transfer().tracks())
      if (track.name() == name) found->track = &track;
  }
  if (found->track == nullptr) return refuse(v1::RefusalCode::track_not_found, "a track of the transfer", "\"" + name + "\" is none");
  const auto now = found->mine->tracks.find(name);
  if (now != found->mine->tracks.end()) found->now = now->second;
  if (!found->now.effective_on.empty())
    return refuse(v1::RefusalCode::already_effective, "a track that has not taken effect", name + " did on " + found->now.effective_on);
  (void)work;
  return accept();
}

v1::Fact fact_of(const Work& work, const Matter& matter, const v1::TransferTrack& track, const v1::Value& value, const std::string& suffix) {
  v1::Fact fact;
  fact.set_id(matter.id + "/" + track.name() + "/" + std::to_string(work.state().last_sequence + 1) + suffix);
  fact.set_subject(fill(matter, track.subject()));
  fact.set_predicate(track.predicate());
  record::fill(fill(matter, value), fact.mutable_value());
  fact.mutable_source()->set_matter(matter.id);
  fact.set_known(record::format(work.acted_on()));
  return fact;
}

void cite(const v1::Evidence& evidence, v1::Fact* fact) {
  fact->mutable_source()->set_document(evidence.document());
  fact->mutable_source()->set_place(evidence.place());
  fact->mutable_source()->set_quote(evidence.quote());
}

// What the track says of its subject, with that standing, from that date.
std::vector<v1::Fact> facts_of(const Work& work, const Matter& matter, const v1::TransferTrack& track, const std::string& from,
                               v1::Standing::Value standing, const v1::Evidence& evidence) {
  std::vector<v1::Fact> facts;
  for (const v1::Value& value : track.to()) {
    v1::Fact fact = fact_of(work, matter, track, value, "." + std::to_string(facts.size() + 1));
    fact.set_from(from);
    fact.set_standing(standing);
    if (!track.basis().empty()) fact.add_marks("legal basis: " + track.basis());
    cite(evidence, &fact);
    facts.push_back(std::move(fact));
  }
  if (standing != v1::Standing::effective) return facts;
  for (const v1::Value& value : track.away()) {
    v1::Fact fact = fact_of(work, matter, track, value, "." + std::to_string(facts.size() + 1));
    fact.set_until(from);
    fact.set_standing(v1::Standing::ended);
    cite(evidence, &fact);
    facts.push_back(std::move(fact));
  }
  return facts;
}

Refusal sourced(const Work& work, const v1::Evidence& evidence) {
  if (evidence.document().empty() || work.state().record.document(evidence.document()) != nullptr) return accept();
  return refuse(v1::RefusalCode::document_not_registered, "a registered document as source", evidence.document() + " is not registered");
}

Refusal ready(const Found& found) {
  for (const std::string& condition : found.track->conditions())
    if (!found.mine->met.contains(condition))
      return refuse(v1::RefusalCode::condition_open, "every condition of track " + found.track->name() + " to be met", condition + " is open");
  if (!found.track->after().empty()) {
    const auto first = found.mine->tracks.find(found.track->after());
    if (first == found.mine->tracks.end() || first->second.effective_on.empty())
      return refuse(v1::RefusalCode::track_order, "track " + found.track->after() + " to have taken effect first", "it has not");
  }
  return accept();
}

// A condition may follow another, and not before so many days: a consultation closes after it was opened.
Refusal in_order(const Work& work, const Matter& matter, const std::string& id) {
  const auto& all = matter.step->transfer().conditions();
  const auto condition = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.id() == id; });
  if (condition == all.end() || condition->after().empty()) return accept();
  const auto& met = memory<TransferMemory>(matter, matter.step->id()).met;
  const auto first = met.find(condition->after());
  if (first == met.end()) return refuse(v1::RefusalCode::condition_open, "condition " + condition->after() + " to be met before " + id, "it is open");
  const auto day = record::parse_day(first->second);
  if (!day.ok()) return accept();
  const record::Day earliest{day->count + static_cast<std::int32_t>(condition->days())};
  if (work.acted_on() >= earliest) return accept();
  return refuse(v1::RefusalCode::not_due, id + " on " + record::format(earliest) + " or later: " + std::to_string(condition->days()) + " days after " + condition->after() + " on " + first->second + " (" + condition->clock_source() + ")",
                "it is only " + record::format(work.acted_on()));
}

// When every track has ended, the step does.
Refusal settle(Work& work, const std::string& id) {
  const Matter& matter = work.state().matters.find(id)->second;
  const TransferMemory& mine = memory<TransferMemory>(matter, matter.step->id());
  bool cancelled = false;
  for (const v1::TransferTrack& track : matter.step->transfer().tracks()) {
    const auto now = mine.tracks.find(track.name());
    if (now == mine.tracks.end() || (now->second.effective_on.empty() && !now->second.cancelled)) return accept();
    cancelled = cancelled || now->second.cancelled;
  }
  return leave(work, id, cancelled ? "cancelled" : "took_effect");
}

}  // namespace

Refusal decide(Work& work, const v1::PlanTransfer& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find(command.matter(), &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  Found found;
  if (auto no = find(work, *matter, command.track(), &found)) return no;
  if (auto no = sourced(work, command.source())) return no;
  if (command.when().empty()) return refuse(v1::RefusalCode::bad_date, "when the track is planned for", "no date was given");
  const bool again = !found.now.plan.empty();
  if (again && command.reason().empty()) return refuse(v1::RefusalCode::reason_required, "a reason for the new plan", "none was given");
  std::vector<v1::Fact> facts = facts_of(work, *matter, *found.track, command.when(), v1::Standing::planned, command.source());
  if (auto no = check_facts(work, facts, matter->procedure->id())) return no;
  v1::Event event;
  if (again) {
    v1::TransferReplanned& replanned = *event.mutable_transfer_replanned();
    replanned.set_matter(command.matter());
    replanned.set_track(command.track());
    replanned.set_when(command.when());
    replanned.set_was(found.now.plan);
    replanned.set_reason(command.reason());
    *replanned.mutable_source() = command.source();
  } else {
    v1::TransferPlanned& planned = *event.mutable_transfer_planned();
    planned.set_matter(command.matter());
    planned.set_track(command.track());
    planned.set_when(command.when());
    planned.set_reason(command.reason());
    *planned.mutable_source() = command.source();
  }
  work.emit(std::move(event));
  for (v1::Fact& fact : facts) emit_fact(work, std::move(fact));
  return accept();
}

Refusal decide(Work& work, const v1::MeetCondition& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kTransfer, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const auto& conditions = matter->step->transfer().conditions();
  if (std::none_of(conditions.begin(), conditions.end(), [&](const auto& c) { return c.id() == command.condition(); }))
    return refuse(v1::RefusalCode::condition_open, "a condition of the transfer", "\"" + command.condition() + "\" is none");
  if (command.evidence().empty()) return refuse(v1::RefusalCode::evidence_required, "evidence that the condition is met", "none was given");
  if (memory<TransferMemory>(*matter, matter->step->id()).met.contains(command.condition()))
    return refuse(v1::RefusalCode::already_discharged, "a condition that is open", command.condition() + " is met");
  if (auto no = in_order(work, *matter, command.condition())) return no;
  v1::Event event;
  event.mutable_condition_met()->set_on(record::format(work.acted_on()));
  event.mutable_condition_met()->set_matter(command.matter());
  event.mutable_condition_met()->set_condition(command.condition());
  event.mutable_condition_met()->set_evidence(command.evidence());
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::TakeEffect& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kTransfer, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  Found found;
  if (auto no = find(work, *matter, command.track(), &found)) return no;
  if (found.now.plan.empty() || found.now.cancelled)
    return refuse(v1::RefusalCode::not_planned, "a track that is planned", command.track() + (found.now.cancelled ? " was cancelled" : " is not"));
  if (auto no = ready(found)) return no;
  if (command.source().document().empty() && command.source().quote().empty())
    return refuse(v1::RefusalCode::evidence_required, "a source that says it happened", "none was given; a plan does not become true by itself");
  if (auto no = sourced(work, command.source())) return no;
  const auto on = record::parse_when(command.on());
  if (on.ok() && on->stated && on->earliest > work.today())
    return refuse(v1::RefusalCode::not_after_stamp, "a date that has come", command.on() + " is still ahead");
  std::vector<v1::Fact> facts = facts_of(work, *matter, *found.track, command.on(), v1::Standing::effective, command.source());
  if (auto no = check_facts(work, facts, matter->procedure->id())) return no;
  v1::Event event;
  v1::TransferTookEffect& took = *event.mutable_transfer_took_effect();
  took.set_matter(command.matter());
  took.set_track(command.track());
  took.set_on(command.on());
  *took.mutable_source() = command.source();
  work.emit(std::move(event));
  for (v1::Fact& fact : facts) emit_fact(work, std::move(fact));
  if (auto no = settle(work, command.matter())) return no;
  return record_changed(work);
}

Refusal decide(Work& work, const v1::CancelTransfer& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kTransfer, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  Found found;
  if (auto no = find(work, *matter, command.track(), &found)) return no;
  if (found.now.plan.empty() || found.now.cancelled) return refuse(v1::RefusalCode::not_planned, "a track that is planned", command.track() + " is not");
  if (command.reason().empty()) return refuse(v1::RefusalCode::reason_required, "a reason", "none was given");
  v1::Event event;
  event.mutable_transfer_cancelled()->set_matter(command.matter());
  event.mutable_transfer_cancelled()->set_track(command.track());
  event.mutable_transfer_cancelled()->set_reason(command.reason());
  work.emit(std::move(event));
  return settle(work, command.matter());
}

void evolve(TransferMemory& mine, const v1::TransferPlanned& event) { mine.tracks[event.track()] = {event.when(), "", false}; }
void evolve(TransferMemory& mine, const v1::TransferReplanned& event) { mine.tracks[event.track()] = {event.when(), "", false}; }
void evolve(TransferMemory& mine, const v1::ConditionMet& event) { mine.met[event.condition()] = event.on(); }
void evolve(TransferMemory& mine, const v1::TransferTookEffect& event) { mine.tracks[event.track()].effective_on = event.on(); }
void evolve(TransferMemory& mine, const v1::TransferCancelled& event) { mine.tracks[event.track()].cancelled = true; }

}  // namespace concordat::steps
