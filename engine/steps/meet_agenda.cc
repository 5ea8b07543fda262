// meet_agenda.cc: the forward plan, and the agenda that is drawn from it and from what earlier meetings left.
// The forward plan of a body is every open matter that it has still to decide at a meeting.
#include <algorithm>
#include <map>

#include "engine/steps/meet.h"

namespace concordat::steps {
namespace {

using State = MeetMemory::State;

std::string day_or_id(const MeetMemory& mine, const std::string& id) {
  const auto on = record::parse_day(mine.on);
  return on.ok() ? "the meeting of " + record::in_words(*on) + " (" + id + ")" : id;
}

// One drawing of one agenda.
class Drawing {
 public:
  Drawing(Work& work, const Matter& meeting, const v1::DrawAgenda& command) : work_(work), meeting_(meeting), command_(command), mine_(meeting_of(meeting)) {}

  Refusal draw() {
    const auto on = record::parse_day(mine_.on);
    if (!on.ok()) return refuse(v1::RefusalCode::not_convened, "a meeting whose day is known", meeting_.id + " has not been convened");
    on_ = *on;
    if (command_.publicity() == v1::Publicity::unset) return refuse(v1::RefusalCode::field_missing, "who may see what no plan says: public_session or private_session", "neither was set");
    if (auto no = check_part(work_, mine_.body, command_.part())) return no;
    read_agendas();
    for (const auto& [id, matter] : work_.state().matters) earlier_minutes(matter);
    for (const auto& [id, matter] : work_.state().matters) earlier_actions(matter);
    for (const auto& [id, matter] : work_.state().matters) consider(matter, true);
    for (const auto& [id, matter] : work_.state().matters) consider(matter, false);
    for (v1::AgendaItemAdded& item : found_)
      if (auto no = check_part(work_, mine_.body, item.part())) { no->set_sentence(no->sentence() + " (" + item.title() + ")"); return no; }
    finish();
    return accept();
  }

 private:
  bool drawn(const std::string& from, std::uint32_t action) const {
    return std::any_of(mine_.agenda.begin(), mine_.agenda.end(), [&](const auto& one) { return one.from == from && one.action == action; });
  }

  v1::AgendaItemAdded& add(const std::string& title, const std::string& purpose) {
    v1::AgendaItemAdded& item = found_.emplace_back();
    item.set_matter(meeting_.id);
    item.set_number(static_cast<std::uint32_t>(mine_.agenda.size() + found_.size()));
    item.set_title(title);
    item.set_part(command_.part());
    item.set_publicity(command_.publicity());
    item.set_purpose(purpose);
    return item;
  }

  // Meetings of the same body that are over: their minutes wait to be confirmed, their actions to be gone through.
  const MeetMemory* earlier(const Matter& other) const {
    if (!other.step->has_meet() || other.id == meeting_.id) return nullptr;
    const MeetMemory& that = meeting_of(other);
    return that.state == State::kEnded && that.body == mine_.body ? &that : nullptr;
  }

  void earlier_minutes(const Matter& other) {
    const MeetMemory* that = earlier(other);
    if (that == nullptr || that->confirmed || drawn(other.id, 0)) return;
    add("Minutes of " + day_or_id(*that, other.id), "decision").set_from_meeting(other.id);
  }

  void earlier_actions(const Matter& other) {
    const MeetMemory* that = earlier(other);
    if (that == nullptr) return;
    for (std::uint32_t number = 1; number <= that->actions.size(); ++number) {
      const MeetMemory::Action& action = that->actions[number - 1];
      if (action.closed || drawn(other.id, number)) continue;
      v1::AgendaItemAdded& item = add("Matter arising: " + action.what + " (" + work_.state().record.name(action.owner) + ", action " + std::to_string(number) + " of " + other.id + ")", "information");
      item.set_from_meeting(other.id);
      item.set_from_action(number);
      if (action.hidden) item.set_publicity(v1::Publicity::private_session);
    }
  }

  void leave_out(const std::string& item, std::string why) {
    v1::LeftOut& left = *said_.add_left_out();
    left.set_item(item);
    left.set_why(std::move(why));
  }

  // Which open agenda each matter stands on.
  void read_agendas() {
    for (const auto& [id, other] : work_.state().matters) {
      if (!other.step->has_meet() || meeting_of(other).state == State::kEnded) continue;
      for (const auto& one : meeting_of(other).agenda)
        if (!one.item.empty()) agenda_of_.emplace(one.item, id);
    }
  }

  // `reports`: urgent action that the body is told of; each use by itself, and before other business.
  void consider(const Matter& matter, bool reports) {
    const v1::Step* step = next_tabled(matter);
    if (step == nullptr || fill(matter, step->decide().body()) != mine_.body || !step->decide().reports().empty() != reports) return;
    if (const auto there = agenda_of_.find(matter.id); there != agenda_of_.end()) {
      if (there->second != meeting_.id) leave_out(matter.id, "it is on the agenda of " + there->second);
      return;
    }
    const DecideMemory::Plan& plan = memory<DecideMemory>(matter, step->id()).plan;
    if (!plan.on.empty() && record::parse_when(plan.on)->earliest > on_) return leave_out(matter.id, "it is planned for " + plan.on);
    if (step != matter.step) {
      if (!plan.on.empty() || reports) leave_out(matter.id, "it is not ready: it stands at step " + matter.step->id());
      return;
    }
    v1::AgendaItemAdded& item = add((reports ? "Urgent action: " : "") + matter.title, plan.purpose.empty() ? "decision" : plan.purpose);
    item.set_item(matter.id);
    if (const std::string part = fill(matter, step->decide().part()); !part.empty()) item.set_part(part);
    if (!plan.on.empty()) item.set_publicity(plan.hidden ? v1::Publicity::private_session : v1::Publicity::public_session);
    if (stays_private(work_, matter)) item.set_publicity(v1::Publicity::private_session);
  }

  void finish() {
    said_.set_matter(meeting_.id);
    for (v1::AgendaItemAdded& item : found_) {
      said_.add_numbers(item.number());
      v1::Event event;
      *event.mutable_agenda_item_added() = std::move(item);
      work_.emit(std::move(event));
    }
    v1::Event event;
    *event.mutable_agenda_drawn() = std::move(said_);
    work_.emit(std::move(event));
  }

  Work& work_;
  const Matter& meeting_;
  const v1::DrawAgenda& command_;
  const MeetMemory& mine_;
  record::Day on_;
  std::map<std::string, std::string, std::less<>> agenda_of_;      // Matter -> meeting.
  std::vector<v1::AgendaItemAdded> found_;
  v1::AgendaDrawn said_;
};

}  // namespace

bool stays_private(const Work& work, const Matter& matter) {
  if (matter.hidden) return true;
  const auto parent = work.state().matters.find(matter.parent);
  return parent != work.state().matters.end() && stays_private(work, parent->second);
}

const v1::Step* next_tabled(const Matter& matter) {
  bool from_here = false;
  for (const v1::Step& step : matter.procedure->steps()) {
    from_here = from_here || step.id() == matter.step->id();
    if (from_here && step.has_decide() && step.decide().tabled()) return &step;
  }
  return nullptr;
}

Refusal decide(Work& work, const v1::PlanForMeeting& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find(command.matter(), &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  const v1::Step* step = next_tabled(*matter);
  if (step == nullptr) return refuse(v1::RefusalCode::wrong_step, "a matter that a meeting has still to decide", command.matter() + " is none");
  const auto on = record::parse_when(command.on());
  if (!on.ok() || !on->stated) return refuse(v1::RefusalCode::bad_date, "the day, month or year of the meeting (2027-03)", on.ok() ? "none was given" : on.status().why());
  if (command.publicity() == v1::Publicity::unset) return refuse(v1::RefusalCode::field_missing, "who may see the item: public_session or private_session", "neither was set");
  const DecideMemory::Plan& before = memory<DecideMemory>(*matter, step->id()).plan;
  if (!before.on.empty() && command.reason().empty()) return refuse(v1::RefusalCode::reason_required, "the reason to move it from " + before.on, "none was given");
  v1::Event event;
  v1::PlannedForMeeting& planned = *event.mutable_planned_for_meeting();
  planned.set_matter(command.matter());
  planned.set_body(fill(*matter, step->decide().body()));
  planned.set_on(command.on());
  planned.set_purpose(command.purpose());
  planned.set_publicity(command.publicity());
  planned.set_reason(command.reason());
  planned.set_before(before.on);
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::DrawAgenda& command) {
  const Matter* meeting = nullptr;
  if (auto no = find_meeting(work, command.matter(), &meeting)) return no;
  if (auto no = not_over(meeting_of(*meeting), command.matter())) return no;
  if (auto no = only_stated(work, *meeting)) return no;
  return Drawing(work, *meeting, command).draw();
}

Refusal decide(Work& work, const v1::AttachAgendaPaper& command) {
  const Matter* meeting = nullptr;
  if (auto no = find_meeting(work, command.matter(), &meeting)) return no;
  const MeetMemory& mine = meeting_of(*meeting);
  if (auto no = not_over(mine, command.matter())) return no;
  if (auto no = find_number(mine, command.number())) return no;
  if (command.papers().empty()) return refuse(v1::RefusalCode::paper_missing, "a paper", "there is none");
  if (auto no = check_papers(work, *meeting, command.papers())) return no;
  v1::Event event;
  event.mutable_agenda_paper_attached()->set_matter(command.matter());
  event.mutable_agenda_paper_attached()->set_number(command.number());
  *event.mutable_agenda_paper_attached()->mutable_papers() = command.papers();
  work.emit(std::move(event));
  return accept();
}

void evolve(DecideMemory& mine, const v1::PlannedForMeeting& event) {
  mine.plan = {event.on(), event.purpose(), event.publicity() == v1::Publicity::private_session};
}

}  // namespace concordat::steps
