// concordat ask, who, host, commissioner, status, model, vocabulary
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <set>

#include "app/ask.h"
#include "app/ask_period.h"
#include "app/common.h"
#include "app/date_words.h"
#include "app/lines.h"
#include "app/table.h"
#include "engine/record/record.h"

namespace concordat::app {
namespace {

std::string today() { return day_of(static_cast<std::int64_t>(time(nullptr)) * 1000); }

}  // namespace

Status check_known(const std::string& flag, const std::string& day) {
  if (day <= today()) return {};
  return Status::invalid(flag + ": expected a day up to today, " + today() + ", but " + day + " is in the future: nobody knows yet what will be known then");
}

Result<v1::Question> question_of(const Reading& reading, const Asked& flags) {
  v1::Question question;
  auto subject = subject_of(reading, flags.subject);
  if (!subject.ok()) return subject.status();
  question.set_subject(*subject);
  const v1::Predicate* word = reading.record->predicate(flags.predicate);
  if (word == nullptr) {
    std::string can;
    for (const std::string& one : reading.record->predicates_of(*subject)) can += (can.empty() ? "" : ", ") + one;
    return Status::invalid("expected a word of the vocabulary, but \"" + flags.predicate + "\" is none; of " + *subject + " the record says " + (can.empty() ? "nothing" : can));
  }
  question.set_predicate(flags.predicate);
  question.set_scope(flags.scope);
  question.set_valid_at(flags.at.empty() ? today() : flags.at);
  question.set_known_at(flags.known);
  for (const std::string* day : {&flags.at, &flags.known}) {
    if (day->empty()) continue;
    const auto parsed = record::parse_day(*day);
    if (!parsed.ok()) return Status::invalid((day == &flags.at ? "--at: " : "--known: ") + parsed.status().why());
  }
  if (Status status = check_known("--known", flags.known); !status.ok()) return status;
  for (const std::string& set : flags.sets) question.add_record_sets(set == "matters" ? "" : set);
  v1::Mode::Value mode = v1::Mode::arrangement;
  if (!v1::Mode::Value_Parse(flags.mode, &mode)) return Status::invalid("--mode: expected arrangement, happened or expected, but it is \"" + flags.mode + "\"");
  question.set_mode(mode);
  return question;
}

namespace {

std::string source_of(const v1::Fact& fact) {
  const v1::Source& source = fact.source();
  std::string out = fact.id() + ": ";
  if (!source.matter().empty()) out += "decided or recorded in matter " + source.matter();
  if (!source.document().empty()) out += (source.matter().empty() ? "" : ", evidence ") + source.document() + (source.place().empty() ? "" : ":" + source.place());
  if (!source.quote().empty()) out += " “" + source.quote() + "”";
  return out + " (" + v1::Standing::Value_Name(fact.standing()) + ", known " + fact.known() + (fact.record_set().empty() ? "" : ", " + fact.record_set()) + ")";
}

std::string join(const google::protobuf::RepeatedPtrField<std::string>& all) {
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : ", ") + one;
  return out;
}

void print(const Reading& reading, const v1::Answer& answer, const std::string& when) {
  const v1::Question& q = answer.question();
  std::printf("%s, %s%s%s %s%s%s\n", reading.record->name(q.subject()).c_str(), q.predicate().c_str(), q.scope().empty() ? "" : " ", q.scope().c_str(), when.c_str(),
              q.known_at().empty() ? "" : ", as known on ", q.known_at().c_str());
  std::printf("  %s\n", wrap(answer.sentence(), 2).c_str());
  std::string reasons;
  for (const int reason : answer.reasons()) reasons += (reasons.empty() ? "" : ", ") + v1::Reason::Value_Name(static_cast<v1::Reason::Value>(reason));
  if (!reasons.empty()) std::printf("  reason:    %s\n", reasons.c_str());
  if (answer.basis_size() > 0) std::printf("  basis:     %s\n", join(answer.basis()).c_str());
  if (!answer.earliest().empty() || !answer.latest().empty()) std::printf("  date:      %s..%s\n", answer.earliest().c_str(), answer.latest().c_str());
  for (const auto& used : answer.used()) std::printf("  rests on   %s\n", wrap(source_of(used.fact()), 13).c_str());
  for (const auto& side : answer.conflicting()) std::printf("  one side   %s\n", wrap(source_of(side.fact()), 13).c_str());
  for (const auto& aside : answer.set_aside()) std::printf("  set aside  %s\n", wrap(aside.why() + ": " + source_of(aside.fact()), 13).c_str());
}

// One question, about a day or a period. A period is answered as one if every day of it has the same answer.
Status answer_one(const Common& common, const Reading& reading, Asked flags) {
  const auto when = flags.at.empty() ? record::parse_when(today()) : read_date(flags.at);
  if (!when.ok()) return Status::invalid("--at: " + when.status().why());
  // "By a day" and "from a day on" are asked of that day.
  const record::Day first = when->earliest == record::kAlways ? when->latest : when->earliest, last = when->latest == record::kNever ? when->earliest : when->latest;
  flags.at = record::format(first);
  auto question = question_of(reading, flags);
  if (!question.ok()) return question.status();
  const std::vector<Stretch> all = ask_period(*reading.record, *std::move(question), first, last);
  if (!common.json() && all.size() > 1)
    std::printf("NOT DETERMINED for %s as a whole: the answer changes within it.\n", record::in_words(*when).c_str());
  for (const Stretch& one : all) {
    if (common.json()) { std::printf("%s\n", json_of(one.answer).c_str()); continue; }
    const std::string day = record::format(one.first);
    print(reading, one.answer, all.size() > 1 && one.first != one.last ? "from " + day + " to " + record::format(one.last) : first == last || all.size() > 1 ? "on " + day : "on any day of " + record::in_words(*when));
  }
  return {};
}

Status ask_one(Common& common, const Asked& flags, const std::string& file) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  if (!file.empty()) return ask_file(common, *reading, file, flags);
  if (flags.predicate.empty()) return Status::invalid("expected SUBJECT and PREDICATE, or --file FILE; `concordat vocabulary` lists what can be asked of whom");
  return answer_one(common, *reading, flags);
}

// "who leads X": every word of those that the record uses of it is asked; the first where it uses none.
Status ask_short(Common& common, Asked asked, const std::vector<std::string>& words) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  auto subject = subject_of(*reading, asked.subject);
  if (!subject.ok()) return subject.status();
  const std::vector<std::string> said = reading->record->predicates_of(*subject);
  std::vector<std::string> asks;
  for (const std::string& word : words)
    if (std::find(said.begin(), said.end(), word) != said.end()) asks.push_back(word);
  if (asks.empty()) asks.push_back(words.front());
  for (const std::string& word : asks) {
    asked.predicate = word;
    if (Status status = answer_one(common, *reading, asked); !status.ok()) return status;
  }
  return {};
}

Status model(Common& common, const Asked& flags) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  std::vector<std::string> subjects;
  if (flags.subject.empty()) {
    subjects = reading->record->subjects("");
  } else if (flags.subject.ends_with(':')) {
    subjects = reading->record->subjects(flags.subject);
  } else {
    auto subject = subject_of(*reading, flags.subject);
    if (!subject.ok()) return subject.status();
    subjects = {*subject};
  }
  Table table({"subject", "what", "answer"});
  for (const std::string& subject : subjects) {
    for (const std::string& predicate : reading->record->predicates_of(subject)) {
      if (flags.subject.empty() && (predicate == "alias" || predicate == "name")) continue;
      std::set<std::string> scopes;
      for (const record::Fact* fact : reading->record->of(subject, predicate)) scopes.insert(fact->scope);
      for (const std::string& scope : scopes) {
        Asked one = flags;
        one.subject = subject;
        one.predicate = predicate;
        one.scope = scope;
        auto question = question_of(*reading, one);
        if (!question.ok()) return question.status();
        const v1::Answer answer = record::ask(*reading->record, *question);
        if (common.json()) std::printf("%s\n", json_of(answer).c_str());
        else table.row({subject, predicate + (scope.empty() ? "" : " (" + scope + ")"), answer.sentence()});
      }
    }
  }
  if (!common.json()) table.print();
  return {};
}

std::string type_of(const v1::Predicate& word) { return v1::Predicate::Type_Name(word.type()) + (word.many() ? ", many" : "") + (word.scoped() ? ", scoped" : ""); }

bool sayable(const v1::Predicate& word, const std::string& subject) {
  return word.subjects().empty() || std::find(word.subjects().begin(), word.subjects().end(), subject.substr(0, subject.find(':'))) != word.subjects().end();
}

// What can be asked of one subject: first what somebody said of it, then what the vocabulary could say of its kind.
Status vocabulary_of(const Common& common, const Reading& reading, const std::string& subject) {
  Table table({"word", "value", "stated", "meaning"});
  const std::vector<std::string> said = reading.record->predicates_of(subject);
  const auto is_said = [&](const v1::Predicate& word) { return std::find(said.begin(), said.end(), word.name()) != said.end(); };
  for (const bool stated : {true, false})
    for (const v1::Predicate& word : reading.record->vocabulary()) {
      if (is_said(word) != stated || (!stated && (!sayable(word, subject) || word.subjects().empty()))) continue;
      std::set<std::string> scopes;
      for (const record::Fact* fact : reading.record->of(subject, word.name()))
        if (!fact->scope.empty()) scopes.insert(fact->scope);
      std::string how = stated ? std::to_string(reading.record->of(subject, word.name()).size()) : "nothing yet";
      for (const std::string& scope : scopes) how += (scope == *scopes.begin() ? ", --scope " : ", ") + scope;
      if (common.json()) std::printf("{\"subject\":\"%s\",\"statements\":%zu,\"word\":%s}\n", subject.c_str(), stated ? reading.record->of(subject, word.name()).size() : 0, json_of(word).c_str());
      table.row({word.name(), type_of(word), how, word.meaning()});
    }
  if (common.json()) return {};
  std::printf("%s (%s)\n\n", reading.record->name(subject).c_str(), subject.c_str());
  table.print();
  if (!said.empty())
    std::printf("\nAsk so:  concordat ask %s %s --at 2024-09-24\nWhat was expected:  --mode expected    Did it happen:  --mode happened    As known then:  --known 2023-03-31\n", subject.c_str(), said.back().c_str());
  return {};
}

Status vocabulary(Common& common, const std::string& asked) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  if (!asked.empty() && reading->record->predicate(asked) == nullptr) {
    const auto subject = subject_of(*reading, asked);
    if (subject.ok()) return vocabulary_of(common, *reading, *subject);
    return Status(subject.status().kind() == Status::Kind::kInvalid ? Status::invalid("expected a word of the vocabulary or a subject: " + subject.status().why()) : subject.status());
  }
  Table table({"word", "value", "said of", "meaning"});
  for (const v1::Predicate& one : reading->record->vocabulary()) {
    if (!asked.empty() && one.name() != asked) continue;
    if (common.json()) std::printf("%s\n", json_of(one).c_str());
    table.row({one.name(), type_of(one), one.subjects().empty() ? "anything" : join(one.subjects()), one.meaning()});
  }
  if (!common.json()) table.print();
  return {};
}

void add_times(CLI::App* command, Asked& flags) {
  command->add_option("--at", flags.at, "True on that day (default today), or in that time: 2023-04-30, \"April 23\", 24/25, \"by 24 September 2024\"");
  command->add_option("--known", flags.known, "As known on that day, YYYY-MM-DD (default: everything recorded)");
  command->add_option("--set", flags.sets, "Record sets to use: seeds, public, assumed, matters (default all)");
  command->add_option("--mode", flags.mode, "arrangement (what is so), happened (did it), expected (what was planned)");
}

// `concordat host of POD`: verb and preposition are subcommands, so that --help lists what there is.
void add_short(CLI::App& app, Common& common, const char* verb, const char* meaning, const std::vector<std::pair<std::string, std::vector<std::string>>>& forms) {
  CLI::App* command = app.add_subcommand(verb, meaning);
  command->require_subcommand(1);
  command->footer("Example:\n  concordat " + std::string(verb) + " " + forms.front().first + " \"CSU review\" --at 2024-09-24");
  for (const auto& [form, words] : forms) {
    auto asked = std::make_shared<Asked>();
    CLI::App* one = command->add_subcommand(form, "Asks " + words.front());
    one->add_option("SUBJECT", asked->subject, "Id or recorded name")->required();
    add_times(one, *asked);
    one->callback([&common, asked, words = words] { run(common, [&] { return ask_short(common, *asked, words); }); });
  }
}

}  // namespace

void add_ask(CLI::App& app, Common& common) {
  auto flags = std::make_shared<Asked>();
  CLI::App* ask = app.add_subcommand("ask", "What was so on a day, as known on a day, and why");
  ask->add_option("SUBJECT", flags->subject, "Id or recorded name");
  ask->add_option("PREDICATE", flags->predicate, "A word of the vocabulary");
  auto file = std::make_shared<std::string>();
  ask->add_option("--file", *file, "Many questions: CSV with subject, predicate, as_of_date and, if wanted, id, question, scope, mode, known_as_of, record_set (seeds, seeds+public)");
  ask->add_option("--scope", flags->scope, "For scoped words: a party, a scheme, …");
  add_times(ask, *flags);
  ask->footer("Examples:\n  concordat ask team:integrated-staff-hub host --at 2023-03-15\n  concordat ask POD commissioner --at \"April 23\"\n  concordat ask POD commissioner --at 23/24 --mode expected --known 2023-03-31\n  concordat ask function:pod commissioner --at 2023-04-15 --set seeds\n"
              "  concordat ask \"Birmingham and Solihull ICB\" legal_status --at 2022-04-15 --known 2022-03-31\n"
              "  concordat ask --file questions.csv --format csv");
  ask->callback([&common, flags, file] { run(common, [&] { return ask_one(common, *flags, *file); }, !file->empty()); });

  add_short(app, common, "who", "Who leads, hosts, commissions, employs or holds it", {{"leads", {"strategic_lead", "led_by", "lead_listed"}}, {"hosts", {"host"}}, {"commissions", {"commissioner"}}, {"employs", {"employer"}}, {"holds", {"holder"}}});
  add_short(app, common, "host", "Who hosts a team", {{"of", {"host"}}});
  add_short(app, common, "commissioner", "Who commissions a function", {{"of", {"commissioner"}}});
  add_short(app, common, "status", "The legal status of a body, or how a function stands", {{"of", {"legal_status", "delegated", "candidate", "established", "vacant"}}});

  auto model_flags = std::make_shared<Asked>();
  CLI::App* show = app.add_subcommand("model", "What the record says, of one subject, one kind, or all");
  show->add_option("SUBJECT", model_flags->subject, "Id, name, or a kind with a colon (body:)");
  add_times(show, *model_flags);
  show->footer("Examples:\n  concordat model team:pod\n  concordat model function: --at 2023-05-15\n  concordat model \"H&W ICB\"");
  show->callback([&common, model_flags] { run(common, [&] { return model(common, *model_flags); }); });

  auto word = std::make_shared<std::string>();
  CLI::App* words = app.add_subcommand("vocabulary", "The words that can be asked, or what can be asked of one subject");
  words->add_option("WORD", *word, "Only this word; or a subject, by id or recorded name");
  words->footer("Examples:\n  concordat vocabulary\n  concordat vocabulary host\n  concordat vocabulary POD");
  words->callback([&common, word] { run(common, [&] { return vocabulary(common, *word); }); });
}

}  // namespace concordat::app
