// concordat submit
#include <CLI/CLI.hpp>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/common.h"
#include "app/files.h"
#include "app/yaml_commands.h"

namespace concordat::app {
namespace {

struct Flags { std::vector<std::string> files; bool quiet = false; bool stop = false; };

void print(const Common& common, const v1::Command& command, const v1::Reply& reply, bool quiet) {
  if (common.json()) { std::printf("%s\n", json_of(reply).c_str()); return; }
  const char* again = !reply.repeated_command() ? "" : reply.has_refused() ? " (as before: it was not tried again; with a command_id of its own it is)" : " (as before)";
  if (reply.has_refused()) {
    std::printf("REFUSED   %-36s %s: %s%s\n", command.command_id().c_str(), v1::RefusalCode::Value_Name(reply.refused().code()).c_str(), reply.refused().sentence().c_str(), again);
    for (const v1::Ruling& ruling : reply.refused().rulings())
      for (const v1::Finding& finding : ruling.findings())
        std::printf("            %s: %s%s%s -> %s\n", ruling.question().c_str(), finding.clause().c_str(), finding.read().empty() ? "" : "; ", finding.read().c_str(), v1::Outcome::Value_Name(finding.outcome()).c_str());
    return;
  }
  if (quiet) return;
  std::string where;
  if (!reply.outcome().empty()) where = "  " + reply.matter() + " closed: " + reply.outcome();
  else if (!reply.step().empty()) where = "  " + reply.matter() + " now at " + reply.step();
  std::printf("accepted  %-36s events %llu-%llu%s%s\n", command.command_id().c_str(), static_cast<unsigned long long>(reply.first_sequence()), static_cast<unsigned long long>(reply.last_sequence()), where.c_str(), again);
}

Status submit(Common& common, const Flags& flags) {
  std::vector<v1::Command> commands;
  for (const std::string& file : flags.files) {            // All input is read and checked before anything is sent.
    auto text = read_given(file);
    if (!text.ok()) return text.status();
    auto parsed = parse_commands(*text, file == "-" ? "standard input" : file);
    if (!parsed.ok()) return parsed.status();
    if (parsed->empty()) return Status::invalid((file == "-" ? "standard input" : file) + ": expected at least one command, but there is none");
    for (v1::Command& command : *parsed) commands.push_back(std::move(command));
  }
  auto node = open_node(common);
  if (!node.ok()) return node.status();
  auto ledger = ledger_of(common, (*node)->ledgers());
  if (!ledger.ok()) return ledger.status();
  std::size_t accepted = 0, refused = 0, repeated = 0;
  const std::string principal = "local:" + std::to_string(getuid());
  for (v1::Command& command : commands) {
    if (command.ledger().empty()) command.set_ledger(*ledger);
    const v1::Command sent = command;
    auto reply = (*node)->submit_and_wait(std::move(command), principal);
    if (!reply.ok()) return reply.status();
    print(common, sent, *reply, flags.quiet);
    ++(reply->has_refused() ? refused : accepted);
    repeated += reply->repeated_command() ? 1 : 0;
    if (reply->has_refused()) common.exit = kRefused;
    if (reply->has_refused() && flags.stop) break;
  }
  if (!common.json() && commands.size() > 1)
    std::printf("%zu accepted, %zu refused%s\n", accepted, refused, repeated > 0 ? (", " + std::to_string(repeated) + " of them answered before").c_str() : "");
  return {};
}

}  // namespace

void add_submit(CLI::App& app, Common& common) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("submit", "Submit commands from YAML or JSON");
  command->add_option("FILE", flags->files, "Files, or - for standard input")->required();
  command->add_flag("--quiet,-q", flags->quiet, "Print refusals and the summary only");
  command->add_flag("--stop", flags->stop, "Stop at the first refusal");
  command->footer("Examples:\n  concordat submit deploy/west-midlands/play/host.yaml\n  concordat submit - < command.yaml\n"
                  "A command without command_id gets one made from its content. Exit 0: all accepted; 3: some refused; 2: the input is malformed.");
  command->callback([&common, flags] { run(common, [&] { return submit(common, *flags); }); });
}

}  // namespace concordat::app
