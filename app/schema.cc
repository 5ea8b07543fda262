#include "app/schema.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <algorithm>
#include <memory>

namespace concordat::app::schema {
namespace {

namespace pb = google::protobuf;

// Comments as one line: what stands above it, then what stands behind it.
template <typename Descriptor>
std::string comment_of(const Descriptor& of) {
  pb::SourceLocation location;
  if (!of.GetSourceLocation(&location)) return "";
  std::string out;
  for (const char c : location.leading_comments + " " + location.trailing_comments)
    if (c != ' ' && c != '\n') out += c;
    else if (!out.empty() && out.back() != ' ') out += ' ';
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

template <typename Descriptor>
void comment(const Descriptor& of, Object& out) {
  if (const std::string text = comment_of(of); !text.empty()) set(out, "description", text);
}

// A field in protobuf's JSON form.
void describe(const pb::FieldDescriptor& field, Object& out) {
  using F = pb::FieldDescriptor;
  switch (field.cpp_type()) {
    case F::CPPTYPE_MESSAGE: return refer(out, reference_to(*field.message_type()));
    case F::CPPTYPE_BOOL: return set(out, "type", "boolean");
    case F::CPPTYPE_INT32: case F::CPPTYPE_UINT32: return set(out, "type", "integer");
    case F::CPPTYPE_DOUBLE: case F::CPPTYPE_FLOAT: return set(out, "type", "number");
    case F::CPPTYPE_ENUM:
      set(out, "type", "string");
      for (int i = 0; i < field.enum_type()->value_count(); ++i) add(out, "enum", field.enum_type()->value(i)->name());
      return;
    case F::CPPTYPE_INT64: case F::CPPTYPE_UINT64:
      set(out, "type", "string");
      return set(out, "pattern", "^-?[0-9]+$");
    case F::CPPTYPE_STRING:
      set(out, "type", "string");
      if (field.type() == F::TYPE_BYTES) set(out, "contentEncoding", "base64");
      return;
  }
}

}  // namespace

Object& child(Object& of, const std::string& name) { return *(*of.mutable_fields())[name].mutable_struct_value(); }
void set(Object& of, const std::string& name, const std::string& text) { (*of.mutable_fields())[name].set_string_value(text); }
void set(Object& of, const std::string& name, const char* text) { set(of, name, std::string(text)); }
void set(Object& of, const std::string& name, double number) { (*of.mutable_fields())[name].set_number_value(number); }
void set(Object& of, const std::string& name, bool truth) { (*of.mutable_fields())[name].set_bool_value(truth); }
void add(Object& of, const std::string& name, const std::string& text) { (*of.mutable_fields())[name].mutable_list_value()->add_values()->set_string_value(text); }
Object& add(Object& of, const std::string& name) { return *(*of.mutable_fields())[name].mutable_list_value()->add_values()->mutable_struct_value(); }
void refer(Object& of, const std::string& to) { set(of, "$ref", to); }

std::string name_of(const pb::Descriptor& type) {
  std::string out = type.full_name().substr(std::string("concordat.v1.").size());
  std::replace(out.begin(), out.end(), '.', '_');
  return out;
}

std::string reference_to(const pb::Descriptor& type) { return "#/components/schemas/" + name_of(type); }

void add_all(const pb::Descriptor& type, Object& schemas) {
  const std::string name = name_of(type);
  if (schemas.fields().contains(name)) return;
  set(child(schemas, name), "type", "object");
  comment(type, child(schemas, name));
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    Object& property = child(child(child(schemas, name), "properties"), field.json_name());
    comment(field, property);
    if (field.is_repeated()) {
      set(property, "type", "array");
      describe(field, child(property, "items"));
    } else describe(field, property);
    if (field.message_type() != nullptr) add_all(*field.message_type(), schemas);
  }
}

std::string text_of(const Object& root) {
  std::string bytes, out;
  {
    pb::io::StringOutputStream into(&bytes);
    pb::io::CodedOutputStream coded(&into);
    coded.SetSerializationDeterministic(true);
    root.SerializeToCodedStream(&coded);
  }
  const std::unique_ptr<pb::util::TypeResolver> types(pb::util::NewTypeResolverForDescriptorPool("type.googleapis.com", pb::DescriptorPool::generated_pool()));
  pb::util::JsonPrintOptions options;
  options.add_whitespace = true;
  if (!pb::util::BinaryToJsonString(types.get(), "type.googleapis.com/google.protobuf.Struct", bytes, &out, options).ok()) return "{}";
  return out;
}

}  // namespace concordat::app::schema
