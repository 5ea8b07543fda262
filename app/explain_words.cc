// Rulings, clauses and facts as a board secretary would write them.
#include <cctype>

#include "app/explain.h"
#include "app/lines.h"
#include "engine/record/record.h"

namespace concordat::app {
namespace {

bool in_id(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == ':' || c == '/' || c == '.'; }

std::string close(std::string text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '.')) text.pop_back();
  return text + ".";
}

// Words of the vocabulary, for people: not_a_legal_party.
std::string spaced(std::string words) {
  for (char& c : words)
    if (c == '_') c = ' ';
  return words;
}

std::string capital(std::string text) {
  if (!text.empty()) text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

bool by_rule(const v1::Ruling& ruling) { return !ruling.rule().id().empty(); }

constexpr std::string_view kAbsent = "not: ";                // A question to which the record must not say yes.

bool asks_absence(const v1::Ruling& ruling, const std::string& clause) { return !by_rule(ruling) && ruling.question() != "notice" && clause.starts_with(kAbsent); }

// What the clause was put to: a rule, a notice, or the record.
std::string asked(const v1::Ruling& ruling, const std::string& clause) {
  if (by_rule(ruling)) return "The rule asks for " + clause;
  if (ruling.question() == "notice") return "Notice must be " + clause;
  if (!asks_absence(ruling, clause)) return "It was asked whether " + spaced(clause);
  constexpr std::string_view flag = " yes";
  std::string said = spaced(clause.substr(kAbsent.size()));
  if (said.ends_with(flag)) said.resize(said.size() - flag.size());
  return "It must not be on record that “" + said + "”";
}

std::string came_of_it(const v1::Ruling& ruling, const std::string& clause, v1::Outcome::Value outcome) {
  const bool of_rule = by_rule(ruling) || ruling.question() == "notice", absence = asks_absence(ruling, clause);
  if (outcome == v1::Outcome::yes) return of_rule ? ", and that was met" : absence ? ", and it is not" : ": yes";
  if (outcome == v1::Outcome::no) return of_rule ? ", and that was not met" : absence ? ", but it is" : ": no";
  return outcome == v1::Outcome::not_open ? ", so that the question could not lawfully be put" : ", and that is not determined";
}

// "1 parties present": one is one. A value of a field is a word, not an id: "it is suitable_and_ready".
std::string for_people(std::string read) {
  constexpr std::string_view one = "1 parties ", is = "it is ";
  if (read.starts_with(one)) read.replace(0, one.size(), "1 party ");
  return read.starts_with(is) && read.find(':') == std::string::npos ? spaced(read) : read;
}

}  // namespace

std::string with_names(const record::Facts& names, const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && in_id(text[end])) ++end;
    if (end == at) { out += text[at++]; continue; }
    std::string id = text.substr(at, end - at), rest;
    while (!id.empty() && (id.back() == '.' || id.back() == ':' || id.back() == '/')) { rest.insert(rest.begin(), id.back()); id.pop_back(); }
    const std::string name = id.find(':') == std::string::npos ? id : names.name(id);
    at = end;
    if (name != id && rest.empty() && out.ends_with(name + " (") && at < text.size() && text[at] == ')') {   // "Name (id)": once is enough.
      out.resize(out.size() - 2);
      ++at;
      continue;
    }
    out += name + rest;
  }
  return out;
}

std::string sentence_of(const record::Facts& names, const v1::Ruling& ruling, const v1::Finding& finding) {
  const bool silent = ruling.outcome() == v1::Outcome::not_determined && !by_rule(ruling) && finding.outcome() == v1::Outcome::not_determined;
  const std::string read = for_people(with_names(names, finding.read()));
  if (silent) return close("Asked of " + std::string(finding.clause().starts_with("the ") ? "" : "the ") + finding.clause() + ": " + (read.empty() ? "nothing" : read));
  const std::string clause = with_names(names, finding.clause());
  std::string out = asked(ruling, clause) + came_of_it(ruling, clause, finding.outcome());
  const std::string sum = with_names(names, finding.arithmetic());
  const std::string because = read.empty() || sum.empty() ? read + sum : read + " (" + sum + ")";
  if (!because.empty()) out += (out.ends_with(": yes") || out.ends_with(": no") ? ", " : ": ") + because;
  return close(out);
}

std::string sentence_of(const record::Facts& names, const v1::Ruling& ruling) {
  if (!ruling.sentence().empty()) return with_names(names, ruling.sentence());
  const std::string question = ruling.question().empty() ? "it" : ruling.question();
  if (ruling.outcome() == v1::Outcome::yes) return "The answer is yes: " + question + ".";
  return ruling.outcome() == v1::Outcome::no ? "The answer is no: not " + question + "." : "Not determined: " + question + ".";
}

std::string sentence_of(const record::Facts& names, const v1::Fact& fact) {
  std::string value = fact.value().has_ref() ? names.name(fact.value().ref()) : text_of(fact.value());
  if (fact.value().has_flag()) value = fact.value().flag() ? "yes" : "no";
  std::string out = names.name(fact.subject()) + ", " + spaced(fact.predicate());
  if (!fact.scope().empty()) out += " for " + names.name(fact.scope());
  out += ": " + (value.empty() ? std::string("not named") : value);
  if (!fact.from().empty()) out += ", from " + fact.from();
  if (!fact.until().empty()) out += ", until " + fact.until();
  return capital(std::move(out));
}

std::string source_of(const v1::FactRead& fact) {
  const v1::Source& source = fact.source();
  if (source.document().empty()) return source.matter().empty() ? "no source" : "matter " + source.matter();
  std::string out = fact.document_title().empty() ? source.document() : fact.document_title() + " (" + source.document() + ")";
  if (!source.place().empty()) out += ", " + source.place();
  if (!source.quote().empty()) out += ": “" + source.quote() + "”";
  return out;
}

}  // namespace concordat::app
