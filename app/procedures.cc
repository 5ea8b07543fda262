// concordat procedure list, show, draw
#include "app/procedures.h"

#include <CLI/CLI.hpp>

#include <cstdio>

#include "app/table.h"
#include "concordat/v1/views.pb.h"
#include "engine/procedures/bpmn.h"
#include "engine/procedures/draw.h"
#include "projections/views/procedures.h"

namespace concordat::app {
namespace {

struct Asked { Which which; bool bpmn = false; };

Status list(Common& common) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  Table table({"procedure", "version", "published", "title", "steps"});
  projections::newest_procedures(*reading->store, reading->ledger, [&](const v1::ProcedureRow& row) {
    if (common.json()) std::printf("%s\n", json_of(row).c_str());
    table.row({row.id(), std::to_string(row.version()), row.day(), row.title(), std::to_string(row.steps())});
    return true;
  });
  if (common.json()) return {};
  if (table.empty()) std::printf("No procedures yet.\n");
  else table.print();
  return {};
}

Status draw(Common& common, const Asked& asked) {
  const auto meant = meant_procedure(common, asked.which);
  if (!meant.ok()) return meant.status();
  std::fputs((asked.bpmn ? procedures::draw_bpmn(meant->procedure) : procedures::draw_svg(meant->procedure)).c_str(), stdout);
  return {};
}

std::string other_versions(const Reading& reading, const v1::Procedure& shown) {
  std::string out;
  projections::procedure_versions(*reading.store, reading.ledger, shown.id(), [&](const v1::ProcedureRow& row) {
    if (row.version() != shown.version()) out += (out.empty() ? "" : ", ") + std::to_string(row.version()) + " (" + row.day() + ")";
    return true;
  });
  return out;
}

Status show(Common& common, const Asked& asked) {
  const auto meant = meant_procedure(common, asked.which);
  if (!meant.ok()) return meant.status();
  const v1::Procedure& procedure = meant->procedure;
  if (common.json()) { std::printf("%s\n", json_of(procedure).c_str()); return {}; }
  std::printf("%s, version %u  %s\n  source  %s\n", procedure.id().c_str(), procedure.version(), procedure.title().c_str(), wrap(procedure.source(), 10).c_str());
  auto reading = open_reading(common);
  if (const std::string others = reading.ok() ? other_versions(*reading, procedure) : ""; !others.empty()) std::printf("  other versions  %s\n", wrap(others, 18).c_str());
  if (!procedure.workflows().empty()) {
    std::string workflows;
    for (const std::string& one : procedure.workflows()) workflows += " " + one;
    std::printf("  workflows%s\n", workflows.c_str());
  }
  std::printf("\n");
  for (const v1::Step& step : procedure.steps()) {
    std::printf("  %s (%s)  %s\n", step.id().c_str(), procedures::kind_of(step).c_str(), wrap(step.title(), 6).c_str());
    for (const v1::Next& next : step.next())
      std::printf("      %s -> %s%s\n", next.on().c_str(), next.to().c_str(), next.to() == "end" ? (" as " + (next.as().empty() ? next.on() : next.as())).c_str() : "");
  }
  return {};
}

}  // namespace

Result<v1::Procedure> published_procedure(const Reading& reading, const std::string& id, std::uint32_t version) {
  v1::Procedure out;
  if (projections::find_procedure(*reading.store, reading.ledger, id, version, &out)) return out;
  std::string versions;
  projections::procedure_versions(*reading.store, reading.ledger, id, [&](const v1::ProcedureRow& row) { versions += (versions.empty() ? "" : ", ") + std::to_string(row.version()); return true; });
  if (versions.empty()) return Status::not_found("expected a procedure of ledger " + reading.ledger + ", but there is none called " + id + " (see: concordat procedure list)");
  return Status::not_found("expected a version of procedure " + id + " (" + versions + "), but there is no version " + std::to_string(version));
}

void add_procedures(CLI::App& app, Common& common) {
  CLI::App* procedure = app.add_subcommand("procedure", "Procedures: list, show, draw, check, simulate, test, newer");
  procedure->require_subcommand(1);
  add_procedure_cases(*procedure, common);
  CLI::App* all = procedure->add_subcommand("list", "The newest version of each");
  all->footer("Example:\n  concordat procedure list --format json");
  all->callback([&common] { run(common, [&] { return list(common); }); });
  auto asked = std::make_shared<Asked>();
  CLI::App* one = procedure->add_subcommand("show", "Steps, and where each outcome leads");
  add_which(*one, &asked->which);
  one->footer("Examples:\n  concordat procedure show delegation\n  concordat procedure show delegation --version 1 --format json");
  one->callback([&common, asked] { run(common, [&] { return show(common, *asked); }); });
  CLI::App* picture = procedure->add_subcommand("draw", "A picture for a board paper, as SVG, or BPMN for a modeller");
  add_which(*picture, &asked->which);
  picture->add_flag("--bpmn", asked->bpmn, "BPMN 2.0 XML with its diagram, instead of SVG");
  picture->footer("Examples:\n  concordat procedure draw delegation > delegation.svg\n  concordat procedure draw delegation --bpmn > delegation.bpmn\n  concordat procedure draw my-procedure.yaml > my-procedure.svg");
  picture->callback([&common, asked] { run(common, [&] { return draw(common, *asked); }); });
  add_procedure_check(*procedure, common);
  add_procedure_simulate(*procedure, common);
}

}  // namespace concordat::app
