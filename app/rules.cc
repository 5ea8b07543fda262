// concordat rule list, show, check
#include <CLI/CLI.hpp>
#include <google/protobuf/struct.pb.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "app/clock.h"
#include "app/common.h"
#include "app/files.h"
#include "app/fold.h"
#include "app/rule_words.h"
#include "app/table.h"
#include "app/yaml_commands.h"
#include "engine/rules/rules.h"
#include "engine/rules/vectors.h"
#include "engine/rules_in_force.h"

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

Result<std::vector<v1::Rule>> rules_in(const std::string& file) {
  const auto text = read_given(file);
  if (!text.ok()) return text.status();
  const auto commands = parse_commands(*text, file);
  if (!commands.ok()) return commands.status();
  std::vector<v1::Rule> out;
  for (const v1::Command& command : *commands)
    if (command.has_publish_rule()) out.push_back(command.publish_rule().rule());
  return out;
}

Status check(Common& common, const std::vector<std::string>& files) {
  int rules = 0, bad = 0;
  for (const std::string& file : files) {
    const auto all = rules_in(file);
    if (!all.ok()) return all.status();
    for (const v1::Rule& rule : *all) {
      ++rules;
      if (!check_one(common, rule)) ++bad;
    }
  }
  if (rules == 0) return Status::invalid("expected publish_rule commands, but there are none in these files");
  if (!common.json()) std::printf("%d rule%s checked, %d cannot be published\n", rules, rules == 1 ? "" : "s", bad);
  if (bad > 0) common.exit = kRefused;
  return {};
}

// ---- list, show ----
struct Asked { std::string id, which, body, on; std::uint32_t version = 0; };

Result<record::Day> asked_day(const Asked& asked) { return asked.on.empty() ? Result<record::Day>(record::day_of(now_ms())) : record::parse_day(asked.on); }

// Does that version answer on the day, for its body and the matters it is for?
bool in_force(const State& state, const v1::Rule& rule, record::Day day) {
  const std::string type = rule.matter_types().empty() ? std::string() : rule.matter_types(0);
  for (const v1::Rule* one : rules_in_force(state, rule.id(), rule.body(), type, day))
    if (one == &rule) return true;
  return false;
}

std::string layer(const v1::Rule& rule) {
  std::string words = v1::Layer::Value_Name(rule.layer());
  for (char& c : words)
    if (c == '_') c = ' ';
  return words;
}

std::string period(const v1::Rule& rule) {
  const std::string from = rule.in_force_from().empty() ? "its publication" : rule.in_force_from();
  return "from " + from + (rule.in_force_until().empty() ? "" : " until " + rule.in_force_until());
}

google::protobuf::Value text(const std::string& words) { google::protobuf::Value out; out.set_string_value(words); return out; }

void print_json(const State& state, const v1::Rule& rule, record::Day day) {
  google::protobuf::Struct out;
  auto& fields = *out.mutable_fields();
  fields["id"] = text(rule.id());
  fields["version"].set_number_value(rule.version());
  fields["body"] = text(rule.body());
  fields["layer"] = text(v1::Layer::Value_Name(rule.layer()));
  fields["source"] = text(rule.source());
  if (!rule.adopted_by().empty()) fields["adopted_by"] = text(rule.adopted_by());
  fields["in_force_from"] = text(rule.in_force_from());
  fields["in_force_until"] = text(rule.in_force_until());
  fields["in_force"].set_bool_value(in_force(state, rule, day));
  fields["on"] = text(record::format(day));
  for (const std::string& one : rule.matter_types()) *fields["matter_types"].mutable_list_value()->add_values() = text(one);
  for (const Clause& one : clauses_of(rule)) {
    auto& clause = *fields["clauses"].mutable_list_value()->add_values()->mutable_struct_value()->mutable_fields();
    clause["heading"] = text(one.heading);
    clause["words"] = text(one.words);
  }
  for (const std::string& one : rule.not_stated()) *fields["not_stated"].mutable_list_value()->add_values() = text(one);
  fields["cases"].set_number_value(rule.cases_size());
  std::printf("%s\n", json_of(out).c_str());
}

Status list(Common& common, const Asked& asked) {
  const auto state = state_now(common);
  if (!state.ok()) return state.status();
  const auto day = asked_day(asked);
  if (!day.ok()) return day.status();
  std::string body;
  if (!asked.body.empty()) {
    auto reading = open_reading(common);
    if (!reading.ok()) return reading.status();
    const auto found = subject_of(*reading, asked.body);
    if (!found.ok()) return found.status();
    body = *found;
  }
  Table table({"rule", "version", "of", "layer", "on " + record::format(*day), "source"});
  for (const auto& [id, versions] : state->rules)
    for (const auto& rule : versions) {
      if (!body.empty() && rule->body() != body) continue;
      if (common.json()) print_json(*state, *rule, *day);
      table.row({id, std::to_string(rule->version()), rule->body(), layer(*rule), in_force(*state, *rule, *day) ? "in force" : "not in force", rule->source()});
    }
  if (common.json()) return {};
  if (table.empty()) std::printf("No rules%s: what nobody has published is not determined.\n", body.empty() ? " yet" : (" of " + body).c_str());
  else table.print();
  return {};
}

Result<v1::Rule> published(const State& state, const Asked& asked) {
  const auto found = state.rules.find(asked.id);
  if (found == state.rules.end()) return Status::not_found("expected a published rule, but there is none called " + asked.id + " (see: concordat rule list)");
  if (asked.version > found->second.size()) return Status::not_found("expected a version of rule " + asked.id + " (1 to " + std::to_string(found->second.size()) + "), but there is no version " + std::to_string(asked.version));
  return asked.version == 0 ? *found->second.back() : *found->second[asked.version - 1];
}

// Of several in a file the one that is named; its newest version there.
Result<v1::Rule> in_file(const Asked& asked) {
  const auto all = rules_in(asked.id);
  if (!all.ok()) return all.status();
  std::string names;
  std::set<std::string> ids;
  const v1::Rule* found = nullptr;
  for (const v1::Rule& one : *all) {
    if (ids.insert(one.id()).second) names += (names.empty() ? "" : ", ") + one.id();
    const bool meant = (asked.which.empty() || asked.which == one.id()) && (asked.version == 0 || asked.version == one.version());
    if (meant && (found == nullptr || found->version() < one.version())) found = &one;
  }
  if (all->empty()) return Status::invalid(asked.id + ": expected publish_rule commands, but there are none");
  if (asked.which.empty() && ids.size() > 1) return Status::invalid(asked.id + ": expected one rule, or which of them (--id), but there are " + names);
  if (found == nullptr) return Status::not_found(asked.id + ": expected rule " + (asked.which.empty() ? names : asked.which) + (asked.version == 0 ? "" : " in version " + std::to_string(asked.version)) + ", but the file has " + names);
  return *found;
}

void print_cases(const v1::Rule& rule) {
  if (rule.cases().empty()) { std::printf("\n  It has no test vectors.\n"); return; }
  std::printf("\n  Test vectors:\n");
  for (const v1::RuleCase& one : rule.cases()) {
    std::vector<std::string> lacking;
    rules::play(rule, one, &lacking, [&](int, const v1::Ruling& ruling) {
      std::printf("    %-14s %s\n", v1::Outcome::Value_Name(ruling.outcome()).c_str(), wrap(one.given() + ": " + ruling.sentence(), 19).c_str());
    });
  }
}

std::string standing(const State& state, const v1::Rule& rule, record::Day day) {
  const auto versions = state.rules.find(rule.id());
  const std::size_t all = versions == state.rules.end() ? 0 : versions->second.size();
  return std::string(in_force(state, rule, day) ? "in force on " : "not in force on ") + record::in_words(day) + ", " + period(rule) + (all > 1 ? "; one of " + std::to_string(all) + " versions" : "");
}

Status show(Common& common, const Asked& asked) {
  std::error_code none;
  const bool file = std::filesystem::is_regular_file(asked.id, none);
  const auto state = file ? Result<State>(State()) : state_now(common);
  if (!state.ok()) return state.status();
  const auto day = asked_day(asked);
  if (!day.ok()) return day.status();
  if (!file && !asked.which.empty()) return Status::invalid("--id: expected a file with several rules, but " + asked.id + " is none");
  const auto found = file ? in_file(asked) : published(*state, asked);
  if (!found.ok()) return found.status();
  const v1::Rule& rule = file ? *found : *state->rule({found->id(), found->version()});
  if (common.json()) { print_json(*state, rule, *day); return {}; }
  std::printf("%s, version %u, of %s  (%s)\n", rule.id().c_str(), rule.version(), rule.body().c_str(), layer(rule).c_str());
  std::printf("  %s\n", wrap("source: " + rule.source(), 4).c_str());
  if (!rule.evidence().empty()) std::printf("  %s\n", wrap("read as: " + rule.evidence(), 4).c_str());
  if (rule.layer() == v1::Layer::assumption) std::printf("  an assumption, adopted by %s\n", rule.adopted_by().c_str());
  std::printf("  %s\n", (file ? "in this file, not published from it" : standing(*state, rule, *day)).c_str());
  for (const std::string& type : rule.matter_types()) std::printf("  for %s\n", type.c_str());
  std::printf("\n");
  std::string before;
  for (const Clause& one : clauses_of(rule)) {
    std::printf("  %-12s %s\n", one.heading == before ? "" : one.heading.c_str(), wrap(one.words, 15).c_str());
    before = one.heading;
  }
  std::string silent;
  for (const std::string& one : rule.not_stated()) silent += (silent.empty() ? "" : ", ") + one;
  if (!silent.empty()) std::printf("  %-12s %s\n", "not stated", wrap(silent + ": not determined by this rule", 15).c_str());
  if (!rule.missing_document().empty()) std::printf("  %-12s %s\n", "", wrap("would stand in " + rule.missing_document() + ", which is not held", 15).c_str());
  print_cases(rule);
  return {};
}

}  // namespace

void add_rules(CLI::App& app, Common& common) {
  CLI::App* rule = app.add_subcommand("rule", "Rules of quorum and decision: list, show, check");
  rule->require_subcommand(1);
  auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* command = rule->add_subcommand("check", "Play a rule's test vectors and say what would keep it from being published");
  command->footer("The seats of its body are asked for when it is published.\nExamples:\n  concordat rule check deploy/published-rules/P06-includes-an-office.yaml\n  concordat rule check my-rule.yaml --format json");
  command->add_option("FILE", *files, "Files with publish_rule commands")->required();
  command->callback([&common, files] { run(common, [&] { return check(common, *files); }); });
  auto asked = std::make_shared<Asked>();
  CLI::App* all = rule->add_subcommand("list", "Every version that is published: whose it is, its layer, whether it is in force, its source");
  all->add_option("--body", asked->body, "Only those of that body, by id or name");
  all->add_option("--on", asked->on, "Whether it is in force on that day (YYYY-MM-DD); without it, today");
  all->footer("Examples:\n  concordat rule list\n  concordat rule list --body 'Joint Committee' --on 2026-04-01 --format json");
  all->callback([&common, asked] { run(common, [&] { return list(common, *asked); }); });
  CLI::App* one = rule->add_subcommand("show", "What a rule says, clause by clause, what it does not state, and what comes of its test vectors");
  one->add_option("RULE", asked->id, "A published rule by its id, or a file with publish_rule commands")->required();
  one->add_option("--id", asked->which, "Which one, where the file has several");
  one->add_option("--version", asked->version, "An older version; without it, the newest");
  one->add_option("--on", asked->on, "Whether it is in force on that day (YYYY-MM-DD); without it, today");
  one->footer("Examples:\n  concordat rule show joint-committee-assumption\n  concordat rule show joint-committee-assumption --version 1 --format json\n  concordat rule show deploy/published-rules/P06-includes-an-office.yaml");
  one->callback([&common, asked] { run(common, [&] { return show(common, *asked); }); });
}

}  // namespace concordat::app
