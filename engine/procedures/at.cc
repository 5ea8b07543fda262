#include "engine/procedures/at.h"

#include <algorithm>

#include "concordat/v1/procedure.pb.h"
#include "concordat/v1/record.pb.h"
#include "engine/record/authority.h"

namespace concordat::procedures {
namespace {

namespace authority = record::authority;

constexpr std::string_view kPartiesOf = "parties of ";

std::string either(std::initializer_list<std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) out += (out.empty() ? "" : " or ") + std::string(word);
  return (out.find_first_of("aeio") == 0 ? "an " : "a ") + out;
}

bool among(std::initializer_list<std::string_view> words, std::string_view one) { return std::find(words.begin(), words.end(), one) != words.end(); }

std::string type_name(int type) { return v1::Predicate::Type_Name(static_cast<v1::Predicate::Type>(type)); }

}  // namespace

std::string kind_of_subject(std::string_view id) {
  const std::size_t colon = id.find(':');
  return colon == std::string_view::npos || colon + 1 == id.size() ? std::string() : std::string(id.substr(0, colon));
}

void At::may_read(std::string_view text, std::initializer_list<std::string_view> types) const {
  if (!field(text)) return;
  const std::string name(text.substr(1));
  const v1::FieldNeeded* asked = fields.asked(name);
  if (name.empty()) wrong("\"$\" names no field");
  else if (asked != nullptr && !among(types, asked->type())) wrong("it reads field " + name + " as " + either(types) + ", but it is asked for as a " + asked->type());
}

void At::reads(std::string_view text, std::initializer_list<std::string_view> types) const {
  if (!field(text)) return;
  may_read(text, types);
  const std::string name(text.substr(1));
  const auto& asked_here = step.propose().fields();
  if (std::any_of(asked_here.begin(), asked_here.end(), [&](const v1::FieldNeeded& one) { return one.name() == name; })) return;
  if (fields.asked(name) == nullptr && !fields.opens_with(name)) wrong("it reads field " + name + ", for which no step asks");
  else if (!fields.given(name, step.id())) wrong("it reads field " + name + ", which is not asked for on every way here");
}

void At::subject(const std::string& name, std::initializer_list<std::string_view> kinds, const std::string& what) const {
  if (name.empty()) {
    if (!what.empty()) wrong("expected " + what + ", but none is named");
    return;
  }
  reads(name, {"ref"});
  if (field(name)) {
    const v1::FieldNeeded* asked = fields.asked(std::string_view(name).substr(1));
    if (asked != nullptr && kinds.size() > 0 && !asked->kind().empty() && !among(kinds, asked->kind())) wrong("it reads field " + asked->name() + " as " + either(kinds) + ", but it names a " + asked->kind());
  } else if (!record.has_subject(name)) {
    wrong(name + " is no subject of the record");
  } else if (kinds.size() > 0 && !among(kinds, kind_of_subject(name))) {
    wrong("expected " + either(kinds) + ", but it is " + name);
  }
}

void At::bodies(const std::string& name, const std::string& what) const {
  if (!name.starts_with(kPartiesOf)) return subject(name, {"body"}, what);
  const std::string body = name.substr(kPartiesOf.size());
  subject(body, {"body"}, what);
  if (!field(body) && record.has_subject(body) && record.of(body, authority::kParty).empty()) wrong("the record names no party of " + body);
}

void At::day(const std::string& text, const std::string& what) const {
  reads(text, {"when"});
  if (!text.empty() && !field(text) && !record::parse_day(text).ok()) wrong(what + " is \"" + text + "\", which is no day");
}

void At::value(const v1::Value& value, int type, const std::string& of) const {
  const record::Datum given = record::datum(value);
  if (given.kind == 0) return;
  if (field(given.text)) return reads(given.text, {type_name(type)});
  if (given.kind != type) return wrong(of + " is a " + type_name(type) + ", and never " + record::in_words(given));
  if (type == v1::Predicate::ref) subject(given.text, {}, "a value of " + of);
  if (type == v1::Predicate::when && !record::parse_when(given.text).ok()) wrong(of + ": \"" + given.text + "\" is no date");
}

void At::fact(const std::string& subject, const std::string& predicate, const std::string& scope, const v1::Value& value, bool writes) const {
  const v1::Predicate* word = record.predicate(predicate);
  if (word == nullptr) return wrong("\"" + predicate + "\" is no word of the vocabulary");
  const v1::FieldNeeded* asked = field(subject) ? fields.asked(std::string_view(subject).substr(1)) : nullptr;
  const std::string kind = asked != nullptr ? asked->kind() : field(subject) ? "" : kind_of_subject(subject);
  if (!field(subject) && kind.empty()) wrong("expected of what " + predicate + " is said (\"body:a\"), but it is \"" + subject + "\"");
  reads(subject, {"ref"});
  if (!word->subjects().empty() && !kind.empty() && std::find(word->subjects().begin(), word->subjects().end(), kind) == word->subjects().end()) wrong(predicate + " cannot be said of a " + kind);
  if (word->scoped() == scope.empty()) wrong(word->scoped() ? predicate + " needs a scope, but none is named" : predicate + " has no scope, but one is named: " + scope);
  reads(scope, {"ref", "code", "text"});
  if (!scope.empty() && !field(scope) && !kind_of_subject(scope).empty()) this->subject(scope, {});
  this->value(value, word->type(), predicate);
  if (!writes || word->procedures().empty() || std::find(word->procedures().begin(), word->procedures().end(), procedure.id()) != word->procedures().end()) return;
  std::string others;
  for (const std::string& one : word->procedures()) others += (others.empty() ? "" : " or ") + one;
  wrong("only procedure " + others + " may have the record say " + predicate);
}

}  // namespace concordat::procedures
