// meet.cc: agenda, who is there, and each item before them. Notice: meet_notice.cc. What goes on the agenda by itself:
// meet_agenda.cc. Who may see: meet_public.cc. Quorum of the meeting: meet_quorum.cc. Times of day: meet_time.cc. What it leaves:
// meet_minutes.cc.
//
//                    | opened        | convened      | sitting              | adjourned     | ended
// -------------------+---------------+---------------+----------------------+---------------+-------------
// Convene            | convened      | moved         | wrong_step           | convened      | meeting_over
// AddAgendaItem      | added         | added         | added                | added         | meeting_over
// RecordAttendance   | not_convened  | recorded      | recorded, item anew  | not_convened  | meeting_over
// TakeAgendaItem     | not_convened  | sitting       | next item            | not_convened  | meeting_over
// OpenPart           | not_convened  | part begins   | part begins, room empty | not_convened | meeting_over
// MoveAgendaItem     | moved         | moved         | moved, if not taken  | moved         | meeting_over
// AdjournMeeting     | not_convened  | adjourned     | adjourned            | not_convened  | meeting_over
// EndMeeting         | not_convened  | ended         | ended                | not_convened  | meeting_over
#include "engine/steps/meet.h"

#include <algorithm>

#include "engine/record/authority.h"
#include "engine/steps/item.h"

namespace concordat::steps {
namespace {

namespace authority = record::authority;
using State = MeetMemory::State;

record::Datum subject_ref(std::string_view id) { return {.kind = v1::Predicate::ref, .text = std::string(id), .number = 0}; }

// A sitting excludes some bodies: nobody of theirs is in the room.
Refusal nobody_excluded(const Work& work, const MeetMemory& mine, const std::string& part) {
  for (const auto& one : mine.present) {
    if (excludes(work, mine.body, part, one.party))
      return refuse(v1::RefusalCode::part_excludes_party, "nobody in the room whom part " + part + " excludes", one.who + " of " + one.party + " has not left");
  }
  return accept();
}

// A seat is taken by who may take it, as the record and the rules in force have it, and by one person at a time.
Refusal check_arrival(const Work& work, const Matter& matter, const v1::AttendanceRecorded& one) {
  const MeetMemory& mine = meeting_of(matter);
  DecideMemory before;                                       // Everybody who came: a member who sent a deputy may not come back.
  before.meeting = matter.id;
  before.present = mine.came;
  v1::Attendee attendee;
  attendee.set_who(one.who());
  attendee.set_seat(one.seat());
  attendee.set_deputy_for(one.deputy_for());
  attendee.set_takes(one.takes());
  attendee.set_notice_hours(one.notice_hours());
  attendee.set_proxy(one.proxy());
  const Item at = sitting(work, matter, before);
  if (auto no = check_attendee(work, at, matter.id, "", attendee, one.party())) return no;
  if (auto no = check_capacity(work, at, mine.present, one.who(), one.party())) return no;
  const bool seated = std::find(at.parties.begin(), at.parties.end(), one.party()) != at.parties.end();
  const bool several = offices_of(work, mine.body, one.party()).size() > 1;
  for (const auto& other : mine.present) {
    if (other.who == one.who() && other.party == one.party() && other.takes == one.takes()) return refuse(v1::RefusalCode::one_deputy_one_seat, "someone who is not there yet", one.who() + " is");
    if (other.who == one.who() && !other.deputy_for.empty() && !one.deputy_for().empty()) return refuse(v1::RefusalCode::one_deputy_one_seat, "a deputy for one seat", one.who() + " deputises for two");
    if (seated && other.party == one.party() && other.seat == one.seat() && (!several || (!one.takes().empty() && other.takes == one.takes())))
      return refuse(v1::RefusalCode::one_deputy_one_seat, "one person in each seat", other.who + " already takes " + one.party() + "'s");
  }
  return accept();
}

void empty_the_room(MeetMemory& mine) {
  mine.current = 0;
  mine.part.clear();
  mine.clock.clear();
  mine.present.clear();
  mine.came.clear();
  mine.quorum = mine.opened = mine.course = 0;
  mine.chosen.clear();
}

}  // namespace

Refusal not_over(const MeetMemory& mine, const std::string& id) {
  if (mine.state != State::kEnded) return accept();
  return refuse(v1::RefusalCode::meeting_over, "a meeting that has not ended", id + " has; what it left is for its minutes or the next meeting");
}

Refusal can_sit(const Work& work, const MeetMemory& mine, const std::string& id) {
  if (auto no = not_over(mine, id)) return no;
  if (mine.state != State::kConvened && mine.state != State::kSitting)
    return refuse(v1::RefusalCode::not_convened, "a meeting that has been convened", id + (mine.state == State::kAdjourned ? " is adjourned and was not convened again" : " has not"));
  const auto on = record::parse_day(mine.on);
  if (on.ok() && work.acted_on() < *on)
    return refuse(v1::RefusalCode::not_convened, "the day of the meeting, " + mine.on, "it is only " + record::format(work.acted_on()));
  return accept();
}

bool is_present(const MeetMemory& mine, const std::string& who) {
  return std::any_of(mine.present.begin(), mine.present.end(), [&](const auto& one) { return one.who == who; });
}

Refusal find_number(const MeetMemory& mine, std::uint32_t number) {
  if (number >= 1 && number <= mine.agenda.size()) return accept();
  return refuse(v1::RefusalCode::agenda_item_not_found, "the number of an item of the agenda, 1 to " + std::to_string(mine.agenda.size()), std::to_string(number) + " is none");
}

Refusal check_part(const Work& work, const std::string& body, const std::string& part) {
  const auto parts = record::values(work.state().record, body, authority::kParts, "", work.today());
  if (parts.empty() && part.empty()) return accept();
  if (std::any_of(parts.begin(), parts.end(), [&](const auto& one) { return one.text == part; })) return accept();
  return refuse(v1::RefusalCode::part_required, parts.empty() ? "no part: the meetings of " + body + " have none" : "the part of the meeting the item belongs to (one or two)",
                part.empty() ? "none was given" : "\"" + part + "\" is none");
}

bool excludes(const Work& work, const std::string& body, const std::string& part, const std::string& party) {
  if (part.empty() || party.empty()) return false;
  const std::string sitting = "sitting:" + body.substr(body.find(':') + 1) + "/" + part;
  return record::holds(work.state().record, sitting, authority::kExcludes, "", subject_ref(party), work.today());
}

const MeetMemory& meeting_of(const Matter& matter) { return memory<MeetMemory>(matter, matter.step->id()); }
const MeetMemory* meeting_in(const Work& work, const std::string& id) {
  const auto found = work.state().matters.find(id);
  return found == work.state().matters.end() || !found->second.step->has_meet() ? nullptr : &meeting_of(found->second);
}

Refusal find_meeting(const Work& work, const std::string& id, const Matter** matter) {
  if (auto no = work.find_at(id, v1::Step::kMeet, matter)) return no;
  return may_act(work, **matter);
}

Refusal roll_again(Work& work, const std::string& meeting) {
  const MeetMemory& mine = meeting_of(work.state().matters.find(meeting)->second);
  if (mine.current == 0) return accept();
  const MeetMemory::Item& at = mine.agenda[mine.current - 1];
  const auto item = work.state().matters.find(at.item);
  if (item == work.state().matters.end() || !item->second.step->has_decide()) return accept();
  v1::TableItem table;
  table.set_matter(at.item);
  table.set_meeting(meeting);
  table.set_part(at.part);
  for (const auto& one : mine.present) *table.add_present() = listed(one);
  table.set_presiding(presides(work, work.state().matters.find(meeting)->second));
  return decide(work, table);
}

Refusal decide(Work& work, const v1::AddAgendaItem& command) {
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter)) return no;
  const MeetMemory& mine = meeting_of(*matter);
  if (auto no = not_over(mine, command.matter())) return no;
  std::string title = command.title();
  if (!command.item().empty()) {
    const auto item = work.state().matters.find(command.item());
    if (item == work.state().matters.end()) return refuse(v1::RefusalCode::matter_not_found, "an open matter to be decided", "there is none called " + command.item());
    if (title.empty()) title = item->second.title;
    if (stays_private(work, item->second) && command.publicity() == v1::Publicity::public_session)
      return refuse(v1::RefusalCode::publicity_not_resolved, "private_session, since " + command.item() + " was before a meeting as a private item, or came of one, and stays private", "it is put as a public one");
    if (std::any_of(mine.agenda.begin(), mine.agenda.end(), [&](const auto& one) { return one.item == command.item(); }))
      return refuse(v1::RefusalCode::matter_exists, "a matter that is not on the agenda yet", command.item() + " is");
  }
  if (title.empty()) return refuse(v1::RefusalCode::field_missing, "a title or the matter it is about", "neither was given");
  if (command.publicity() == v1::Publicity::unset) return refuse(v1::RefusalCode::field_missing, "who may see the item: public_session or private_session", "neither was set");
  if (auto no = check_part(work, fill(*matter, matter->step->meet().body()), command.part())) return no;
  if (auto no = check_papers(work, *matter, command.papers())) return no;
  if (auto no = only_stated(work, *matter)) return no;
  v1::Event event;
  v1::AgendaItemAdded& added = *event.mutable_agenda_item_added();
  added.set_matter(command.matter());
  added.set_number(static_cast<std::uint32_t>(mine.agenda.size() + 1));
  added.set_item(command.item());
  added.set_title(title);
  added.set_part(command.part());
  added.set_publicity(command.publicity());
  added.set_purpose(command.purpose());
  *added.mutable_papers() = command.papers();
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::RecordAttendance& command) {
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter)) return no;
  const MeetMemory& mine = meeting_of(*matter);
  if (command.who().empty()) return refuse(v1::RefusalCode::field_missing, "who it is", "nobody was named");
  if (command.status() == v1::Attendance::unset) return refuse(v1::RefusalCode::field_missing, "arrived, left or apologies", "none was set");
  if (command.status() == v1::Attendance::apologies) {
    if (auto no = not_over(mine, command.matter())) return no;
    if (mine.state == State::kOpened) return refuse(v1::RefusalCode::not_convened, "a meeting that has been convened", command.matter() + " has not");
    if (auto no = check_time(command.at())) return no;
  } else {
    if (auto no = can_sit(work, mine, command.matter())) return no;
    if (auto no = check_clock(mine, command.at(), true)) return no;
  }
  v1::Event event;
  v1::AttendanceRecorded& recorded = *event.mutable_attendance_recorded();
  recorded.set_matter(command.matter());
  recorded.set_who(command.who());
  if (!command.party().empty())
    if (auto no = resolve(work, command.party(), recorded.mutable_party())) return no;
  recorded.set_seat(command.seat());
  recorded.set_seat_class(command.seat_class());
  recorded.set_deputy_for(command.deputy_for());
  recorded.set_status(command.status());
  recorded.set_at(command.at());
  recorded.set_notice_hours(command.notice_hours());
  recorded.set_takes(command.takes());
  recorded.set_proxy(command.proxy());
  if (command.status() == v1::Attendance::arrived)
    if (auto no = check_arrival(work, *matter, recorded)) return no;
  if (command.status() == v1::Attendance::left && !is_present(mine, command.who()))
    return refuse(v1::RefusalCode::not_in_attendance, "someone who is there", command.who() + " is not");
  work.emit(std::move(event));
  if (command.status() == v1::Attendance::apologies) return accept();
  if (auto no = roll_again(work, command.matter())) return no;
  return rule_meeting_quorum(work, command.matter(), command.at());
}

Refusal decide(Work& work, const v1::OpenPart& command) {
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter)) return no;
  const MeetMemory& mine = meeting_of(*matter);
  if (auto no = can_sit(work, mine, command.matter())) return no;
  if (auto no = check_clock(mine, command.at())) return no;
  if (command.part().empty()) return refuse(v1::RefusalCode::part_required, "the part that begins", "none was named");
  if (auto no = check_part(work, mine.body, command.part())) return no;
  if (command.part() == mine.part) return refuse(v1::RefusalCode::wrong_step, "a part that is not under way", "part " + command.part() + " is");
  v1::Event event;
  v1::PartOpened& opened = *event.mutable_part_opened();
  opened.set_matter(command.matter());
  opened.set_part(command.part());
  opened.set_at(command.at());
  opened.set_closes(mine.part);
  work.emit(std::move(event));
  lay_down(work, command.matter());
  return accept();
}

// The procedure of a matter may say to which part it belongs; then it is not moved out of that.
Refusal belongs_elsewhere(const Work& work, const std::string& item, const std::string& part, const std::string& number) {
  const auto found = work.state().matters.find(item);
  const v1::Step* step = found == work.state().matters.end() ? nullptr : next_tabled(found->second);
  const std::string meant = step == nullptr ? std::string() : fill(found->second, step->decide().part());
  if (meant.empty() || meant == part) return accept();
  return refuse(v1::RefusalCode::part_required, "part " + meant + ", to which " + item + " belongs by its procedure", number + " would go to part " + part);
}

Refusal decide(Work& work, const v1::MoveAgendaItem& command) {
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter)) return no;
  const MeetMemory& mine = meeting_of(*matter);
  if (auto no = not_over(mine, command.matter())) return no;
  if (auto no = find_number(mine, command.number())) return no;
  if (auto no = check_part(work, fill(*matter, matter->step->meet().body()), command.part())) return no;
  const MeetMemory::Item& item = mine.agenda[command.number() - 1];
  const std::string number = "item " + std::to_string(command.number());
  if (item.part == command.part()) return refuse(v1::RefusalCode::part_required, "another part than its own", number + " is in part " + item.part);
  if (!item.taken.empty()) return refuse(v1::RefusalCode::wrong_step, "an item that was not taken yet", number + " was");
  if (auto no = belongs_elsewhere(work, item.item, command.part(), number)) return no;
  if (command.reason().empty()) return refuse(v1::RefusalCode::reason_required, "the reason to move it", "none was given");
  if (auto no = mine.state == State::kSitting ? check_clock(mine, command.at()) : check_time(command.at())) return no;
  v1::Event event;
  v1::AgendaItemMoved& moved = *event.mutable_agenda_item_moved();
  moved.set_matter(command.matter());
  moved.set_number(command.number());
  moved.set_from(item.part);
  moved.set_part(command.part());
  moved.set_reason(command.reason());
  moved.set_at(command.at());
  work.emit(std::move(event));
  return accept();
}

// Does the matter lie before that meeting as it stands? A later step of it may, so the item can be taken again for that.
bool lies_before(const Work& work, const std::string& meeting, const std::string& id) {
  const auto found = work.state().matters.find(id);
  return found != work.state().matters.end() && found->second.step->has_decide() && memory<DecideMemory>(found->second, found->second.step->id()).meeting == meeting;
}

Refusal decide(Work& work, const v1::TakeAgendaItem& command) {
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter)) return no;
  const MeetMemory& mine = meeting_of(*matter);
  if (auto no = can_sit(work, mine, command.matter())) return no;
  if (auto no = check_clock(mine, command.at())) return no;
  if (auto no = find_number(mine, command.number())) return no;
  const MeetMemory::Item& item = mine.agenda[command.number() - 1];
  if (item.hidden && !mine.excluded.contains(command.number()))
    return refuse(v1::RefusalCode::publicity_not_resolved, "a resolution that excludes the public from item " + std::to_string(command.number()), "none was passed");
  if (!mine.part.empty() && item.part != mine.part)
    return refuse(v1::RefusalCode::part_not_open, "an item of part " + mine.part + ", which is under way, or part " + item.part + " opened first", "item " + std::to_string(command.number()) + " is of part " + item.part);
  if (auto no = nobody_excluded(work, mine, item.part)) return no;
  if (mine.state == State::kSitting && mine.current == command.number() && lies_before(work, command.matter(), item.item))
    return refuse(v1::RefusalCode::wrong_step, "an item that is not under discussion", "item " + std::to_string(command.number()) + " has been since " + item.taken);
  if (mine.state == State::kConvened)
    if (auto no = everybody_served(work, *matter)) return no;
  v1::Event event;
  event.mutable_agenda_item_taken()->set_matter(command.matter());
  event.mutable_agenda_item_taken()->set_number(command.number());
  event.mutable_agenda_item_taken()->set_at(command.at());
  if (mine.current == 0)                                     // As the meeting or a part of it begins.
    if (auto no = rule_meeting_quorum(work, command.matter(), command.at(), true)) return no;
  work.emit(std::move(event));
  if (auto no = roll_again(work, command.matter())) return no;
  return rule_meeting_quorum(work, command.matter(), command.at());
}

Refusal decide(Work& work, const v1::AdjournMeeting& command) {
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter)) return no;
  if (auto no = can_sit(work, meeting_of(*matter), command.matter())) return no;
  if (auto no = check_clock(meeting_of(*matter), command.at())) return no;
  if (command.reason().empty()) return refuse(v1::RefusalCode::reason_required, "the reason for the adjournment", "none was given");
  if (!command.until().empty())
    if (const auto day = record::parse_day(command.until()); !day.ok()) return refuse(v1::RefusalCode::bad_date, "the day it goes on (YYYY-MM-DD), or none", day.status().why());
  v1::Event event;
  v1::MeetingAdjourned& adjourned = *event.mutable_meeting_adjourned();
  adjourned.set_matter(command.matter());
  adjourned.set_reason(command.reason());
  adjourned.set_until(command.until());
  adjourned.set_at(command.at());
  work.emit(std::move(event));
  lay_down(work, command.matter());
  return accept();
}

Refusal decide(Work& work, const v1::EndMeeting& command) {
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter)) return no;
  if (auto no = can_sit(work, meeting_of(*matter), command.matter())) return no;
  if (auto no = check_clock(meeting_of(*matter), command.at())) return no;
  v1::Event event;
  event.mutable_meeting_ended()->set_matter(command.matter());
  event.mutable_meeting_ended()->set_at(command.at());
  const std::string body = meeting_of(*matter).body;
  work.emit(std::move(event));
  lay_down(work, command.matter());
  start_clocks(work, command.matter(), "meeting");
  return urgent_left_unreported(work, body, command.matter());
}

void evolve(MeetMemory& mine, const v1::MeetingConvened& event) {
  mine.state = State::kConvened;
  mine.on = event.on();
  mine.body = event.body();
  mine.chair = event.chair();
  mine.starts = event.starts();
  mine.called = event.has_requisition();
  mine.served.clear();
  empty_the_room(mine);
}
void evolve(MeetMemory& mine, const v1::AgendaItemAdded& event) {
  mine.agenda.push_back({event.item(), event.part(), event.publicity() == v1::Publicity::private_session, event.from_meeting(), event.from_action(), ""});
}
void evolve(MeetMemory& mine, const v1::AttendanceRecorded& event) {
  if (event.status() != v1::Attendance::apologies) tick(mine, event.at());
  if (event.status() == v1::Attendance::left) std::erase_if(mine.present, [&](const auto& one) { return one.who == event.who(); });
  if (event.status() != v1::Attendance::arrived) return;
  mine.present.push_back({event.who(), event.party(), event.seat(), event.seat_class(), event.deputy_for(), event.takes(), {}, event.proxy(), event.notice_hours()});
  mine.came.push_back(mine.present.back());
}
// Who came to it stays: a rule may ask that a deputy stays for all of it. Who is there is recorded afresh, and whether that is a
// quorum is ruled as they arrive, and as the part takes its first item.
void evolve(MeetMemory& mine, const v1::PartOpened& event) {
  tick(mine, event.at());
  mine.part = event.part();
  mine.current = 0;
  mine.quorum = mine.opened = mine.course = 0;
  mine.present.clear();
}
void evolve(MeetMemory& mine, const v1::AgendaItemMoved& event) {
  if (mine.state == State::kSitting) tick(mine, event.at());
  mine.agenda[event.number() - 1].part = event.part();
}
void evolve(MeetMemory& mine, const v1::AgendaItemTaken& event) {
  if (mine.state != State::kSitting || mine.current == 0) mine.opened = mine.quorum;      // A part begins as a meeting does.
  tick(mine, event.at());
  mine.state = State::kSitting;
  mine.current = event.number();
  mine.part = mine.agenda[event.number() - 1].part;
  mine.agenda[event.number() - 1].taken = event.at().empty() ? "it was taken" : event.at();
}
void evolve(MeetMemory& mine, const v1::MeetingAdjourned&) {
  mine.state = State::kAdjourned;
  mine.adjourned = true;
  empty_the_room(mine);
}
// From here on only its minutes and actions are needed.
void evolve(MeetMemory& mine, const v1::MeetingEnded&) {
  mine.state = State::kEnded;
  mine.excluded.clear();
  mine.served.clear();
  empty_the_room(mine);
}

}  // namespace concordat::steps
