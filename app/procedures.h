// Procedures on the command line: reading those that are published, checking and walking those that are not.
#pragma once

#include "app/common.h"
#include "engine/procedures/check.h"

namespace concordat::app {

// A published version; 0 = the newest. kNotFound says which there are.
Result<v1::Procedure> published_procedure(const Reading& reading, const std::string& id, std::uint32_t version);

CLI::App* add_procedure_check(CLI::App& procedure, Common& common);        // check
CLI::App* add_procedure_simulate(CLI::App& procedure, Common& common);     // simulate

}  // namespace concordat::app
