// Which procedure a command means: a published one by its id, or one that a file holds and nobody has published.
#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/files.h"
#include "app/procedures.h"
#include "app/yaml_commands.h"
#include "projections/views/procedures.h"

namespace concordat::app {
namespace {

procedures::Published newest(const Reading& reading) {
  procedures::Published out;
  projections::newest_procedures(*reading.store, reading.ledger, [&](const v1::ProcedureRow& row) {
    v1::Procedure one;
    if (projections::find_procedure(*reading.store, reading.ledger, row.id(), row.version(), &one)) out[row.id()].push_back(std::make_shared<const v1::Procedure>(std::move(one)));
    return true;
  });
  return out;
}

// Of several in a file the one that is named; its newest version there, if it stands in several.
Result<v1::Procedure> one_of(const InFiles& files, const Which& which) {
  const v1::Procedure* found = nullptr;
  std::string all;
  std::set<std::string> ids;
  for (const auto& act : files.acts)
    for (const v1::Procedure& one : act) {
      if (ids.insert(one.id()).second) all += (all.empty() ? "" : ", ") + one.id();
      const bool meant = (which.id.empty() || which.id == one.id()) && (which.version == 0 || which.version == one.version());
      if (meant && (found == nullptr || found->version() < one.version() || found->id() != one.id())) found = &one;
    }
  if (which.id.empty() && ids.size() > 1) return Status::invalid(which.what + ": expected one procedure, or which of them (--id), but there are " + all);
  if (found == nullptr) return Status::not_found(which.what + ": expected procedure " + (which.id.empty() ? all : which.id) + (which.version == 0 ? "" : " in version " + std::to_string(which.version)) + ", but the file has " + all);
  return *found;
}

}  // namespace

Result<InFiles> procedures_in(const std::vector<std::string>& files) {
  InFiles out;
  for (const std::string& file : files) {
    const auto text = read_given(file);
    if (!text.ok()) return text.status();
    const auto commands = parse_commands(*text, file);
    if (!commands.ok()) return commands.status();
    for (const v1::Command& command : *commands) {
      if (command.has_publish_procedure()) {
        auto& act = out.acts.emplace_back(1, command.publish_procedure().procedure());
        act.insert(act.end(), command.publish_procedure().together().begin(), command.publish_procedure().together().end());
      }
      if (command.has_publish_rule()) out.rules.push_back(command.publish_rule().rule());
    }
  }
  if (out.acts.empty()) return Status::invalid("expected publish_procedure commands, but there are none in these files");
  return out;
}

Result<Meant> meant_procedure(const Common& common, const Which& which) {
  Meant out;
  auto reading = open_reading(common);
  std::error_code none;
  if (!std::filesystem::is_regular_file(which.what, none)) {
    if (!reading.ok()) return reading.status();
    if (!which.id.empty()) return Status::invalid("--id: expected a file with several procedures, but " + which.what + " is none");
    auto procedure = published_procedure(*reading, which.what, which.version);
    if (!procedure.ok()) return procedure.status();
    out.procedure = *std::move(procedure);
    out.published = newest(*reading);
    return out;
  }
  const auto files = procedures_in({which.what});
  if (!files.ok()) return files.status();
  auto procedure = one_of(*files, which);
  if (!procedure.ok()) return procedure.status();
  out.procedure = *std::move(procedure);
  if (reading.ok()) out.published = newest(*reading);                      // A file can be walked and drawn before there is a ledger.
  for (const auto& act : files->acts)
    for (const v1::Procedure& one : act) out.published[one.id()].push_back(std::make_shared<const v1::Procedure>(one));
  return out;
}

void add_which(CLI::App& command, Which* which) {
  command.add_option("PROCEDURE", which->what, "A published procedure by its id, or a file with publish_procedure commands")->required();
  command.add_option("--id", which->id, "Which one, where the file has several");
  command.add_option("--version", which->version, "An older version; without it, the newest");
}

}  // namespace concordat::app
