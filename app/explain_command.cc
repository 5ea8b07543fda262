// concordat explain, why-not
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "app/common.h"
#include "app/explain.h"
#include "app/table.h"
#include "concordat/v1/views.pb.h"
#include "projections/views/matters.h"

namespace concordat::app {
namespace {

void print_fact(const v1::FactRead& fact, std::size_t indent) {
  const std::string gap(indent, ' ');
  std::printf("%s%s\n", gap.c_str(), wrap((fact.sentence().empty() ? "a fact of another ledger" : fact.sentence()) + " [" + fact.fact() + "; " + source_of(fact) + "]", indent + 2).c_str());
}

const char* word(v1::Outcome::Value outcome) {
  if (outcome == v1::Outcome::yes) return "Yes";
  if (outcome == v1::Outcome::no) return "No";
  return outcome == v1::Outcome::not_open ? "Not open" : "Not determined";
}

void print_again(const v1::RulingExplained& one) {
  if (one.given_again() == v1::GivenAgain::same) std::printf("  Given again from the ledger as it was: the same.\n");
  if (one.given_again() == v1::GivenAgain::not_known) std::printf("  Given again: not possible; it rests on words of the refused act, and the ledger keeps its name only.\n");
  if (one.given_again() == v1::GivenAgain::differs) {
    const std::string now = one.again().question().empty() ? (one.ruling().question().empty() ? "not that refusal" : "no such ruling") : std::string(word(one.again().outcome())) + ". " + one.again().sentence();
    std::printf("  !!! GIVEN AGAIN FROM THE LEDGER IT COMES OUT DIFFERENTLY: %s\n", wrap(now, 6).c_str());
  }
}

// "sp-g/2"; empty: as it was.
Result<RuleKey> rule_named(const std::string& text) {
  if (text.empty()) return RuleKey{};
  const std::size_t slash = text.rfind('/');
  const std::string digits = slash == std::string::npos ? "" : text.substr(slash + 1);
  if (slash == 0 || digits.empty() || digits.size() > 6 || digits.find_first_not_of("0123456789") != std::string::npos || digits == "0")
    return Status::invalid("--by: expected a rule and its version, as ID/VERSION, but it is \"" + text + "\"");
  return RuleKey{text.substr(0, slash), static_cast<std::uint32_t>(std::stoul(digits))};
}

void print_under(const v1::RulingExplained& one, const RuleKey& under) {
  const std::string at = one.again().sentence().empty() ? "no such ruling" : std::string(word(one.again().outcome())) + ". " + one.again().sentence();
  const bool same = one.again().outcome() == one.ruling().outcome();
  std::printf("  Under version %u: %s %s\n", under.version, same ? "the same." : "OTHERWISE.", wrap(at, 4).c_str());
  if (same) return;
  for (const v1::Finding& finding : one.again().findings())
    std::printf("  - %s\n", wrap(finding.clause() + (finding.arithmetic().empty() ? "" : ": " + finding.arithmetic()) + ": " + v1::Outcome::Value_Name(finding.outcome()), 4).c_str());
}

void print(const record::Facts& names, const v1::RulingExplained& one, bool facts) {
  std::printf("\n%s %s, %s: %s, by %s\n", one.ruling().question().empty() ? "Event" : "Ruling", one.id().c_str(), one.day().c_str(), with_names(names, one.about()).c_str(), with_names(names, one.by()).c_str());
  if (!one.refusal().empty()) std::printf("  Refused: %s\n", wrap(one.refusal(), 4).c_str());
  const std::string outcome = word(one.ruling().outcome());
  const bool said = one.sentence().starts_with(outcome + ":");                             // "Not determined: …" says it by itself.
  if (!one.ruling().question().empty()) std::printf("  %s\n", wrap((said ? "" : outcome + ". ") + one.sentence(), 4).c_str());
  if (!one.ruling().rule().id().empty()) std::printf("  By rule %s, version %u (%s).\n", one.ruling().rule().id().c_str(), one.ruling().rule().version(), v1::Layer::Value_Name(one.ruling().layer()).c_str());
  for (const std::string& warning : one.ruling().warnings()) std::printf("  Warning: %s\n", warning.c_str());
  for (const v1::ClauseRead& clause : one.clauses()) {
    std::printf("  - %s\n", wrap(clause.sentence(), 4).c_str());
    for (const v1::FactRead& fact : clause.facts()) print_fact(fact, 6);
  }
  if (!one.read().empty() && facts) {
    std::printf("  It also rests on these facts of the record:\n");
    for (const v1::FactRead& fact : one.read()) print_fact(fact, 6);
  } else if (!one.read().empty()) {
    std::printf("  It also rests on %d fact%s of the record, on seats, parties and authority; --facts names %s.\n", one.read_size(), one.read_size() == 1 ? "" : "s", one.read_size() == 1 ? "it" : "them");
  }
  print_again(one);
}

Status explain_it(Common& common, const std::string& what, bool facts, const std::string& by) {
  auto under = rule_named(by);
  if (!under.ok()) return under.status();
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  v1::ExplainResponse all;
  if (Status status = explain(*reading->store, reading->ledger, what, &all, *under); !status.ok()) return status;
  v1::MatterRow row;
  if (!common.json() && projections::find_matter(*reading->store, reading->ledger, all.rulings().empty() ? what : all.rulings(0).matter(), &row))
    std::printf("%s  %s\n  under procedure %s, version %u\n", row.id().c_str(), row.title().c_str(), row.procedure().c_str(), row.version());
  std::string differing;
  for (const v1::RulingExplained& one : all.rulings()) {
    if (common.json()) std::printf("%s\n", json_of(one).c_str());
    else print(*reading->record, one, facts);
    if (!common.json() && !under->id.empty()) print_under(one, *under);
    if (one.given_again() == v1::GivenAgain::differs) differing += (differing.empty() ? "" : ", ") + one.id();
  }
  if (!common.json() && all.rulings().empty()) std::printf(under->id.empty() ? "\nNo ruling has been given in it.\n" : "\nNo ruling in it rests on that rule.\n");
  if (differing.empty()) return {};
  return Status::corrupt("expected every ruling to come out as it stands on the ledger, but given again these differ: " + differing);
}

std::string in_what_guise(const v1::Actor& actor) {
  std::string out = actor.who() + " as " + v1::Capacity::Value_Name(actor.capacity());
  if (!actor.on_behalf_of().empty()) out += " for " + actor.on_behalf_of();
  return out;
}

// A refusal for want of what a trial cannot know, such as the author's words, says nothing of who may act.
const char* verdict(const v1::ActTried& one) {
  if (one.can()) return "yes";
  const auto code = one.refused().code();
  const bool unsaid = code == v1::RefusalCode::field_missing || code == v1::RefusalCode::paper_missing || code == v1::RefusalCode::bad_date;
  return unsaid ? "not known until it is said" : "no";
}

Status why(Common& common, const v1::WhyNotRequest& asked) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  v1::WhyNotResponse all;
  if (Status status = why_not(*reading->store, reading->ledger, asked, static_cast<std::int64_t>(std::time(nullptr)) * 1000, &all); !status.ok()) return status;
  if (common.json()) { std::printf("%s\n", json_of(all).c_str()); return {}; }
  std::printf("%s\n", wrap(all.sentence(), 0).c_str());
  for (int i = 0; i < all.acts_size(); ++i) {
    const v1::ActTried& one = all.acts(i);
    const auto same = [&](const v1::ActTried& other) { return !one.can() && !other.can() && other.refused().sentence() == one.refused().sentence() && in_what_guise(other.actor()) == in_what_guise(one.actor()); };
    if (std::any_of(all.acts().begin(), all.acts().begin() + i, same)) continue;           // Told with the first that is refused for that reason.
    std::string words = one.words();
    for (int j = i + 1; j < all.acts_size(); ++j)
      if (same(all.acts(j))) words += ", " + all.acts(j).words();
    std::printf("\n  %s: %s (%s)\n", wrap(words, 2).c_str(), verdict(one), in_what_guise(one.actor()).c_str());
    if (one.can() && !one.leads_to().empty()) std::printf("    It would lead to %s.\n", one.leads_to().c_str());
    if (!one.can()) std::printf("    %s: %s\n", v1::RefusalCode::Value_Name(one.refused().code()).c_str(), wrap(with_names(*reading->record, one.refused().sentence()), 4).c_str());
  }
  return {};
}

}  // namespace

CLI::App* add_explain_to(CLI::App& under, Common& common, const char* name) {
  auto what = std::make_shared<std::string>();
  auto facts = std::make_shared<bool>(false);
  auto by = std::make_shared<std::string>();
  CLI::App* command = under.add_subcommand(name, "Why rulings came out as they did, clause by clause, each given again from the ledger");
  command->add_option("MATTER|RULING", *what, "A matter, or the id of one ruling")->required();
  command->add_flag("--facts", *facts, "Name every fact that was read, not only those of the clauses");
  command->add_option("--by", *by, "What would they be under this version of their rule (ID/VERSION)? Nothing is changed");
  command->footer("Examples:\n  concordat explain HOST-2023\n  concordat explain 57.2 --facts --format json\n  concordat explain HOST-2023 --by joint-committee-assumption/2\nExit 5: a ruling that is given again differs from what stands on the ledger.");
  command->callback([&common, what, facts, by] { run(common, [&] { return explain_it(common, *what, *facts, *by); }); });
  return command;
}

void add_explain(CLI::App& app, Common& common) {
  add_explain_to(app, common, "explain");
  struct Asked { std::string who, matter, capacity, body, mandate; };
  auto asked = std::make_shared<Asked>();
  CLI::App* command = app.add_subcommand("why-not", "What somebody may do in a matter now, and for everything else the reason why not");
  command->add_option("PERSON", asked->who, "A person, office or body, by id or recorded name")->required();
  command->add_option("MATTER", asked->matter)->required();
  command->add_option("--as", asked->capacity, "Capacity to act in; without it, as member for every seat the record gives them")->check(CLI::IsMember({"member", "host", "area_lead", "owm_officer", "nhse", "associate", "observer"}));
  command->add_option("--for", asked->body, "Body to act for");
  command->add_option("--under", asked->mandate, "Mandate of an officer");
  command->footer("Examples:\n  concordat why-not \"Phil Johns\" HOST-2023\n  concordat why-not office:director-owm HOST-2023 --as owm_officer --under \"minute 7\"\nNothing is submitted: each act is tried on a copy of the state.");
  command->callback([&common, asked] {
    run(common, [&] {
      v1::WhyNotRequest request;
      request.set_who(asked->who);
      request.set_matter(asked->matter);
      v1::Capacity::Value capacity = v1::Capacity::unset;
      v1::Capacity::Value_Parse(asked->capacity, &capacity);
      request.set_capacity(capacity);
      request.set_on_behalf_of(asked->body);
      request.set_mandate(asked->mandate);
      return why(common, request);
    });
  });
}

}  // namespace concordat::app
