// Questions to the record over the service: of a day or of any time, in a few words, and the model as a whole.
#include <algorithm>

#include "app/ask_period.h"
#include "app/clock.h"
#include "app/questions.h"
#include "app/service_rows.h"
#include "app/service_calls.h"
#include "concordat/v1/service.pb.h"
#include "engine/record/record.h"

namespace concordat::app {
namespace {

constexpr std::uint32_t kSubjectsUsual = 100;

Status check_times(const std::string& in, const std::string& known, int mode) {
  if (Status status = check_known(in + "known_at", known, record::day_of(now_ms())); !status.ok()) return status;
  return v1::Mode::Value_IsValid(mode) ? Status() : Status::invalid(in + "mode: expected arrangement, happened, expected or known, but " + std::to_string(mode) + " is none");
}

// What is asked of whom: as subject and predicate, or in a few words.
Status understood(const projections::RecordReader& reader, const v1::AskRequest& request, v1::Question* question, std::vector<std::string>* words) {
  std::string named = request.question().subject(), at = "question.subject";
  if (!request.words().empty()) {
    if (!named.empty() || !request.question().predicate().empty()) return Status::invalid("words: expected words, or subject and predicate, but both are given");
    auto few = read_short(request.words());
    if (!few.ok()) return Status::invalid("words: " + few.status().why());
    named = few->subject;
    at = "words";
    *words = few->form->words;
  }
  const auto subject = subject_named(reader, named);
  if (!subject.ok()) return Status::invalid(at + ": " + subject.status().why());
  question->set_subject(*subject);
  if (!words->empty()) { *words = words_asked(reader, *subject, *words); return {}; }
  *words = {question->predicate()};
  const Status word = check_word(reader, *subject, question->predicate());
  return word.ok() ? word : Status::invalid("question.predicate: " + word.why());
}

Status ask(const projections::RecordReader& reader, const v1::AskRequest& request, v1::AskResponse* response) {
  v1::Question question = request.question();
  std::vector<std::string> words;
  if (Status status = understood(reader, request, &question, &words); !status.ok()) return status;
  const auto days = days_of(question.valid_at());
  if (!days.ok()) return Status::invalid("question.valid_at: " + days.status().why());
  if (Status status = check_times("question.", question.known_at(), question.mode()); !status.ok()) return status;
  if (Status status = set_record_sets(reader, "question.record_sets", {request.question().record_sets().begin(), request.question().record_sets().end()}, &question); !status.ok()) return status;
  for (const std::string& word : words) {
    question.set_predicate(word);
    std::vector<Stretch> all = ask_period(reader, question, days->first, days->last);
    if (&word == &words.front() && all.size() == 1) *response->mutable_answer() = all.front().answer;
    if (&word == &words.front() && all.size() > 1) {
      v1::Answer& whole = *response->mutable_answer();
      *whole.mutable_question() = question;
      whole.add_reasons(v1::Reason::changes_within);
      whole.set_sentence(changes_within(days->when));
    }
    for (Stretch& one : all) {
      v1::Stretch& out = *response->add_stretches();
      out.set_first(record::format(one.first));
      out.set_last(record::format(one.last));
      *out.mutable_answer() = std::move(one.answer);
    }
  }
  return {};
}

Status show_model(const projections::RecordReader& reader, const v1::ShowModelRequest& request, v1::ShowModelResponse* response) {
  v1::Question base;
  const auto day = record::parse_day(request.valid_at());
  if (!day.ok()) return Status::invalid("valid_at: " + day.status().why());
  if (Status status = check_times("", request.known_at(), request.mode()); !status.ok()) return status;
  base.set_valid_at(request.valid_at());
  base.set_known_at(request.known_at());
  base.set_mode(request.mode());
  if (Status status = set_record_sets(reader, "record_sets", {request.record_sets().begin(), request.record_sets().end()}, &base); !status.ok()) return status;
  auto subjects = subjects_about(reader, request.about());
  if (!subjects.ok()) return Status::invalid("about: " + subjects.status().why());
  if (Status status = check_limit(request.limit()); !status.ok()) return status;
  const std::uint32_t most = request.limit() == 0 ? kSubjectsUsual : request.limit();
  std::uint32_t told = 0;
  std::string last;
  for (const std::string& subject : *subjects) {
    if (subject <= request.after()) continue;
    if (told++ == most) { response->set_next(last); break; }
    last = subject;
    ask_all(reader, subject, base, [&](v1::Answer answer) { *response->add_answers() = std::move(answer); });
  }
  return {};
}

Status list_vocabulary(const projections::RecordReader& reader, const v1::ListVocabularyRequest& request, v1::ListVocabularyResponse* response) {
  if (request.subject().empty()) {
    for (v1::Predicate& word : reader.vocabulary()) *response->add_words()->mutable_word() = std::move(word);
    return {};
  }
  const auto subject = subject_named(reader, request.subject());
  if (!subject.ok()) return Status::invalid("subject: " + subject.status().why());
  for (Askable& one : askable(reader, *subject)) {
    auto& word = *response->add_words();
    *word.mutable_word() = std::move(one.word);
    word.set_statements(static_cast<std::uint32_t>(one.statements));
    for (std::string& scope : one.scopes) word.add_scopes(std::move(scope));
  }
  return {};
}

}  // namespace

// The position is read first: what is read is at least as new.
void Calls::ask(const v1::AskRequest& request, const Caller& caller, v1::AskResponse* response, Done done) {
  if (Status status = caller.may_read(v1::Audience::members); !status.ok()) return done(status);
  read(request.ledger(), request.at_least(), caller, std::move(done), [this, &request, response](const std::string& ledger) {
    const projections::Store& store = node_.partition_for(ledger).store();
    response->set_position(store.sequence(ledger));
    return app::ask(projections::RecordReader(store, ledger), request, response);
  });
}

void Calls::show_model(const v1::ShowModelRequest& request, const Caller& caller, v1::ShowModelResponse* response, Done done) {
  if (Status status = caller.may_read(v1::Audience::members); !status.ok()) return done(status);
  read_long(request.ledger(), request.at_least(), caller, std::move(done), [this, &request, response](const std::string& ledger) {
    const projections::Store& store = node_.partition_for(ledger).store();
    response->set_position(store.sequence(ledger));
    return app::show_model(projections::RecordReader(store, ledger), request, response);
  });
}

void Calls::list_vocabulary(const v1::ListVocabularyRequest& request, const Caller& caller, v1::ListVocabularyResponse* response, Done done) {
  if (Status status = caller.may_read(v1::Audience::members); !status.ok()) return done(status);
  read(request.ledger(), request.at_least(), caller, std::move(done), [this, &request, response](const std::string& ledger) {
    const projections::Store& store = node_.partition_for(ledger).store();
    response->set_position(store.sequence(ledger));
    return app::list_vocabulary(projections::RecordReader(store, ledger), request, response);
  });
}

}  // namespace concordat::app
