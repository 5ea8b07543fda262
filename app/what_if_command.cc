// concordat what-if
#include <CLI/CLI.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>

#include "app/common.h"
#include "app/files.h"
#include "app/json_text.h"
#include "app/table.h"
#include "app/what_if.h"
#include "app/yaml_commands.h"

namespace concordat::app {
namespace {

// "2023-01-01..2023-12-31", or one date of any precision: "2023-04", "FY2023-24".
Result<record::When> period(const std::string& text) {
  const bool range = text.find("..") != std::string::npos && !text.starts_with('[');
  auto when = record::parse_when(range ? "[" + text + "]" : text);
  if (!when.ok()) return Status::invalid("--over: expected FROM..TO or one date: " + when.status().why());
  if (!when->stated) return Status::invalid("--over: expected FROM..TO or one date, but it is empty");
  return when;
}

Result<std::vector<v1::Command>> change_of(const std::string& file) {
  const auto text = read_given(file);
  if (!text.ok()) return text.status();
  auto commands = parse_commands(*text, file);
  if (!commands.ok()) return commands;
  for (v1::Command& command : *commands) {
    const bool model = command.has_publish_vocabulary() || command.has_register_document() || command.has_assert_facts() || command.has_retract_fact() || command.has_resolve_conflict() ||
                       command.has_publish_rule() || command.has_publish_procedure() || command.has_adopt_rule();
    if (!model) return Status::invalid(file + ": expected changes to rules, procedures or facts, but command " + command.command_id() + " acts on a matter");
    if (command.has_actor()) continue;
    command.mutable_actor()->set_who("nobody");
    command.mutable_actor()->set_capacity(v1::Capacity::owm_officer);
    command.mutable_actor()->set_mandate("a question, not an act");
  }
  if (commands->empty()) return Status::invalid(file + ": expected at least one change, but there is none");
  return commands;
}

Status what_if_command(Common& common, const std::string& file, const std::string& over) {
  const auto when = period(over);
  if (!when.ok()) return when.status();
  auto change = change_of(file);
  if (!change.ok()) return change.status();
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  const auto found = what_if(*reading, *std::move(change), *when);
  if (!found.ok()) return found.status();
  if (common.json()) {
    for (const Otherwise& one : found->otherwise)
      std::printf("{\"matter\":%s,\"what\":%s,\"was\":%s,\"would_be\":%s,\"because\":%s}\n", json_text(one.matter).c_str(), json_text(one.what).c_str(), json_text(one.was).c_str(), json_text(one.now).c_str(), json_text(one.because).c_str());
    for (const std::string& one : found->not_tried) std::printf("{\"not_tried\":%s}\n", json_text(one).c_str());
    return {};
  }
  Table table({"matter", "what", "was", "would have been", "because"});
  for (const Otherwise& one : found->otherwise) table.row({one.matter, one.what, one.was, one.now, one.because});
  if (!table.empty()) { table.print(); std::printf("\n"); }
  std::set<std::string> matters;
  for (const Otherwise& one : found->otherwise) matters.insert(one.matter);
  std::printf("%zu matters of %s were tried again; %zu would have gone otherwise. Nothing was written.\n", found->matters, over.c_str(), matters.size());
  for (const std::string& one : found->not_tried) std::printf("Not tried: %s, whose acts cannot all be read back from the ledger.\n", one.c_str());
  if (found->refused_acts > 0) std::printf("Acts that were refused, and were tried as well: %zu.\n", found->refused_acts);
  if (found->left_out > 0) std::printf("Refused acts that were left out, since this ledger keeps why they were refused and not all that they said: %zu.\n", found->left_out);
  return {};
}

}  // namespace

void add_what_if(CLI::App& app, Common& common) {
  struct Asked { std::string file, over; };
  auto asked = std::make_shared<Asked>();
  CLI::App* command = app.add_subcommand("what-if", "What would have become of the matters of a period under another rule, procedure, membership or escalation graph");
  command->add_option("--change", asked->file, "Commands that publish, adopt, assert, retract or resolve; made in memory just before the first of the matters")->required();
  command->add_option("--over", asked->over, "Matters opened from that day to that: 2023-01-01..2023-12-31, or 2023, FY2023-24, 2023-04")->required();
  command->footer("A rule or procedure is changed by publishing its next version, a membership or the escalation graph by facts. The acts of the matters are\n"
                  "tried again as they were recorded, refused ones too; what was done since is tried with them. Nothing is written.\n"
                  "Example:\n  concordat what-if --change unanimous.yaml --over 2023");
  command->callback([&common, asked] { run(common, [&] { return what_if_command(common, asked->file, asked->over); }); });
}

}  // namespace concordat::app
