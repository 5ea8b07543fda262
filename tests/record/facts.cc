#include "tests/record/facts.h"

#include <gtest/gtest.h>

namespace concordat::record {

v1::VocabularyPublished vocabulary() {
  struct Word { const char* name; v1::Predicate::Type type; bool many; };
  v1::VocabularyPublished out;
  for (const Word& word : {Word{"name", v1::Predicate::text, false}, {"alias", v1::Predicate::text, true}, {"stated_in", v1::Predicate::text, true},
                           {"commissioner", v1::Predicate::ref, false}, {"employer", v1::Predicate::ref, false}, {"host", v1::Predicate::ref, false},
                           {"lead", v1::Predicate::ref, false}, {"holder", v1::Predicate::ref, false}, {"agreed_by", v1::Predicate::ref, false},
                           {"in_system", v1::Predicate::ref, false}, {"legal_status", v1::Predicate::code, false}, {"delegated", v1::Predicate::flag, false},
                           {"vacant", v1::Predicate::flag, false}, {"reviewed", v1::Predicate::flag, false}, {"stage", v1::Predicate::text, false},
                           {"serves_as", v1::Predicate::text, false}, {"quorum", v1::Predicate::text, false}, {"due", v1::Predicate::when, false},
                           {"count", v1::Predicate::number, false}, {"code", v1::Predicate::code, false}, {"barred_from", v1::Predicate::ref, true},
                           {"handles", v1::Predicate::code, true}, {"member", v1::Predicate::ref, true}, {"decides_changes", v1::Predicate::ref, false}}) {
    v1::Predicate& predicate = *out.add_predicates();
    predicate.set_name(word.name);
    predicate.set_type(word.type);
    predicate.set_many(word.many);
    predicate.set_scoped(predicate.name() == "code" || predicate.name() == "stated_in");
  }
  return out;
}

v1::Fact fact(const Line& line) {
  static const v1::VocabularyPublished words = vocabulary();
  v1::Fact out;
  out.set_id(line.id);
  out.set_subject(line.subject);
  out.set_predicate(line.predicate);
  out.set_scope(line.scope);
  for (const v1::Predicate& word : words.predicates()) {
    if (word.name() != line.predicate || line.value == "?") continue;
    Datum value{word.type(), line.value, 0};
    if (word.type() == v1::Predicate::flag) value = {word.type(), "", line.value == "yes" ? 1 : 0};
    if (word.type() == v1::Predicate::number) value = {word.type(), "", std::stoll(line.value)};
    fill(value, out.mutable_value());
  }
  out.set_from(line.from);
  out.set_until(line.until);
  std::string standing = line.standing;
  if (standing.ends_with('+')) { out.set_in_force(true); standing.pop_back(); }
  v1::Standing::Value parsed = v1::Standing::unset;
  EXPECT_TRUE(v1::Standing::Value_Parse(standing, &parsed)) << line.id << ": " << standing;
  out.set_standing(parsed);
  const std::size_t colon = line.place.find(':');
  if (line.place == "act") {
    out.mutable_source()->set_matter("M");
  } else {
    out.mutable_source()->set_document(line.place.substr(0, colon));
    out.mutable_source()->set_place(line.place.substr(colon + 1));
    out.mutable_source()->set_quote(line.quote);
  }
  out.set_known(line.known);
  out.set_record_set(line.set);
  for (const std::string& mark : line.marks) out.add_marks(mark);
  return out;
}

void assert_line(Record& record, const Line& line, std::uint64_t sequence) {
  v1::FactAsserted event;
  *event.mutable_fact() = fact(line);
  record.evolve(event, sequence);
}

Record record_of(const std::vector<Line>& lines) {
  Record out;
  out.evolve(vocabulary());
  std::uint64_t sequence = 0;
  for (const Line& line : lines) assert_line(out, line, ++sequence);
  return out;
}

void retract(Record& record, const std::string& id, const std::string& known, std::uint64_t sequence) {
  v1::FactRetracted event;
  event.set_fact(id);
  event.set_reason("misread");
  event.set_known(known);
  record.evolve(event, sequence);
}

void resolve(Record& record, const std::vector<std::string>& ids, const std::string& prevails, const std::string& known, std::uint64_t sequence) {
  v1::ConflictResolved event;
  for (const std::string& id : ids) event.add_facts(id);
  event.set_prevails(prevails);
  event.set_authority("minute 4");
  event.set_known(known);
  record.evolve(event, sequence);
}

v1::Answer answer(const Facts& facts, const Asked& asked) {
  v1::Question question;
  question.set_subject(asked.subject);
  question.set_predicate(asked.predicate);
  question.set_scope(asked.scope);
  question.set_valid_at(asked.at);
  question.set_known_at(asked.known);
  if (!asked.set.empty()) question.add_record_sets(asked.set);
  v1::Mode::Value mode = v1::Mode::arrangement;
  EXPECT_TRUE(v1::Mode::Value_Parse(asked.mode, &mode)) << asked.mode;
  question.set_mode(mode);
  return ask(facts, question);
}

std::string reasons(const v1::Answer& answer) {
  std::string out;
  for (const int reason : answer.reasons()) out += (out.empty() ? "" : ";") + v1::Reason::Value_Name(static_cast<v1::Reason::Value>(reason));
  return out;
}

std::string basis(const v1::Answer& answer) {
  std::string out;
  for (const std::string& word : answer.basis()) out += (out.empty() ? "" : ";") + word;
  return out;
}

std::string bounds(const v1::Answer& answer) { return answer.earliest() + ".." + answer.latest(); }

std::string ids(const google::protobuf::RepeatedPtrField<v1::Considered>& facts) {
  std::string out;
  for (const v1::Considered& one : facts) out += (out.empty() ? "" : ";") + one.fact().id() + (one.why().empty() ? "" : " " + one.why());
  return out;
}

}  // namespace concordat::record
