// Folding events: one switch, no default, so that an event nobody folds does not compile.
#include <algorithm>

#include "concordat/v1/ledger.pb.h"
#include "engine/engine.h"
#include "engine/private.h"
#include "engine/shape.h"
#include "engine/steps/after.h"
#include "engine/steps/steps.h"

namespace concordat {
namespace {

Matter& matter_in(State& state, const std::string& id) {
  const auto found = state.matters.find(id);
  CHECK(found != state.matters.end(), "an event about a matter that is not open");
  return found->second;
}

const v1::Step* find_step(const v1::Procedure& procedure, const std::string& id) {
  for (const v1::Step& step : procedure.steps())
    if (step.id() == id) return &step;
  return nullptr;
}

const v1::Step* step_of(const v1::Procedure& procedure, const std::string& id) {
  const v1::Step* step = find_step(procedure, id);
  CHECK(step != nullptr, "a step that its procedure does not have");
  return step;
}

template <typename T>
T& memory_at(Matter& matter, const std::string& step) {
  auto& memory = matter.memories[step];
  if (std::holds_alternative<std::monostate>(memory)) memory = T{};
  return std::get<T>(memory);
}

// The transfer step of a procedure remembers plans from the opening on, wherever the matter stands.
const std::string& transfer_step(const Matter& matter) {
  for (const v1::Step& step : matter.procedure->steps())
    if (step.kind_case() == v1::Step::kTransfer) return step.id();
  CHECK(false, "a transfer event in a procedure without a transfer step");
}

void take(Matter& matter, const google::protobuf::RepeatedPtrField<v1::Field>& fields) {
  for (const v1::Field& field : fields) matter.fields[field.name()] = record::datum(field.value());
}

// Coming to a step again is coming to it fresh: what was answered there before stays on the ledger and counts no more.
// Plans of a transfer, and when a body shall see an item, are made before it is reached; a referral counts its matters.
void arrive(Matter& matter, const v1::Step* step) {
  matter.step = step;
  const auto kind = step->kind_case();
  const auto before = matter.memories.find(step->id());
  if (kind == v1::Step::kDecide && before != matter.memories.end()) {
    steps::DecideMemory fresh;
    fresh.plan = std::move(std::get<steps::DecideMemory>(before->second).plan);
    if (fresh.plan.on.empty()) matter.memories.erase(before);
    else before->second = std::move(fresh);
  } else if (kind != v1::Step::kTransfer && kind != v1::Step::kRefer) {
    matter.memories.erase(step->id());
  }
  if (!step->propose().anew()) return;
  for (const v1::FieldNeeded& field : step->propose().fields()) matter.fields.erase(field.name());
  if (step->propose().papers() > 0) matter.papers = 0;
  if (step->propose().recommendation()) matter.recommendation.clear();
}

void take_rules(Matter& matter, const google::protobuf::RepeatedPtrField<v1::RuleRef>& rules, const google::protobuf::RepeatedPtrField<v1::FurtherRules>& further) {
  int next_rule = 0;
  matter.rules.clear();
  matter.further_rules.clear();
  for (const v1::Step& step : matter.procedure->steps()) {
    if (step.kind_case() != v1::Step::kDecide) continue;
    CHECK(next_rule < rules.size(), "one frozen rule per deciding step");
    const v1::RuleRef& rule = rules[next_rule++];
    matter.rules[step.id()] = RuleKey{rule.id(), rule.version()};
  }
  for (const v1::FurtherRules& more : further)
    for (const v1::RuleRef& rule : more.rules()) matter.further_rules[more.step()].push_back({rule.id(), rule.version()});
}

// Memories stay where the new version has a step of that name and kind.
void change(State& state, const v1::ProcedureChanged& event) {
  Matter& matter = matter_in(state, event.matter());
  const auto versions = state.procedures.find(matter.procedure->id());
  CHECK(versions != state.procedures.end() && event.to() >= 1 && event.to() <= versions->second.size(), "a version that was not published");
  const std::shared_ptr<const v1::Procedure> before = matter.procedure;
  const std::string stood = matter.step->id();
  matter.procedure = versions->second[event.to() - 1];
  for (auto memory = matter.memories.begin(); memory != matter.memories.end();) {
    const v1::Step* was = step_of(*before, memory->first);
    const v1::Step* is = find_step(*matter.procedure, memory->first);
    memory = is == nullptr || is->kind_case() != was->kind_case() ? matter.memories.erase(memory) : std::next(memory);
  }
  take_rules(matter, event.rules(), event.further());
  const v1::Step* step = step_of(*matter.procedure, event.step());
  if (event.step() == stood) matter.step = step;
  else arrive(matter, step);
}

void open(State& state, const v1::MatterOpened& event, const Occasion& occasion) {
  Matter matter;
  matter.id = event.matter();
  matter.title = event.title();
  matter.parent = event.parent();
  matter.opened_by = occasion.by;
  const auto versions = state.procedures.find(event.procedure());
  CHECK(versions != state.procedures.end() && event.version() >= 1 && event.version() <= versions->second.size(),
        "a matter under a procedure that was not published");
  matter.procedure = versions->second[event.version() - 1];
  matter.step = event.step() == steps::after_decision().id() ? &steps::after_decision() : step_of(*matter.procedure, event.step());
  take_rules(matter, event.rules(), event.further());
  take(matter, event.fields());
  matter.papers = static_cast<std::uint32_t>(event.papers_size());
  matter.recommendation = event.recommendation();
  const bool fresh = state.matters.emplace(matter.id, std::move(matter)).second;
  CHECK(fresh, "a matter opened twice");
}

void close(State& state, const v1::MatterClosed& event, const Occasion& occasion) {
  State::Closed& closed = state.just_closed[event.matter()] = {occasion.sequence, event.outcome()};
  const auto matter = state.matters.find(event.matter());
  if (matter == state.matters.end()) return;
  if (matter->second.step->has_meet()) closed.items = static_cast<std::uint32_t>(memory_at<steps::MeetMemory>(matter->second, matter->second.step->id()).agenda.size());
  state.matters.erase(matter);
}

// A body named during the matter.
void freeze(State& state, const v1::RulesFrozen& event) {
  Matter& matter = matter_in(state, event.matter());
  if (event.number() > 0) matter.rules[event.step()] = RuleKey{event.rule().id(), event.rule().version()};
  std::erase_if(matter.further_rules, [&](const auto& one) { return one.first == event.step() || one.first.starts_with(event.step() + "/"); });
  for (const v1::FurtherRules& more : event.further())
    for (const v1::RuleRef& rule : more.rules()) matter.further_rules[more.step()].push_back({rule.id(), rule.version()});
}

template <typename Event>
void keep_version(std::map<std::string, std::vector<std::shared_ptr<const Event>>, std::less<>>& versions, const Event& one) {
  auto& mine = versions[one.id()];
  CHECK(one.version() == mine.size() + 1, "versions rise by one");
  mine.push_back(std::make_shared<const Event>(one));
}

void note(std::vector<std::uint64_t>& commits, std::uint64_t commit) {
  if (commits.empty() || commits.back() != commit) commits.push_back(commit);
}

template <typename Memory, typename Event>
void at_step(State& state, const Event& event) {
  Matter& matter = matter_in(state, event.matter());
  steps::evolve(memory_at<Memory>(matter, matter.step->id()), event);
}

// Owed at its step, by those who are to sign by a day, or at a meeting by a clock of a rule.
template <typename Event>
void at_duties(State& state, const Event& event) {
  Matter& matter = matter_in(state, event.matter());
  const std::string& step = matter.step->id();
  if (matter.step->has_meet()) return steps::evolve(memory_at<steps::MeetMemory>(matter, step).duties, event);
  if (matter.step->has_sign_off()) return steps::evolve(memory_at<steps::SignOffMemory>(matter, step).duties, event);
  steps::evolve(memory_at<steps::ObligeMemory>(matter, step), event);
}

template <typename Event>
void at_named(State& state, const std::string& step, const Event& event) {
  steps::evolve(memory_at<steps::DecideMemory>(matter_in(state, event.matter()), step), event);
}

template <typename Event>
void at_transfer(State& state, const Event& event) {
  Matter& matter = matter_in(state, event.matter());
  steps::evolve(memory_at<steps::TransferMemory>(matter, transfer_step(matter)), event);
}


// A matter that was a private item stays one, also when the meeting has long left.
void hide(State& state, const v1::AgendaItemAdded& event, const Occasion& occasion) {
  const auto item = state.matters.find(event.item());
  if (event.publicity() != v1::Publicity::private_session || item == state.matters.end()) return;
  item->second.hidden = true;
  note(item->second.commits, occasion.commit);
}

void add_item(State& state, const v1::AgendaItemAdded& event, const Occasion& occasion) {
  at_step<steps::MeetMemory>(state, event);
  hide(state, event, occasion);
}

void fold(State& state, const v1::Event& event, const Occasion& occasion) {
  using E = v1::Event;
  switch (event.happened_case()) {
    case E::kVocabularyPublished: return state.record.evolve(event.vocabulary_published());
    case E::kDocumentRegistered: return state.record.evolve(event.document_registered());
    case E::kFactAsserted: return state.record.evolve(event.fact_asserted(), occasion.sequence);
    case E::kFactRetracted: return state.record.evolve(event.fact_retracted(), occasion.sequence);
    case E::kConflictResolved: return state.record.evolve(event.conflict_resolved(), occasion.sequence);
    case E::kRulePublished: return keep_version(state.rules, event.rule_published().rule());
    case E::kProcedurePublished: return keep_version(state.procedures, event.procedure_published().procedure());
    case E::kRefused: return;
    case E::kMatterOpened: return open(state, event.matter_opened(), occasion);
    case E::kMatterMoved: {
      Matter& matter = matter_in(state, event.matter_moved().matter());
      arrive(matter, step_of(*matter.procedure, event.matter_moved().to()));
      return;
    }
    case E::kMatterClosed: return close(state, event.matter_closed(), occasion);
    case E::kProposed: {
      Matter& matter = matter_in(state, event.proposed().matter());
      take(matter, event.proposed().fields());
      matter.papers += static_cast<std::uint32_t>(event.proposed().papers_size());
      if (!event.proposed().recommendation().empty()) matter.recommendation = event.proposed().recommendation();
      return;
    }
    case E::kRulesFrozen: return freeze(state, event.rules_frozen());
    case E::kGateAnswered: return;
    case E::kItemTabled: return at_step<steps::DecideMemory>(state, event.item_tabled());
    case E::kInterestDeclared: return at_step<steps::DecideMemory>(state, event.interest_declared());
    case E::kPositionTaken: return at_step<steps::DecideMemory>(state, event.position_taken());
    case E::kDecisionMade: return;
    case E::kSignedOff: return at_step<steps::SignOffMemory>(state, event.signed_off());
    case E::kTransferPlanned: return at_transfer(state, event.transfer_planned());
    case E::kTransferReplanned: return at_transfer(state, event.transfer_replanned());
    case E::kConditionMet: return at_transfer(state, event.condition_met());
    case E::kTransferTookEffect: return at_transfer(state, event.transfer_took_effect());
    case E::kTransferCancelled: return at_transfer(state, event.transfer_cancelled());
    case E::kEnacted: return;
    case E::kObligationArose: return at_duties(state, event.obligation_arose());
    case E::kObligationDischarged: return at_duties(state, event.obligation_discharged());
    case E::kObligationOverdue: return at_duties(state, event.obligation_overdue());
    case E::kEscalationRaised: return at_step<steps::EscalateMemory>(state, event.escalation_raised());
    case E::kEscalationRouted: return at_step<steps::EscalateMemory>(state, event.escalation_routed());
    case E::kEscalationReceived: return at_step<steps::EscalateMemory>(state, event.escalation_received());
    case E::kEscalationAnswered: return at_step<steps::EscalateMemory>(state, event.escalation_answered());
    case E::kEscalationReturned: return;
    case E::kEscalationClosed: return;
    case E::kReceiptOverdue: return at_step<steps::EscalateMemory>(state, event.receipt_overdue());
    case E::kMatterReferred: return at_step<steps::ReferMemory>(state, event.matter_referred());
    case E::kReferralConcluded: return at_step<steps::ReferMemory>(state, event.referral_concluded());
    case E::kWaitStarted: return at_step<steps::WaitMemory>(state, event.wait_started());
    case E::kWaitOver: return;
    case E::kIntervened: return;
    case E::kProcedureChanged: return change(state, event.procedure_changed());
    case E::kCastingVoteCast: return at_step<steps::DecideMemory>(state, event.casting_vote_cast());
    case E::kWarningAnswered: return at_step<steps::DecideMemory>(state, event.warning_answered());
    case E::kRuleAdopted: {
      const v1::RuleAdopted& adopted = event.rule_adopted();
      state.adopted.emplace(adopted.rule().id(), adopted.rule().version(), adopted.party());
      return;
    }
    case E::kMeetingConvened: return at_step<steps::MeetMemory>(state, event.meeting_convened());
    case E::kAgendaItemAdded: return add_item(state, event.agenda_item_added(), occasion);
    case E::kAttendanceRecorded: return at_step<steps::MeetMemory>(state, event.attendance_recorded());
    case E::kPublicExcluded: return at_step<steps::MeetMemory>(state, event.public_excluded());
    case E::kPublicReadmitted: return at_step<steps::MeetMemory>(state, event.public_readmitted());
    case E::kPartOpened: return at_step<steps::MeetMemory>(state, event.part_opened());
    case E::kAgendaItemMoved: return at_step<steps::MeetMemory>(state, event.agenda_item_moved());
    case E::kPresidingChosen: return at_step<steps::MeetMemory>(state, event.presiding_chosen());
    case E::kAgendaItemTaken: return at_step<steps::MeetMemory>(state, event.agenda_item_taken());
    case E::kMeetingAdjourned: return at_step<steps::MeetMemory>(state, event.meeting_adjourned());
    case E::kMeetingEnded: return at_step<steps::MeetMemory>(state, event.meeting_ended());
    case E::kActionRecorded: return at_step<steps::MeetMemory>(state, event.action_recorded());
    case E::kActionClosed: return at_step<steps::MeetMemory>(state, event.action_closed());
    case E::kMinutesConfirmed: return at_step<steps::MeetMemory>(state, event.minutes_confirmed());
    case E::kMinuteNoted: return;
    case E::kMinutesCorrected: return;      // Of a meeting that may be closed.
    case E::kConsensusRecorded: return at_step<steps::DecideMemory>(state, event.consensus_recorded());
    case E::kUrgentActionTaken: return at_step<steps::DecideMemory>(state, event.urgent_action_taken());
    case E::kUrgentActionReported: return at_named(state, event.urgent_action_reported().step(), event.urgent_action_reported());
    case E::kUrgentReportOverdue: return at_named(state, event.urgent_report_overdue().step(), event.urgent_report_overdue());
    case E::kPlannedForMeeting: {
      const auto& planned = event.planned_for_meeting();
      const v1::Step* step = steps::next_tabled(matter_in(state, planned.matter()));
      CHECK(step != nullptr, "a plan for a meeting in a procedure without one");
      return at_named(state, step->id(), planned);
    }
    case E::kAgendaDrawn: return;           // Its items stand as AgendaItemAdded.
    case E::kNoticeServed: return at_step<steps::MeetMemory>(state, event.notice_served());
    case E::kAgendaPaperAttached: return;
    case E::kMeetingQuorumRuled: return at_step<steps::MeetMemory>(state, event.meeting_quorum_ruled());
    case E::kCourseChosen: return at_step<steps::MeetMemory>(state, event.course_chosen());
    case E::kActionOverdue: return at_step<steps::MeetMemory>(state, event.action_overdue());
    case E::kActionCarried: return at_step<steps::MeetMemory>(state, event.action_carried());
    case E::kPrivacySchemePublished: case E::kWordsSealed: case E::kWordsRead: case E::kWordsMarked:
    case E::kHoldPlaced: case E::kHoldReleased: case E::kErasureAsked: case E::kWordsErased: case E::kKeyDestroyed:
      if (evolve(state.privacy, event, occasion.by)) note(state.lasting, occasion.commit);
      return;
    case E::HAPPENED_NOT_SET: break;
  }
  CHECK(false, "an event that says nothing");
}

void set_due(State& state, const Matter& matter, bool add) {
  const std::int64_t due = steps::due_ms(matter);
  if (due == 0) return;
  if (add) state.due.emplace(due, matter.id);
  else state.due.erase({due, matter.id});
}

bool about_record(v1::Event::HappenedCase happened) {
  return happened <= v1::Event::kProcedurePublished || happened == v1::Event::kRuleAdopted;
}

}  // namespace

const std::string& matter_named(const v1::Event& event) {
  static const std::string none;
  const auto* inner = said(event);
  return inner == nullptr ? none : matter_in(*inner);
}

void restore(State& state, Matter matter) {
  set_due(state, matter, true);
  std::string id = matter.id;
  state.matters.insert_or_assign(std::move(id), std::move(matter));
}

void evolve(State& state, const v1::Event& event, const Occasion& occasion) {
  CHECK(occasion.sequence > state.last_sequence, "sequences rise");
  state.last_sequence = occasion.sequence;
  state.last_stamp_ms = std::max(state.last_stamp_ms, occasion.time_ms);
  if (event.happened_case() == v1::Event::kRefused) return;
  if (about_record(event.happened_case())) {
    note(state.lasting, occasion.commit);
    return fold(state, event, occasion);
  }
  const std::string& id = matter_named(event);
  const auto before = state.matters.find(id);
  if (before != state.matters.end()) set_due(state, before->second, false);
  fold(state, event, occasion);
  const auto after = state.matters.find(id);
  if (after == state.matters.end()) return;
  Matter& matter = after->second;
  if (event.has_matter_opened() || event.has_matter_moved() || event.has_procedure_changed()) matter.step_since_ms = occasion.time_ms;
  matter.last_sequence = occasion.sequence;
  note(matter.commits, occasion.commit);
  set_due(state, matter, true);
}

namespace {

Result<std::vector<v1::Event>> events_of(const v1::Commit& commit) {
  std::vector<v1::Event> events(static_cast<std::size_t>(commit.events_size()));
  for (int i = 0; i < commit.events_size(); ++i) {
    v1::Event& event = events[static_cast<std::size_t>(i)];
    if (!event.ParseFromString(commit.events(i)) || event.happened_case() == v1::Event::HAPPENED_NOT_SET) {
      return Status::corrupt("ledger " + commit.ledger() + ", sequence " + std::to_string(commit.first_sequence() + static_cast<std::uint64_t>(i)) +
                             ": expected an event this build knows, but its bytes do not parse as one");
    }
  }
  return events;
}

Occasion first_occasion(const v1::Commit& commit) {
  return {commit.first_sequence(), commit.first_sequence(), commit.stamp().time_ms(), commit.actor().who()};
}

}  // namespace

Status evolve(State& state, const v1::Commit& commit) {
  if (commit.first_sequence() != state.last_sequence + 1) {
    return Status::corrupt("ledger " + commit.ledger() + ": expected sequence " + std::to_string(state.last_sequence + 1) +
                           ", but the commit begins at " + std::to_string(commit.first_sequence()));
  }
  auto events = events_of(commit);
  if (!events.ok()) return events.status();
  Occasion occasion = first_occasion(commit);
  for (const v1::Event& event : *events) {
    evolve(state, event, occasion);
    ++occasion.sequence;
  }
  return {};
}

Status restore(State& state, const Snapshot& snapshot, const v1::Commit& commit) {
  auto events = events_of(commit);
  if (!events.ok()) return events.status();
  Occasion occasion = first_occasion(commit);
  for (const v1::Event& event : *events) {
    const std::string& id = matter_named(event);
    const bool open = std::binary_search(snapshot.open.begin(), snapshot.open.end(), id);
    if (about_record(event.happened_case()) || about_private(event) || open) evolve(state, event, occasion);
    else if (event.has_agenda_item_added()) hide(state, event.agenda_item_added(), occasion);
    ++occasion.sequence;
  }
  return {};
}

void finish(State& state, const Snapshot& snapshot) {
  CHECK(state.last_sequence <= snapshot.last_sequence, "a snapshot names commits after its end");
  state.last_sequence = snapshot.last_sequence;
  state.last_stamp_ms = snapshot.last_stamp_ms;
}

}  // namespace concordat
