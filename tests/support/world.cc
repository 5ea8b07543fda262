#include "tests/support/world.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/yaml_commands.h"

namespace concordat::tests {
namespace {

constexpr const char* kWorld = R"(
- command_id: world/words
  actor: {who: "office:clerk", capacity: owm_officer, mandate: test}
  publish_vocabulary:
    predicates:
    - {name: name, type: text}
    - {name: alias, type: text, many: true}
    - {name: party, type: ref, many: true}
    - {name: mode, type: code}
    - {name: represented_by, type: ref, scoped: true}
    - {name: holder, type: ref}
    - {name: competent_for, type: ref, many: true}
    - {name: barred_from, type: ref, many: true}
    - {name: raised_first_with, type: ref, many: true}
    - {name: escalates_to, type: ref, many: true, scoped: true}
    - {name: not_a_legal_party, type: flag}
    - {name: host, type: ref}
    - {name: lead, type: ref}
    - {name: seat, type: ref, many: true, scoped: true}
    - {name: seat_class, type: code, many: true, scoped: true}
    - {name: committee, type: ref, scoped: true}
    - {name: delegated_authority, type: ref, many: true}
    - {name: deputy, type: ref, many: true}
    - {name: level, type: code}
    - {name: votes, type: number, scoped: true}
    - {name: agreed, type: flag}
    - {name: appointed, type: flag}
- command_id: world/documents
  actor: {who: "office:clerk", capacity: owm_officer, mandate: test}
  register_document: {documents: [{id: charter, title: Charter, known: 2020-01-01, held: true}]}
- command_id: world/facts
  actor: {who: "office:clerk", capacity: owm_officer, mandate: test}
  assert_facts:
    facts:
    - {id: n1, subject: "body:a", predicate: name, value: {text: Aston}, standing: effective, source: {document: charter}}
    - {id: n2, subject: "body:b", predicate: name, value: {text: Bury}, standing: effective, source: {document: charter}}
    - {id: n3, subject: "body:c", predicate: name, value: {text: Corby}, standing: effective, source: {document: charter}}
    - {id: n4, subject: "office:a", predicate: name, value: {text: Chief of Aston}, standing: effective, source: {document: charter}}
    - {id: n5, subject: "office:b", predicate: name, value: {text: Chief of Bury}, standing: effective, source: {document: charter}}
    - {id: n6, subject: "office:c", predicate: name, value: {text: Chief of Corby}, standing: effective, source: {document: charter}}
    - {id: n7, subject: "team:t", predicate: name, value: {text: Team}, standing: effective, source: {document: charter}}
    - {id: n8, subject: "matter_type:m", predicate: name, value: {text: Matter}, standing: effective, source: {document: charter}}
    - {id: p1, subject: "body:joint", predicate: party, value: {ref: "body:a"}, standing: effective, source: {document: charter}}
    - {id: p2, subject: "body:joint", predicate: party, value: {ref: "body:b"}, standing: effective, source: {document: charter}}
    - {id: p3, subject: "body:joint", predicate: party, value: {ref: "body:c"}, standing: effective, source: {document: charter}}
    - {id: s1, subject: "body:joint", predicate: represented_by, scope: "body:a", value: {ref: "office:a"}, standing: effective, source: {document: charter}}
    - {id: s2, subject: "body:joint", predicate: represented_by, scope: "body:b", value: {ref: "office:b"}, standing: effective, source: {document: charter}}
    - {id: s3, subject: "body:joint", predicate: represented_by, scope: "body:c", value: {ref: "office:c"}, standing: effective, source: {document: charter}}
    - {id: m1, subject: "body:joint", predicate: mode, value: {code: joint}, standing: effective, source: {document: charter}}
    - {id: i1, subject: "issue:i", predicate: raised_first_with, value: {ref: "office:a"}, standing: effective, source: {document: charter}}
    - {id: i2, subject: "issue:i", predicate: escalates_to, scope: "office:a", value: {ref: "office:b"}, standing: effective, source: {document: charter}}
- command_id: world/rule
  actor: {who: "office:clerk", capacity: owm_officer, mandate: test}
  publish_rule:
    rule:
      id: joint
      version: 1
      body: "body:joint"
      layer: terms_of_reference
      source: charter
      quorum: {base: named_parties, min_parties: 2, min_people: 2, multi_seat: per_seat, recusal_effect: lose, on_failure: adjourn}
      decision: {method: vote, limbs: [{electorate: all, test: simple_present_voting}], unit: party, tie: not_carried, abstain: excluded, multi_seat: per_seat}
- command_id: world/alone
  actor: {who: "office:clerk", capacity: owm_officer, mandate: test}
  publish_procedure:
    procedure:
      id: alone
      version: 1
      title: Decision without a meeting
      matter_type: "matter_type:m"
      steps:
      - id: decide
        decide: {body: "body:joint"}
        next: [{on: carried, to: end}, {on: not_carried, to: end}, {on: recommended, to: end}, {on: decided_severally, to: end}]
- command_id: world/hosting
  actor: {who: "office:clerk", capacity: owm_officer, mandate: test}
  publish_procedure:
    procedure:
      id: hosting
      version: 1
      title: Everything in a row
      matter_type: "matter_type:m"
      steps:
      - id: proposal
        propose: {fields: [{name: host, type: ref, kind: body, title: Host}]}
        next: [{on: proposed, to: check}]
      - id: check
        gate: {questions: [{absent: {subject: "$host", predicate: not_a_legal_party, value: {flag: true}}, refusal: not_a_legal_party}]}
        next: [{on: "yes", to: table}]
      - id: table
        decide: {body: "body:joint", tabled: true}
        next: [{on: carried, to: sign}, {on: not_carried, to: end}, {on: recommended, to: end}, {on: decided_severally, to: end}]
      - id: sign
        sign_off: {subject: "body:joint", needed: 2, what: Agreement}
        next: [{on: signed, to: write}, {on: refused, to: end}]
      - id: write
        declare: {automatic: true, facts: [{subject: "team:t", predicate: host, value: {ref: "$host"}, from: 2023-01-01, standing: effective}]}
        next: [{on: declared, to: told}]
      - id: told
        oblige: {obligations: [{id: receipt, owed_by: "parties of body:joint", what: Receipt, days: 5, clock_source: charter}]}
        next: [{on: discharged, to: end, as: done}]
- command_id: world/escalation
  actor: {who: "office:clerk", capacity: owm_officer, mandate: test}
  publish_procedure:
    procedure:
      id: escalation
      version: 1
      title: Escalation
      matter_type: "matter_type:m"
      steps:
      - id: route
        escalate: {issue: "issue:i", receipt_days: 3}
        next: [{on: closed, to: end}, {on: returned, to: end}]
- command_id: world/referral
  actor: {who: "office:clerk", capacity: owm_officer, mandate: test}
  publish_procedure:
    procedure:
      id: referral
      version: 1
      title: Waits, then asks another
      matter_type: "matter_type:m"
      steps:
      - id: pause
        wait: {days: 1, clock_source: charter}
        next: [{on: over, to: ask}]
      - id: ask
        refer: {procedure: alone, title: Asked}
        next: [{on: carried, to: end}, {on: not_carried, to: end, as: turned_down}]
- command_id: world/transfer
  actor: {who: "office:clerk", capacity: owm_officer, mandate: test}
  publish_procedure:
    procedure:
      id: transfer
      version: 1
      title: Transfer
      matter_type: "matter_type:m"
      steps:
      - id: move
        transfer:
          conditions: [{id: ready, title: Ready}]
          tracks:
          - {name: one, subject: "team:t", predicate: host, to: [{ref: "body:a"}], conditions: [ready]}
          - {name: two, subject: "team:t", predicate: lead, to: [{ref: "office:a"}], after: one}
        next: [{on: took_effect, to: end}, {on: cancelled, to: end}]
)";

template <typename T>
const T& pick(std::mt19937_64& random, const std::vector<T>& from) { return from[random() % from.size()]; }

}  // namespace

std::vector<v1::Command> commands(const std::string& yaml, const std::string& ledger) {
  auto parsed = app::parse_commands(yaml, "test");
  EXPECT_TRUE(parsed.ok()) << parsed.status().why();
  if (!parsed.ok()) std::abort();
  for (v1::Command& command : *parsed) command.set_ledger(ledger);
  return *std::move(parsed);
}

std::string source_path(const std::string& file) { return std::string(CONCORDAT_SOURCE) + "/" + file; }

std::string scratch(const std::string& name) {
  static int count = 0;
  const std::string path = std::filesystem::temp_directory_path().string() + "/concordat-" + std::to_string(getpid()) + "-" + std::to_string(count++) + "-" + name;
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  return path;
}

std::vector<v1::Command> pack(const std::vector<std::string>& files, const std::string& ledger) {
  std::vector<v1::Command> out;
  for (const std::string& file : files) {
    std::ifstream in(source_path(file));
    EXPECT_TRUE(in) << file;
    std::stringstream text;
    text << in.rdbuf();
    for (v1::Command& command : commands(text.str(), ledger)) out.push_back(std::move(command));
  }
  return out;
}

std::vector<v1::Command> small_world(const std::string& ledger) { return commands(kWorld, ledger); }

v1::Command random_command(std::mt19937_64& random, int n, const std::string& ledger) {
  static const std::vector<std::string> letters{"a", "b", "c", "d"};
  v1::Command command;
  command.set_command_id("r" + std::to_string(n));
  command.set_ledger(ledger);
  const std::string who = pick(random, letters), matter = "M" + std::to_string(random() % 9);
  command.mutable_actor()->set_who("office:" + who);
  command.mutable_actor()->set_capacity(v1::Capacity::member);
  command.mutable_actor()->set_on_behalf_of("body:" + who);
  const std::string party = random() % 8 == 0 ? pick(random, letters) : who;
  switch (random() % 20) {
    case 0: case 1: case 2: {
      auto& open = *command.mutable_open_matter();
      open.set_matter(matter);
      open.set_procedure(pick(random, std::vector<std::string>{"alone", "hosting", "escalation", "referral", "transfer", "nonsense"}));
      if (random() % 2 == 0) {
        auto& field = *open.add_fields();
        field.set_name("host");
        field.mutable_value()->set_ref(random() % 6 == 0 ? "Nowhere" : "body:" + pick(random, letters));
      }
      break;
    }
    case 3: case 4: {
      auto& table = *command.mutable_table_item();
      table.set_matter(matter);
      table.set_meeting("meeting");
      for (const std::string& one : {std::string("a"), std::string("b"), std::string("c")})
        if (random() % 3 != 0) { auto& there = *table.add_present(); there.set_who("office:" + one); there.set_party("body:" + one); there.set_seat("member"); }
      break;
    }
    case 5: case 6: case 7: case 8: case 9: {
      auto& take = *command.mutable_take_position();
      take.set_matter(random() % 3 == 0 ? matter + "/ask" : matter);
      take.set_party("body:" + party);
      take.set_position(static_cast<v1::Position::Value>(1 + random() % 3));
      break;
    }
    case 10: command.mutable_close_item()->set_matter(matter); break;
    case 11: {
      auto& sign = *command.mutable_sign_off();
      sign.set_matter(matter);
      sign.set_party("body:" + party);
      sign.set_answer(static_cast<v1::SignOff::Answer>(1 + random() % 3));
      sign.set_reason("because");
      break;
    }
    case 12: command.mutable_discharge()->set_matter(matter); command.mutable_discharge()->set_obligation("receipt/body:" + party); command.mutable_discharge()->set_evidence("letter"); break;
    case 13: command.mutable_confirm_receipt()->set_matter(matter); command.mutable_confirm_receipt()->set_evidence("minute"); break;
    case 14:
      if (random() % 2 == 0) { auto& pass = *command.mutable_pass_on(); pass.set_matter(matter); pass.set_to("office:b"); pass.set_reason("up"); }
      else { auto& answer = *command.mutable_answer_escalation(); answer.set_matter(matter); answer.set_answer("yes"); answer.set_action_lead("office:b"); }
      break;
    case 15: {
      auto& plan = *command.mutable_plan_transfer();
      plan.set_matter(matter);
      plan.set_track(random() % 2 == 0 ? "one" : "two");
      plan.set_when(random() % 2 == 0 ? "2023-04" : "2023");
      plan.set_reason("plan");
      break;
    }
    case 16: command.mutable_meet_condition()->set_matter(matter); command.mutable_meet_condition()->set_condition("ready"); command.mutable_meet_condition()->set_evidence("note"); break;
    case 17: {
      auto& effect = *command.mutable_take_effect();
      effect.set_matter(matter);
      effect.set_track(random() % 2 == 0 ? "one" : "two");
      effect.set_on("2023-04-01");
      effect.mutable_source()->set_quote("letter");
      break;
    }
    case 18: {
      command.mutable_actor()->set_capacity(v1::Capacity::owm_officer);
      command.mutable_actor()->set_mandate("test");
      auto& fact = *command.mutable_assert_facts()->add_facts();
      fact.set_id("f" + std::to_string(n));
      fact.set_subject("team:" + pick(random, letters));
      fact.set_predicate(random() % 2 == 0 ? "host" : "lead");
      fact.mutable_value()->set_ref("body:" + std::string(1, static_cast<char>('a' + random() % 3)));
      fact.set_standing(static_cast<v1::Standing::Value>(1 + random() % 4));
      static const std::vector<std::string> dates{"2021", "2021-06", "2022-03-05", "[..2022-02-01]", "FY2022-23", "", "[2021-02-01..]"};
      fact.set_from(pick(random, dates));
      if (random() % 4 == 0) fact.set_until(random() % 2 == 0 ? "2022-12" : "2024-01-01");
      fact.set_known("202" + std::to_string(random() % 4) + "-0" + std::to_string(1 + random() % 9) + "-11");
      fact.set_in_force(random() % 4 == 0);
      fact.mutable_source()->set_document("charter");
      break;
    }
    default: {
      command.mutable_actor()->set_capacity(v1::Capacity::owm_officer);
      command.mutable_actor()->set_mandate("test");
      command.mutable_retract_fact()->set_fact("f" + std::to_string(random() % static_cast<unsigned>(n + 1)));
      command.mutable_retract_fact()->set_reason("wrong");
      command.mutable_retract_fact()->set_known("2023-0" + std::to_string(1 + random() % 9) + "-20");
    }
  }
  return command;
}

v1::Commit commit(State& state, const v1::Command& command, std::int64_t now_ms) {
  EXPECT_TRUE(check(command).ok()) << check(command).why();
  v1::Commit out;
  out.set_format(1);
  out.set_ledger(command.ledger());
  out.set_first_sequence(state.last_sequence + 1);
  out.set_command_id(command.command_id());
  out.mutable_stamp()->set_time_ms(std::max(now_ms, state.last_stamp_ms));
  *out.mutable_actor() = command.actor();
  out.set_acted_on(command.acted_on());
  out.set_backfill(command.backfill());
  for (const v1::Event& event : decide(state, command, out.stamp())) event.SerializeToString(out.add_events());
  return out;
}

}  // namespace concordat::tests
