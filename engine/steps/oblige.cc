// oblige.cc, each   | Discharge              | DeadlineReached
// ------------------+------------------------+----------------------
// owed              | ObligationDischarged   | ObligationOverdue, stays owed; where the
//                   |                        |   procedure says so -> overdue
// overdue           | ObligationDischarged   | not_due
// discharged        | already_discharged     | not_due
// The last one discharged: discharged.
#include <algorithm>

#include "engine/steps/steps.h"

namespace concordat::steps {
namespace {

std::vector<std::pair<std::string, std::string>> owers(const Work& work, const Matter& matter, const v1::Obligation& obligation) {
  const std::string& by = obligation.owed_by();
  const std::vector<std::string> bodies = bodies_named(work, matter, by);
  if (!by.starts_with("parties of ")) return {{obligation.id(), bodies.front()}};
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& body : bodies) out.emplace_back(obligation.id() + "/" + body, body);
  return out;
}

}  // namespace

Refusal enter_oblige(Work& work, const Matter& matter) {
  const std::string id = matter.id, step = matter.step->id();
  std::vector<v1::Event> events;
  for (const v1::Obligation& obligation : matter.step->oblige().obligations()) {
    for (auto& [name, by] : owers(work, matter, obligation)) {
      v1::Event event;
      v1::ObligationArose& arose = *event.mutable_obligation_arose();
      arose.set_matter(id);
      arose.set_step(step);
      arose.set_obligation(name);
      arose.set_owed_by(by);
      arose.set_what(obligation.what());
      if (obligation.days() > 0) arose.set_due(record::format(record::Day{work.acted_on().count + static_cast<std::int32_t>(obligation.days())}));
      events.push_back(std::move(event));
    }
  }
  for (v1::Event& event : events) work.emit(std::move(event));
  return events.empty() ? leave(work, id, "discharged") : accept();
}

Refusal decide(Work& work, const v1::Discharge& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kOblige, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const auto& owed = memory<ObligeMemory>(*matter, matter->step->id()).owed;
  const auto mine = owed.find(command.obligation());
  if (mine == owed.end()) {
    std::string open;
    for (const auto& [name, one] : owed)
      if (!one.discharged) open += (open.empty() ? "" : ", ") + name;
    return refuse(v1::RefusalCode::obligation_not_found, "one of " + open, "\"" + command.obligation() + "\" is not owed here");
  }
  if (mine->second.discharged) return refuse(v1::RefusalCode::already_discharged, "an obligation that is open", command.obligation() + " is discharged");
  const v1::Actor& actor = work.actor();
  if (actor.on_behalf_of() != mine->second.by && actor.who() != mine->second.by)
    return refuse(v1::RefusalCode::authority_missing, mine->second.by + " or someone on its behalf",
                  actor.who() + " acts on behalf of " + (actor.on_behalf_of().empty() ? "nobody" : actor.on_behalf_of()));
  if (command.evidence().empty()) return refuse(v1::RefusalCode::evidence_required, "evidence", "none was given");
  const std::string id = matter->id, step = matter->step->id();
  v1::Event event;
  event.mutable_obligation_discharged()->set_matter(id);
  event.mutable_obligation_discharged()->set_obligation(command.obligation());
  event.mutable_obligation_discharged()->set_evidence(command.evidence());
  event.mutable_obligation_discharged()->set_who(actor.who());
  work.emit(std::move(event));
  const auto& now = memory<ObligeMemory>(*matter, step).owed;
  const bool all = std::all_of(now.begin(), now.end(), [](const auto& one) { return one.second.discharged; });
  return all ? leave(work, id, "discharged") : accept();
}

Refusal deadline_oblige(Work& work, const Matter& matter) {
  std::vector<std::pair<std::string, std::string>> late;
  for (const auto& [name, one] : memory<ObligeMemory>(matter, matter.step->id()).owed) {
    if (one.discharged || one.overdue || one.due.empty()) continue;
    const auto due = record::parse_day(one.due);
    if (due.ok() && record::end_of_day_ms(*due) <= work.now_ms()) late.emplace_back(name, one.due);
  }
  const std::string id = matter.id;
  for (const auto& [name, due] : late) {
    v1::Event event;
    event.mutable_obligation_overdue()->set_matter(id);
    event.mutable_obligation_overdue()->set_obligation(name);
    event.mutable_obligation_overdue()->set_due(due);
    work.emit(std::move(event));
  }
  const auto& next = matter.step->next();
  const bool escalates = std::any_of(next.begin(), next.end(), [](const v1::Next& one) { return one.on() == "overdue"; });
  return escalates && !late.empty() ? leave(work, id, "overdue") : accept();
}

void evolve(ObligeMemory& mine, const v1::ObligationArose& event) { mine.owed[event.obligation()] = {event.owed_by(), event.what(), event.due(), false, false}; }
void evolve(ObligeMemory& mine, const v1::ObligationDischarged& event) { mine.owed[event.obligation()].discharged = true; }
void evolve(ObligeMemory& mine, const v1::ObligationOverdue& event) { mine.owed[event.obligation()].overdue = true; }

}  // namespace concordat::steps
