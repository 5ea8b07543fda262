// concordat meeting: meetings, what is before them, what they leave, and the forward plan.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

#include "app/common.h"
#include "app/briefing.h"
#include "app/minutes.h"
#include "app/minutes_read.h"
#include "app/table.h"
#include "concordat/v1/views.pb.h"
#include "projections/views/matters.h"
#include "projections/views/meetings.h"

namespace concordat::app {
namespace {

using Numbers = google::protobuf::RepeatedField<std::uint32_t>;

bool has(const Numbers& numbers, std::uint32_t number) { return std::find(numbers.begin(), numbers.end(), number) != numbers.end(); }
std::string name_of(const Reading& reading, const std::string& subject) { return reading.record->name(subject); }

Result<v1::MeetingRow> row_of(const Reading& reading, const std::string& id) {
  v1::MeetingRow row;
  if (!projections::find_meeting(*reading.store, reading.ledger, id, &row))
    return Status::not_found("expected a meeting of ledger " + reading.ledger + ", but " + id + " is none (see: concordat meeting list)");
  return row;
}

std::string state_of(const v1::MeetingRow& row) {
  if (row.state() == "confirmed") return "minutes confirmed at " + row.confirmed_at();
  if (row.state() == "ended") return "held, minutes not confirmed";
  if (row.state() == "opened") return "not convened";
  if (row.state() == "sitting" && !row.part().empty()) return "under way, in part " + row.part();
  return row.state() == "sitting" ? "under way" : row.state();
}

std::string day_of(const v1::MeetingRow& row) { return row.days().empty() ? "" : row.days(row.days_size() - 1).on(); }

std::string state_of(const v1::MeetingRow& row, const v1::ActionRecorded& action) {
  if (has(row.closed(), action.action())) return "closed";
  return has(row.overdue(), action.action()) || action.overdue() ? "overdue" : "open";
}

Status minutes(Common& common, const std::string& id, bool for_public, bool html, const std::string& part) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  const auto page = minutes_of(*reading, id, for_public, true, part);
  if (!page.ok()) return page.status();
  std::fputs((html ? page->html() : common.csv() ? page->csv() : common.json() ? page->json() : page->markdown()).c_str(), stdout);
  return {};
}

Status actions(Common& common, const std::string& id) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  const auto row = row_of(*reading, id);
  if (!row.ok()) return row.status();
  Table table({"action", "what", "owner", "due", "state"});
  for (const v1::ActionRecorded& action : row->actions()) {
    if (common.json()) std::printf("%s\n", json_of(action).c_str());
    table.row({std::to_string(action.action()), action.what(), action.owner(), action.due(), state_of(*row, action)});
  }
  if (common.json()) return {};
  if (table.empty()) std::printf("No actions.\n");
  else table.print();
  return {};
}

template <typename Row>
void each(const Reading& reading, const char* prefix, const std::function<void(const Row&)>& take) {
  reading.store->scan("meetings", reading.ledger, prefix, "", [&](std::string_view, std::string_view bytes) {
    Row row;
    if (row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) take(row);
    return true;
  });
}

Status list(Common& common) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  Table table({"meeting", "title", "day", "items", "state"});
  each<v1::MeetingRow>(*reading, "m/", [&](const v1::MeetingRow& row) {
    if (common.json()) std::printf("%s\n", json_of(row).c_str());
    table.row({row.id(), row.title(), day_of(row), std::to_string(row.agenda_size()), state_of(row)});
  });
  if (common.json()) return {};
  if (table.empty()) std::printf("No meetings yet. (open_matter with procedure: meeting starts one.)\n");
  else table.print();
  return {};
}

void print_agenda(const v1::MeetingRow& row, const MinutedMeeting& meeting) {
  if (row.agenda().empty()) { std::printf("\nNothing is on the agenda yet. (draw_agenda fills it from the forward plan.)\n"); return; }
  Table table({"item", "title", "matter", "part", "seen by", "purpose", "papers", "state"});
  for (const v1::AgendaItemAdded& item : row.agenda()) {
    const bool over = row.state() == "ended" || row.state() == "confirmed";
    table.row({std::to_string(item.number()), item.title(), item.item(), item.part(), item.publicity() == v1::Publicity::private_session ? "members" : "public", item.purpose(),
               std::to_string(meeting.items[item.number() - 1].papers.size() + static_cast<std::size_t>(item.papers_size())), has(row.taken(), item.number()) ? "taken" : over ? "not reached" : "to come"});
  }
  std::printf("\n");
  table.print();
}

// Papers and recommendation stand with their item: those of its matter, and those put on the agenda.
void print_papers(const MinutedMeeting& meeting) {
  Table table({"item", "lies before the meeting", "sha256"});
  for (const MinutedItem& item : meeting.items) {
    const std::string number = std::to_string(item.on_agenda.number());
    const auto add = [&](const auto& papers) {
      for (const v1::Paper& paper : papers) table.row({number, "paper: " + paper.title() + (paper.late_reason().empty() ? "" : ", late: " + paper.late_reason()), paper.sha256().substr(0, 12)});
    };
    add(item.papers);
    add(item.on_agenda.papers());
    if (!item.recommendation.empty()) table.row({number, "recommendation: " + item.recommendation, ""});
  }
  if (table.empty()) return;
  std::printf("\n");
  table.print();
}

Status show(Common& common, const std::string& id) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  const auto found = row_of(*reading, id);
  if (!found.ok()) return found.status();
  const v1::MeetingRow& row = *found;
  if (common.json()) { std::printf("%s\n", json_of(row).c_str()); return {}; }
  std::printf("%s  %s\n  body    %s\n  state   %s\n", id.c_str(), row.title().c_str(), name_of(*reading, row.body()).c_str(), state_of(row).c_str());
  for (int i = 0; i < row.days_size(); ++i)
    std::printf("  %s  %s%s, in the chair %s\n", i + 1 == row.days_size() ? "day   " : "before", day_words(row.days(i).on()).c_str(), row.days(i).starts().empty() ? "" : (" at " + row.days(i).starts()).c_str(), name_of(*reading, row.days(i).chair()).c_str());
  if (!row.presiding().empty()) std::printf("  chosen  %s presides\n", name_of(*reading, row.presiding()).c_str());
  if (row.quorum() != v1::Outcome::unset)
    std::printf("  quorum  %s\n", row.quorum() == v1::Outcome::yes ? "quorate" : row.quorum() == v1::Outcome::no ? "inquorate" : "not determined: no rule in force says");
  std::string served;
  for (const std::string& to : row.served()) served += (served.empty() ? "" : ", ") + name_of(*reading, to);
  if (!served.empty()) std::printf("  notice  served on %s\n", wrap(served, 10).c_str());
  const auto read = read_meeting(*reading, id);
  if (!read.ok()) return read.status();
  print_agenda(row, *read);
  print_papers(*read);
  std::size_t open = 0, overdue = 0;
  for (const v1::ActionRecorded& action : row.actions()) {
    open += state_of(row, action) == "closed" ? 0 : 1;
    overdue += state_of(row, action) == "overdue" ? 1 : 0;
  }
  if (row.actions_size() > 0) std::printf("\n%d action%s, %zu open, %zu overdue (see: concordat meeting actions %s)\n", row.actions_size(), row.actions_size() == 1 ? "" : "s", open, overdue, id.c_str());
  return {};
}

// The body has decided it since, and what remains to be done is no longer before it.
bool decided(const Reading& reading, const v1::PlannedForMeeting& one) {
  bool found = false;
  reading.store->scan("decisions", reading.ledger, "d/" + one.matter() + "/", "", [&](std::string_view, std::string_view bytes) {
    v1::DecisionRow row;
    found = found || (row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && row.made().body() == one.body() && row.made().outcome() != "urgent");
    return true;
  });
  return found;
}

Status plan(Common& common, const std::string& of) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  std::string body;
  if (!of.empty()) {
    const auto subject = subject_of(*reading, of);
    if (!subject.ok()) return subject.status();
    body = *subject;
  }
  std::vector<v1::PlannedForMeeting> all;
  each<v1::PlannedForMeeting>(*reading, "p/", [&](const v1::PlannedForMeeting& one) {
    v1::MatterRow matter;
    const bool open = projections::find_matter(*reading->store, reading->ledger, one.matter(), &matter) && matter.open();
    if (open && !decided(*reading, one) && (body.empty() || one.body() == body)) all.push_back(one);
  });
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return std::pair(a.on(), a.matter()) < std::pair(b.on(), b.matter()); });
  Table table({"planned for", "matter", "title", "body", "purpose", "seen by", "stands at", "moved"});
  for (const v1::PlannedForMeeting& one : all) {
    v1::MatterRow matter;
    projections::find_matter(*reading->store, reading->ledger, one.matter(), &matter);
    if (common.json()) std::printf("%s\n", json_of(one).c_str());
    table.row({one.on(), one.matter(), matter.title(), one.body(), one.purpose(), one.publicity() == v1::Publicity::private_session ? "members" : "public", matter.step(), one.before().empty() ? "" : "from " + one.before() + ": " + one.reason()});
  }
  if (common.json()) return {};
  if (table.empty()) std::printf("Nothing is planned. (plan_for_meeting plans a matter for a month.)\n");
  else table.print();
  return {};
}

void add_minutes(CLI::App& meeting, Common& common) {
  struct Asked { std::string id, part; bool for_public = false, html = false; };
  auto asked = std::make_shared<Asked>();
  CLI::App* text = meeting.add_subcommand("minutes", "Minutes drafted from the events, as Markdown, as a page to print, or line by line (--format json, csv)");
  text->add_option("MEETING", asked->id, "Its id")->required();
  text->add_flag("--public", asked->for_public, "Without what was said and decided in private items");
  text->add_option("--part", asked->part, "Of that part only, for those who took part in it");
  text->add_flag("--html", asked->html, "One HTML file that needs nothing else");
  text->footer("Examples:\n  concordat meeting minutes JC/2026-12 > minutes.md\n  concordat meeting minutes JC/2026-12 --public --html > minutes.html\n  concordat meeting minutes JC/2026-12 --part two\n  concordat meeting minutes JC/2026-12 --format csv > minutes.csv");
  text->callback([&common, asked] { run(common, [&] { return minutes(common, asked->id, asked->for_public, asked->html, asked->part); }, true); });
}

}  // namespace

void add_meetings(CLI::App& app, Common& common) {
  CLI::App* meeting = app.add_subcommand("meeting", "Meetings: list, show, plan, minutes, briefing, actions");
  meeting->require_subcommand(1);
  auto id = std::make_shared<std::string>();
  CLI::App* all = meeting->add_subcommand("list", "Every meeting, its day and how far it is");
  all->footer("Example:\n  concordat meeting list --format json");
  all->callback([&common] { run(common, [&] { return list(common); }); });
  CLI::App* one = meeting->add_subcommand("show", "Its agenda, notice, quorum and how far it is");
  one->add_option("MEETING", *id, "Its id")->required();
  one->footer("Example:\n  concordat meeting show JC/2026-12");
  one->callback([&common, id] { run(common, [&] { return show(common, *id); }); });
  CLI::App* forward = meeting->add_subcommand("plan", "The forward plan: what comes before which body, and when");
  forward->add_option("BODY", *id, "Of that body only, by id or name");
  forward->footer("Example:\n  concordat meeting plan \"joint committee\"");
  forward->callback([&common, id] { run(common, [&] { return plan(common, *id); }); });
  add_minutes(*meeting, common);
  add_briefing(*meeting, common);
  CLI::App* log = meeting->add_subcommand("actions", "What was undertaken, by whom and by when");
  log->add_option("MEETING", *id, "Its id")->required();
  log->footer("Example:\n  concordat meeting actions JC/2026-12 --format json");
  log->callback([&common, id] { run(common, [&] { return actions(common, *id); }); });
}

}  // namespace concordat::app
