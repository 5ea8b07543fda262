// concordat procedure test, concordat procedure newer
#include <CLI/CLI.hpp>
#include <google/protobuf/struct.pb.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "app/cases.h"
#include "app/common.h"
#include "app/files.h"
#include "app/table.h"
#include "app/yaml_commands.h"
#include "concordat/v1/procedure.pb.h"
#include "engine/engine.h"
#include "engine/procedures/compare.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

using Commits = std::vector<v1::Commit>;

Commits commits_of(const Reading& reading) {
  Commits out;
  projections::each_event(*reading.store, reading.ledger, 1, [&](const projections::Committed& one) {
    if (one.index == 0) out.push_back(one.commit);
    return true;
  });
  return out;
}

Result<State> fold(const Commits& commits) {
  State state;
  for (const v1::Commit& one : commits)
    if (Status status = evolve(state, one); !status.ok()) return status;
  return state;
}

// The procedures of a file, published in memory where the ledger has not got them. A refusal is what publication would say.
Status publish(const std::string& file, const std::string& ledger, Commits* commits, std::vector<std::string>* refused) {
  const auto text = read_given(file);
  if (!text.ok()) return text.status();
  auto commands = parse_commands(*text, file);
  if (!commands.ok()) return commands.status();
  auto state = fold(*commits);
  if (!state.ok()) return state.status();
  for (v1::Command& command : *commands) {
    if (!command.has_publish_procedure()) continue;
    const v1::Procedure& procedure = command.publish_procedure().procedure();
    const auto there = state->procedures.find(procedure.id());
    if (there != state->procedures.end() && procedure.version() <= there->second.size()) continue;
    command.set_ledger(ledger);
    v1::Commit commit;
    commit.set_format(1);
    commit.set_ledger(ledger);
    commit.set_first_sequence(state->last_sequence + 1);
    commit.mutable_stamp()->set_time_ms(state->last_stamp_ms);
    *commit.mutable_actor() = command.actor();
    for (const v1::Event& event : decide(*state, command, commit.stamp())) {
      if (event.has_refused()) refused->push_back(procedure.id() + ", version " + std::to_string(procedure.version()) + ": " + v1::RefusalCode::Value_Name(event.refused().code()) + ": " + event.refused().sentence());
      event.SerializeToString(commit.add_events());
    }
    commits->push_back(std::move(commit));
  }
  return {};
}

// One JSON object on a line.
class Row {
 public:
  Row& text(const std::string& name, const std::string& value) { (*row_.mutable_fields())[name].set_string_value(value); return *this; }
  Row& number(const std::string& name, unsigned value) { (*row_.mutable_fields())[name].set_number_value(value); return *this; }
  Row& flag(const std::string& name, bool value) { (*row_.mutable_fields())[name].set_bool_value(value); return *this; }
  Row& list(const std::string& name, const std::vector<std::string>& all) {
    auto& values = *(*row_.mutable_fields())[name].mutable_list_value();
    for (const std::string& one : all) values.add_values()->set_string_value(one);
    return *this;
  }
  void print() const { std::printf("%s\n", json_of(row_).c_str()); }

 private:
  google::protobuf::Struct row_;
};

struct Count { int passed = 0, failed = 0; };

std::string base(const std::string& file) { return file.substr(file.rfind('/') == std::string::npos ? 0 : file.rfind('/') + 1); }

void told(const Common& common, const std::string& file, const v1::Case& one, const Played& played) {
  if (!common.json()) {
    if (played.wrong.empty()) std::printf("passed  %s: %s\n", base(file).c_str(), one.title().c_str());
    for (const std::string& wrong : played.wrong) std::fprintf(stderr, "FAILED  %s: %s: %s\n", base(file).c_str(), one.title().c_str(), wrong.c_str());
    return;
  }
  Row row;
  row.text("file", file).text("case", one.title()).flag("passed", played.wrong.empty()).list("wrong", played.wrong).print();
}

Status test_file(Common& common, const std::string& file, const Commits& ledger, const std::string& name, Count* count) {
  Commits commits = ledger;
  std::vector<std::string> refused;
  if (Status status = publish(file, name, &commits, &refused); !status.ok()) return status;
  for (const std::string& one : refused) std::fprintf(stderr, "REFUSED %s\n", one.c_str());
  if (!refused.empty()) { common.exit = kRefused; return {}; }
  const auto cases = read_cases(cases_beside(file));
  if (!cases.ok()) return cases.status();
  for (const v1::Case& one : cases->cases()) {
    auto state = fold(commits);
    if (!state.ok()) return state.status();
    const Played played = play(*std::move(state), *cases, one);
    told(common, cases_beside(file), one, played);
    ++(played.wrong.empty() ? count->passed : count->failed);
  }
  return {};
}

Status test(Common& common, const std::vector<std::string>& files) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  const Commits commits = commits_of(*reading);
  Count count;
  for (const std::string& file : files)
    if (Status status = test_file(common, file, commits, reading->ledger, &count); !status.ok()) return status;
  if (!common.json()) std::printf("%d passed, %d failed\n", count.passed, count.failed);
  if (count.failed > 0 && common.exit == kDone) common.exit = kFailed;
  return {};
}

Status newer(Common& common, const std::string& id, unsigned version, const std::string& step) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  const auto state = fold(commits_of(*reading));
  if (!state.ok()) return state.status();
  const auto found = state->matters.find(id);
  if (found == state->matters.end()) return Status::not_found("expected an open matter, but there is none called " + id + " (see: concordat matter list)");
  const Matter& matter = found->second;
  const v1::Procedure& from = *matter.procedure;
  const auto& versions = state->procedures.find(from.id())->second;
  const unsigned wanted = version == 0 ? static_cast<unsigned>(versions.size()) : version;
  if (wanted <= from.version() || wanted > versions.size()) {
    if (version != 0) return Status::invalid("expected a version of " + from.id() + " after " + std::to_string(from.version()) + " and up to " + std::to_string(versions.size()) + ", but it is " + std::to_string(version));
    if (common.json()) { Row row; row.text("matter", id).text("procedure", from.id()).number("from", from.version()).flag("newer", false).print(); }
    else std::printf("%s runs under the newest version of %s, %u.\n", id.c_str(), from.id().c_str(), from.version());
    return {};
  }
  const v1::Procedure& to = *versions[wanted - 1];
  const auto changes = procedures::changes(from, to), misfits = procedures::misfits(matter, to, step);
  if (common.json()) {
    Row row;
    row.text("matter", id).text("procedure", from.id()).number("from", from.version()).number("to", wanted).text("step", step.empty() ? matter.step->id() : step).list("changes", changes).list("misfits", misfits).print();
  } else {
    std::printf("%s stands at step %s of %s, version %u. Under version %u:\n", id.c_str(), matter.step->id().c_str(), from.id().c_str(), from.version(), wanted);
    for (const std::string& change : changes) std::printf("  %s\n", wrap(change, 4).c_str());
    if (changes.empty()) std::printf("  nothing is otherwise\n");
    if (misfits.empty()) std::printf("It can go on at step %s. Its rules stay those frozen at opening. (change_procedure, with its authority)\n", step.empty() ? matter.step->id().c_str() : step.c_str());
    for (const std::string& misfit : misfits) std::fprintf(stderr, "does not fit: %s\n", misfit.c_str());
  }
  if (!misfits.empty()) common.exit = kRefused;
  return {};
}

}  // namespace

void add_procedure_cases(CLI::App& procedure, Common& common) {
  auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* tested = procedure.add_subcommand("test", "Play the cases written beside a procedure; nothing is recorded");
  tested->add_option("FILE", *files, "Files with publish_procedure commands; the cases of x.yaml stand in x.cases")->required();
  tested->footer("Example:\n  concordat procedure test deploy/west-midlands/procedures/procurement.yaml\nA procedure that the ledger has not got is published in memory first.\nExit 0: every case came out as it says; 1: one did not; 3: publication would be refused.");
  tested->callback([&common, files] { run(common, [&] { return test(common, *files); }); });
  auto matter = std::make_shared<std::string>();
  auto step = std::make_shared<std::string>();
  auto version = std::make_shared<unsigned>(0);
  CLI::App* moved = procedure.add_subcommand("newer", "What a newer version would change for an open matter, and whether it fits");
  moved->add_option("MATTER", *matter)->required();
  moved->add_option("--to", *version, "Version; the newest if not given");
  moved->add_option("--step", *step, "Step at which it would go on; where it stands if not given");
  moved->footer("Example:\n  concordat procedure newer POD-2023 --to 2 --step readiness\nExit 0: it can go on there; 3: it cannot, and why.");
  moved->callback([&common, matter, version, step] { run(common, [&] { return newer(common, *matter, *version, *step); }); });
}

}  // namespace concordat::app
