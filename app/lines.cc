#include "app/lines.h"

#include <google/protobuf/descriptor.h>

#include "concordat/v1/ledger.pb.h"

namespace concordat::app {
namespace {

namespace pb = google::protobuf;

std::string quoted(const std::string& text) {
  return text.empty() || text.find(' ') != std::string::npos ? "\"" + text + "\"" : text;
}

std::string inner(const pb::Message& message);

std::string one(const pb::Message& message, const pb::FieldDescriptor* field, int index) {
  const auto* r = message.GetReflection();
  const bool many = field->is_repeated();
  using F = pb::FieldDescriptor;
  switch (field->cpp_type()) {
    case F::CPPTYPE_STRING: {
      if (field->type() == F::TYPE_BYTES) return "…";
      return quoted(many ? r->GetRepeatedString(message, field, index) : r->GetString(message, field));
    }
    case F::CPPTYPE_ENUM: return (many ? r->GetRepeatedEnum(message, field, index) : r->GetEnum(message, field))->name();
    case F::CPPTYPE_BOOL: return (many ? r->GetRepeatedBool(message, field, index) : r->GetBool(message, field)) ? "yes" : "no";
    case F::CPPTYPE_UINT32: return std::to_string(many ? r->GetRepeatedUInt32(message, field, index) : r->GetUInt32(message, field));
    case F::CPPTYPE_UINT64: return std::to_string(many ? r->GetRepeatedUInt64(message, field, index) : r->GetUInt64(message, field));
    case F::CPPTYPE_INT64: return std::to_string(many ? r->GetRepeatedInt64(message, field, index) : r->GetInt64(message, field));
    case F::CPPTYPE_MESSAGE: return inner(many ? r->GetRepeatedMessage(message, field, index) : r->GetMessage(message, field));
    case F::CPPTYPE_INT32: case F::CPPTYPE_DOUBLE: case F::CPPTYPE_FLOAT: break;
  }
  return "?";
}

std::string fields(const pb::Message& message, bool skip_matter) {
  std::vector<const pb::FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  std::string out;
  for (const auto* field : set) {
    if (skip_matter && field->name() == "matter") continue;
    std::string value;
    if (field->is_repeated()) {
      const int count = message.GetReflection()->FieldSize(message, field);
      for (int i = 0; i < count && i < 8; ++i) value += (i > 0 ? ", " : "") + one(message, field, i);
      if (count > 8) value += ", … " + std::to_string(count - 8) + " more";
      value = "[" + value + "]";
    } else {
      value = one(message, field, 0);
    }
    out += (out.empty() ? "" : " ") + field->name() + "=" + value;
  }
  return out;
}

std::string inner(const pb::Message& message) {
  const std::string& type = message.GetDescriptor()->name();
  if (type == "Value") return text_of(static_cast<const v1::Value&>(message));
  if (type == "Ruling") {
    const auto& ruling = static_cast<const v1::Ruling&>(message);
    return v1::Outcome::Value_Name(ruling.outcome()) + " (" + ruling.sentence() + ")";
  }
  if (type == "Procedure") { const auto& p = static_cast<const v1::Procedure&>(message); return p.id() + "/" + std::to_string(p.version()); }
  if (type == "Rule") { const auto& rule = static_cast<const v1::Rule&>(message); return rule.id() + "/" + std::to_string(rule.version()); }
  if (type == "Predicate") return static_cast<const v1::Predicate&>(message).name();
  return "{" + fields(message, false) + "}";
}

}  // namespace

std::string text_of(const v1::Value& value) {
  switch (value.is_case()) {
    case v1::Value::kRef: return value.ref();
    case v1::Value::kText: return quoted(value.text());
    case v1::Value::kNumber: return std::to_string(value.number());
    case v1::Value::kFlag: return value.flag() ? "yes" : "no";
    case v1::Value::kWhen: return value.when();
    case v1::Value::kCode: return value.code();
    case v1::Value::IS_NOT_SET: break;
  }
  return "(left open)";
}

std::string line_of(const v1::Event& event) {
  const auto* field = v1::Event::GetReflection()->GetOneofFieldDescriptor(event, v1::Event::descriptor()->oneof_decl(0));
  if (field == nullptr) return "(nothing)";
  if (event.has_refused()) return "refused " + event.refused().matter() + (event.refused().matter().empty() ? "" : " ") + v1::RefusalCode::Value_Name(event.refused().code()) + ": " + event.refused().sentence();
  const auto& message = v1::Event::GetReflection()->GetMessage(event, field);
  const auto* matter = message.GetDescriptor()->FindFieldByName("matter");
  const std::string id = matter == nullptr ? "" : message.GetReflection()->GetString(message, matter);
  const std::string rest = fields(message, true);
  return field->name() + (id.empty() ? "" : " " + id) + (rest.empty() ? "" : " " + rest);
}

}  // namespace concordat::app
