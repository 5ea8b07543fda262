// wait.cc: a day, a number of days, or a fact. Outcome: over.
#include "engine/steps/steps.h"

namespace concordat::steps {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

bool fact_holds(const Work& work, const Matter& matter) {
  const v1::WaitStep& step = matter.step->wait();
  return !step.subject().empty() && record::holds(work.state().record, fill(matter, step.subject()), step.predicate(), "",
                                                  fill(matter, step.value()), work.today());
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
