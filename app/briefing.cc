#include "app/briefing.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

#include "app/clock.h"
#include "app/disclosure.h"
#include "app/explain.h"
#include "app/joined.h"
#include "app/minutes.h"
#include "app/minutes_read.h"

namespace concordat::app {
namespace {

struct Wanted {
  std::string part;
  bool for_public = false;
  bool item(const MinutedItem& one) const { return part.empty() || one.on_agenda.part() == part; }
  bool told(const MinutedItem& one) const { return !for_public || one.on_agenda.publicity() != v1::Publicity::private_session; }
};

bool decided(const MinutedItem& item) { return !item.outcome.empty() || !item.consensus.empty(); }

std::string words_of(const MinutedItem& item) {
  const std::string result = item.outcome.empty() ? "" : "decided: " + in_words(item.outcome) + "." + (item.decision.empty() ? "" : " " + item.decision);
  const std::string rest = joined(item.notes, " ");
  std::string out = item.on_agenda.title();
  for (const std::string& one : {item.consensus, result, rest}) out += one.empty() ? "" : (&one == &rest || out != item.on_agenda.title() ? " " : ": ") + one;
  return out;
}

void points(Page& page, const std::string& head, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  page.heading(head);
  for (const std::string& line : lines) page.point(line);
}

void add_items(Page& page, const MinutedMeeting& meeting, const Wanted& wanted) {
  std::vector<std::string> made, seen, left;
  std::size_t hidden = 0;
  for (const MinutedItem& item : meeting.items) {
    if (!wanted.item(item)) continue;
    if (!wanted.told(item)) ++hidden;
    else if (decided(item)) made.push_back(words_of(item));
    else if (item.taken) seen.push_back(words_of(item));
    else left.push_back(item.on_agenda.title());
  }
  points(page, "Decided", made);
  points(page, "Considered", seen);
  points(page, "Not reached", left);
  if (hidden > 0) page.text(hidden == 1 ? "One item was private; it stands in the full minutes." : std::to_string(hidden) + " items were private; they stand in the full minutes.");
}

void add_actions(Page& page, const Reading& reading, const MinutedMeeting& meeting, const Wanted& wanted) {
  std::vector<std::string> out;
  for (const auto& [number, action] : meeting.actions) {
    const bool of_item = action.number() >= 1 && action.number() <= meeting.items.size();
    if ((wanted.for_public && action.private_item()) || (of_item && !wanted.item(meeting.items[action.number() - 1])) || (!of_item && !wanted.part.empty())) continue;
    out.push_back(action.what() + " (" + reading.record->name(action.owner()) + (action.due().empty() ? "" : ", by " + day_words(action.due())) + ")");
  }
  points(page, "Undertaken", out);
}

struct Asked { std::string id, part; bool for_public = false, html = false; };

Status brief(Common& common, const Asked& asked) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  const auto page = briefing_of(*reading, asked.id, asked.for_public, asked.part);
  if (!page.ok()) return page.status();
  std::fputs((asked.html ? page->html() : common.csv() ? page->csv() : common.json() ? page->json() : page->markdown()).c_str(), stdout);
  return {};
}

}  // namespace

Result<Page> briefing_of(const Reading& reading, const std::string& id, bool for_public, const std::string& part) {
  auto found = read_meeting(reading, id);
  if (!found.ok()) return found.status();
  const MinutedMeeting& meeting = *found;
  const Wanted wanted{part, for_public};
  if (std::none_of(meeting.sittings.begin(), meeting.sittings.end(), [](const Sitting& one) { return one.began(); })) return Status::not_found(id + ": expected a meeting that has begun, but nothing has happened at it yet");
  if (!part.empty() && std::none_of(meeting.items.begin(), meeting.items.end(), [&](const MinutedItem& one) { return one.on_agenda.part() == part; })) return Status::invalid("--part: expected a part that has items, but \"" + part + "\" has none");
  Page page("Briefing note: " + meeting.row.title());
  page.text("From the meeting of " + reading.record->name(meeting.convened.body()) + " on " + day_words(meeting.convened.on()) + " (" + id + ")" + (part.empty() ? "" : ", part " + part) + ", for the executive teams of the boards" + (for_public ? " and the public" : "") + ". " +
            (meeting.confirmed_at.empty() ? "Its minutes are not confirmed yet." : "Its minutes were confirmed at " + meeting.confirmed_at + "."));
  add_items(page, meeting, wanted);
  add_actions(page, reading, meeting, wanted);
  page.revise([&](const std::string& text) { return with_names(*reading.record, text); });
  Disclosure copy(*reading.store, reading.ledger, day_of(now_ms()));
  page.revise([&](const std::string& text) { return copy.copy(text); });
  return page;
}

void add_briefing(CLI::App& meeting, Common& common) {
  auto asked = std::make_shared<Asked>();
  CLI::App* note = meeting.add_subcommand("briefing", "The briefing note after a meeting, drafted from its events: to be edited and issued");
  note->add_option("MEETING", asked->id, "Its matter")->required();
  note->add_flag("--public", asked->for_public, "Without private items");
  note->add_option("--part", asked->part, "Of this part only, for whoever took part in it");
  note->add_flag("--html", asked->html, "As a page to print");
  note->footer("Examples:\n  concordat meeting briefing CEO/2026-12 > note.md\n  concordat meeting briefing CEO/2026-12 --public --html > note.html");
  note->callback([&common, asked] { run(common, [&] { return brief(common, *asked); }, true); });
}

}  // namespace concordat::app
