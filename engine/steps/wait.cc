// wait.cc, by what it waits for | DeadlineReached   | the record changes     | Intervene
// ------------------------------+-------------------+------------------------+------------------------------
// a day, a number of days       | WaitOver -> over  | -                      | Intervened -> intervened, where
// a fact                        | not_due           | it holds: WaitOver     |   the procedure lets it; else
//                               |                   |   -> over              |   no_intervention
#include "engine/calendar.h"
#include "engine/steps/steps.h"

namespace concordat::steps {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

bool fact_holds(const Work& work, const Matter& matter) {
  const v1::WaitStep& step = matter.step->wait();
  return !step.subject().empty() && record::holds(work.state().record, fill(matter, step.subject()), step.predicate(), "",
                                                  fill(matter, step.value()), work.today());
}

// The last of so many working days after the day of the act; nothing, and `open` the day, where the calendar does not reach.
std::optional<record::Day> last_working_day(const Work& work, const v1::WaitStep& wait, std::string* open) {
  record::Day last = work.acted_on();
  for (std::uint32_t count = 0; count < wait.days();) {
    const ClearDays one = clear_days(work.state().record, wait.calendar(), last, record::Day{last.count + 2});
    if (!one.count) { *open = one.open_day; return std::nullopt; }
    ++last.count;
    count += *one.count;
  }
  return last;
}

Refusal over(Work& work, const std::string& id, const std::string& step, std::string because) {
  v1::Event event;
  event.mutable_wait_over()->set_matter(id);
  event.mutable_wait_over()->set_step(step);
  event.mutable_wait_over()->set_because(std::move(because));
  work.emit(std::move(event));
  return leave(work, id, "over");
}

}  // namespace

Refusal enter_wait(Work& work, const Matter& matter) {
  const v1::WaitStep& wait = matter.step->wait();
  const std::string id = matter.id, step = matter.step->id();
  std::int64_t due = 0;
  if (!wait.until().empty()) {
    const auto day = record::parse_day(fill(matter, wait.until()));
    if (!day.ok()) return refuse(v1::RefusalCode::bad_date, "a day to wait for (YYYY-MM-DD)", day.status().why());
    due = record::end_of_day_ms(record::Day{day->count - 1});
  } else if (wait.working_days()) {
    std::string open;
    const auto last = last_working_day(work, wait, &open);
    if (!last) return refuse(v1::RefusalCode::notice_not_determined, "a calendar that covers the " + std::to_string(wait.days()) + " working days", wait.calendar() + " does not cover " + open);
    due = record::end_of_day_ms(*last);
  } else if (wait.days() > 0) {
    due = work.now_ms() + wait.days() * kDayMs;
  }
  v1::Event event;
  event.mutable_wait_started()->set_matter(id);
  event.mutable_wait_started()->set_step(step);
  event.mutable_wait_started()->set_due_ms(due);
  work.emit(std::move(event));
  if (due != 0 && due <= work.now_ms()) return over(work, id, step, "the day has come");
  if (due == 0 && fact_holds(work, matter)) return over(work, id, step, "the fact holds");
  return accept();
}

Refusal deadline_wait(Work& work, const Matter& matter) { return over(work, matter.id, matter.step->id(), "the time has come"); }

Refusal decide(Work& work, const v1::Intervene& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kWait, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const std::string& what = matter->step->wait().interventions();
  if (what.empty()) return refuse(v1::RefusalCode::no_intervention, "a step at which something may be brought forward", command.matter() + " only waits");
  if (command.what().empty()) return refuse(v1::RefusalCode::field_missing, "what is brought forward: " + what, "nothing was said");
  if (command.evidence().empty()) return refuse(v1::RefusalCode::evidence_required, "evidence (a letter, a minute)", "none was given");
  const std::string id = matter->id;
  v1::Event event;
  v1::Intervened& intervened = *event.mutable_intervened();
  intervened.set_matter(id);
  intervened.set_step(matter->step->id());
  intervened.set_what(command.what());
  intervened.set_evidence(command.evidence());
  intervened.set_who(work.actor().who());
  intervened.set_on_behalf_of(work.actor().on_behalf_of());
  work.emit(std::move(event));
  return leave(work, id, "intervened");
}

Refusal record_changed(Work& work) {
  std::vector<std::pair<std::string, std::string>> ready;
  for (const auto& [id, matter] : work.state().matters)
    if (matter.step->has_wait() && memory<WaitMemory>(matter, matter.step->id()).due_ms == 0 && fact_holds(work, matter))
      ready.emplace_back(id, matter.step->id());
  for (const auto& [id, step] : ready)
    if (auto no = over(work, id, step, "the fact holds")) return no;
  return accept();
}

void evolve(WaitMemory& mine, const v1::WaitStarted& event) { mine.due_ms = event.due_ms(); }

}  // namespace concordat::steps
