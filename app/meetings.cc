// concordat meeting: meetings, and their minutes drafted from the events. Nothing in the draft is not on the ledger.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <map>

#include "app/common.h"
#include "app/table.h"
#include "concordat/v1/views.pb.h"
#include "engine/record/when.h"
#include "engine/rules/rules.h"
#include "projections/views/ledger.h"
#include "projections/views/matters.h"
#include "projections/views/references.h"

namespace concordat::app {
namespace {

struct Item {
  v1::AgendaItemAdded on_agenda = {};
  std::string taken_at = "", quorum = "", outcome = "", decision = "";     // Empty = it did not come to that.
  std::vector<std::string> interests = {}, positions = {}, notes = {}, corrections = {};
  bool taken = false;
};

// What the events say of one meeting, in their order.
struct Meeting {
  v1::MatterRow row;
  v1::MeetingConvened convened;                        // The last one.
  std::vector<v1::AttendanceRecorded> attendance;
  std::vector<Item> items;                             // By number, from 1.
  std::vector<v1::PublicExcluded> excluded;
  std::map<std::uint32_t, v1::ActionRecorded> actions;
  std::map<std::uint32_t, std::string> closed;         // Action -> how.
  std::vector<v1::MeetingAdjourned> adjourned;
  std::vector<std::string> corrections;                // About no item.
  std::string ended_at, confirmed_at;

  Item* item(std::uint32_t number) { return number == 0 || number > items.size() ? nullptr : &items[number - 1]; }
};

bool is_meeting(const v1::MatterRow& row) { return row.procedure() == "meeting"; }

std::string name_of(const Reading& reading, const std::string& subject) { return reading.record->name(subject); }

std::string day_words(const std::string& day) {
  const auto parsed = record::parse_day(day);
  return parsed.ok() ? record::in_words(*parsed) : day;
}

Result<v1::MatterRow> row_of(const Reading& reading, const std::string& id) {
  v1::MatterRow row;
  if (!projections::find_matter(*reading.store, reading.ledger, id, &row) || !is_meeting(row)) return Status::not_found("expected a meeting of ledger " + reading.ledger + ", but " + id + " is none (see: concordat meeting list)");
  return row;
}

void each_event_of(const Reading& reading, const v1::MatterRow& row, const std::function<void(const v1::Event&)>& each) {
  for (const std::uint64_t sequence : row.events())
    projections::find_event(*reading.store, reading.ledger, sequence, [&](const projections::Committed& one) { each(one.event); });
}

void take(Meeting& meeting, const v1::Event& event) {
  if (event.has_meeting_convened()) meeting.convened = event.meeting_convened();
  if (event.has_agenda_item_added()) meeting.items.push_back({.on_agenda = event.agenda_item_added()});
  if (event.has_attendance_recorded()) meeting.attendance.push_back(event.attendance_recorded());
  if (event.has_public_excluded()) meeting.excluded.push_back(event.public_excluded());
  if (event.has_meeting_adjourned()) meeting.adjourned.push_back(event.meeting_adjourned());
  if (event.has_meeting_ended()) meeting.ended_at = event.meeting_ended().at();
  if (event.has_minutes_confirmed()) meeting.confirmed_at = event.minutes_confirmed().at_meeting();
  if (event.has_action_recorded()) meeting.actions[event.action_recorded().action()] = event.action_recorded();
  if (event.has_action_closed()) meeting.closed[event.action_closed().action()] = event.action_closed().how();
  if (event.has_agenda_item_taken())
    if (Item* item = meeting.item(event.agenda_item_taken().number())) { item->taken = true; item->taken_at = event.agenda_item_taken().at(); }
  if (event.has_minute_noted())
    if (Item* item = meeting.item(event.minute_noted().number())) item->notes.push_back(event.minute_noted().words());
  if (event.has_minutes_corrected()) {
    Item* item = meeting.item(event.minutes_corrected().number());
    (item != nullptr ? item->corrections : meeting.corrections).push_back(event.minutes_corrected().words() + " (" + event.minutes_corrected().reason() + ")");
  }
}

// What was done about the item's matter while it lay before this meeting.
void follow(const Reading& reading, const std::string& meeting, Item& item) {
  v1::MatterRow row;
  if (item.on_agenda.item().empty() || !projections::find_matter(*reading.store, reading.ledger, item.on_agenda.item(), &row)) return;
  bool here = false;
  each_event_of(reading, row, [&](const v1::Event& event) {
    if (event.has_item_tabled()) here = event.item_tabled().meeting() == meeting;
    if (!here) return;
    if (event.has_item_tabled()) item.quorum = event.item_tabled().quorum().sentence();
    if (event.has_interest_declared()) item.interests.push_back(name_of(reading, event.interest_declared().who()) + " declared an interest: " + event.interest_declared().nature() + " (" + v1::InterestAction::Value_Name(event.interest_declared().action()) + ").");
    if (event.has_decision_made()) {
      item.outcome = event.decision_made().outcome();
      item.decision = event.decision_made().decision().sentence();
      item.positions.clear();
      for (const v1::PartyPosition& one : event.decision_made().positions())
        item.positions.push_back(name_of(reading, one.party()) + ": " + v1::Position::Value_Name(one.position()) + (one.reason().empty() ? "" : " (" + one.reason() + ")"));
      here = false;
    }
  });
}

Result<Meeting> meeting_of(const Reading& reading, const std::string& id) {
  auto row = row_of(reading, id);
  if (!row.ok()) return row.status();
  Meeting meeting;
  meeting.row = *std::move(row);
  each_event_of(reading, meeting.row, [&](const v1::Event& event) { take(meeting, event); });
  for (Item& item : meeting.items) follow(reading, id, item);
  return meeting;
}

std::string state_of(const Meeting& meeting) {
  if (!meeting.confirmed_at.empty()) return "minutes confirmed at " + meeting.confirmed_at;
  if (!meeting.ended_at.empty()) return "held, minutes not confirmed";
  if (meeting.convened.on().empty()) return "not convened";
  return std::any_of(meeting.items.begin(), meeting.items.end(), [](const Item& one) { return one.taken; }) ? "under way" : "convened";
}

std::string seat_words(const Reading& reading, const v1::AttendanceRecorded& one) {
  std::string out = name_of(reading, one.who());
  if (!one.party().empty()) out += ", " + name_of(reading, one.party());
  if (!one.deputy_for().empty()) out += ", deputy for " + name_of(reading, one.deputy_for());
  else if (!one.seat().empty() && one.seat() != "member") out += ", " + one.seat();
  return out;
}

void print_people(const Reading& reading, const Meeting& meeting, const std::string& head, const std::function<bool(const v1::AttendanceRecorded&)>& is) {
  bool first = true;
  for (const v1::AttendanceRecorded& one : meeting.attendance) {
    if (!is(one)) continue;
    if (first) std::printf("\n**%s**\n\n", head.c_str());
    first = false;
    std::string times;
    if (one.status() == v1::Attendance::arrived) {
      if (!one.at().empty()) times = ", from " + one.at();
      for (const v1::AttendanceRecorded& later : meeting.attendance)
        if (&later > &one && later.who() == one.who() && later.status() == v1::Attendance::left && !later.at().empty()) { times += " to " + later.at(); break; }
    }
    std::printf("- %s%s\n", seat_words(reading, one).c_str(), times.c_str());
  }
}

void print_lines(const std::vector<std::string>& lines, const char* before) {
  for (const std::string& line : lines) std::printf("%s%s\n", before, line.c_str());
  if (!lines.empty()) std::printf("\n");
}

const char* const kHidden = "The public was excluded from this item. What was said and decided is in the full minutes.";

// "GBP/2223/001", where the body's rule gives its items references and this one was taken.
std::string reference_of(const Reading& reading, const Meeting& meeting, const Item& item) {
  v1::ItemReferenceRow row;
  if (!projections::find_reference(*reading.store, reading.ledger, meeting.row.id(), item.on_agenda.number(), &row)) return "";
  std::string body = row.body().substr(row.body().find(':') + 1);
  std::transform(body.begin(), body.end(), body.begin(), [](char one) { return one >= 'a' && one <= 'z' ? static_cast<char>(one - 'a' + 'A') : one; });
  return rules::item_reference(row.form(), body, row.on(), row.serial());
}

void print_item(const Reading& reading, const Meeting& meeting, const Item& item, bool for_public) {
  const v1::AgendaItemAdded& agenda = item.on_agenda;
  const bool closed = agenda.publicity() == v1::Publicity::private_session;
  const std::string title = for_public && closed ? "Private item" : agenda.title() + (agenda.item().empty() ? "" : " (" + agenda.item() + ")");
  const std::string reference = reference_of(reading, meeting, item);
  std::printf("\n## %u. %s%s\n\n", agenda.number(), reference.empty() ? "" : (reference + " ").c_str(), title.c_str());
  std::printf("%s%s%s.\n\n", agenda.part().empty() ? "" : ("Part " + agenda.part() + ", ").c_str(), closed ? "private" : "public", agenda.purpose().empty() ? "" : (", for " + agenda.purpose()).c_str());
  for (const v1::PublicExcluded& one : meeting.excluded)
    if (std::find(one.numbers().begin(), one.numbers().end(), agenda.number()) != one.numbers().end())
      std::printf("It was resolved to exclude the public, because: %s\n\n", one.reason().c_str());
  if (for_public && closed) { std::printf("%s\n", kHidden); return; }
  for (const v1::Paper& paper : agenda.papers())
    std::printf("- paper: %s%s\n", paper.title().c_str(), paper.late_reason().empty() ? "" : (", late: " + paper.late_reason()).c_str());
  if (agenda.papers_size() > 0) std::printf("\n");
  if (!item.taken) { std::printf("Not reached.\n"); return; }
  if (!item.taken_at.empty()) std::printf("Taken at %s.%s", item.taken_at.c_str(), item.quorum.empty() ? "" : " ");
  std::printf("%s\n\n", item.quorum.c_str());
  print_lines(item.interests, "");
  print_lines(item.notes, "");
  if (!item.outcome.empty()) {
    std::printf("**Decided: %s.** %s\n\n", item.outcome.c_str(), item.decision.c_str());
    print_lines(item.positions, "- ");
  } else if (!agenda.item().empty()) {
    std::printf("No decision was made at this meeting.\n\n");
  }
  for (const auto& [number, action] : meeting.actions)
    if (action.number() == agenda.number()) std::printf("Action %u: %s (%s%s)\n\n", number, action.what().c_str(), name_of(reading, action.owner()).c_str(), action.due().empty() ? "" : (", by " + day_words(action.due())).c_str());
  print_lines(item.corrections, "Corrected afterwards: ");
}

Status minutes(Common& common, const std::string& id, bool for_public) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  auto found = meeting_of(*reading, id);
  if (!found.ok()) return found.status();
  const Meeting& meeting = *found;
  if (meeting.convened.on().empty()) return Status::not_found(id + ": expected a meeting that has been convened, but no notice was given yet");
  std::printf("# %s\n\n%s of the meeting of %s on %s%s%s (%s).\n", meeting.row.title().c_str(), meeting.confirmed_at.empty() ? "Draft minutes" : ("Minutes, confirmed at " + meeting.confirmed_at + ",").c_str(),
              name_of(*reading, meeting.convened.body()).c_str(), day_words(meeting.convened.on()).c_str(), meeting.convened.starts().empty() ? "" : (" at " + meeting.convened.starts()).c_str(),
              meeting.convened.place().empty() ? "" : (", " + meeting.convened.place()).c_str(), id.c_str());
  std::printf("\nNotice: %s\n", meeting.convened.notice().sentence().c_str());
  if (!meeting.convened.chair().empty()) std::printf("\nIn the chair: %s\n", name_of(*reading, meeting.convened.chair()).c_str());
  using A = v1::Attendance;
  print_people(*reading, meeting, "Present", [](const auto& one) { return one.status() == A::arrived && !one.party().empty() && one.seat() != "observer" && one.seat() != "associate"; });
  print_people(*reading, meeting, "In attendance", [](const auto& one) { return one.status() == A::arrived && (one.party().empty() || one.seat() == "observer" || one.seat() == "associate"); });
  print_people(*reading, meeting, "Apologies", [](const auto& one) { return one.status() == A::apologies; });
  for (const Item& item : meeting.items) print_item(*reading, meeting, item, for_public);
  for (const v1::MeetingAdjourned& one : meeting.adjourned)
    std::printf("\nAdjourned%s: %s%s\n", one.at().empty() ? "" : (" at " + one.at()).c_str(), one.reason().c_str(), one.until().empty() ? "" : (" Until " + day_words(one.until()) + ".").c_str());
  if (!meeting.ended_at.empty()) std::printf("\nThe meeting ended at %s.\n", meeting.ended_at.c_str());
  if (!meeting.corrections.empty()) std::printf("\n");
  print_lines(meeting.corrections, "Corrected afterwards: ");
  return {};
}

Status actions(Common& common, const std::string& id) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  auto meeting = meeting_of(*reading, id);
  if (!meeting.ok()) return meeting.status();
  Table table({"action", "what", "owner", "due", "state"});
  for (const auto& [number, action] : meeting->actions) {
    if (common.json()) std::printf("%s\n", json_of(action).c_str());
    const auto closed = meeting->closed.find(number);
    table.row({std::to_string(number), action.what(), action.owner(), action.due(), closed == meeting->closed.end() ? "open" : "closed: " + closed->second});
  }
  if (common.json()) return {};
  if (table.empty()) std::printf("No actions.\n");
  else table.print();
  return {};
}

Status list(Common& common) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  std::vector<std::string> ids;
  reading->store->scan("matters", reading->ledger, "m/", "", [&](std::string_view, std::string_view bytes) {
    v1::MatterRow row;
    if (row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && is_meeting(row)) ids.push_back(row.id());
    return true;
  });
  Table table({"meeting", "title", "day", "items", "state"});
  for (const std::string& id : ids) {
    auto meeting = meeting_of(*reading, id);
    if (!meeting.ok()) return meeting.status();
    if (common.json()) std::printf("%s\n", json_of(meeting->row).c_str());
    table.row({id, meeting->row.title(), meeting->convened.on(), std::to_string(meeting->items.size()), state_of(*meeting)});
  }
  if (common.json()) return {};
  if (table.empty()) std::printf("No meetings yet. (open_matter with procedure: meeting starts one.)\n");
  else table.print();
  return {};
}

}  // namespace

void add_meetings(CLI::App& app, Common& common) {
  CLI::App* meeting = app.add_subcommand("meeting", "Meetings: list, minutes, actions");
  meeting->require_subcommand(1);
  auto id = std::make_shared<std::string>();
  auto for_public = std::make_shared<bool>(false);
  CLI::App* all = meeting->add_subcommand("list", "Every meeting, its day and how far it is");
  all->callback([&common] { run(common, [&] { return list(common); }); });
  CLI::App* text = meeting->add_subcommand("minutes", "Minutes drafted from the events, as Markdown");
  text->add_option("MEETING", *id, "Its id")->required();
  text->add_flag("--public", *for_public, "Without what was said and decided in private items");
  text->footer("Example:\n  concordat meeting minutes JC/2026-12 > minutes.md");
  text->callback([&common, id, for_public] { run(common, [&] { return minutes(common, *id, *for_public); }); });
  CLI::App* log = meeting->add_subcommand("actions", "What was undertaken, by whom and by when");
  log->add_option("MEETING", *id, "Its id")->required();
  log->callback([&common, id] { run(common, [&] { return actions(common, *id); }); });
}

}  // namespace concordat::app
