// concordat procedure check, simulate
#include <CLI/CLI.hpp>
#include <google/protobuf/struct.pb.h>

#include <cstdio>
#include <iostream>

#include "app/explain.h"
#include "app/procedures.h"
#include "app/table.h"
#include "engine/procedures/draw.h"
#include "engine/procedures/simulate.h"

namespace concordat::app {
namespace {

namespace pb = google::protobuf;

constexpr std::size_t kPathsMost = 1000;

pb::Value text(const std::string& words) { pb::Value out; out.set_string_value(words); return out; }

void print_json(const v1::Procedure& procedure, const std::vector<procedures::Finding>& findings, const procedures::Walked& walked) {
  pb::Struct out;
  auto& fields = *out.mutable_fields();
  fields["procedure"] = text(procedure.id());
  fields["version"].set_number_value(procedure.version());
  fields["sound"].set_bool_value(findings.empty());
  auto& found = *fields["findings"].mutable_list_value();
  for (const procedures::Finding& one : findings) {
    auto& row = *found.add_values()->mutable_struct_value()->mutable_fields();
    row["step"] = text(one.step);
    row["what"] = text(one.what);
    row["path"] = text(one.path);
  }
  auto& held = *fields["holders"].mutable_list_value();
  for (const procedures::Holder& one : procedures::holders(procedure)) {
    auto& row = *held.add_values()->mutable_struct_value()->mutable_fields();
    row["step"] = text(one.step);
    row["who"] = text(one.who);
    row["how_long"] = text(one.how_long);
  }
  fields["paths"].set_number_value(static_cast<double>(walked.paths.size()));
  std::printf("%s\n", json_of(out).c_str());
}

std::string counted(const procedures::Walked& walked) {
  std::size_t longest = 0;
  std::set<std::string> ends;
  for (const procedures::Path& path : walked.paths) { longest = std::max(longest, path.steps.size()); ends.insert(path.end); }
  std::string all;
  for (const std::string& end : ends) all += (all.empty() ? "" : ", ") + end;
  const auto of = [](std::size_t n, const std::string& one) { return std::to_string(n) + " " + one + (n == 1 ? "" : "s"); };
  return (walked.complete ? "" : "more than ") + of(walked.paths.size(), "path") + ", of at most " + of(longest, "step") + ", to " + of(ends.size(), "end") + ": " + all;
}

void print(const v1::Procedure& procedure, const std::vector<procedures::Finding>& findings, const procedures::Walked& walked) {
  const std::string name = procedure.id() + ", version " + std::to_string(procedure.version());
  for (const procedures::Finding& one : findings) std::fprintf(stderr, "%s: %s\n", name.c_str(), in_words(one).c_str());
  if (!findings.empty()) return;
  std::printf("%s: sound\n  %s\n  Who can hold it up, and for how long:\n", name.c_str(), wrap(counted(walked), 4).c_str());
  for (const procedures::Holder& one : procedures::holders(procedure)) std::printf("    %s: %s\n", one.step.c_str(), wrap(one.who + "; " + one.how_long, 6).c_str());
}

Status check(Common& common, const std::vector<std::string>& files) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  State state;
  if (Status status = fold_until(*reading->store, reading->ledger, UINT64_MAX, &state); !status.ok()) return status;
  const auto beside = procedures_in(files);
  if (!beside.ok()) return beside.status();
  procedures::Published published = state.procedures;
  procedures::Rules rules = state.rules;
  for (const v1::Rule& one : beside->rules) rules[one.id()].push_back(std::make_shared<const v1::Rule>(one));
  for (const std::vector<v1::Procedure>& act : beside->acts) {
    const procedures::Published before = published;
    for (const v1::Procedure& one : act) published[one.id()].push_back(std::make_shared<const v1::Procedure>(one));
    for (const v1::Procedure& one : act) {
      auto findings = procedures::findings(one, state.record, published, rules);
      for (std::string& other : procedures::unsettled({one.id()}, state.record, before, published, rules)) findings.push_back({"", std::move(other), ""});
      const auto walked = findings.empty() ? procedures::walk(one, published, kPathsMost) : procedures::Walked();
      if (common.json()) print_json(one, findings, walked);
      else print(one, findings, walked);
      if (!findings.empty()) common.exit = kRefused;
    }
  }
  return {};
}

// ---- simulate ----
struct Simulated { Which which; bool interactive = false; std::size_t most = kPathsMost; };

void print_path(const Common& common, const procedures::Path& path) {
  if (common.json()) {
    pb::Struct out;
    auto& fields = *out.mutable_fields();
    fields["end"] = text(path.end);
    fields["length"].set_number_value(static_cast<double>(path.steps.size()));
    auto& steps = *fields["steps"].mutable_list_value();
    for (const procedures::Taken& one : path.steps) {
      auto& row = *steps.add_values()->mutable_struct_value()->mutable_fields();
      row["step"] = text(one.step);
      row["on"] = text(one.on);
    }
    std::printf("%s\n", json_of(out).c_str());
    return;
  }
  std::string line;
  for (const procedures::Taken& one : path.steps) line += one.step + " -" + one.on + "-> ";
  std::printf("%s\n", wrap(std::to_string(path.steps.size()) + (path.steps.size() == 1 ? " step:  " : " steps: ") + line + "ends: " + path.end, 9).c_str());
}

// Asks which of the outcomes it is, by number or word.
Result<procedures::Way> chosen(const v1::Step& step, const std::vector<procedures::Way>& ways, bool quiet) {
  if (!quiet) {
    std::printf("\n%s (%s)  %s\n", step.id().c_str(), procedures::kind_of(step).c_str(), step.title().c_str());
    for (std::size_t i = 0; i < ways.size(); ++i)
      std::printf("  %zu  %s -> %s\n", i + 1, ways[i].on.c_str(), ways[i].refused ? "refused: what led here cannot be done" : ways[i].to == "end" ? ("ends: " + ways[i].as).c_str() : ways[i].to.c_str());
    std::printf("Which? ");
    std::fflush(stdout);
  }
  std::string word, all;
  for (const procedures::Way& way : ways) all += (all.empty() ? "" : ", ") + way.on;
  while (std::cin >> word) {
    for (std::size_t i = 0; i < ways.size(); ++i)
      if (word == ways[i].on || word == std::to_string(i + 1)) return ways[i];
    std::fprintf(stderr, "expected one of %s, or its number, but it is \"%s\"\n", all.c_str(), word.c_str());
  }
  return Status::invalid("standard input: expected at step " + step.id() + " one of " + all + ", but the input ended");
}

Status walk_by_hand(Common& common, const v1::Procedure& procedure, const procedures::Published& published) {
  procedures::Path path;
  for (const v1::Step* at = procedure.steps().empty() ? nullptr : &procedure.steps(0); at != nullptr;) {
    const auto way = chosen(*at, procedures::ways(*at, published), common.json());
    if (!way.ok()) return way.status();
    path.steps.push_back({at->id(), way->on});
    path.end = way->refused ? "refused" : way->as;
    const v1::Step* next = nullptr;
    for (const v1::Step& step : procedure.steps())
      if (step.id() == way->to) next = &step;
    at = next;
  }
  if (!common.json()) std::printf("\n\n");
  print_path(common, path);
  return {};
}

Status simulate(Common& common, const Simulated& asked) {
  const auto meant = meant_procedure(common, asked.which);
  if (!meant.ok()) return meant.status();
  if (asked.interactive) return walk_by_hand(common, meant->procedure, meant->published);
  const procedures::Walked walked = procedures::walk(meant->procedure, meant->published, asked.most);
  for (const procedures::Path& path : walked.paths) print_path(common, path);
  if (!common.json()) std::printf("%s\n", wrap(counted(walked), 2).c_str());
  if (!walked.complete) return Status::invalid("--most: expected a procedure of at most " + std::to_string(asked.most) + " paths, but there are more; those above are the first");
  return {};
}

}  // namespace

CLI::App* add_procedure_check(CLI::App& procedure, Common& common) {
  auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* command = procedure.add_subcommand("check", "What would keep a procedure from being published, asked of the record as it is; and who can hold it up");
  command->add_option("FILE", *files, "Files with publish_procedure commands; those given together may name each other")->required();
  command->footer("Examples:\n  concordat procedure check deploy/west-midlands/procedures/delegation.yaml\n  concordat procedure check --format json deploy/west-midlands/procedures/*.yaml\nExit 0: sound; 3: not.");
  command->callback([&common, files] { run(common, [&] { return check(common, *files); }); });
  return command;
}

CLI::App* add_procedure_simulate(CLI::App& procedure, Common& common) {
  auto asked = std::make_shared<Simulated>();
  CLI::App* command = procedure.add_subcommand("simulate", "Every path through a procedure with its end and length, or one by your own choices");
  add_which(*command, &asked->which);
  command->add_flag("--interactive,-i", asked->interactive, "Ask at each step which outcome it has, on standard input");
  command->add_option("--most", asked->most, "At most so many paths")->capture_default_str()->check(CLI::Range(1, 1'000'000));
  command->footer("Examples:\n  concordat procedure simulate delegation\n  echo proposed yes signed took_effect | concordat procedure simulate delegation -i\n  concordat procedure simulate deploy/west-midlands/procedures/urgent.yaml --id written-procedure\nA way that leads back is taken once in a path.");
  command->callback([&common, asked] { run(common, [&] { return simulate(common, *asked); }); });
  return command;
}

}  // namespace concordat::app
