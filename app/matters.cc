// concordat matter, decision
#include <CLI/CLI.hpp>

#include <cstdio>

#include "app/awaited.h"
#include "app/clock.h"
#include "app/common.h"
#include "app/joined.h"
#include "app/lines.h"
#include "app/table.h"
#include "concordat/v1/views.pb.h"
#include "projections/views/decisions.h"
#include "projections/views/ledger.h"
#include "projections/views/matters.h"

namespace concordat::app {
namespace {

std::string name_of(const Reading& reading, const std::string& subject) { return reading.record->name(subject); }

Result<v1::MatterRow> matter(const Reading& reading, const std::string& id) {
  v1::MatterRow row;
  if (!projections::find_matter(*reading.store, reading.ledger, id, &row)) return Status::not_found("expected a matter of ledger " + reading.ledger + ", but there is none called " + id + " (see: concordat matter list)");
  name_awaited(*reading.store, reading.ledger, *reading.record, record::day_of(now_ms()), &row);
  return row;
}

Status list(Common& common, bool all) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  Table table({"matter", "title", "state", "awaits"});
  reading->store->scan("matters", reading->ledger, all ? "m/" : "o/", "", [&](std::string_view key, std::string_view) {
    const auto row = matter(*reading, std::string(key.substr(2)));
    if (!row.ok()) return true;
    if (common.json()) std::printf("%s\n", json_of(*row).c_str());
    table.row({row->id(), row->title(), row->open() ? "at " + row->step() : "closed: " + row->outcome(), row->open() ? joined(row->awaits()) : ""});
    return true;
  });
  if (common.json()) return {};
  if (table.empty()) std::printf("%s\n", all ? "No matters yet." : "No open matters. (--all shows closed ones.)");
  else table.print();
  return {};
}

Status show(Common& common, const std::string& id) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  auto row = matter(*reading, id);
  if (!row.ok()) return row.status();
  if (common.json()) { std::printf("%s\n", json_of(*row).c_str()); return {}; }
  std::printf("%s  %s\n", row->id().c_str(), row->title().c_str());
  std::printf("  procedure   %s, version %u (kept to the end)\n", row->procedure().c_str(), row->version());
  std::printf("  state       %s\n", row->open() ? ("open, at " + row->step()).c_str() : ("closed: " + row->outcome()).c_str());
  if (row->awaits_size() > 0) std::printf("  awaits      %s\n", wrap(joined(row->awaits()), 14).c_str());
  for (const v1::Field& field : row->fields()) std::printf("  %-11s %s\n", field.name().c_str(), wrap(text_of(field.value()), 14).c_str());
  if (!row->recommendation().empty()) std::printf("  asks        %s\n", wrap(row->recommendation(), 14).c_str());
  std::printf("\n");
  for (const std::uint64_t sequence : row->events())
    projections::find_event(*reading->store, reading->ledger, sequence, [&](const projections::Committed& one) {
      const std::string day = projections::day_of(one);
      std::printf("  %5llu  %s  %s\n", static_cast<unsigned long long>(sequence), day.c_str(), wrap(one.commit.actor().who() + ": " + line_of(one.event), 21).c_str());
    });
  return {};
}

void print(const Reading& reading, const v1::Ruling& ruling, const std::string& head) {
  std::printf("  %s: %s\n", head.c_str(), v1::Outcome::Value_Name(ruling.outcome()).c_str());
  if (!ruling.sentence().empty()) std::printf("    %s\n", wrap(ruling.sentence(), 4).c_str());
  if (!ruling.rule().id().empty())
    std::printf("    by rule %s, version %u (%s)\n", ruling.rule().id().c_str(), ruling.rule().version(), v1::Layer::Value_Name(ruling.layer()).c_str());
  for (const std::string& warning : ruling.warnings()) std::printf("    warning: %s\n", warning.c_str());
  for (const v1::Finding& finding : ruling.findings()) {
    std::string text = finding.clause();
    if (!finding.read().empty()) text += "; " + finding.read();
    if (!finding.arithmetic().empty()) text += "; " + finding.arithmetic();
    std::printf("    - %s -> %s\n", wrap(text, 6).c_str(), v1::Outcome::Value_Name(finding.outcome()).c_str());
    for (const std::string& id : finding.facts()) {
      v1::Fact fact;
      if (!reading.record->fact(id, &fact)) continue;
      const v1::Source& source = fact.source();
      const std::string where = source.document().empty() ? "matter " + source.matter() : source.document() + (source.place().empty() ? "" : ":" + source.place()) + (source.quote().empty() ? "" : " “" + source.quote() + "”");
      std::printf("        fact %s\n", wrap(id + ", " + where, 13).c_str());
    }
  }
}

void print_decision(const Reading& reading, const v1::DecisionRow& row) {
  const v1::DecisionMade& made = row.made();
  std::printf("%s  %s\n", row.matter().c_str(), row.title().c_str());
  std::printf("  decided by  %s (%s) on %s%s\n", name_of(reading, made.body()).c_str(), made.mode().c_str(), row.day().c_str(), row.meeting().empty() ? "" : (", at " + row.meeting()).c_str());
  std::printf("  outcome     %s; legal decisions: %u\n", made.outcome().c_str(), made.legal_decisions());
  for (const v1::PartyPosition& position : made.positions())
    std::printf("    %-52s %s%s\n", name_of(reading, position.party()).c_str(), v1::Position::Value_Name(position.position()).c_str(), position.reason().empty() ? "" : ("  " + wrap("“" + position.reason() + "”", 8)).c_str());
  print(reading, made.quorum(), "quorate");
  print(reading, made.decision(), "carried");
  for (const v1::OwnDecision& own : made.severally()) {
    std::printf("  %s: %s%s\n", name_of(reading, own.party()).c_str(), own.outcome().c_str(), own.body().empty() || own.body() == own.party() ? "" : (", by " + name_of(reading, own.body())).c_str());
    if (own.has_quorum()) print(reading, own.quorum(), "  quorate");
    if (own.has_decision()) print(reading, own.decision(), "  " + own.decision().question());
  }
  if (!row.enacted().empty()) {
    std::printf("  enacted     %s, so that the record now says:\n", row.enacted().c_str());
    for (const std::string& id : row.facts()) {
      v1::Fact fact;
      if (reading.record->fact(id, &fact)) std::printf("    %s %s %s from %s (fact %s)\n", name_of(reading, fact.subject()).c_str(), fact.predicate().c_str(), fact.value().has_ref() ? name_of(reading, fact.value().ref()).c_str() : text_of(fact.value()).c_str(), fact.from().c_str(), id.c_str());
    }
  }
}

// One row; where bodies decided for themselves, one for each, under the common reference.
void list_decision(const Reading& reading, const v1::DecisionRow& row, Table* table) {
  const v1::DecisionMade& made = row.made();
  const std::string enacted = row.enacted().empty() ? "" : ", enacted";
  if (made.outcome() != "decided_severally" || made.severally().empty())
    return table->row({row.day(), row.matter(), row.title(), name_of(reading, made.body()), made.outcome() + enacted});
  for (const v1::OwnDecision& own : made.severally())
    table->row({row.day(), row.matter(), row.title(), name_of(reading, own.body().empty() ? own.party() : own.body()), own.outcome() + enacted});
}

Status decisions(Common& common, const std::string& id) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  Table table({"day", "matter", "title", "body", "outcome"});
  bool any = false;
  reading->store->scan("decisions", reading->ledger, id.empty() ? "d/" : "d/" + id + "/", "", [&](std::string_view, std::string_view bytes) {
    v1::DecisionRow row;
    row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    any = true;
    projections::full_decision(*reading->store, reading->ledger, &row);
    if (common.json()) std::printf("%s\n", json_of(row).c_str());
    else if (!id.empty()) print_decision(*reading, row);
    else list_decision(*reading, row, &table);
    return true;
  });
  if (!id.empty() && !any) return Status::not_found("expected a decision, but none was made in matter " + id);
  if (id.empty() && !common.json()) { if (any) table.print(); else std::printf("No decisions yet.\n"); }
  return {};
}

}  // namespace

void add_matters(CLI::App& app, Common& common) {
  CLI::App* matters = app.add_subcommand("matter", "Matters: list, show, explain");
  matters->require_subcommand(1);
  auto all = std::make_shared<bool>(false);
  CLI::App* listing = matters->add_subcommand("list", "Open matters and whom they await");
  listing->add_flag("--all,-a", *all, "Closed ones too");
  listing->footer("Examples:\n  concordat matter list\n  concordat matter list --all --format json");
  listing->callback([&common, all] { run(common, [&] { return list(common, *all); }); });
  auto id = std::make_shared<std::string>();
  CLI::App* one = matters->add_subcommand("show", "One matter with its events");
  one->add_option("MATTER", *id, "Its id")->required();
  one->footer("Example:\n  concordat matter show HOST-2023");
  one->callback([&common, id] { run(common, [&] { return show(common, *id); }); });
  add_explain_to(*matters, common, "explain");

  CLI::App* register_ = app.add_subcommand("decision", "The register of decisions");
  register_->require_subcommand(1);
  CLI::App* every = register_->add_subcommand("list", "All decisions");
  every->footer("Examples:\n  concordat decision list\n  concordat decision list --format json");
  every->callback([&common] { run(common, [&] { return decisions(common, ""); }); });
  auto which = std::make_shared<std::string>();
  CLI::App* decided = register_->add_subcommand("show", "One decision: positions, quorum, ruling, what it wrote");
  decided->add_option("MATTER", *which, "Its id")->required();
  decided->footer("Example:\n  concordat decision show HOST-2023");
  decided->callback([&common, which] { run(common, [&] { return decisions(common, *which); }); });
}

}  // namespace concordat::app
