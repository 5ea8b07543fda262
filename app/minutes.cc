#include "app/minutes.h"

#include <algorithm>
#include <map>

#include "app/clock.h"
#include "app/disclosure.h"
#include "concordat/v1/views.pb.h"
#include "engine/record/when.h"
#include "engine/rules/rules.h"
#include "projections/views/ledger.h"
#include "projections/views/matters.h"
#include "projections/views/meetings.h"
#include "projections/views/references.h"

namespace concordat::app {
namespace {

struct Item {
  v1::AgendaItemAdded on_agenda = {};
  std::string taken_at = "", quorum = "", outcome = "", decision = "", consensus = "";     // Empty = it did not come to that.
  std::vector<std::string> quorum_later = {}, interests = {}, positions = {}, notes = {}, corrections = {}, objections = {}, urgent = {};
  bool taken = false;
};

// What the events say of one meeting, in their order.
struct Meeting {
  v1::MatterRow row;
  v1::MeetingConvened convened;                        // The last one.
  std::vector<v1::AttendanceRecorded> attendance;
  std::vector<Item> items;                             // By number, from 1.
  std::vector<v1::PublicExcluded> excluded;
  std::vector<v1::PublicReadmitted> readmitted;
  std::map<std::uint32_t, v1::ActionRecorded> actions;
  std::vector<v1::MeetingAdjourned> adjourned;
  std::vector<std::string> quorum;                     // As it was ruled from time to time, and what was done about it.
  std::vector<std::string> corrections;                // About no item.
  std::string ended_at, confirmed_at;

  Item* item(std::uint32_t number) { return number == 0 || number > items.size() ? nullptr : &items[number - 1]; }
};

std::string name_of(const Reading& reading, const std::string& subject) { return reading.record->name(subject); }
std::string at_time(const std::string& at) { return at.empty() ? "" : at + ": "; }
std::string in_words(std::string word) { std::replace(word.begin(), word.end(), '_', ' '); return word; }

void each_event_of(const Reading& reading, const v1::MatterRow& row, const std::function<void(const v1::Event&)>& each) {
  for (const std::uint64_t sequence : row.events())
    projections::find_event(*reading.store, reading.ledger, sequence, [&](const projections::Committed& one) { each(one.event); });
}

void take_quorum(Meeting& meeting, const v1::Event& event) {
  if (event.has_meeting_quorum_ruled()) meeting.quorum.push_back(at_time(event.meeting_quorum_ruled().at()) + event.meeting_quorum_ruled().quorum().sentence());
  if (event.has_course_chosen())
    meeting.quorum.push_back("Whoever presided chose: " + in_words(v1::QuorumRule::Failure_Name(event.course_chosen().course())) + (event.course_chosen().refers_to().empty() ? "" : " (" + event.course_chosen().refers_to() + ")") + ", because: " + event.course_chosen().reason());
}

void take(Meeting& meeting, const v1::Event& event) {
  take_quorum(meeting, event);
  if (event.has_meeting_convened()) meeting.convened = event.meeting_convened();
  if (event.has_agenda_item_added()) meeting.items.push_back({.on_agenda = event.agenda_item_added()});
  if (event.has_attendance_recorded()) meeting.attendance.push_back(event.attendance_recorded());
  if (event.has_public_excluded()) meeting.excluded.push_back(event.public_excluded());
  if (event.has_public_readmitted()) meeting.readmitted.push_back(event.public_readmitted());
  if (event.has_meeting_adjourned()) meeting.adjourned.push_back(event.meeting_adjourned());
  if (event.has_meeting_ended()) meeting.ended_at = event.meeting_ended().at();
  if (event.has_minutes_confirmed()) meeting.confirmed_at = event.minutes_confirmed().at_meeting();
  if (event.has_action_recorded()) meeting.actions[event.action_recorded().action()] = event.action_recorded();
  if (event.has_agenda_paper_attached())
    if (Item* item = meeting.item(event.agenda_paper_attached().number())) item->on_agenda.mutable_papers()->MergeFrom(event.agenda_paper_attached().papers());
  if (event.has_agenda_item_taken())
    if (Item* item = meeting.item(event.agenda_item_taken().number())) { item->taken = true; item->taken_at = event.agenda_item_taken().at(); }
  if (event.has_minute_noted())
    if (Item* item = meeting.item(event.minute_noted().number())) item->notes.push_back(event.minute_noted().words());
  if (event.has_minutes_corrected()) {
    Item* item = meeting.item(event.minutes_corrected().number());
    (item != nullptr ? item->corrections : meeting.corrections).push_back(event.minutes_corrected().words() + " (" + event.minutes_corrected().reason() + ")");
  }
}

void take_consensus(const Reading& reading, Item& item, const v1::ConsensusRecorded& event) {
  const std::string by = event.declared_by().empty() ? "Whoever presided" : name_of(reading, event.declared_by());
  item.consensus = (event.reached() ? by + " asked whether anybody objected; nobody did." : by + " asked whether anybody objected. There was no consensus; by the rule there follows " + event.then() + ".") + (event.words().empty() ? "" : " " + event.words());
  item.objections.clear();
  for (const v1::PartyPosition& one : event.positions())
    if (one.position() == v1::Position::against) item.objections.push_back(name_of(reading, one.party()) + " objected" + (one.reason().empty() ? "." : ": " + one.reason()));
}

// Decided before the meeting, and now put to it: what was decided, on what ground, and who was asked.
void take_urgent(const Reading& reading, Item& item, const v1::UrgentActionTaken& event) {
  item.urgent = {"Decided between meetings: " + event.decision(), "Why it could not wait: " + event.test()};
  std::string who;
  for (const std::string& one : event.deciders()) who += (who.empty() ? "" : ", ") + name_of(reading, one);
  item.urgent.push_back("By: " + who + ". " + event.urgent().sentence());
  for (const v1::Consulted& one : event.consulted()) item.urgent.push_back("Consulted: " + name_of(reading, one.who()) + ": " + one.view());
  for (const v1::Paper& one : event.evidence()) item.urgent.push_back("Evidence: " + one.title());
}

void take_decision(const Reading& reading, Item& item, const v1::DecisionMade& event) {
  item.outcome = event.outcome();
  item.decision = event.decision().sentence();
  item.positions.clear();
  for (const v1::PartyPosition& one : event.positions()) {
    const bool silent = one.position() == v1::Position::absent;      // Also who was there and took no part, because of an interest or otherwise.
    item.positions.push_back(name_of(reading, one.party()) + ": " + (silent ? "took no part" : in_words(v1::Position::Value_Name(one.position()))) + (one.reason().empty() ? "" : " (" + one.reason() + ")"));
  }
}

// What was done about the item's matter while it lay before this meeting.
void follow(const Reading& reading, const std::string& meeting, Item& item) {
  v1::MatterRow row;
  if (item.on_agenda.item().empty() || !projections::find_matter(*reading.store, reading.ledger, item.on_agenda.item(), &row)) return;
  bool here = false;
  each_event_of(reading, row, [&](const v1::Event& event) {
    if (event.has_urgent_action_taken()) take_urgent(reading, item, event.urgent_action_taken());
    if (event.has_item_tabled()) here = event.item_tabled().meeting() == meeting;
    if (!here) return;
    if (event.has_item_tabled()) {
      const std::string& quorum = event.item_tabled().quorum().sentence();
      if (item.quorum.empty()) item.quorum = quorum;
      else if ((item.quorum_later.empty() ? item.quorum : item.quorum_later.back()) != quorum) item.quorum_later.push_back(quorum);
    }
    if (event.has_interest_declared()) item.interests.push_back(name_of(reading, event.interest_declared().who()) + " declared an interest: " + event.interest_declared().nature() + " (" + in_words(v1::InterestAction::Value_Name(event.interest_declared().action())) + ").");
    if (event.has_consensus_recorded()) take_consensus(reading, item, event.consensus_recorded());
    if (event.has_decision_made()) { take_decision(reading, item, event.decision_made()); here = false; }
  });
}

Result<Meeting> meeting_of(const Reading& reading, const std::string& id) {
  Meeting meeting;
  v1::MeetingRow row;
  if (!projections::find_meeting(*reading.store, reading.ledger, id, &row) || !projections::find_matter(*reading.store, reading.ledger, id, &meeting.row))
    return Status::not_found("expected a meeting of ledger " + reading.ledger + ", but " + id + " is none (see: concordat meeting list)");
  each_event_of(reading, meeting.row, [&](const v1::Event& event) { take(meeting, event); });
  for (Item& item : meeting.items) follow(reading, id, item);
  return meeting;
}

std::string seat_words(const Reading& reading, const v1::AttendanceRecorded& one) {
  std::string out = name_of(reading, one.who());
  if (!one.party().empty()) out += ", " + name_of(reading, one.party());
  if (!one.deputy_for().empty()) out += ", deputy for " + name_of(reading, one.deputy_for());
  else if (!one.seat().empty() && one.seat() != "member") out += ", " + one.seat();
  return out;
}

void people(Page& page, const Reading& reading, const Meeting& meeting, const std::string& head, const std::function<bool(const v1::AttendanceRecorded&)>& is) {
  bool first = true;
  for (const v1::AttendanceRecorded& one : meeting.attendance) {
    if (!is(one)) continue;
    if (first) page.label(head);
    first = false;
    std::string times;
    if (one.status() == v1::Attendance::arrived) {
      if (!one.at().empty()) times = ", from " + one.at();
      for (const v1::AttendanceRecorded& later : meeting.attendance)
        if (&later > &one && later.who() == one.who() && later.status() == v1::Attendance::left && !later.at().empty()) { times += " to " + later.at(); break; }
    }
    page.point(seat_words(reading, one) + times);
  }
}

void points(Page& page, const std::string& head, const std::vector<std::string>& lines) {
  if (!lines.empty()) page.label(head);
  for (const std::string& line : lines) page.point(line);
}

const char* const kHidden = "The public was excluded from this item. What was said and decided is in the full minutes.";

using Numbers = google::protobuf::RepeatedField<std::uint32_t>;

bool hidden(const Item& item, bool for_public) { return for_public && item.on_agenda.publicity() == v1::Publicity::private_session; }

void decided(Page& page, const Item& item) {
  if (!item.consensus.empty()) page.text(item.consensus);
  for (const std::string& line : item.objections) page.point(line);
  if (!item.outcome.empty()) {
    page.text("Decided: " + in_words(item.outcome) + ".", item.decision);
    for (const std::string& line : item.positions) page.point(line);
  } else if (!item.on_agenda.item().empty()) {
    page.text("No decision was made at this meeting.");
  }
}

std::string action_words(const Reading& reading, const v1::ActionRecorded& action) {
  return "Action " + std::to_string(action.action()) + ": " + action.what() + " (" + name_of(reading, action.owner()) + (action.due().empty() ? "" : ", by " + day_words(action.due())) + ")";
}

// "GBP/2223/001", where the body's rule gives its items references and this one was taken.
std::string reference_of(const Reading& reading, const Meeting& meeting, const Item& item) {
  v1::ItemReferenceRow row;
  if (!projections::find_reference(*reading.store, reading.ledger, meeting.row.id(), item.on_agenda.number(), &row)) return "";
  std::string body = row.body().substr(row.body().find(':') + 1);
  std::transform(body.begin(), body.end(), body.begin(), [](char one) { return one >= 'a' && one <= 'z' ? static_cast<char>(one - 'a' + 'A') : one; });
  return rules::item_reference(row.form(), body, row.on(), row.serial()) + " ";
}

bool covers(const Numbers& numbers, std::uint32_t number) { return std::find(numbers.begin(), numbers.end(), number) != numbers.end(); }
std::string when(const std::string& at) { return at.empty() ? "" : " at " + at; }

// The resolution that excluded the public from an item, before it …
void add_exclusion(Page& page, const Meeting& meeting, std::uint32_t number) {
  for (const v1::PublicExcluded& one : meeting.excluded)
    if (covers(one.numbers(), number)) page.text("It was resolved" + when(one.at()) + " to exclude the public, because: " + one.reason());
}
// … and after it, when the public was let in again.
void add_readmission(Page& page, const Meeting& meeting, std::uint32_t number) {
  for (const v1::PublicReadmitted& one : meeting.readmitted)
    if (covers(one.numbers(), number)) page.text("The public was readmitted" + when(one.at()) + ".");
}

void add_item(Page& page, const Reading& reading, const Meeting& meeting, const Item& item, bool for_public) {
  const v1::AgendaItemAdded& agenda = item.on_agenda;
  const bool closed = agenda.publicity() == v1::Publicity::private_session;
  page.heading(std::to_string(agenda.number()) + ". " + reference_of(reading, meeting, item) + (hidden(item, for_public) ? "Private item" : agenda.title() + (agenda.item().empty() ? "" : " (" + agenda.item() + ")")));
  page.text((agenda.part().empty() ? "" : "Part " + agenda.part() + ", ") + (closed ? "private" : "public") + (agenda.purpose().empty() ? "" : ", for " + agenda.purpose()) + ".");
  add_exclusion(page, meeting, agenda.number());
  if (hidden(item, for_public)) {
    page.text(kHidden);
    return add_readmission(page, meeting, agenda.number());
  }
  for (const v1::Paper& paper : agenda.papers()) page.point("paper: " + paper.title() + (paper.late_reason().empty() ? "" : ", late: " + paper.late_reason()));
  for (const std::string& line : item.urgent) page.point(line);
  if (!item.taken) {
    page.text("Not reached.");
    return add_readmission(page, meeting, agenda.number());
  }
  const std::string taken = (item.taken_at.empty() ? "" : "Taken at " + item.taken_at + "." + (item.quorum.empty() ? "" : " ")) + item.quorum;
  if (!taken.empty()) page.text(taken);
  for (const std::string& line : item.quorum_later) page.text("As people came, went or stood aside: " + line);
  for (const std::string& line : item.notes) page.text(line);
  decided(page, item);
  for (const auto& [number, action] : meeting.actions)
    if (action.number() == agenda.number()) page.text(action_words(reading, action));
  add_readmission(page, meeting, agenda.number());
  for (const std::string& line : item.corrections) page.text("Corrected afterwards: " + line);
}

// Apologies, quorum and interests stand before the items. Source: P24.
void add_opening(Page& page, const Reading& reading, const Meeting& meeting, bool for_public) {
  using A = v1::Attendance;
  const v1::MeetingConvened& convened = meeting.convened;
  page.text("Notice: " + convened.notice().sentence() + (convened.short_because().empty() ? "" : " It was short because: " + convened.short_because()));
  if (convened.has_requisition()) page.text("Called by members. " + convened.requisition().sentence());
  if (!convened.chair().empty()) page.text("In the chair: " + name_of(reading, convened.chair()));
  people(page, reading, meeting, "Present", [](const auto& one) { return one.status() == A::arrived && !one.party().empty() && one.seat() != "observer" && one.seat() != "associate"; });
  people(page, reading, meeting, "In attendance", [](const auto& one) { return one.status() == A::arrived && (one.party().empty() || one.seat() == "observer" || one.seat() == "associate"); });
  const auto came = [&](const std::string& who) { return std::any_of(meeting.attendance.begin(), meeting.attendance.end(), [&](const auto& one) { return one.who() == who && one.status() == A::arrived; }); };
  people(page, reading, meeting, "Apologies", [&](const auto& one) { return one.status() == A::apologies && !came(one.who()); });
  points(page, "Quorum", meeting.quorum);
  std::vector<std::string> interests;
  for (const Item& item : meeting.items)
    if (!hidden(item, for_public))
      for (const std::string& line : item.interests) interests.push_back("Item " + std::to_string(item.on_agenda.number()) + ": " + line);
  points(page, "Declarations of interest", interests);
}

void add_ending(Page& page, const Reading& reading, const Meeting& meeting, bool for_public) {
  std::vector<std::string> carried;
  for (const auto& [number, action] : meeting.actions)
    if (!action.from_meeting().empty()) carried.push_back((for_public && action.private_item() ? "Action " + std::to_string(action.action()) + ": of a private item" : action_words(reading, action)) + ", action " + std::to_string(action.from_action()) + " of " + action.from_meeting());
  points(page, "Actions taken over from earlier meetings", carried);
  for (const v1::MeetingAdjourned& one : meeting.adjourned)
    page.text("Adjourned" + (one.at().empty() ? "" : " at " + one.at()) + ": " + one.reason() + (one.until().empty() ? "" : " Until " + day_words(one.until()) + "."));
  if (!meeting.ended_at.empty()) page.text("The meeting ended at " + meeting.ended_at + ".");
  for (const std::string& line : meeting.corrections) page.text("Corrected afterwards: " + line);
}

}  // namespace

std::string day_words(const std::string& day) {
  const auto parsed = record::parse_day(day);
  return parsed.ok() ? record::in_words(*parsed) : day;
}

Result<Page> minutes_of(const Reading& reading, const std::string& id, bool for_public, bool explained) {
  auto found = meeting_of(reading, id);
  if (!found.ok()) return found.status();
  const Meeting& meeting = *found;
  const v1::MeetingConvened& convened = meeting.convened;
  if (convened.on().empty()) return Status::not_found(id + ": expected a meeting that has been convened, but no notice was given yet");
  Page page(meeting.row.title());
  page.text((meeting.confirmed_at.empty() ? "Draft minutes" : "Minutes, confirmed at " + meeting.confirmed_at + ",") + " of the meeting of " + name_of(reading, convened.body()) + " on " + day_words(convened.on()) +
            (convened.starts().empty() ? "" : " at " + convened.starts()) + (convened.place().empty() ? "" : ", " + convened.place()) + " (" + id + ").");
  add_opening(page, reading, meeting, for_public);
  for (const Item& item : meeting.items) add_item(page, reading, meeting, item, for_public);
  add_ending(page, reading, meeting, for_public);
  if (!explained) return page;
  Disclosure copy(*reading.store, reading.ledger, day_of(now_ms()));
  page.revise([&](const std::string& text) { return copy.copy(text); });
  return page;
}

}  // namespace concordat::app
