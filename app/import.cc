// concordat import: another organisation's history, looked at before it is loaded.
#include <CLI/CLI.hpp>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>

#include "app/files.h"
#include "app/fold.h"
#include "app/import_plan.h"
#include "app/json_text.h"
#include "app/table.h"

namespace concordat::app {
namespace {

struct Flags { std::vector<std::string> files; std::string who, capacity = "owm_officer", on_behalf_of, mandate; bool apply = false, leave = false; };

Result<v1::Actor> actor_of(const Flags& flags) {
  v1::Actor actor;
  v1::Capacity::Value capacity = v1::Capacity::unset;
  if (!v1::Capacity::Value_Parse(flags.capacity, &capacity) || capacity == v1::Capacity::unset) return Status::invalid("--capacity: expected member, host, area_lead, owm_officer, nhse, associate or observer, but it is \"" + flags.capacity + "\"");
  if (flags.apply && flags.who.empty()) return Status::invalid("--as: expected who loads the history, such as office:director-owm, but nobody is named");
  if (flags.apply && flags.mandate.empty()) return Status::invalid("--mandate: expected the decision or agreement under which the history is loaded, but there is none");
  actor.set_who(flags.who.empty() ? "nobody" : flags.who);
  actor.set_capacity(capacity);
  actor.set_on_behalf_of(flags.on_behalf_of);
  actor.set_mandate(flags.mandate.empty() ? "a look before loading" : flags.mandate);
  return actor;
}

void print_json(const Plan& plan, bool loaded) {
  for (const Unplaced& one : plan.unplaced) {
    std::string candidates;
    for (const std::string& candidate : one.candidates) candidates += (candidates.empty() ? "" : ",") + json_text(candidate);
    std::printf("{\"unplaced\":{\"where\":%s,\"row\":%s,\"why\":%s,\"candidates\":[%s]}}\n", json_text(one.where).c_str(), json_text(one.what).c_str(), json_text(one.why).c_str(), candidates.c_str());
  }
  for (const v1::Answer& one : plan.conflicts) std::printf("{\"conflict\":%s}\n", json_of(one).c_str());
  for (const Turned& one : plan.turned) std::printf("{\"turned\":{\"was\":%s,\"now\":%s}}\n", json_of(one.was).c_str(), json_of(one.now).c_str());
  std::printf("{\"summary\":{\"loaded\":%s,\"documents\":%zu,\"words\":%zu,\"facts\":%zu,\"there\":%zu,\"unplaced\":%zu,\"conflicts\":%zu,\"turned\":%zu}}\n", loaded ? "true" : "false", plan.documents, plan.words, plan.facts, plan.there,
              plan.unplaced.size(), plan.conflicts.size(), plan.turned.size());
}

std::string reading_of(const State& state, const v1::Question& q) {
  return state.record.name(q.subject()) + ": " + q.predicate() + (q.scope().empty() ? "" : " (" + state.record.name(q.scope()) + ")") + " on " + q.valid_at();
}

void print(const State& state, const Plan& plan) {
  if (!plan.unplaced.empty()) {
    std::printf("Not placed, and left out:\n");
    Table table({"where", "row", "why", "perhaps"});
    for (const Unplaced& one : plan.unplaced) {
      std::string perhaps;
      for (const std::string& candidate : one.candidates) perhaps += (perhaps.empty() ? "" : "; ") + candidate;
      table.row({one.where, one.what, one.why, perhaps});
    }
    table.print();
    std::printf("\n");
  }
  if (!plan.conflicts.empty()) {
    std::printf("Conflicts: both sides stay on the record until an authority settles them.\n");
    Table table({"question", "answer with the history"});
    for (const v1::Answer& one : plan.conflicts) table.row({reading_of(state, one.question()), one.sentence()});
    table.print();
    std::printf("\n");
  }
  if (!plan.turned.empty()) {
    std::printf("Answered otherwise with the history:\n");
    Table table({"question", "was", "would be"});
    for (const Turned& one : plan.turned) table.row({reading_of(state, one.now.question()), one.was.sentence(), one.now.sentence()});
    table.print();
    std::printf("\n");
  }
}

Status apply(Common& common, const Plan& plan) {
  auto node = open_node(common);
  if (!node.ok()) return node.status();
  const std::string principal = "local:" + std::to_string(getuid());
  for (const v1::Command& command : plan.commands) {
    auto reply = (*node)->submit_and_wait(command, principal);
    if (!reply.ok()) return reply.status();
    if (!reply->has_refused()) continue;
    std::fprintf(stderr, "concordat: refused %s: %s\n", v1::RefusalCode::Value_Name(reply->refused().code()).c_str(), reply->refused().sentence().c_str());
    common.exit = kRefused;
    return {};
  }
  return {};
}

Result<std::string> ledger_for(const Common& common) {
  auto reading = open_reading(common);
  if (reading.ok()) return reading->ledger;
  return ledger_of(common, {});
}

Status import(Common& common, const Flags& flags) {
  const auto actor = actor_of(flags);
  if (!actor.ok()) return actor.status();
  auto state = state_now(common);
  if (!state.ok()) return state.status();
  const auto ledger = ledger_for(common);
  if (!ledger.ok()) return ledger.status();
  History history;
  for (const std::string& file : flags.files) {
    const auto text = read_given(file);
    if (!text.ok()) return text.status();
    const auto type_of = [&](const std::string& word) { const v1::Predicate* there = state->record.predicate(word); return there == nullptr ? 0 : static_cast<int>(there->type()); };
    if (Status status = read_history(file == "-" ? "standard input" : file, *text, type_of, &history); !status.ok()) return status;
  }
  const Plan plan = plan_import(*state, std::move(history), *actor, *ledger, static_cast<std::int64_t>(time(nullptr)) * 1000);
  const bool load = flags.apply && (plan.unplaced.empty() || flags.leave);
  if (load)
    if (Status status = apply(common, plan); !status.ok() || common.exit != kDone) return status;
  if (common.json()) {
    print_json(plan, load);
  } else {
    print(*state, plan);
    std::printf("%s%zu facts, %zu documents, %zu words; %zu were there already; %zu rows not placed, %zu conflicts, %zu answers turned\n", load ? "Loaded: " : "Nothing was written. It would load: ", plan.facts, plan.documents, plan.words, plan.there,
                plan.unplaced.size(), plan.conflicts.size(), plan.turned.size());
  }
  if (plan.unplaced.empty()) return {};
  if (load) return {};
  return Status::invalid("expected every row to be placed, but " + std::to_string(plan.unplaced.size()) + " cannot be: correct them, or load the others with --apply --leave-unplaced");
}

}  // namespace

void add_import(CLI::App& app, Common& common) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("import", "Look at another organisation's history, and load it");
  command->add_option("FILE", flags->files, "YAML, JSON or (by its name) CSV; an export loads again")->required();
  command->add_flag("--apply", flags->apply, "Load it. Without this nothing is written");
  command->add_flag("--leave-unplaced", flags->leave, "With --apply: load the rows that can be placed");
  command->add_option("--as", flags->who, "Who loads it: an office or a person");
  command->add_option("--capacity", flags->capacity, "In which capacity")->capture_default_str();
  command->add_option("--for", flags->on_behalf_of, "For which body");
  command->add_option("--mandate", flags->mandate, "The decision or agreement under which it is loaded");
  command->footer("CSV columns: subject, predicate, value, document; and if wanted id, scope, from, until, standing (effective if there is none), place, quote, known (that of\nthe document if there is none), record_set, marks, in_force, condition. `row` says document or word for a row that is one. YAML: {documents: […], facts: […]}.\n"
                  "Bodies are named by id or by a recorded name, never by likeness. What is loaded carries the mark of history: no subscriber acts on it.\n"
                  "Examples:\n  concordat import history.csv\n  concordat import history.csv --apply --as office:director-owm --for body:owm --mandate \"minute 7\"\n"
                  "Exit codes: 0 every row is placed; 2 some are not, or the file is malformed; 3 refused by the rules.");
  command->callback([&common, flags] { run(common, [&] { return import(common, *flags); }); });
}

}  // namespace concordat::app
