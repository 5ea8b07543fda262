// Procedures on the command line: reading those that are published, checking and walking those that are not.
#pragma once

#include "app/common.h"
#include "engine/procedures/check.h"

namespace concordat::app {

// A published version; 0 = the newest. kNotFound says which there are.
Result<v1::Procedure> published_procedure(const Reading& reading, const std::string& id, std::uint32_t version);

// What is in the files, in order: each act of publication with those that are published together. What comes later is not there yet.
struct InFiles { std::vector<std::vector<v1::Procedure>> acts; std::vector<v1::Rule> rules; };
Result<InFiles> procedures_in(const std::vector<std::string>& files);

// Which procedure a command is about: of the ledger, or of a file, which need not be published.
struct Which { std::string what, id; std::uint32_t version = 0; };
void add_which(CLI::App& command, Which* which);
struct Meant { v1::Procedure procedure; procedures::Published published; };      // `published`: what it may refer to.
Result<Meant> meant_procedure(const Common& common, const Which& which);

CLI::App* add_procedure_check(CLI::App& procedure, Common& common);        // check
CLI::App* add_procedure_simulate(CLI::App& procedure, Common& common);     // simulate

}  // namespace concordat::app
