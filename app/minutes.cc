#include "app/minutes.h"

#include <algorithm>
#include <functional>

#include "app/clock.h"
#include "app/disclosure.h"
#include "app/explain.h"
#include "app/minutes_read.h"
#include "engine/record/when.h"
#include "engine/rules/rules.h"
#include "projections/views/references.h"

namespace concordat::app {
namespace {

std::string name_of(const Reading& reading, const std::string& subject) { return reading.record->name(subject); }

std::string seat_words(const Reading& reading, const v1::AttendanceRecorded& one) {
  std::string out = name_of(reading, one.who());
  if (const std::string party = name_of(reading, one.party()); !one.party().empty() && out.find(party) == std::string::npos) out += ", " + party;      // "Chief executive of A" says it already.
  if (!one.deputy_for().empty()) out += ", deputy for " + name_of(reading, one.deputy_for());
  else if (!one.seat().empty() && one.seat() != "member") out += ", " + one.seat();
  return out;
}

// What of the meeting is asked for: all of it or one part, for all or for the public.
struct Wanted {
  std::string part;
  bool for_public = false;
  bool in(const std::string& other) const { return part.empty() || part == other; }
};

using Attendances = std::vector<v1::AttendanceRecorded>;

// Whoever came, and from when to when.
void people(Page& page, const Reading& reading, const Attendances& all, const std::string& head, const std::function<bool(const v1::AttendanceRecorded&)>& is) {
  bool first = true;
  for (const v1::AttendanceRecorded& one : all) {
    if (!is(one)) continue;
    if (first) page.label(head);
    first = false;
    std::string times;
    if (one.status() == v1::Attendance::arrived) {
      if (!one.at().empty()) times = ", from " + one.at();
      for (const v1::AttendanceRecorded& later : all)
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
const char* const kHiddenToCome = "It was to be taken in private, and was not reached.";

using Numbers = google::protobuf::RepeatedField<std::uint32_t>;

bool hidden(const MinutedItem& item, bool for_public) { return for_public && item.on_agenda.publicity() == v1::Publicity::private_session; }

void decided(Page& page, const MinutedItem& item) {
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
std::string reference_of(const Reading& reading, const MinutedMeeting& meeting, const MinutedItem& item) {
  v1::ItemReferenceRow row;
  if (!projections::find_reference(*reading.store, reading.ledger, meeting.row.id(), item.on_agenda.number(), &row)) return "";
  std::string body = row.body().substr(row.body().find(':') + 1);
  std::transform(body.begin(), body.end(), body.begin(), [](char one) { return one >= 'a' && one <= 'z' ? static_cast<char>(one - 'a' + 'A') : one; });
  return rules::item_reference(row.form(), body, row.on(), row.serial()) + " ";
}

bool covers(const Numbers& numbers, std::uint32_t number) { return std::find(numbers.begin(), numbers.end(), number) != numbers.end(); }
std::string when(const std::string& at) { return at.empty() ? "" : " at " + at; }

// The resolution that excluded the public from an item, before it …
void add_exclusion(Page& page, const MinutedMeeting& meeting, std::uint32_t number) {
  for (const v1::PublicExcluded& one : meeting.excluded)
    if (covers(one.numbers(), number)) page.text("It was resolved" + when(one.at()) + " to exclude the public, because: " + one.reason());
}
// … and after it, when the public was let in again.
void add_readmission(Page& page, const MinutedMeeting& meeting, std::uint32_t number) {
  for (const v1::PublicReadmitted& one : meeting.readmitted)
    if (covers(one.numbers(), number)) page.text("The public was readmitted" + when(one.at()) + ".");
}

// An item that went from one part to another: whoever reads of one part sees where it went, or whence it came.
std::string move_words(const v1::AgendaItemMoved& move, bool closed) {
  return "Moved from part " + move.from() + " to part " + move.part() + when(move.at()) + (closed ? "." : ", because: " + move.reason());
}

// Papers and recommendation stand with the item: those of its matter, and those put on the agenda.
void add_papers(Page& page, const MinutedItem& item) {
  const auto add = [&](const auto& papers) {
    for (const v1::Paper& paper : papers) page.point("paper: " + paper.title() + (paper.late_reason().empty() ? "" : ", late: " + paper.late_reason()));
  };
  add(item.papers);
  add(item.on_agenda.papers());
  if (!item.recommendation.empty()) page.text("Recommendation:", item.recommendation);
}

void add_confirmed(Page& page, const Confirmed& one, const Wanted& wanted) {
  page.text("The minutes of the meeting" + (one.day.empty() ? "" : " of " + day_words(one.day)) + " (" + one.meeting + ") were confirmed" + (one.corrections.empty() ? "." : ", and corrected:"));
  for (const Confirmed::Correction& correction : one.corrections)
    page.point((correction.number == 0 ? "" : "item " + std::to_string(correction.number) + ": ") + (!wanted.in(correction.part) ? "of another part" : wanted.for_public && correction.hidden ? "a private item" : correction.words));
}

bool confirmed_under(const MinutedItem& item, const Confirmed& one) { return item.on_agenda.from_meeting() == one.meeting && item.on_agenda.from_action() == 0; }

void add_taken(Page& page, const Reading& reading, const MinutedMeeting& meeting, const MinutedItem& item, const Wanted& wanted) {
  const std::string taken = (item.taken_at.empty() ? "" : "Taken at " + item.taken_at + "." + (item.quorum.empty() ? "" : " ")) + item.quorum;
  if (!taken.empty()) page.text(taken);
  for (const std::string& line : item.quorum_later) page.text("As people came, went or stood aside: " + line);
  for (const std::string& line : item.notes) page.text(line);
  for (const Confirmed& one : meeting.confirmed)
    if (confirmed_under(item, one)) add_confirmed(page, one, wanted);
  decided(page, item);
  for (const auto& [number, action] : meeting.actions)
    if (action.number() == item.on_agenda.number()) page.text(action_words(reading, action));
}

void add_item(Page& page, const Reading& reading, const MinutedMeeting& meeting, const MinutedItem& item, const Wanted& wanted) {
  const v1::AgendaItemAdded& agenda = item.on_agenda;
  const bool closed = agenda.publicity() == v1::Publicity::private_session, secret = hidden(item, wanted.for_public);
  page.heading(std::to_string(agenda.number()) + ". " + reference_of(reading, meeting, item) + (secret ? "Private item" : agenda.title() + (agenda.item().empty() ? "" : " (" + agenda.item() + ")")));
  page.text((agenda.part().empty() ? (closed ? "Private" : "Public") : "Part " + agenda.part() + (closed ? ", private" : ", public")) + (agenda.purpose().empty() ? "" : ", for " + agenda.purpose()) + ".");
  for (const v1::AgendaItemMoved& move : item.moves) page.text(move_words(move, secret));
  if (!secret) add_papers(page, item);
  add_exclusion(page, meeting, agenda.number());
  if (secret) page.text(item.taken ? kHidden : kHiddenToCome);
  if (!secret)
    for (const std::string& line : item.urgent) page.point(line);
  if (!secret && item.taken) add_taken(page, reading, meeting, item, wanted);
  if (!secret && !item.taken) page.text("Not reached.");
  add_readmission(page, meeting, agenda.number());
  if (!secret)
    for (const std::string& line : item.corrections) page.text("Corrected afterwards: " + line);
}

// Who was there, as long as one attendance list lasted.
void add_room(Page& page, const Reading& reading, const Sitting& now) {
  using A = v1::Attendance;
  const auto beside = [](const auto& one) { return one.party().empty() || one.seat() == "observer" || one.seat() == "associate"; };
  people(page, reading, now.attendance, "Present", [&](const auto& one) { return one.status() == A::arrived && !beside(one); });
  people(page, reading, now.attendance, "In attendance", [&](const auto& one) { return one.status() == A::arrived && beside(one); });
  for (const v1::PresidingChosen& one : now.chosen) {
    std::string by;
    for (const std::string& who : one.chosen_by()) by += (by.empty() ? "" : ", ") + name_of(reading, who);
    page.text(name_of(reading, one.who()) + " was chosen to preside" + when(one.at()) + ", by " + by + ".");
  }
}

// Parts that opened, and days on which it went on, each stand under a heading of their own.
bool by_sitting(const MinutedMeeting& meeting) { return meeting.sittings.size() > 1 || meeting.sittings.front().opened; }

// Who presided over the items; before any was taken, who was to preside.
std::string in_the_chair(const Reading& reading, const MinutedMeeting& meeting) {
  std::vector<std::pair<std::string, std::string>> all;      // Who, and the items.
  for (const MinutedItem& item : meeting.items) {
    if (item.presided.empty()) continue;
    const std::string number = std::to_string(item.on_agenda.number());
    const auto same = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first == item.presided; });
    if (same == all.end()) all.emplace_back(item.presided, number);
    else same->second += ", " + number;
  }
  if (all.empty()) return meeting.convened.chair().empty() ? "" : name_of(reading, meeting.convened.chair());
  if (all.size() == 1) return all.front().first;
  std::string out;
  for (const auto& [who, items] : all) out += (out.empty() ? "" : "; ") + who + " (item " + items + ")";
  return out;
}

// Apologies, quorum and interests stand before the items. Source: P24.
void add_opening(Page& page, const Reading& reading, const MinutedMeeting& meeting, const Wanted& wanted) {
  const v1::MeetingConvened& convened = meeting.convened;
  page.text("Notice: " + convened.notice().sentence() + (convened.short_because().empty() ? "" : " It was short because: " + convened.short_because()));
  if (convened.has_requisition()) page.text("Called by members. " + convened.requisition().sentence());
  if (const std::string chair = in_the_chair(reading, meeting); !chair.empty()) page.text("In the chair: " + chair);
  if (!by_sitting(meeting)) add_room(page, reading, meeting.sittings.front());
  people(page, reading, meeting.apologies, "Apologies", [](const auto&) { return true; });
  if (!by_sitting(meeting)) points(page, "Quorum", meeting.sittings.front().quorum);
  std::vector<std::string> interests;
  for (const MinutedItem& item : meeting.items)
    if (!hidden(item, wanted.for_public) && wanted.in(item.on_agenda.part()))
      for (const std::string& line : item.interests) interests.push_back("Item " + std::to_string(item.on_agenda.number()) + ": " + line);
  points(page, "Declarations of interest", interests);
}

// In their order; of a meeting that nobody came to, that for which it was called.
std::vector<std::string> days_of(const MinutedMeeting& meeting) {
  std::vector<std::string> out;
  for (const Sitting& one : meeting.sittings)
    if (one.began() && (out.empty() || out.back() != one.day)) out.push_back(one.day);
  if (out.empty()) out.push_back(meeting.convened.on());
  return out;
}

void add_adjourned(Page& page, const Sitting& now) {
  for (const v1::MeetingAdjourned& one : now.adjourned)
    page.text("Adjourned" + when(one.at()) + (one.until().empty() ? "" : ", until " + day_words(one.until())) + ", because: " + one.reason());
}

std::string sitting_words(const MinutedMeeting& meeting, std::size_t at) {
  const Sitting& now = meeting.sittings[at];
  bool again = false;
  for (std::size_t i = 0; i < at; ++i) again = again || (meeting.sittings[i].part == now.part && meeting.sittings[i].day == now.day);
  const std::string part = now.part.empty() ? "" : "Part " + now.part + (again ? ", continued" : "");
  if (days_of(meeting).size() == 1 && !part.empty()) return part;
  return part.empty() ? day_words(now.day) : part + ", " + day_words(now.day);
}

void add_sitting(Page& page, const Reading& reading, const MinutedMeeting& meeting, std::size_t at, const Wanted& wanted) {
  const Sitting& now = meeting.sittings[at];
  page.section(sitting_words(meeting, at));
  if (!now.opened_at.empty()) page.text("Opened at " + now.opened_at + ".");
  add_room(page, reading, now);
  points(page, "Quorum", now.quorum);
  for (const v1::AgendaItemMoved& move : now.moved_away)
    page.text("Item " + std::to_string(move.number()) + ": " + move_words(move, wanted.for_public && meeting.items[move.number() - 1].on_agenda.publicity() == v1::Publicity::private_session));
  for (std::size_t i = 0; i < now.taken.size(); ++i) {
    const MinutedItem& item = meeting.items[now.taken[i] - 1];
    const bool later = std::find(now.taken.begin() + static_cast<std::ptrdiff_t>(i) + 1, now.taken.end(), now.taken[i]) != now.taken.end();
    if (item.sitting != at && !later) page.text("Item " + std::to_string(now.taken[i]) + " was reached, and taken again later.");
    if (item.sitting == at && !later) add_item(page, reading, meeting, item, wanted);
  }
  add_adjourned(page, now);
}

void add_items(Page& page, const Reading& reading, const MinutedMeeting& meeting, const Wanted& wanted) {
  const bool sittings = by_sitting(meeting);
  if (sittings)
    for (std::size_t at = 0; at < meeting.sittings.size(); ++at)
      if (wanted.in(meeting.sittings[at].part)) add_sitting(page, reading, meeting, at, wanted);
  for (const MinutedItem& item : meeting.items)
    if ((!sittings || !item.taken) && wanted.in(item.on_agenda.part())) add_item(page, reading, meeting, item, wanted);
}

void add_ending(Page& page, const Reading& reading, const MinutedMeeting& meeting, const Wanted& wanted) {
  for (const Confirmed& one : meeting.confirmed)
    if (wanted.part.empty() && std::none_of(meeting.items.begin(), meeting.items.end(), [&](const auto& item) { return item.taken && confirmed_under(item, one); })) add_confirmed(page, one, wanted);
  std::vector<std::string> carried;
  for (const auto& [number, action] : meeting.actions)
    if (!action.from_meeting().empty()) carried.push_back((wanted.for_public && action.private_item() ? "Action " + std::to_string(action.action()) + ": of a private item" : action_words(reading, action)) + ", action " + std::to_string(action.from_action()) + " of " + action.from_meeting());
  if (wanted.part.empty()) points(page, "Actions taken over from earlier meetings", carried);
  if (!by_sitting(meeting)) add_adjourned(page, meeting.sittings.front());
  if (!meeting.ended_at.empty()) page.text("The meeting ended at " + meeting.ended_at + ".");
  for (const std::string& line : meeting.corrections) page.text("Corrected afterwards: " + line);
}

Status check_part(const MinutedMeeting& meeting, const std::string& part) {
  std::string all;
  const auto note = [&](const std::string& one) { if (!one.empty() && all.find("\"" + one + "\"") == std::string::npos) all += (all.empty() ? "\"" : ", \"") + one + "\""; };
  for (const Sitting& one : meeting.sittings) note(one.part);
  for (const MinutedItem& one : meeting.items) note(one.on_agenda.part());
  if (part.empty() || all.find("\"" + part + "\"") != std::string::npos) return {};
  return Status::invalid("--part: expected a part of the meeting (" + (all.empty() ? "it has none" : all) + "), but \"" + part + "\" is none");
}

}  // namespace

std::string day_words(const std::string& day) {
  const auto parsed = record::parse_day(day);
  return parsed.ok() ? record::in_words(*parsed) : day;
}

Result<Page> minutes_of(const Reading& reading, const std::string& id, bool for_public, bool explained, const std::string& part) {
  auto found = read_meeting(reading, id);
  if (!found.ok()) return found.status();
  const MinutedMeeting& meeting = *found;
  const v1::MeetingConvened& convened = meeting.convened;
  if (convened.on().empty()) return Status::not_found(id + ": expected a meeting that has been convened, but no notice was given yet");
  if (Status status = check_part(meeting, part); !status.ok()) return status;
  const Wanted wanted{part, for_public};
  std::string days;
  for (const std::string& day : days_of(meeting)) days += (days.empty() ? "" : " and ") + day_words(day);
  Page page(meeting.row.title());
  page.text((meeting.confirmed_at.empty() ? "Draft minutes" : "Minutes, confirmed " + (meeting.confirmed_on.empty() ? "at " + meeting.confirmed_at : "on " + day_words(meeting.confirmed_on) + " (" + meeting.confirmed_at + ")") + ",") + (part.empty() ? "" : " of part " + part) + " of the meeting of " + name_of(reading, convened.body()) + " on " + days + (convened.starts().empty() || days_of(meeting).size() > 1 ? "" : " at " + convened.starts()) + (convened.place().empty() ? "" : ", " + convened.place()) + " (" + id + ").");
  add_opening(page, reading, meeting, wanted);
  add_items(page, reading, meeting, wanted);
  add_ending(page, reading, meeting, wanted);
  page.revise([&](const std::string& text) { return with_names(*reading.record, text); });      // Rulings speak of ids.
  if (!explained) return page;
  Disclosure copy(*reading.store, reading.ledger, day_of(now_ms()));
  page.revise([&](const std::string& text) { return copy.copy(text); });
  return page;
}

}  // namespace concordat::app
