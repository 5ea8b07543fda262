// concordat ask, who, host, commissioner, status, forecast, model, vocabulary
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <set>

#include "app/ask.h"
#include "app/ask_period.h"
#include "app/common.h"
#include "app/joined.h"
#include "app/lines.h"
#include "app/questions.h"
#include "app/table.h"
#include "engine/record/record.h"

namespace concordat::app {
namespace {

constexpr const char* kCode = "code";             // The word for the codes of bodies.

std::string today() { return day_of(static_cast<std::int64_t>(time(nullptr)) * 1000); }

}  // namespace

Status check_known(const std::string& flag, const std::string& day) { return check_known(flag, day, *record::parse_day(today())); }

namespace {

// Days, record sets and mode, checked.
Status times_of(const Reading& reading, const Asked& flags, v1::Question* question) {
  question->set_valid_at(flags.at.empty() ? today() : flags.at);
  question->set_known_at(flags.known);
  if (const auto at = record::parse_day(question->valid_at()); !at.ok()) return Status::invalid("--at: " + at.status().why());
  if (Status status = check_known("--known", flags.known); !status.ok()) return status;
  if (Status status = set_record_sets(*reading.record, "--set", flags.sets, question); !status.ok()) return status;
  v1::Mode::Value mode = v1::Mode::arrangement;
  if (!v1::Mode::Value_Parse(flags.mode, &mode)) return Status::invalid("--mode: expected arrangement, happened, expected or known, but it is \"" + flags.mode + "\"");
  question->set_mode(mode);
  return {};
}

}  // namespace

Result<v1::Question> question_of(const Reading& reading, const Asked& flags) {
  v1::Question question;
  auto subject = subject_of(reading, flags.subject);
  if (!subject.ok()) return subject.status();
  question.set_subject(*subject);
  if (Status status = check_word(*reading.record, *subject, flags.predicate); !status.ok()) return status;
  question.set_predicate(flags.predicate);
  question.set_scope(flags.scope);
  if (Status status = times_of(reading, flags, &question); !status.ok()) return status;
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

void print(const Reading& reading, const v1::Answer& answer, const std::string& when) {
  const v1::Question& q = answer.question();
  std::printf("%s, %s%s%s %s%s%s\n", reading.record->name(q.subject()).c_str(), q.predicate().c_str(), q.scope().empty() ? "" : " ", q.scope().c_str(), when.c_str(),
              q.known_at().empty() ? "" : ", as known on ", q.known_at().c_str());
  std::printf("  %s\n", wrap(answer.sentence(), 2).c_str());
  std::string together;
  for (const std::string& one : answer.jointly()) together += (together.empty() ? "jointly: " : ", ") + reading.record->name(one);
  if (!together.empty()) std::printf("  %s\n", wrap(together, 2).c_str());
  std::string reasons;
  for (const int reason : answer.reasons()) reasons += (reasons.empty() ? "" : ", ") + v1::Reason::Value_Name(static_cast<v1::Reason::Value>(reason));
  if (!reasons.empty()) std::printf("  reason:    %s\n", reasons.c_str());
  if (answer.basis_size() > 0) std::printf("  basis:     %s\n", joined(answer.basis()).c_str());
  if (!answer.earliest().empty() || !answer.latest().empty()) std::printf("  date:      %s..%s\n", answer.earliest().c_str(), answer.latest().c_str());
  for (const auto& used : answer.used()) std::printf("  rests on   %s\n", wrap(source_of(used.fact()), 13).c_str());
  for (const auto& side : answer.conflicting()) std::printf("  one side   %s\n", wrap(source_of(side.fact()), 13).c_str());
  for (const auto& aside : answer.set_aside()) std::printf("  set aside  %s\n", wrap(aside.why() + ": " + source_of(aside.fact()), 13).c_str());
}

// One question, about a day or a period. A period is answered as one if every day of it has the same answer.
Status answer_one(const Common& common, const Reading& reading, Asked flags) {
  const auto days = days_of(flags.at.empty() ? today() : flags.at);
  if (!days.ok()) return Status::invalid("--at: " + days.status().why());
  flags.at = record::format(days->first);
  auto question = question_of(reading, flags);
  if (!question.ok()) return question.status();
  const std::vector<Stretch> all = ask_period(*reading.record, *std::move(question), days->first, days->last);
  if (!common.json() && all.size() > 1) std::printf("%s\n", changes_within(days->when).c_str());
  for (const Stretch& one : all) {
    if (common.json()) { std::printf("%s\n", json_of(one.answer).c_str()); continue; }
    const std::string day = record::format(one.first);
    print(reading, one.answer, all.size() > 1 && one.first != one.last ? "from " + day + " to " + record::format(one.last) : days->first == days->last || all.size() > 1 ? "on " + day : "on any day of " + record::in_words(days->when));
  }
  return {};
}

Status ask_one(Common& common, const Asked& flags, const std::string& file) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  if (!file.empty()) return ask_file(common, *reading, file, flags);
  if (flags.predicate.empty()) return Status::invalid("expected SUBJECT and PREDICATE, or --file FILE; `concordat vocabulary` lists what can be asked of whom");
  if (flags.at.empty() && flags.predicate == kCode) return Status::invalid("--at: expected a day, since a code means nothing without one: it is kept, changed and passed on");
  return answer_one(common, *reading, flags);
}

// "who leads X": every word of those that the record uses of it is asked; the first where it uses none.
Status ask_short(Common& common, Asked asked, const std::vector<std::string>& words) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  auto subject = subject_of(*reading, asked.subject);
  if (!subject.ok()) return subject.status();
  for (const std::string& word : words_asked(*reading->record, *subject, words)) {
    asked.predicate = word;
    if (Status status = answer_one(common, *reading, asked); !status.ok()) return status;
  }
  return {};
}

Status model(Common& common, const Asked& flags) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  const bool one = !flags.subject.empty() && !flags.subject.ends_with(':');
  Result<std::vector<std::string>> subjects = std::vector<std::string>();
  if (one) {
    auto subject = subject_of(*reading, flags.subject);
    if (!subject.ok()) return subject.status();
    subjects->push_back(*std::move(subject));
  } else {
    subjects = subjects_about(*reading->record, flags.subject);
    if (!subjects.ok()) return subjects.status();
  }
  v1::Question base;
  if (Status status = times_of(*reading, flags, &base); !status.ok()) return status;
  Table table({"subject", "what", "answer"});
  for (const std::string& subject : *subjects)
    ask_all(*reading->record, subject, base, [&](const v1::Answer& answer) {
      const v1::Question& q = answer.question();
      if (flags.subject.empty() && (q.predicate() == "alias" || q.predicate() == "name")) return;
      if (common.json()) std::printf("%s\n", json_of(answer).c_str());
      else table.row({subject, q.predicate() + (q.scope().empty() ? "" : " (" + q.scope() + ")"), answer.sentence()});
    });
  if (!common.json()) table.print();
  return {};
}

std::string type_of(const v1::Predicate& word) { return v1::Predicate::Type_Name(word.type()) + (word.many() ? ", many" : "") + (word.scoped() ? ", scoped" : "") + (word.rule() ? ", rule" : ""); }

// What can be asked of one subject: first what somebody said of it, then what the vocabulary could say of its kind.
Status vocabulary_of(const Common& common, const Reading& reading, const std::string& subject) {
  Table table({"word", "value", "stated", "meaning"});
  std::string last;
  for (const Askable& one : askable(*reading.record, subject)) {
    std::string how = one.statements > 0 ? std::to_string(one.statements) : "nothing yet";
    for (const std::string& scope : one.scopes) how += (scope == one.scopes.front() ? ", --scope " : ", ") + scope;
    if (common.json()) std::printf("{\"subject\":\"%s\",\"statements\":%zu,\"word\":%s}\n", subject.c_str(), one.statements, json_of(one.word).c_str());
    table.row({one.word.name(), type_of(one.word), how, one.word.meaning()});
    if (one.statements > 0) last = one.word.name();
  }
  if (common.json()) return {};
  std::printf("%s (%s)\n\n", reading.record->name(subject).c_str(), subject.c_str());
  table.print();
  if (!last.empty())
    std::printf("\nAsk so:  concordat ask %s %s --at 2024-09-24\nWhat was expected:  concordat forecast    Did it happen:  --mode happened    As known then:  --known 2023-03-31\n", subject.c_str(), last.c_str());
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
    table.row({one.name(), type_of(one), one.subjects().empty() ? "anything" : joined(one.subjects()), one.meaning()});
  }
  if (!common.json()) table.print();
  return {};
}

void add_times(CLI::App* command, Asked& flags) {
  command->add_option("--at", flags.at, "True on that day (default today), or in that time: 2023-04-30, \"April 23\", 24/25, \"by 24 September 2024\"");
  command->add_option("--known", flags.known, "As known on that day, YYYY-MM-DD (default: everything recorded)");
  command->add_option("--set", flags.sets, "Record sets to use: seeds, public, assumed, matters (default all)");
  command->add_option("--mode", flags.mode, "arrangement (what is so), happened (did it), expected (what was planned), known (what was known of it)");
}

// `concordat host of POD`: verb and preposition are subcommands, so that --help lists what there is.
void add_short(CLI::App& app, Common& common, const char* verb, const char* meaning) {
  CLI::App* command = app.add_subcommand(verb, meaning);
  command->require_subcommand(1);
  for (const Form& form : forms()) {
    if (std::string_view(form.verb) != verb) continue;
    auto asked = std::make_shared<Asked>();
    CLI::App* one = command->add_subcommand(form.form, "Asks " + form.words.front());
    const std::string example = std::string("Example:\n  concordat ") + verb + " " + form.form + " " + form.example;
    one->footer(example);
    if (command->get_footer().empty()) command->footer(example);
    one->add_option("SUBJECT", asked->subject, "Id or recorded name")->required();
    add_times(one, *asked);
    one->callback([&common, asked, words = form.words] { run(common, [&] { return ask_short(common, *asked, words); }); });
  }
}

// A forecast is another question than what is so: the newest plan known then counts, whatever came of it.
void add_forecast(CLI::App& app, Common& common) {
  auto asked = std::make_shared<Asked>();
  asked->mode = "expected";
  CLI::App* command = app.add_subcommand("forecast", "What was expected for a day, as known on a day: plans count, and what came of them does not");
  command->add_option("SUBJECT", asked->subject, "Id or recorded name")->required();
  command->add_option("PREDICATE", asked->predicate, "A word of the vocabulary")->required();
  command->add_option("--scope", asked->scope, "For scoped words: a party, a scheme, …");
  command->add_option("--at", asked->at, "Expected for that day, or for that time: 2023-04-30, \"April 23\", 24/25")->required();
  command->add_option("--known", asked->known, "As known on that day, YYYY-MM-DD (default: everything recorded)");
  command->add_option("--set", asked->sets, "Record sets to use: seeds, public, assumed, matters (default all)");
  command->footer("`concordat ask` asks what is so; `ask --mode happened` whether it happened. `concordat timeline` shows plan and outcome together.\nExamples:\n  concordat forecast POD commissioner --at 23/24 --known 2023-03-31\n  concordat forecast \"BSOL ICB\" legal_status --at 2022-07-15 --known 2022-03-31");
  command->callback([&common, asked] { run(common, [&] { return ask_one(common, *asked, ""); }); });
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

  add_short(app, common, "who", "Who leads, hosts, commissions, employs or holds it");
  add_short(app, common, "host", "Who hosts a team");
  add_short(app, common, "commissioner", "Who commissions a function");
  add_short(app, common, "status", "The legal status of a body, or how a function stands");
  add_forecast(app, common);

  // `concordat model POD`, or in full `concordat model show POD`.
  CLI::App* whole = app.add_subcommand("model", "What the record says, of one subject, one kind, or all");
  CLI::App* in_full = whole->add_subcommand("show", "The same");
  for (CLI::App* show : {whole, in_full}) {
    auto asked = std::make_shared<Asked>();
    show->add_option("SUBJECT", asked->subject, "Id, name, or a kind with a colon (body:)");
    add_times(show, *asked);
    show->get_option("--at")->description("True on that day, YYYY-MM-DD (default today)");
    show->footer("Examples:\n  concordat model team:pod\n  concordat model show function: --at 2023-05-15\n  concordat model \"H&W ICB\"");
    show->callback([&common, asked, show, whole, in_full] {
      if (show == whole && whole->got_subcommand(in_full)) return;
      run(common, [&] { return model(common, *asked); });
    });
  }

  auto word = std::make_shared<std::string>();
  CLI::App* words = app.add_subcommand("vocabulary", "The words that can be asked, or what can be asked of one subject");
  words->add_option("WORD", *word, "Only this word; or a subject, by id or recorded name");
  words->footer("Examples:\n  concordat vocabulary\n  concordat vocabulary host\n  concordat vocabulary POD");
  words->callback([&common, word] { run(common, [&] { return vocabulary(common, *word); }); });
}

}  // namespace concordat::app
