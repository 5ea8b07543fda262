// The library of published rules, the six-party fixtures, and general.yaml, invented ones that ask more: each is accepted as it stands, with all its vectors; and each vector bites: turned round,
// the rule is refused. Then rules that must be refused, each with the clause that says so.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "app/yaml_commands.h"
#include "tests/support/world.h"

namespace concordat::tests {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

v1::Command by_clerk(v1::Command command) {
  static int count = 0;
  command.set_command_id("rule/" + std::to_string(++count));
  command.set_ledger("rules");
  command.mutable_actor()->set_who("office:clerk");
  command.mutable_actor()->set_capacity(v1::Capacity::owm_officer);
  command.mutable_actor()->set_mandate("test");
  return command;
}

std::vector<v1::Command> read(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  auto parsed = app::parse_commands(text.str(), file.filename().string());
  EXPECT_TRUE(parsed.ok()) << parsed.status().why();
  return parsed.ok() ? *parsed : std::vector<v1::Command>{};
}

// The small world, in which every body that a rule names is known.
class Published : public testing::Test {
 protected:
  void SetUp() override {
    for (const v1::Command& command : small_world("rules")) commit(state, command, kNow);
  }

  v1::Event publish(v1::Command command) {
    const std::string body = command.publish_rule().rule().body();
    if (!state.record.has_subject(body)) {
      v1::Command name;
      v1::Fact& fact = *name.mutable_assert_facts()->add_facts();
      fact.set_id("name/" + body);
      fact.set_subject(body);
      fact.set_predicate("name");
      fact.mutable_value()->set_text(body);
      fact.set_standing(v1::Standing::effective);
      fact.mutable_source()->set_document("charter");
      say(by_clerk(name));
    }
    return say(by_clerk(std::move(command)));
  }

  v1::Event say(const v1::Command& command) {
    v1::Event event;
    event.ParseFromString(commit(state, command, kNow).events(0));
    return event;
  }

  State state;
};

v1::Outcome::Value other_than(v1::Outcome::Value outcome) { return outcome == v1::Outcome::yes ? v1::Outcome::no : v1::Outcome::yes; }

TEST_F(Published, EachIsAcceptedAndEachVectorBites) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("deploy/published-rules")))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  for (const char* ours : {"tests/rules/general.yaml", "tests/rules/six-parties.yaml"}) files.emplace_back(source_path(ours));
  std::sort(files.begin(), files.end());
  ASSERT_GE(files.size(), 28U);
  int vectors = 0;
  for (const auto& file : files) {
    for (v1::Command& command : read(file)) {
      v1::Rule& rule = *command.mutable_publish_rule()->mutable_rule();
      EXPECT_FALSE(rule.source().empty()) << file;
      for (int i = 0; i < rule.cases_size(); ++i) {
        v1::Command turned = command;
        v1::RuleCase& one = *turned.mutable_publish_rule()->mutable_rule()->mutable_cases(i);
        if (one.quorate() != v1::Outcome::unset) one.set_quorate(other_than(one.quorate()));
        else if (one.carried() != v1::Outcome::unset) one.set_carried(other_than(one.carried()));
        else if (one.notice() != v1::Outcome::unset) one.set_notice(other_than(one.notice()));
        else if (one.urgent() != v1::Outcome::unset) one.set_urgent(other_than(one.urgent()));
        else if (one.composed() != v1::Outcome::unset) one.set_composed(other_than(one.composed()));
        else if (one.entitled() != v1::Outcome::unset) one.set_entitled(other_than(one.entitled()));
        else if (one.on_time() != v1::Outcome::unset) one.set_on_time(other_than(one.on_time()));
        else if (one.logged() != v1::Outcome::unset) one.set_logged(other_than(one.logged()));
        else if (!one.reference().empty()) one.set_reference(one.reference() + "0");
        else one.set_requisition(other_than(one.requisition()));
        const v1::Event event = publish(turned);
        EXPECT_EQ(event.refused().code(), v1::RefusalCode::rule_case_fails) << rule.id() << ": " << one.given() << ": " << event.refused().sentence();
        EXPECT_NE(event.refused().sentence().find(one.given()), std::string::npos) << event.refused().sentence();
        ++vectors;
      }
      const v1::Event event = publish(command);
      EXPECT_TRUE(event.has_rule_published()) << rule.id() << ": " << event.refused().sentence();
    }
  }
  EXPECT_GE(vectors, 230);
}

// The nine headings of a complete rule: what a published text does not give is said to be not stated, and is asked of nobody
// else. Rules of notice, minutes, clocks and logs have no such headings; P01 to P05 are one text, P01's readings are of its own.
bool states(const v1::Rule& rule, const std::string& heading) {
  if (heading == "eligible") return !rule.eligible().empty() || !rule.composition().empty();
  if (heading == "quorum") return rule.has_quorum();
  if (heading == "decision") return rule.has_decision();
  if (heading == "deputies") return rule.has_deputies();
  if (heading == "conflicts") return rule.has_conflicts() || rule.quorum().recusal_effect() != v1::QuorumRule::recusal_unset;
  if (heading == "urgent") return rule.has_urgent();
  if (heading == "capacity") return !rule.capacities().empty();
  const auto& cases = rule.decision().cases();
  if (heading == "reserved") return !rule.reserved().empty() || std::any_of(cases.begin(), cases.end(), [](const auto& one) { return !one.matter_types().empty(); });
  return rule.quorum().on_failure() != v1::QuorumRule::failure_unset || !rule.urgent().resolutions().empty();      // on_failure
}

TEST(Library, EachHeadingIsStatedOrSaidNotToBe) {
  const std::vector<std::string> headings{"eligible", "quorum", "decision", "deputies", "conflicts", "urgent", "capacity", "reserved", "on_failure"};
  std::set<std::string> of_one_text;                    // P01 to P05 together.
  int asked = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("deploy/published-rules"))) {
    if (entry.path().extension() != ".yaml") continue;
    for (const v1::Command& command : read(entry.path())) {
      const v1::Rule& rule = command.publish_rule().rule();
      EXPECT_FALSE(rule.source().empty()) << rule.id();
      if (rule.id().starts_with("p01-")) continue;
      EXPECT_FALSE(rule.evidence().empty()) << rule.id() << ": how its source was read";
      const bool whole = rule.id() >= "p06" && !rule.id().starts_with("p15") && rule.id() < "p24";
      for (const std::string& heading : headings) {
        const bool silent = std::find(rule.not_stated().begin(), rule.not_stated().end(), heading) != rule.not_stated().end();
        if (rule.id() < "p06" && (silent || states(rule, heading))) of_one_text.insert(heading);
        if (!whole) continue;
        EXPECT_TRUE(silent || states(rule, heading)) << rule.id() << " neither states " << heading << " nor says that it does not";
        ++asked;
      }
    }
  }
  for (const std::string& heading : headings) EXPECT_TRUE(of_one_text.contains(heading)) << "P01 to P05: " << heading;
  EXPECT_GE(asked, 9 * 17);
}

struct Bad { const char* what; const char* rule; v1::RefusalCode::Value code; const char* says; };

// Body a, b, c have a seat each on body:joint.
TEST_F(Published, BadRulesAreRefusedWithTheClause) {
  const std::string start = "publish_rule: {rule: {id: bad, version: 1, body: \"body:joint\", layer: standing_orders, source: test, ";
  for (const Bad& one : {
           Bad{"more parties than there are", "quorum: {min_parties: 4}}}", v1::RefusalCode::rule_unsatisfiable, "quorum: at least 4 parties: with all 3 seats filled, present it is 3 < 4"},
           {"more people than there are seats", "quorum: {min_people: 4, multi_seat: per_seat}}}", v1::RefusalCode::rule_unsatisfiable, "at least 4 people"},
           {"nobody counts", "quorum: {min_people: 1, counts: [observer]}}}", v1::RefusalCode::rule_unsatisfiable, "0 < 1"},
           {"a class that nobody has", "quorum: {by_class: [{seat_class: clinician, at_least: 1}]}}}", v1::RefusalCode::rule_unsatisfiable, "of class clinician"},
           {"an office without a seat", "decision: {method: vote, limbs: [{test: simple_present_voting}, {test: includes, office: \"office:mayor\"}]}}}", v1::RefusalCode::rule_unsatisfiable, "decision: includes office:mayor"},
           {"more votes than there are", "decision: {method: vote, limbs: [{test: at_least_count, count: 4}]}}}", v1::RefusalCode::rule_unsatisfiable, "at least 4 in favour"},
           {"only for one kind of matter", "quorum: {min_people: 2, cases: [{matter_types: [\"matter_type:m\"], rule: {min_people: 9}}]}}}", v1::RefusalCode::rule_unsatisfiable, "9 people of matter_type:m"},
           {"carried by anybody", "decision: {method: vote, limbs: [{test: not_blocked, count: 9}]}}}", v1::RefusalCode::rule_contradictory, "even with everybody against"},
           {"more than all", "quorum: {min_fraction: {n: 4, d: 3}}}}", v1::RefusalCode::rule_contradictory, "quorum.min_fraction: expected a fraction above 0 and up to 1, but it is 4/3"},
           {"a fraction of nothing", "decision: {method: vote, limbs: [{test: at_least_of_all}]}}}", v1::RefusalCode::rule_contradictory, "decision.limbs[0].fraction"},
           {"a condition that is none", "decision: {method: vote, limbs: [{test: simple_present_voting, when: full_moon}]}}}", v1::RefusalCode::rule_contradictory, "full_moon"},
           {"decided two ways", "decision: {method: vote, limbs: [{test: simple_present_voting}], cases: [{matter_types: [x], rule: {method: consensus}}, {matter_types: [x], rule: {method: consensus}}]}}}", v1::RefusalCode::rule_contradictory, "x is decided in two ways"},
           {"a vote without a test", "decision: {method: vote}}}", v1::RefusalCode::rule_contradictory, "decision.limbs"},
           {"deputies that are not allowed count", "deputies: {kind: none}, quorum: {min_people: 2, counts: [member, deputy]}}}", v1::RefusalCode::rule_contradictory, "quorum.counts"},
           {"the barred keep a quorum of the entitled", "quorum: {min_people: 2, entitled_only: true, recusal_effect: preserve}}}", v1::RefusalCode::rule_contradictory, "quorum.recusal_effect"},
           {"stated and not stated", "not_stated: [quorum], quorum: {min_people: 2}}}", v1::RefusalCode::rule_contradictory, "not_stated: quorum is stated"},
           {"an effect that a joint body cannot have", "effect: decides_for_own_body}}", v1::RefusalCode::rule_contradictory, "the mode of body:joint is joint"},
           {"nobody to consult", "urgent: {consulted_at_least: 2}}}", v1::RefusalCode::rule_contradictory, "urgent.consulted"},
           {"over before it begins", "in_force_from: 2024-01-01, in_force_until: 2023-01-01}}", v1::RefusalCode::rule_contradictory, "in_force_until"},
           {"reserved to another", "matter_types: [\"matter_type:m\"], reserved: [{matter_types: [\"matter_type:m\"], to: \"body:a\"}]}}", v1::RefusalCode::rule_contradictory, "reserved to body:a"},
           {"a word nobody knows", "conditions: [{name: x, subject: \"body:a\", predicate: moonlit, value: {flag: true}}]}}", v1::RefusalCode::unknown_predicate, "moonlit"},
           {"two quorums for one matter", "quorum: {min_people: 2, cases: [{matter_types: [x], rule: {min_people: 1}}, {matter_types: [x], rule: {min_people: 3}}]}}}", v1::RefusalCode::rule_contradictory, "x has two quorums"},
           {"more of a class than there may be", "composition: [{electorate: officer, at_most: 2}], quorum: {by_class: [{seat_class: officer, at_least: 3}]}}}", v1::RefusalCode::rule_contradictory, "3 of officer make a quorum, of whom there are at most 2"},
           {"a floor above the ceiling", "composition: [{electorate: all, at_least: 5, at_most: 3}]}}", v1::RefusalCode::rule_contradictory, "at least 5 and at most 3"},
           {"fewer seats than there must be", "composition: [{electorate: all, at_least: 4}]}}", v1::RefusalCode::rule_unsatisfiable, "at least 4 members"},
           {"a warning without a cause", "warnings: [{code: x}]}}", v1::RefusalCode::rule_contradictory, "warnings.x"},
           {"a comparison with a word", "conditions: [{name: above, subject: \"body:a\", predicate: agreed, compare: more_than, value: {text: \"$cost\"}}]}}", v1::RefusalCode::rule_contradictory, "conditions.above: agreed is none"},
           {"a comparison with any of them", "conditions: [{name: above, subject: \"body:*\", predicate: votes, scope: x, compare: more_than, value: {text: \"$cost\"}}]}}", v1::RefusalCode::rule_contradictory, "numbers are compared of one subject"},
           {"a warning of a condition that is none", "warnings: [{code: x, when: full_moon}]}}", v1::RefusalCode::rule_contradictory, "full_moon"},
           {"a capacity in a vector that may not speak", "capacities: [member], cases: [{given: the host, capacity: host, seats: [{}], entitled: \"yes\"}]}}", v1::RefusalCode::rule_case_fails, "the host"},
           {"a vector that expects nothing", "cases: [{given: silence}]}}", v1::RefusalCode::rule_case_fails, "expects nothing"}}) {
    const v1::Event event = publish(commands(start + one.rule, "rules").front());
    EXPECT_EQ(event.refused().code(), one.code) << one.what << ": " << event.refused().sentence();
    EXPECT_NE(event.refused().sentence().find(one.says), std::string::npos) << one.what << ": " << event.refused().sentence();
  }
}

TEST_F(Published, TwoRulesOfOneLayerMayNotStateTheSame) {
  const auto rule = [](const std::string& id, const std::string& rest) {
    return commands("publish_rule: {rule: {id: " + id + ", version: 1, body: \"body:joint\", source: test, " + rest + "}}", "rules").front();
  };
  const std::string quorum = "quorum: {min_people: 2}", decision = "decision: {method: consensus}";
  EXPECT_NE(publish(rule("second", "layer: terms_of_reference, " + quorum)).refused().sentence().find("second.quorum and joint.quorum both stand"), std::string::npos);
  EXPECT_TRUE(publish(rule("orders", "layer: standing_orders, " + quorum)).has_rule_published()) << "another layer answers only where the first is silent";
  EXPECT_TRUE(publish(rule("beside", "layer: standing_orders, " + decision)).has_rule_published()) << "another heading";
  EXPECT_TRUE(publish(rule("special", "layer: standing_orders, matter_types: [\"matter_type:m\"], " + quorum)).has_rule_published()) << "the special goes before the general";
  EXPECT_EQ(publish(rule("special-2", "layer: standing_orders, matter_types: [\"matter_type:m\"], " + quorum)).refused().code(), v1::RefusalCode::rule_contradictory);
  EXPECT_TRUE(publish(rule("later", "layer: assumption, adopted_by: us, in_force_from: 2030-01-01, " + quorum)).has_rule_published());
  EXPECT_TRUE(publish(rule("until", "layer: assumption, adopted_by: us, in_force_until: 2030-01-01, " + quorum)).has_rule_published()) << "other days";
}

// What the handbook lists must be findable here: a rule file for each published rule, a story for each guard and fixture.
TEST(Library, EveryPublishedRuleGuardAndFixtureIsThere) {
  std::string files, stories;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("deploy/published-rules"))) files += entry.path().filename().string() + "\n";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_path("tests/stories"))) {
    if (entry.path().extension() != ".txt") continue;
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    stories += text.str();
  }
  const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  for (int n = 1; n <= 26; ++n) EXPECT_NE(files.find("P" + two(n) + "-"), std::string::npos) << "P" << two(n);
  for (int n = 1; n <= 21; ++n) EXPECT_NE(stories.find("GR-" + two(n)), std::string::npos) << "GR-" << two(n);
  for (const char* fixture : {"A", "B", "C", "D", "E", "F", "G", "H"}) EXPECT_NE(stories.find(std::string("SP-") + fixture), std::string::npos) << fixture;
}

}  // namespace
}  // namespace concordat::tests
