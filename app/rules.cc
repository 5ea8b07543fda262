// concordat rule
#include <CLI/CLI.hpp>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "app/common.h"
#include "app/table.h"
#include "app/yaml_commands.h"
#include "engine/rules/rules.h"
#include "engine/rules/vectors.h"

namespace concordat::app {
namespace {

void print_ruling(const Common& common, const v1::RuleCase& one, const v1::Ruling& ruling) {
  if (common.json()) {
    std::printf("%s\n", json_of(ruling).c_str());
    return;
  }
  std::printf("  %-14s %s\n", v1::Outcome::Value_Name(ruling.outcome()).c_str(), wrap(one.given() + ": " + ruling.sentence(), 17).c_str());
}

// Every vector, and then what stands in the way of publication.
bool check_one(const Common& common, const v1::Rule& rule) {
  if (!common.json()) std::printf("%s, version %u (%s)\n", rule.id().c_str(), rule.version(), wrap(rule.source(), 2).c_str());
  for (const v1::RuleCase& one : rule.cases()) {
    std::vector<std::string> lacking;
    rules::play(rule, one, &lacking, [&](int, const v1::Ruling& ruling) { print_ruling(common, one, ruling); });
  }
  const auto faults = rules::faults(rule, {});
  for (const rules::Fault& fault : faults) std::fprintf(stderr, "%s %u: %s: %s\n", rule.id().c_str(), rule.version(), fault.clause.c_str(), fault.what.c_str());
  return faults.empty();
}

Status check(Common& common, const std::vector<std::string>& files) {
  int rules = 0, bad = 0;
  for (const std::string& file : files) {
    std::ifstream in(file);
    if (!in) return Status::not_found("expected a file of commands, but " + file + " cannot be read");
    std::stringstream text;
    text << in.rdbuf();
    const auto commands = parse_commands(text.str(), file);
    if (!commands.ok()) return commands.status();
    for (const v1::Command& command : *commands) {
      if (!command.has_publish_rule()) continue;
      ++rules;
      if (!check_one(common, command.publish_rule().rule())) ++bad;
    }
  }
  if (rules == 0) return Status::invalid("expected publish_rule commands, but there are none in these files");
  if (!common.json()) std::printf("%d rule%s checked, %d cannot be published\n", rules, rules == 1 ? "" : "s", bad);
  if (bad > 0) common.exit = kRefused;
  return {};
}

}  // namespace

void add_rules(CLI::App& app, Common& common) {
  CLI::App* rule = app.add_subcommand("rule", "Rules of quorum and decision");
  rule->require_subcommand(1);
  auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* command = rule->add_subcommand("check", "Play a rule's test vectors and say what would keep it from being published.\nThe seats of its body are asked for when it is published.\n\n  concordat rule check deploy/published-rules/P06-includes-an-office.yaml\n  concordat rule check my-rule.yaml --format json");
  command->add_option("FILE", *files, "Files with publish_rule commands")->required();
  command->callback([&common, files] { run(common, [&] { return check(common, *files); }); });
}

}  // namespace concordat::app
