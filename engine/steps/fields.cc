#include "engine/steps/fields.h"

#include <algorithm>
#include <set>

namespace concordat::steps {
namespace {

// Of every matter: whether the feeds publish it (public, private), where their own lists do not say.
constexpr std::string_view kPublicity = "publicity";

Refusal check_publicity(const v1::Field& field) {
  const std::string& word = field.value().code();
  if (word == "public" || word == "private") return accept();
  return refuse(v1::RefusalCode::wrong_field_type, "field publicity to be the code public or private", "it is \"" + record::in_words(record::datum(field.value())) + "\"");
}

bool is_field(std::string_view text, std::string_view name) { return text.starts_with('$') && text.substr(1) == name; }

bool asks_for(const v1::Step& step, std::string_view name) {
  const auto& fields = step.propose().fields();
  return std::any_of(fields.begin(), fields.end(), [&](const v1::FieldNeeded& one) { return one.name() == name; });
}

bool reads(const v1::Step& step, std::string_view name) {
  const auto& questions = step.gate().questions();
  return is_field(step.decide().part(), name) || std::any_of(questions.begin(), questions.end(), [&](const v1::GateQuestion& one) { return is_field(one.competent().authority(), name); });
}

void add(std::string* list, const std::string& one) { *list += (list->empty() ? "" : ", ") + one; }

// Does a step wait for it, or end with it? Then a month or a year will not do.
bool read_as_day(const v1::Procedure& procedure, std::string_view name) {
  return std::any_of(procedure.steps().begin(), procedure.steps().end(), [&](const v1::Step& step) {
    return is_field(step.decide().deadline(), name) || is_field(step.sign_off().due(), name) || is_field(step.wait().until(), name);
  });
}

Refusal check_date(const v1::Procedure& procedure, const v1::Field& field) {
  if (field.value().is_case() != v1::Value::kWhen) return accept();
  if (read_as_day(procedure, field.name())) {
    const auto day = record::parse_day(field.value().when());
    return day.ok() ? accept() : refuse(v1::RefusalCode::bad_date, "field " + field.name() + " to be a day (YYYY-MM-DD)", "it is \"" + field.value().when() + "\"");
  }
  const auto when = record::parse_when(field.value().when());
  return when.ok() ? accept() : refuse(v1::RefusalCode::bad_date, "field " + field.name() + " to be a date (2023-04-01, 2023-04, 2023, FY2023-24, [2022-07-01..2023-03-31])", "it is \"" + field.value().when() + "\"");
}

// For whoever gave another: what may be given.
Refusal unknown(const v1::Procedure& procedure, const std::string& name) {
  std::set<std::string> asked, besides;
  if (const std::string body = needed_to_open(procedure); !body.empty()) besides.insert(body);
  for (const v1::Step& step : procedure.steps()) {
    for (const v1::FieldNeeded& field : step.propose().fields()) asked.insert(field.name());
    if (step.decide().part().starts_with('$')) besides.insert(step.decide().part().substr(1));
    for (const v1::GateQuestion& one : step.gate().questions())
      if (one.competent().authority().starts_with('$')) besides.insert(one.competent().authority().substr(1));
  }
  std::string all;
  for (const std::string& one : asked) add(&all, one);
  for (const std::string& one : besides)
    if (!asked.contains(one)) add(&all, one);
  if (all.empty()) return refuse(v1::RefusalCode::field_unknown, "no field", "\"" + name + "\" is given, and procedure " + procedure.id() + " asks for none");
  return refuse(v1::RefusalCode::field_unknown, "a field that procedure " + procedure.id() + " knows (" + all + ")", "\"" + name + "\" is none");
}

}  // namespace

bool may_do_without(const v1::Procedure& procedure, std::string_view name) {
  return name == kPublicity || std::any_of(procedure.steps().begin(), procedure.steps().end(), [&](const v1::Step& step) { return reads(step, name); });
}

std::string needed_to_open(const v1::Procedure& procedure) {
  if (procedure.steps().empty() || !procedure.steps(0).has_meet() || !procedure.steps(0).meet().body().starts_with('$')) return "";
  const std::string name = procedure.steps(0).meet().body().substr(1);
  const auto& steps = procedure.steps();
  return std::any_of(steps.begin(), steps.end(), [&](const v1::Step& step) { return asks_for(step, name); }) ? std::string() : name;
}

Refusal check_fields(const v1::Procedure& procedure, const google::protobuf::RepeatedPtrField<v1::Field>& fields, const Matter* matter) {
  const auto& steps = procedure.steps();
  const std::string needed = needed_to_open(procedure);
  for (int i = 0; i < fields.size(); ++i) {
    const std::string& name = fields[i].name();
    for (int j = 0; j < i; ++j)
      if (fields[j].name() == name) return refuse(v1::RefusalCode::field_unknown, "each field once", name + " is given twice");
    const bool asked = std::any_of(steps.begin(), steps.end(), [&](const v1::Step& step) { return asks_for(step, name); });
    if (!asked && name != needed && !may_do_without(procedure, name)) return unknown(procedure, name);
    if (auto no = check_date(procedure, fields[i])) return no;
    if (name == kPublicity && !asked) {
      if (auto no = check_publicity(fields[i])) return no;
      continue;
    }
    if (matter == nullptr || asks_for(*matter->step, name) || !matter->fields.contains(name)) continue;
    return refuse(v1::RefusalCode::field_unknown, "a field for which step " + matter->step->id() + " asks", name + " was given before, and stands");
  }
  if (matter != nullptr) return accept();
  const bool given = std::any_of(fields.begin(), fields.end(), [&](const v1::Field& one) { return one.name() == needed; });
  if (!needed.empty() && !given) return refuse(v1::RefusalCode::field_missing, "field " + needed + ": whose meeting it is", "it was not given");
  return accept();
}

}  // namespace concordat::steps
