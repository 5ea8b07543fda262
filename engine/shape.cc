#include "engine/shape.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <map>
#include <set>
#include <vector>

namespace concordat {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct Shape {
  const FieldDescriptor* matter = nullptr;
  std::vector<const FieldDescriptor*> enums;       // Fields that are enums.
  std::vector<const FieldDescriptor*> inner;       // Fields whose messages have enums, at any depth.
};

bool has_enums(const Descriptor* type, std::set<const Descriptor*>* seen) {
  if (!seen->insert(type).second) return false;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->enum_type() != nullptr) return true;
    if (field->message_type() != nullptr && has_enums(field->message_type(), seen)) return true;
  }
  return false;
}

Shape shape(const Descriptor* type) {
  Shape out;
  out.matter = type->FindFieldByName("matter");
  if (out.matter != nullptr && (out.matter->cpp_type() != FieldDescriptor::CPPTYPE_STRING || out.matter->is_repeated())) out.matter = nullptr;
  for (int i = 0; i < type->field_count(); ++i) {
    std::set<const Descriptor*> seen;
    const FieldDescriptor* field = type->field(i);
    if (field->enum_type() != nullptr) out.enums.push_back(field);
    else if (field->message_type() != nullptr && has_enums(field->message_type(), &seen)) out.inner.push_back(field);
  }
  return out;
}

// Each thread its own: commands are checked on the threads that bring them.
const Shape& shape_of(const Message& message) {
  static thread_local std::map<const Descriptor*, Shape> shapes;
  const Descriptor* type = message.GetDescriptor();
  const auto found = shapes.find(type);
  return found != shapes.end() ? found->second : shapes.emplace(type, shape(type)).first->second;
}

bool known(const FieldDescriptor* field, int number) { return field->enum_type()->FindValueByNumber(number) != nullptr; }

}  // namespace

const Message* said(const Message& message) {
  const auto* one = message.GetReflection()->GetOneofFieldDescriptor(message, message.GetDescriptor()->oneof_decl(0));
  return one == nullptr ? nullptr : &message.GetReflection()->GetMessage(message, one);
}

const std::string& matter_in(const Message& message) {
  static const std::string none;
  const FieldDescriptor* field = shape_of(message).matter;
  return field == nullptr ? none : message.GetReflection()->GetStringReference(message, field, nullptr);
}

bool enums_known(const Message& message) {
  const Shape& shape = shape_of(message);
  const auto* reflection = message.GetReflection();
  for (const FieldDescriptor* field : shape.enums) {
    if (!field->is_repeated()) {
      if (!known(field, reflection->GetEnumValue(message, field))) return false;
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i)
      if (!known(field, reflection->GetRepeatedEnumValue(message, field, i))) return false;
  }
  for (const FieldDescriptor* field : shape.inner) {
    if (!field->is_repeated()) {
      if (reflection->HasField(message, field) && !enums_known(reflection->GetMessage(message, field))) return false;
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i)
      if (!enums_known(reflection->GetRepeatedMessage(message, field, i))) return false;
  }
  return true;
}

}  // namespace concordat
