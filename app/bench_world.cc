#include "app/bench_world.h"

#include "app/yaml_commands.h"

namespace concordat::app {

Result<std::vector<v1::Command>> bench_world(const std::string& ledger) {
  const std::string actor = "  actor: {who: \"office:bench\", capacity: owm_officer, mandate: bench}\n";
  std::string text = "- command_id: bench/words\n" + actor + "  publish_vocabulary: {predicates: [{name: name, type: text}, {name: party, type: ref, many: true}, {name: mode, type: code}, {name: represented_by, type: ref, scoped: true}, {name: holder, type: ref}]}\n"
                     "- command_id: bench/document\n" + actor + "  register_document: {documents: [{id: bench, title: Bench, known: 2020-01-01, held: true}]}\n"
                     "- command_id: bench/facts\n" + actor + "  assert_facts:\n    facts:\n    - {id: t, subject: \"matter_type:bench\", predicate: name, value: {text: Bench}, standing: effective, source: {document: bench}}\n"
                     "    - {id: m, subject: \"body:bench\", predicate: mode, value: {code: joint}, standing: effective, source: {document: bench}}\n";
  for (const char c : std::string("abcdef")) {
    const std::string one(1, c);
    text += "    - {id: n" + one + ", subject: \"body:" + one + "\", predicate: name, value: {text: Board " + one + "}, standing: effective, source: {document: bench}}\n"
            "    - {id: o" + one + ", subject: \"office:" + one + "\", predicate: name, value: {text: Chief " + one + "}, standing: effective, source: {document: bench}}\n"
            "    - {id: p" + one + ", subject: \"body:bench\", predicate: party, value: {ref: \"body:" + one + "\"}, standing: effective, source: {document: bench}}\n"
            "    - {id: s" + one + ", subject: \"body:bench\", predicate: represented_by, scope: \"body:" + one + "\", value: {ref: \"office:" + one + "\"}, standing: effective, source: {document: bench}}\n";
  }
  text += "- command_id: bench/rule\n" + actor + "  publish_rule:\n    rule: {id: bench, version: 1, body: \"body:bench\", layer: terms_of_reference, source: bench, quorum: {base: named_parties, min_parties: 5, multi_seat: per_seat, recusal_effect: lose}, decision: {method: vote, limbs: [{electorate: all, test: simple_present_voting}], unit: party, tie: not_carried, abstain: excluded, multi_seat: per_seat}}\n"
          "- command_id: bench/procedure\n" + actor + "  publish_procedure:\n    procedure: {id: bench, version: 1, title: Bench, matter_type: \"matter_type:bench\", steps: [{id: decide, decide: {body: \"body:bench\", rule: bench}, next: [{on: carried, to: end}, {on: not_carried, to: end}, {on: recommended, to: end}, {on: decided_severally, to: end}]}]}\n";
  auto commands = parse_commands(text, "bench");
  if (commands.ok())
    for (v1::Command& command : *commands) command.set_ledger(ledger);
  return commands;
}

v1::Command bench_command(const std::string& ledger, const std::string& run, std::uint64_t n, int step) {
  v1::Command command;
  const std::string matter = run + std::to_string(n);
  const std::string board(1, static_cast<char>('a' + (step == 0 ? 0 : step - 1)));
  command.set_command_id(matter + "." + std::to_string(step));
  command.set_ledger(ledger);
  command.mutable_actor()->set_who("office:" + board);
  command.mutable_actor()->set_capacity(v1::Capacity::member);
  command.mutable_actor()->set_on_behalf_of("body:" + board);
  if (step == 0) {
    command.mutable_open_matter()->set_matter(matter);
    command.mutable_open_matter()->set_procedure("bench");
    command.mutable_open_matter()->set_title("Decision");
  } else {
    command.mutable_take_position()->set_matter(matter);
    command.mutable_take_position()->set_party("body:" + board);
    command.mutable_take_position()->set_position(step == 6 ? v1::Position::against : v1::Position::in_favour);
  }
  return command;
}

}  // namespace concordat::app
