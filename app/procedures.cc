// concordat procedure
#include <CLI/CLI.hpp>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "app/common.h"
#include "app/table.h"
#include "app/yaml_commands.h"
#include "engine/engine.h"
#include "engine/procedures/check.h"
#include "engine/procedures/draw.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

using Published = std::map<std::string, v1::Procedure>;   // The newest version of each.

Published published(const Reading& reading) {
  Published all;
  projections::each_event(*reading.store, reading.ledger, 1, [&](const projections::Committed& one) {
    if (one.event.has_procedure_published()) all[one.event.procedure_published().procedure().id()] = one.event.procedure_published().procedure();
    return true;
  });
  return all;
}

Status list(Common& common) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  Table table({"procedure", "version", "title", "steps"});
  for (const auto& [id, procedure] : published(*reading)) {
    if (common.json()) std::printf("%s\n", json_of(procedure).c_str());
    table.row({id, std::to_string(procedure.version()), procedure.title(), std::to_string(procedure.steps_size())});
  }
  if (common.json()) return {};
  if (table.empty()) std::printf("No procedures yet.\n");
  else table.print();
  return {};
}

Result<v1::Procedure> newest(Common& common, const std::string& id) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  Published all = published(*reading);
  const auto found = all.find(id);
  if (found == all.end()) return Status::not_found("expected a procedure of ledger " + reading->ledger + ", but there is none called " + id + " (see: concordat procedure list)");
  return std::move(found->second);
}

Status draw(Common& common, const std::string& id) {
  const auto procedure = newest(common, id);
  if (!procedure.ok()) return procedure.status();
  std::fputs(procedures::draw_svg(*procedure).c_str(), stdout);
  return {};
}

Status show(Common& common, const std::string& id) {
  const auto found = newest(common, id);
  if (!found.ok()) return found.status();
  const v1::Procedure& procedure = *found;
  if (common.json()) { std::printf("%s\n", json_of(procedure).c_str()); return {}; }
  std::printf("%s, version %u  %s\n  source  %s\n\n", id.c_str(), procedure.version(), procedure.title().c_str(), wrap(procedure.source(), 10).c_str());
  for (const v1::Step& step : procedure.steps()) {
    std::printf("  %s (%s)  %s\n", step.id().c_str(), procedures::kind_of(step).c_str(), wrap(step.title(), 6).c_str());
    for (const v1::Next& next : step.next())
      std::printf("      %s -> %s%s\n", next.on().c_str(), next.to().c_str(), next.to() == "end" ? (" as " + (next.as().empty() ? next.on() : next.as())).c_str() : "");
  }
  return {};
}

// The record as publication would meet it: the ledger folded by the engine itself.
Result<State> state_of(const Reading& reading) {
  State state;
  Status status;
  projections::each_event(*reading.store, reading.ledger, 1, [&](const projections::Committed& one) {
    if (one.index == 0) status = evolve(state, one.commit);
    return status.ok();
  });
  if (!status.ok()) return status;
  return state;
}

Status check(Common& common, const std::vector<std::string>& files) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  const auto state = state_of(*reading);
  if (!state.ok()) return state.status();
  int procedures = 0, unsound = 0;
  for (const std::string& file : files) {
    std::ifstream in(file);
    if (!in) return Status::invalid(file + ": expected a file that can be read, but it cannot be opened");
    std::stringstream text;
    text << in.rdbuf();
    const auto commands = parse_commands(text.str(), file);
    if (!commands.ok()) return commands.status();
    for (const v1::Command& command : *commands) {
      if (!command.has_publish_procedure()) continue;
      ++procedures;
      const v1::Procedure& procedure = command.publish_procedure().procedure();
      const auto findings = procedures::check(procedure, state->record);
      unsound += findings.empty() ? 0 : 1;
      if (!common.json() && findings.empty()) std::printf("%s, version %u: sound\n", procedure.id().c_str(), procedure.version());
      for (const std::string& finding : findings) std::fprintf(stderr, "%s, version %u: %s\n", procedure.id().c_str(), procedure.version(), finding.c_str());
    }
  }
  if (procedures == 0) return Status::invalid("expected publish_procedure commands, but there are none in these files");
  if (common.json()) std::printf("{\"checked\":%d,\"unsound\":%d}\n", procedures, unsound);
  if (unsound > 0) common.exit = kRefused;
  return {};
}

}  // namespace

void add_procedures(CLI::App& app, Common& common) {
  CLI::App* procedure = app.add_subcommand("procedure", "Procedures: list, show, draw, check");
  procedure->require_subcommand(1);
  procedure->add_subcommand("list", "The newest version of each")->callback([&common] { run(common, [&] { return list(common); }); });
  auto id = std::make_shared<std::string>();
  CLI::App* one = procedure->add_subcommand("show", "Steps, and where each outcome leads");
  one->add_option("ID", *id)->required();
  one->footer("Example:\n  concordat procedure show delegation");
  one->callback([&common, id] { run(common, [&] { return show(common, *id); }); });
  CLI::App* picture = procedure->add_subcommand("draw", "A picture for a board paper, as SVG");
  picture->add_option("ID", *id)->required();
  picture->footer("Example:\n  concordat procedure draw delegation > delegation.svg");
  picture->callback([&common, id] { run(common, [&] { return draw(common, *id); }); });
  auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* sound = procedure->add_subcommand("check", "What would keep a procedure from being published, asked of the record as it is");
  sound->add_option("FILE", *files, "Files with publish_procedure commands")->required();
  sound->footer("Example:\n  concordat procedure check deploy/west-midlands/procedures/delegation.yaml\nExit 0: sound; 3: publication would be refused.");
  sound->callback([&common, files] { run(common, [&] { return check(common, *files); }); });
}

}  // namespace concordat::app
