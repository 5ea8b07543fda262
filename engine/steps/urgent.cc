// urgent.cc: decided between meetings by those whom the rule names, and put to the body afterwards. Source: P22, P23.
//
//                    | not taken                    | taken                    | reported
// -------------------+------------------------------+--------------------------+----------
// TakeUrgentAction   | UrgentActionTaken -> urgent  | wrong_step               | wrong_step
// its item is tabled | nothing                      | UrgentActionReported     | nothing
// DeadlineReached,   |                              |                          |
//   a meeting ends   | nothing                      | UrgentReportOverdue once | nothing
// What the body says afterwards is the decision of the step that reports it.
#include <algorithm>
#include <charconv>

#include "engine/calendar.h"
#include "engine/steps/after.h"
#include "engine/steps/meet.h"

namespace concordat::steps {
namespace {

constexpr std::string_view kNextMeeting = "next_meeting";

std::string list(const google::protobuf::RepeatedPtrField<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " and ") + word;
  return out;
}

// "10 days", "10 working days of calendar:england-and-wales": the last day. Empty where that cannot be counted.
std::string due_day(const Work& work, const std::string& report_by) {
  std::uint32_t days = 0;
  const auto [end, error] = std::from_chars(report_by.data(), report_by.data() + report_by.size(), days);
  if (error != std::errc() || days == 0) return "";
  const std::string_view rest(end, static_cast<std::size_t>(report_by.data() + report_by.size() - end));
  if (rest == " days") return record::format(record::Day{work.acted_on().count + static_cast<std::int32_t>(days)});
  constexpr std::string_view kWorking = " working days of ";
  if (!rest.starts_with(kWorking)) return "";
  const auto day = days_after(work.state().record, rest.substr(kWorking.size()), work.acted_on(), days);
  return day ? record::format(*day) : "";
}

Refusal check_deciders(const Work& work, const Item& at, const v1::UrgentActionTaken& taken) {
  const std::string& who = work.actor().who();
  if (std::none_of(taken.deciders().begin(), taken.deciders().end(), [&](const std::string& one) { return is_who(work, one, who); }))
    return refuse(v1::RefusalCode::not_a_decider, "one of those who decide (" + list(taken.deciders()) + ")", who + " acts");
  for (const std::string& one : taken.deciders())
    if (barred(work, at, one)) return refuse(v1::RefusalCode::interest_bars_vote, "deciders whose interests let them decide", one + " has an interest for which the action is not to vote");
  return accept();
}

rules::Urgency urgency_of(const v1::UrgentActionTaken& taken) {
  rules::Urgency out;
  out.test = taken.test();
  out.deciders.assign(taken.deciders().begin(), taken.deciders().end());
  for (const v1::Consulted& one : taken.consulted()) out.consulted.push_back(one.seat_class().empty() ? one.who() : one.seat_class());
  return out;
}

// Each person was asked once, whatever they are of.
Refusal read_consulted(const Work& work, const v1::TakeUrgentAction& command, v1::UrgentActionTaken* taken) {
  for (const v1::Consulted& one : command.consulted()) {
    v1::Consulted& asked = *taken->add_consulted();
    asked = one;
    if (auto no = resolve(work, one.who(), asked.mutable_who())) return no;
    if (one.view().empty()) return refuse(v1::RefusalCode::field_missing, "what " + one.who() + " said when asked", "no view was given");
    const auto same = std::count_if(taken->consulted().begin(), taken->consulted().end(), [&](const auto& other) { return other.who() == asked.who(); });
    if (same > 1) return refuse(v1::RefusalCode::urgent_not_allowed, "each person consulted once", asked.who() + " stands twice");
  }
  return accept();
}

const DecideMemory::Urgent& urgent_at(const Matter& matter, const std::string& step) { return memory<DecideMemory>(matter, step).urgent; }

void emit_overdue(Work& work, const std::string& id, const std::string& step, const std::string& due, const std::string& meeting) {
  v1::Event event;
  v1::UrgentReportOverdue& overdue = *event.mutable_urgent_report_overdue();
  overdue.set_matter(id);
  overdue.set_step(step);
  overdue.set_due(due);
  overdue.set_meeting(meeting);
  work.emit(std::move(event));
}

bool waits(const DecideMemory::Urgent& one) { return one.taken && !one.reported && !one.overdue; }

// The step whose report was due by now; empty if none was.
std::string late_step(const Work& work, const Matter& matter) {
  for (const auto& [step, memory] : matter.memories) {
    const auto* mine = std::get_if<DecideMemory>(&memory);
    if (mine == nullptr || !waits(mine->urgent) || mine->urgent.due.empty()) continue;
    const auto day = record::parse_day(mine->urgent.due);
    if (day.ok() && record::end_of_day_ms(*day) <= work.now_ms()) return step;
  }
  return "";
}

// The decision stands from now on, in the body's place; the register shows it like any other.
v1::Event made_of(const Item& at, const v1::UrgentActionTaken& taken) {
  v1::Event event;
  v1::DecisionMade& made = *event.mutable_decision_made();
  made.set_matter(taken.matter());
  made.set_step(taken.step());
  made.set_body(taken.body());
  made.set_mode(at.mode.empty() ? "not determined" : at.mode);
  made.set_outcome("urgent");
  *made.mutable_decision() = taken.urgent();
  made.set_legal_decisions(1);
  return event;
}

}  // namespace

Refusal decide(Work& work, const v1::TakeUrgentAction& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kDecide, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const Item at = item(work, *matter);
  if (!at.step.urgent()) return refuse(v1::RefusalCode::wrong_step, "a step that lets urgent action be taken (decide.urgent)", matter->step->id() + " does not");
  const v1::Rule* rule = at.stating(&v1::Rule::has_urgent);
  if (rule == nullptr) return refuse(v1::RefusalCode::rule_not_sourced, "a rule of " + at.body + " that states urgent action", "none in force when the matter was opened does");
  if (command.decision().empty()) return refuse(v1::RefusalCode::field_missing, "what is decided", "nothing was said");
  if (command.evidence().empty()) return refuse(v1::RefusalCode::evidence_required, "evidence of the need and of every decider's agreement", "none was given");
  v1::Event event;
  v1::UrgentActionTaken& taken = *event.mutable_urgent_action_taken();
  taken.set_matter(command.matter());
  taken.set_step(matter->step->id());
  taken.set_body(at.body);
  taken.set_decision(command.decision());
  taken.set_test(command.test());
  for (const std::string& one : command.deciders())
    if (auto no = resolve(work, one, taken.add_deciders())) return no;
  if (auto no = read_consulted(work, command, &taken)) return no;
  *taken.mutable_evidence() = command.evidence();
  if (auto no = check_deciders(work, at, taken)) return no;
  v1::Ruling ruling = rules::urgent(*rule, urgency_of(taken));
  ruling.mutable_rule()->set_id(rule->id());
  ruling.mutable_rule()->set_version(rule->version());
  ruling.set_layer(rule->layer());
  const std::string sentence = ruling.sentence();
  if (ruling.outcome() != v1::Outcome::yes) return refuse(v1::RefusalCode::urgent_not_allowed, "urgent action as rule " + rule->id() + " " + std::to_string(rule->version()) + " allows it", "it is not: " + sentence, std::move(ruling));
  *taken.mutable_urgent() = std::move(ruling);
  taken.set_report_by(rule->urgent().report_by());
  taken.set_due(due_day(work, rule->urgent().report_by()));
  *taken.mutable_resolutions() = rule->urgent().resolutions();
  v1::Event made = made_of(at, taken);
  work.emit(std::move(event));
  work.emit(std::move(made));
  clocks_after(work, *matter, matter->step->id(), at.body);
  return leave(work, command.matter(), "urgent");
}

Refusal report_urgent(Work& work, const Matter& matter, const std::string& meeting) {
  const std::string step = matter.step->decide().reports(), id = matter.id;
  if (step.empty() || !urgent_at(matter, step).taken || urgent_at(matter, step).reported) return accept();
  v1::Event event;
  event.mutable_urgent_action_reported()->set_matter(id);
  event.mutable_urgent_action_reported()->set_step(step);
  event.mutable_urgent_action_reported()->set_meeting(meeting);
  work.emit(std::move(event));
  return accept();
}

bool urgent_report_due(const Work& work, const Matter& matter) { return !late_step(work, matter).empty(); }

Refusal deadline_urgent(Work& work, const Matter& matter) {
  const std::string step = late_step(work, matter), id = matter.id;
  emit_overdue(work, id, step, urgent_at(matter, step).due, "");
  return accept();
}

Refusal urgent_left_unreported(Work& work, const std::string& body, const std::string& meeting) {
  std::vector<std::pair<std::string, std::string>> late;
  for (const auto& [id, matter] : work.state().matters)
    for (const auto& [step, memory] : matter.memories)
      if (const auto* mine = std::get_if<DecideMemory>(&memory); mine != nullptr && waits(mine->urgent) && mine->urgent.body == body && mine->urgent.report_by == kNextMeeting) late.emplace_back(id, step);
  for (const auto& [id, step] : late) emit_overdue(work, id, step, "", meeting);
  return accept();
}

void evolve(DecideMemory& mine, const v1::UrgentActionTaken& event) { mine.urgent = {true, false, false, event.body(), event.due(), event.report_by()}; }
void evolve(DecideMemory& mine, const v1::UrgentActionReported&) { mine.urgent.reported = true; }
void evolve(DecideMemory& mine, const v1::UrgentReportOverdue&) { mine.urgent.overdue = true; }

}  // namespace concordat::steps
