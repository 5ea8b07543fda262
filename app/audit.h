// What an auditor is given: packs, witnesses and reports.
#pragma once

#include <string>

namespace CLI { class App; }

namespace concordat::app {

struct Common;

std::string quoted_json(const std::string& text);        // A JSON string of it.

void add_audit(CLI::App& app, Common& common);           // audit
void add_witness(CLI::App& app, Common& common);         // witness
void add_ask_witness(CLI::App& log, Common& common);     // log witness; registered by add_log

void add_register(CLI::App& audit, Common& common);      // audit register; registered by add_audit
void add_bench_proof(CLI::App& bench, Common& common);   // bench proof; registered by add_bench

}  // namespace concordat::app
