// concordat audit register: the register of decisions as files for people, spreadsheets and programs; whole, or for publication.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "app/audit.h"
#include "app/audit_select.h"
#include "app/clock.h"
#include "app/csv.h"
#include "app/disclosure.h"
#include "app/files.h"
#include "app/register_minutes.h"
#include "concordat/v1/views.pb.h"
#include "projections/views/decisions.h"
#include "projections/views/ledger.h"
#include "projections/views/matters.h"
#include "projections/views/procedures.h"

namespace concordat::app {
namespace {

struct Asked { std::string directory, from, to; std::vector<std::string> publish; };
struct Item { std::string meeting, reason; std::uint32_t number = 0; bool is_private = false; };       // As the agenda has it.
using Rows = std::vector<std::vector<std::string>>;

const std::vector<std::string> kHeads{"reference", "day", "body", "title", "procedure", "outcome", "in favour", "against", "abstained", "absent", "meeting", "rule", "resting on", "enacted", "event"};
const std::vector<std::string> kWithheld{"reference", "day", "why"};

// Once private, it stays so: of several agendas the last one says where it was decided, and any of them that it is not for the public.
void add_item(Item& item, const v1::AgendaItemAdded& added) {
  item.meeting = added.matter();
  item.number = added.number();
  item.is_private = item.is_private || added.publicity() == v1::Publicity::private_session;
}

std::map<std::string, Item> agenda_of(const Reading& reading) {
  std::map<std::string, Item> out;
  projections::each_event(*reading.store, reading.ledger, 1, [&](const projections::Committed& one) {
    const v1::Event& e = one.event;
    if (e.has_agenda_item_added() && !e.agenda_item_added().item().empty())
      add_item(out[e.agenda_item_added().item()], e.agenda_item_added());
    if (e.has_public_excluded())
      for (auto& [matter, item] : out)
        for (const std::uint32_t number : e.public_excluded().numbers())
          if (item.meeting == e.public_excluded().matter() && item.number == number) item.reason = e.public_excluded().reason();
    return true;
  });
  return out;
}

std::vector<std::string> row_of(const Reading& reading, const v1::DecisionRow& row, const std::string& step, const std::string& procedure, bool whole) {
  const v1::DecisionMade& made = row.made();
  std::map<int, int> counts;
  for (const v1::PartyPosition& position : made.positions()) ++counts[position.position()];
  const v1::Ruling& ruling = made.decision();
  const auto count = [&](v1::Position::Value value) { return std::to_string(counts[value]); };
  return {row.matter() + "/" + step, row.day(), reading.record->name(made.body()), row.title(), procedure, made.outcome(), count(v1::Position::in_favour), count(v1::Position::against), count(v1::Position::abstained), count(v1::Position::absent),
          row.meeting(), ruling.rule().id().empty() ? "" : ruling.rule().id() + " " + std::to_string(ruling.rule().version()), v1::Layer::Value_Name(ruling.layer()), row.enacted(), whole ? std::to_string(row.sequence()) : ""};
}

std::string safe(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return out;
}

std::string html_of(const std::string& title, const std::string& head, const std::vector<std::string>& heads, const Rows& rows) {
  std::string out = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>" + safe(title) + "</title>\n<style>body{font:16px/1.5 serif;margin:2rem}table{border-collapse:collapse}th,td{text-align:left;vertical-align:top;border-bottom:1px solid #bbb;padding:.25rem .5rem}</style>\n</head>\n<body>\n<h1>" + safe(title) + "</h1>\n<p>" + safe(head) + "</p>\n<table>\n<caption>" + safe(title) + "</caption>\n<thead><tr>";
  for (const std::string& one : heads) out += "<th scope=\"col\">" + safe(one) + "</th>";
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& cells : rows) {
    out += "<tr>";
    for (const std::string& cell : cells) out += "<td>" + safe(cell) + "</td>";
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table>\n</body>\n</html>\n";
}

// What is there, for a reader with a browser: the register, and the minutes by day.
std::string index_of(const std::string& head, const RegisterMinutes& minutes, const std::vector<std::string>& names) {
  const auto link = [](const std::string& file, const std::string& words) { return "<a href=\"" + safe(file) + "\">" + safe(words) + "</a>"; };
  std::string out = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Decisions and minutes</title>\n<style>body{font:16px/1.5 serif;margin:2rem}</style>\n</head>\n<body>\n<h1>Decisions and minutes</h1>\n<p>" + safe(head) + "</p>\n<h2>Decisions</h2>\n<ul>\n";
  for (const std::string& name : names) out += "<li>" + link(name, name) + "</li>\n";
  out += "</ul>\n<h2>Minutes</h2>\n<ul>\n";
  for (const auto& one : minutes.meetings)
    out += "<li>" + safe(one.day) + ": " + link(one.file + ".html", one.title.empty() ? one.meeting : one.title) + " (" + link(one.file + ".csv", "CSV") + ", " + link(one.file + ".json", "JSON") + ")</li>\n";
  return out + (minutes.meetings.empty() ? "<li>none of this time are confirmed</li>\n" : "") + "</ul>\n</body>\n</html>\n";
}

std::string csv_of(const std::vector<std::string>& heads, const Rows& rows) {
  std::string out = csv_line(heads);
  for (const auto& cells : rows) out += csv_line(cells);
  return out;
}

std::string json_of_rows(const std::vector<std::string>& heads, const Rows& rows) {
  std::string out = "[";
  for (const auto& cells : rows) {
    out += out.size() == 1 ? "\n" : ",\n";
    for (std::size_t i = 0; i < heads.size(); ++i) out += (i == 0 ? " {" : ", ") + quoted_json(heads[i]) + ": " + quoted_json(cells[i]);
    out += "}";
  }
  return out + "\n]\n";
}

// Why a decision is not for the public; empty if it is. What nobody declared public is not.
std::string withheld(const std::set<std::string>& publish, const std::string& procedure, const Item* item) {
  if (item != nullptr && item->is_private) return "taken in private session" + (item->reason.empty() ? std::string("; no resolution is recorded") : ": " + item->reason);
  if (item != nullptr || publish.contains(procedure)) return "";
  return "it was on no agenda that says it is public, and its procedure is not among those published";
}

Status make(Common& common, const Asked& asked) {
  if (Status status = check_days(asked.from, asked.to); !status.ok()) return status;
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  for (const std::string& procedure : asked.publish) {
    v1::Procedure found;
    if (!projections::find_procedure(*reading->store, reading->ledger, procedure, 0, &found))
      return Status::not_found("--publish: expected a procedure of ledger " + reading->ledger + " (see: concordat procedure list), but there is none called " + procedure + "; nothing was written");
  }
  const bool whole = asked.publish.empty();
  const std::set<std::string> publish(asked.publish.begin(), asked.publish.end());
  const auto agenda = agenda_of(*reading);
  Rows rows, left_out;
  for (const Picked& one : decisions_of(*reading, asked.from, asked.to)) {
    const auto bytes = reading->store->get("decisions", reading->ledger, "d/" + one.matter + "/" + one.step);
    v1::DecisionRow row;
    v1::MatterRow matter;
    if (!bytes || !row.ParseFromString(*bytes)) return Status::corrupt("decision " + one.matter + ": its row does not parse; run: concordat rebuild --view decisions");
    projections::full_decision(*reading->store, reading->ledger, &row);
    static_cast<void>(projections::find_matter(*reading->store, reading->ledger, one.matter, &matter));
    const auto item = agenda.find(one.matter);
    const std::string why = whole ? "" : withheld(publish, matter.procedure(), item == agenda.end() ? nullptr : &item->second);
    if (why.empty()) rows.push_back(row_of(*reading, row, one.step, matter.procedure(), whole));
    else left_out.push_back({one.matter + "/" + one.step, one.day, why});
  }
  Disclosure copy(*reading->store, reading->ledger, day_of(now_ms()));
  for (auto& cells : rows)
    for (std::string& cell : cells) cell = copy.copy(cell);
  for (auto& cells : left_out) cells.back() = copy.copy(cells.back());
  auto minutes = register_minutes(*reading, asked.from, asked.to, !whole);
  if (!minutes.ok()) return minutes.status();
  left_out.insert(left_out.end(), minutes->withheld.begin(), minutes->withheld.end());
  std::error_code error;
  std::filesystem::create_directories(asked.directory + "/minutes", error);
  if (error) return Status::unavailable(asked.directory + ": " + error.message());
  const std::string head = "Ledger " + reading->ledger + ", up to event " + std::to_string(reading->store->sequence(reading->ledger)) + (asked.from.empty() ? "" : ", from " + asked.from) + (asked.to.empty() ? "" : ", until " + asked.to) + (whole ? "" : ". For publication: what was withheld, and why, stands in withheld.csv") + ".";
  std::map<std::string, std::string> files{{"register.html", html_of("Register of decisions", head, kHeads, rows)}, {"register.csv", csv_of(kHeads, rows)}, {"register.json", json_of_rows(kHeads, rows)}};
  if (!whole) files["withheld.csv"] = csv_of(kWithheld, left_out);
  if (!copy.schedule().empty()) files["schedule.csv"] = csv_of(Disclosure::heads(), copy.rows());
  std::vector<std::string> names;
  for (const auto& [name, text] : files) names.push_back(name);
  files["index.html"] = index_of(head, *minutes, names);
  files.merge(minutes->files);
  for (const auto& [name, text] : files)
    if (Status status = replace_file(asked.directory + "/" + name, text); !status.ok()) return status;
  if (common.json()) std::printf("{\"directory\":%s,\"decisions\":%zu,\"minutes\":%zu,\"withheld\":%zu}\n", quoted_json(asked.directory).c_str(), rows.size(), minutes->meetings.size(), left_out.size());
  else std::printf("%s: %zu decisions, minutes of %zu meetings%s\n", asked.directory.c_str(), rows.size(), minutes->meetings.size(), whole ? "" : (", " + std::to_string(left_out.size()) + " withheld").c_str());
  return {};
}

}  // namespace

void add_register(CLI::App& audit, Common& common) {
  auto asked = std::make_shared<Asked>();
  CLI::App* command = audit.add_subcommand("register", "The register of decisions and the confirmed minutes as HTML, CSV and JSON; whole, or for publication");
  command->add_option("DIR", asked->directory, "Directory for index.html, register.html, .csv and .json, and minutes/ by day")->required();
  command->add_option("--from", asked->from, "Only from this day on");
  command->add_option("--to", asked->to, "Only up to this day");
  command->add_option("--publish", asked->publish, "For publication: decisions of these procedures, and what a public agenda held; withheld.csv says what was left out and why");
  command->footer("Private words stand in neither; where some belong, schedule.csv says under which exemption they are withheld. For publication nothing is guessed: what was taken in private, or never said to be public, is withheld. Names of people and reasons are in neither register; public minutes are what the meeting recorded of its public items.\nExamples:\n  concordat audit register register/\n  concordat audit register public/ --publish host-designation --from 2023-04-01");
  command->callback([&common, asked] { run(common, [&] { return make(common, *asked); }); });
}

}  // namespace concordat::app
