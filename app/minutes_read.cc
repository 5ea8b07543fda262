#include "app/minutes_read.h"

#include <algorithm>
#include <functional>

#include "projections/views/ledger.h"
#include "projections/views/matters.h"
#include "projections/views/meetings.h"

namespace concordat::app {
namespace {

std::string name_of(const Reading& reading, const std::string& subject) { return reading.record->name(subject); }
std::string at_time(const std::string& at) { return at.empty() ? "" : at + ": "; }

using Each = std::function<void(const v1::Event&, std::uint64_t sequence)>;

void each_event_of(const Reading& reading, const v1::MatterRow& row, const Each& each) {
  for (const std::uint64_t sequence : row.events())
    projections::find_event(*reading.store, reading.ledger, sequence, [&](const projections::Committed& one) { each(one.event, sequence); });
}

void take_quorum(Sitting& now, const v1::Event& event) {
  if (event.has_meeting_quorum_ruled() && now.taken.empty()) now.quorum.clear();      // What counts is how it began, not each who came in before.
  if (event.has_meeting_quorum_ruled()) now.quorum.push_back(at_time(event.meeting_quorum_ruled().at()) + event.meeting_quorum_ruled().quorum().sentence());
  if (event.has_course_chosen())
    now.quorum.push_back("Whoever presided chose: " + in_words(v1::QuorumRule::Failure_Name(event.course_chosen().course())) + (event.course_chosen().refers_to().empty() ? "" : " (" + event.course_chosen().refers_to() + ")") + ", because: " + event.course_chosen().reason());
}

// A part that opens, or a day on which it goes on, has an attendance list of its own.
void take_sitting(MinutedMeeting& meeting, const v1::Event& event) {
  if (event.has_meeting_convened()) {
    meeting.convened = event.meeting_convened();
    if (meeting.sittings.back().began()) meeting.sittings.emplace_back();
    meeting.sittings.back().day = event.meeting_convened().on();
  }
  if (!event.has_part_opened()) return;
  Sitting& before = meeting.sittings.back();
  if (before.taken.empty() && !before.opened) before.attendance.clear();      // Whoever had come already is recorded again.
  if (before.began()) meeting.sittings.emplace_back();
  Sitting& now = meeting.sittings.back();
  now.day = meeting.convened.on();
  now.part = event.part_opened().part();
  now.opened_at = event.part_opened().at();
  now.opened = true;
}

void take_attendance(MinutedMeeting& meeting, const v1::AttendanceRecorded& event) {
  if (event.status() == v1::Attendance::apologies) return meeting.apologies.push_back(event);
  if (event.status() == v1::Attendance::arrived) std::erase_if(meeting.apologies, [&](const auto& one) { return one.who() == event.who(); });
  meeting.sittings.back().attendance.push_back(event);
}

void take_item(MinutedMeeting& meeting, const v1::Event& event, std::uint64_t sequence) {
  Sitting& now = meeting.sittings.back();
  if (event.has_agenda_item_added()) meeting.items.push_back({.on_agenda = event.agenda_item_added()});
  if (event.has_agenda_paper_attached())
    if (MinutedItem* item = meeting.item(event.agenda_paper_attached().number())) item->on_agenda.mutable_papers()->MergeFrom(event.agenda_paper_attached().papers());
  if (event.has_agenda_item_taken())
    if (MinutedItem* item = meeting.item(event.agenda_item_taken().number())) {
      item->taken = true;
      item->taken_at = event.agenda_item_taken().at();
      item->sitting = meeting.sittings.size() - 1;
      item->since = sequence;
      if (now.part.empty()) now.part = item->on_agenda.part();
      now.taken.push_back(event.agenda_item_taken().number());
    }
  if (event.has_presiding_chosen()) now.chosen.push_back(event.presiding_chosen());
  if (event.has_agenda_item_moved())
    if (MinutedItem* item = meeting.item(event.agenda_item_moved().number())) {
      item->on_agenda.set_part(event.agenda_item_moved().part());
      item->moves.push_back(event.agenda_item_moved());
      if (now.began() && now.part == event.agenda_item_moved().from()) now.moved_away.push_back(event.agenda_item_moved());
    }
  if (event.has_minute_noted())
    if (MinutedItem* item = meeting.item(event.minute_noted().number())) item->notes.push_back(event.minute_noted().words());
  if (event.has_minutes_corrected()) {
    MinutedItem* item = meeting.item(event.minutes_corrected().number());
    (item != nullptr ? item->corrections : meeting.corrections).push_back(event.minutes_corrected().words() + " (" + event.minutes_corrected().reason() + ")");
  }
}

void take(MinutedMeeting& meeting, const v1::Event& event, std::uint64_t sequence) {
  take_sitting(meeting, event);
  take_quorum(meeting.sittings.back(), event);
  take_item(meeting, event, sequence);
  if (event.has_attendance_recorded()) take_attendance(meeting, event.attendance_recorded());
  if (event.has_public_excluded()) meeting.excluded.push_back(event.public_excluded());
  if (event.has_public_readmitted()) meeting.readmitted.push_back(event.public_readmitted());
  if (event.has_meeting_adjourned()) meeting.sittings.back().adjourned.push_back(event.meeting_adjourned());
  if (event.has_meeting_ended()) meeting.ended_at = event.meeting_ended().at();
  if (event.has_minutes_confirmed()) meeting.confirmed_at = event.minutes_confirmed().at_meeting();
  if (event.has_action_recorded()) meeting.actions[event.action_recorded().action()] = event.action_recorded();
}

// What its author laid before the meeting: each paper once.
void take_proposal(MinutedItem& item, const v1::Event& event) {
  const auto add = [&](const auto& papers, const std::string& recommendation) {
    for (const v1::Paper& paper : papers) {
      const auto same = [&](const v1::Paper& other) { return other.title() == paper.title() && other.sha256() == paper.sha256(); };
      const bool there = std::any_of(item.papers.begin(), item.papers.end(), same) || std::any_of(item.on_agenda.papers().begin(), item.on_agenda.papers().end(), same);
      if (!there) item.papers.push_back(paper);
    }
    if (!recommendation.empty()) item.recommendation = recommendation;
  };
  if (event.has_matter_opened()) add(event.matter_opened().papers(), event.matter_opened().recommendation());
  if (event.has_proposed()) add(event.proposed().papers(), event.proposed().recommendation());
}

void take_consensus(const Reading& reading, MinutedItem& item, const v1::ConsensusRecorded& event) {
  const std::string by = event.declared_by().empty() ? "Whoever presided" : name_of(reading, event.declared_by());
  item.consensus = (event.reached() ? by + " asked whether anybody objected; nobody did." : by + " asked whether anybody objected. There was no consensus; by the rule there follows " + event.then() + ".") + (event.words().empty() ? "" : " " + event.words());
  item.objections.clear();
  for (const v1::PartyPosition& one : event.positions())
    if (one.position() == v1::Position::against) item.objections.push_back(name_of(reading, one.party()) + " objected" + (one.reason().empty() ? "." : ": " + one.reason()));
}

// Decided before the meeting, and now put to it: what was decided, on what ground, and who was asked.
void take_urgent(const Reading& reading, MinutedItem& item, const v1::UrgentActionTaken& event) {
  item.urgent = {"Decided between meetings: " + event.decision(), "Why it could not wait: " + event.test()};
  std::string who;
  for (const std::string& one : event.deciders()) who += (who.empty() ? "" : ", ") + name_of(reading, one);
  item.urgent.push_back("By: " + who + ". " + event.urgent().sentence());
  for (const v1::Consulted& one : event.consulted()) item.urgent.push_back("Consulted: " + name_of(reading, one.who()) + ": " + one.view());
  for (const v1::Paper& one : event.evidence()) item.urgent.push_back("Evidence: " + one.title());
}

void take_decision(const Reading& reading, MinutedItem& item, const v1::DecisionMade& event) {
  item.outcome = event.outcome();
  item.decision = event.decision().sentence();
  item.positions.clear();
  for (const v1::PartyPosition& one : event.positions()) {
    const bool silent = one.position() == v1::Position::absent;      // Also who was there and took no part, because of an interest or otherwise.
    item.positions.push_back(name_of(reading, one.party()) + ": " + (silent ? "took no part" : in_words(v1::Position::Value_Name(one.position()))) + (one.reason().empty() ? "" : " (" + one.reason() + ")"));
  }
}

// As the item was taken, and as it changed since.
void take_quorum(MinutedItem& item, const std::string& quorum) {
  if (quorum.empty()) return;
  if (item.quorum.empty()) item.quorum = quorum;
  else if ((item.quorum_later.empty() ? item.quorum : item.quorum_later.back()) != quorum) item.quorum_later.push_back(quorum);
}

const char* what_follows(v1::InterestAction::Value action) {
  using I = v1::InterestAction;
  if (action == I::stay_no_vote) return "stays, without a vote";
  if (action == I::leave) return "leaves for the item";
  if (action == I::no_papers) return "leaves for the item, and had no papers";
  return "noted; nothing follows";
}

std::string set_by(const Reading& reading, const v1::InterestDeclared& event) {
  return event.set_by().empty() ? "" : ", as set by " + name_of(reading, event.set_by());
}

// What was done about the item's matter while it lay before this meeting.
void follow(const Reading& reading, const std::string& meeting, MinutedItem& item) {
  v1::MatterRow row;
  if (item.on_agenda.item().empty() || !projections::find_matter(*reading.store, reading.ledger, item.on_agenda.item(), &row)) return;
  bool here = false, over = false;
  each_event_of(reading, row, [&](const v1::Event& event, std::uint64_t sequence) {
    if (!over) take_proposal(item, event);
    if (event.has_urgent_action_taken()) take_urgent(reading, item, event.urgent_action_taken());
    if (event.has_item_tabled()) here = event.item_tabled().meeting() == meeting;
    if (!here) return;
    const bool laid_down = event.has_item_tabled() && event.item_tabled().present().empty() && !item.quorum.empty();     // The room had emptied.
    if (event.has_item_tabled() && !laid_down && !event.item_tabled().presiding().empty()) item.presided = name_of(reading, event.item_tabled().presiding());
    if (event.has_item_tabled() && !laid_down && sequence > item.since) take_quorum(item, event.item_tabled().quorum().sentence());
    if (event.has_interest_declared() && sequence > item.since) take_quorum(item, event.interest_declared().quorum().sentence());
    if (event.has_interest_declared()) item.interests.push_back(name_of(reading, event.interest_declared().who()) + " declared an interest: " + event.interest_declared().nature() + " (" + what_follows(event.interest_declared().action()) + set_by(reading, event.interest_declared()) + ").");
    if (event.has_consensus_recorded()) take_consensus(reading, item, event.consensus_recorded());
    if (event.has_decision_made()) { take_decision(reading, item, event.decision_made()); here = false; over = true; }
  });
}

// Corrections that were made to the minutes of an earlier meeting at this one: after it confirmed them and before it ended.
void read_confirmed(const Reading& reading, MinutedMeeting& meeting, std::uint64_t ended) {
  reading.store->scan("meetings", reading.ledger, "m/", "", [&](std::string_view, std::string_view bytes) {
    v1::MeetingRow row;
    v1::MatterRow matter;
    if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || row.confirmed_at() != meeting.row.id() || !projections::find_matter(*reading.store, reading.ledger, row.id(), &matter)) return true;
    Confirmed& one = meeting.confirmed.emplace_back();
    one.meeting = row.id();
    if (!row.days().empty()) one.day = row.days(row.days_size() - 1).on();
    bool here = false;
    each_event_of(reading, matter, [&](const v1::Event& event, std::uint64_t sequence) {
      here = here || event.has_minutes_confirmed();
      if (!here || !event.has_minutes_corrected() || sequence > ended) return;
      const std::uint32_t number = event.minutes_corrected().number();
      const auto item = std::find_if(row.agenda().begin(), row.agenda().end(), [&](const auto& other) { return other.number() == number; });
      const bool there = item != row.agenda().end();
      one.corrections.push_back({number, there ? item->part() : "", event.minutes_corrected().words() + " (" + event.minutes_corrected().reason() + ")", there && item->publicity() == v1::Publicity::private_session});
    });
    return true;
  });
}

}  // namespace

std::string in_words(std::string word) { std::replace(word.begin(), word.end(), '_', ' '); return word; }

Result<MinutedMeeting> read_meeting(const Reading& reading, const std::string& id) {
  MinutedMeeting meeting;
  v1::MeetingRow row;
  if (!projections::find_meeting(*reading.store, reading.ledger, id, &row) || !projections::find_matter(*reading.store, reading.ledger, id, &meeting.row))
    return Status::not_found("expected a meeting of ledger " + reading.ledger + ", but " + id + " is none (see: concordat meeting list)");
  std::uint64_t ended = UINT64_MAX;
  each_event_of(reading, meeting.row, [&](const v1::Event& event, std::uint64_t sequence) {
    take(meeting, event, sequence);
    if (event.has_meeting_ended()) ended = sequence;
  });
  for (MinutedItem& item : meeting.items) follow(reading, id, item);
  read_confirmed(reading, meeting, ended);
  v1::MeetingRow later;
  if (!meeting.confirmed_at.empty() && projections::find_meeting(*reading.store, reading.ledger, meeting.confirmed_at, &later) && !later.days().empty()) meeting.confirmed_on = later.days(later.days_size() - 1).on();
  return meeting;
}

}  // namespace concordat::app
