#include "app/yaml_commands.h"
#include "engine/base/hex.h"

#include <google/protobuf/descriptor.h>
#include <openssl/sha.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace concordat::app {
namespace {

namespace pb = google::protobuf;

struct Place {
  std::string from;       // File.
  std::string path;       // "[3].open_matter.fields[0]"
};

Status wrong(const Place& place, const YAML::Node& node, const std::string& expected, const std::string& but) {
  const YAML::Mark mark = node.Mark();
  std::string at = place.from;
  // What is said privately stands in no error either.
  if (node.IsScalar() && place.path.find("private_words") != std::string::npos && !node.Scalar().empty() && but.find(node.Scalar()) != std::string::npos)
    return wrong(place, YAML::Node(), expected, "it is another");
  if (!mark.is_null()) at += ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
  return Status::invalid(at + ": " + (place.path.empty() ? "" : place.path + ": ") + "expected " + expected + ", but " + but);
}

std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string nearest(const std::string& given, const std::vector<std::string>& all) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& one : all) ranked.emplace_back(distance(given, one), one);
  std::sort(ranked.begin(), ranked.end());
  std::string out;
  for (std::size_t i = 0; i < ranked.size() && i < 6; ++i) out += (out.empty() ? "" : ", ") + ranked[i].second;
  return out;
}

std::string kind_of(const YAML::Node& node) {
  if (node.IsMap()) return "it is a map";
  if (node.IsSequence()) return "it is a list";
  if (node.IsNull() || !node.IsDefined()) return "it is empty";
  return "it is \"" + node.Scalar() + "\"";
}

Status fill_message(const YAML::Node& node, pb::Message* out, const Place& place);

Status fill_enum(const YAML::Node& node, pb::Message* out, const pb::FieldDescriptor* field, const Place& place) {
  const auto* value = field->enum_type()->FindValueByName(node.Scalar());
  if (value == nullptr || value->number() == 0) {
    std::vector<std::string> words;
    for (int i = 0; i < field->enum_type()->value_count(); ++i)
      if (field->enum_type()->value(i)->number() != 0) words.push_back(field->enum_type()->value(i)->name());
    return wrong(place, node, "one of " + nearest(node.Scalar(), words), kind_of(node));
  }
  if (field->is_repeated()) out->GetReflection()->AddEnum(out, field, value);
  else out->GetReflection()->SetEnum(out, field, value);
  return {};
}

Status fill_number(const YAML::Node& node, pb::Message* out, const pb::FieldDescriptor* field, const Place& place) {
  const auto* reflection = out->GetReflection();
  char* end = nullptr;
  errno = 0;
  const std::string& text = node.Scalar();
  const long long number = std::strtoll(text.c_str(), &end, 10);
  const bool whole = !text.empty() && *end == '\0' && errno == 0;
  const bool is_unsigned = field->cpp_type() == pb::FieldDescriptor::CPPTYPE_UINT32 || field->cpp_type() == pb::FieldDescriptor::CPPTYPE_UINT64;
  if (!whole || (is_unsigned && number < 0)) return wrong(place, node, is_unsigned ? "a whole number, 0 or more" : "a whole number", kind_of(node));
  if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_UINT32) {
    if (number > UINT_MAX) return wrong(place, node, "a number up to 4294967295", kind_of(node));
    if (field->is_repeated()) reflection->AddUInt32(out, field, static_cast<std::uint32_t>(number));
    else reflection->SetUInt32(out, field, static_cast<std::uint32_t>(number));
  }
  if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_UINT64) reflection->SetUInt64(out, field, static_cast<std::uint64_t>(number));
  if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_INT64) reflection->SetInt64(out, field, number);
  return {};
}

Status fill_one(const YAML::Node& node, pb::Message* out, const pb::FieldDescriptor* field, const Place& place) {
  const auto* reflection = out->GetReflection();
  using F = pb::FieldDescriptor;
  if (field->cpp_type() == F::CPPTYPE_MESSAGE) {
    pb::Message* inner = field->is_repeated() ? reflection->AddMessage(out, field) : reflection->MutableMessage(out, field);
    return fill_message(node, inner, place);
  }
  if (!node.IsScalar()) return wrong(place, node, "a single value", kind_of(node));
  if (field->cpp_type() == F::CPPTYPE_ENUM) return fill_enum(node, out, field, place);
  if (field->cpp_type() == F::CPPTYPE_STRING) {
    if (field->is_repeated()) reflection->AddString(out, field, node.Scalar());
    else reflection->SetString(out, field, node.Scalar());
    return {};
  }
  if (field->cpp_type() == F::CPPTYPE_BOOL) {
    if (node.Scalar() != "true" && node.Scalar() != "false") return wrong(place, node, "true or false", kind_of(node));
    reflection->SetBool(out, field, node.Scalar() == "true");
    return {};
  }
  return fill_number(node, out, field, place);
}

std::vector<std::string> names_of(const pb::Descriptor& type) {
  std::vector<std::string> out;
  for (int i = 0; i < type.field_count(); ++i) out.push_back(type.field(i)->name());
  return out;
}

Status fill_message(const YAML::Node& node, pb::Message* out, const Place& place) {
  const pb::Descriptor& type = *out->GetDescriptor();
  if (!node.IsMap()) return wrong(place, node, "a map with " + nearest("", names_of(type)), kind_of(node));
  std::vector<std::string> seen;
  for (const auto& entry : node) {
    const std::string name = entry.first.Scalar();
    Place at = place;
    at.path += (at.path.empty() ? "" : ".") + name;
    const pb::FieldDescriptor* field = type.FindFieldByName(name);
    if (field == nullptr) return wrong(place, entry.first, "one of " + nearest(name, names_of(type)), "there is no field \"" + name + "\"");
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) return wrong(at, entry.first, "each field once", name + " stands twice");
    seen.push_back(name);
    if (const auto* choice = field->containing_oneof(); choice != nullptr && out->GetReflection()->HasOneof(*out, choice)) {
      const std::string other = out->GetReflection()->GetOneofFieldDescriptor(*out, choice)->name();
      return wrong(place, entry.first, "one of " + other + " and " + name, "both are given");
    }
    if (field->is_repeated()) {
      if (!entry.second.IsSequence()) return wrong(at, entry.second, "a list", kind_of(entry.second));
      std::size_t index = 0;
      for (const auto& item : entry.second) {
        Place item_at = at;
        item_at.path += "[" + std::to_string(index++) + "]";
        if (Status status = fill_one(item, out, field, item_at); !status.ok()) return status;
      }
    } else if (Status status = fill_one(entry.second, out, field, at); !status.ok()) {
      return status;
    }
  }
  return {};
}

Result<std::vector<YAML::Node>> load(const std::string& text, const std::string& from) {
  try {
    return YAML::LoadAll(text);        // Throws on bad syntax: caught here, at the border.
  } catch (const YAML::Exception& error) {
    return Status::invalid(from + ":" + std::to_string(error.mark.line + 1) + ":" + std::to_string(error.mark.column + 1) + ": expected YAML or JSON, but " + error.msg);
  }
}

Status fill_list(const YAML::Node& list, const std::string& name, const std::string& from, const MakeItem& make) {
  if (!list.IsSequence()) return wrong({from, name}, list, "a list", kind_of(list));
  std::size_t index = 0;
  for (const auto& item : list) {
    const Place place{from, name + "[" + std::to_string(index++) + "]"};
    pb::Message* out = make(name, static_cast<std::size_t>(item.Mark().line + 1));
    if (out == nullptr) return wrong({from, ""}, list, "documents, words or facts", "there is a list \"" + name + "\"");
    if (Status status = fill_message(item, out, place); !status.ok()) return status;
  }
  return {};
}

}  // namespace

Status parse_lists(const std::string& text, const std::string& from, const std::string& skip, const MakeItem& make) {
  const auto documents = load(text, from);
  if (!documents.ok()) return documents.status();
  try {
    for (const YAML::Node& document : *documents) {
      if (document.IsNull()) continue;
      if (!document.IsMap()) return wrong({from, ""}, document, "a map with documents, words or facts", kind_of(document));
      for (const auto& entry : document) {
        if (entry.first.Scalar() == skip) continue;
        if (Status status = fill_list(entry.second, entry.first.Scalar(), from, make); !status.ok()) return status;
      }
    }
  } catch (const YAML::Exception& error) {
    return Status::invalid(from + ": expected YAML that maps to messages, but " + error.msg);
  }
  return {};
}

Status parse_messages(const std::string& text, const std::string& from, const MakeMessage& make) {
  const auto documents = load(text, from);
  if (!documents.ok()) return documents.status();
  try {
    for (const YAML::Node& document : *documents) {
      if (document.IsNull()) continue;
      if (!document.IsSequence()) {
        if (Status status = fill_message(document, make(), {from, ""}); !status.ok()) return status;
        continue;
      }
      std::size_t index = 0;
      for (const auto& item : document)
        if (Status status = fill_message(item, make(), {from, "[" + std::to_string(index++) + "]"}); !status.ok()) return status;
    }
  } catch (const YAML::Exception& error) {
    return Status::invalid(from + ": expected YAML that maps to messages, but " + error.msg);
  }
  return {};
}

std::string content_id(const v1::Command& command) {
  std::string bytes;
  if (command.private_words().empty()) {
    bytes = command.SerializeAsString();
  } else {                                     // The id is for everybody, and a short text could be guessed from it.
    v1::Command open = command;
    for (v1::PrivateWords& one : *open.mutable_private_words()) one.clear_words();
    bytes = open.SerializeAsString();
  }
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash);
  return "content-" + hex({reinterpret_cast<const char*>(hash), 12});
}

Result<std::vector<v1::Command>> parse_commands(const std::string& text, const std::string& from) {
  std::vector<v1::Command> out;
  if (Status status = parse_messages(text, from, [&] { return &out.emplace_back(); }); !status.ok()) return status;
  for (v1::Command& command : out)
    if (command.command_id().empty()) command.set_command_id(content_id(command));
  return out;
}

Status parse_message_files(const std::string& path, const std::string& what, const MakeMessage& make, const std::function<Status(const std::string& file)>& read) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    for (const auto& one : std::filesystem::directory_iterator(path, error))
      if (one.path().extension() == ".yaml") files.push_back(one.path());
    std::sort(files.begin(), files.end());
  } else files.emplace_back(path);
  for (const std::filesystem::path& file : files) {
    std::ifstream in(file);
    if (!in) return Status::invalid(file.string() + ": expected a file or directory of " + what + " that can be read, but it cannot be opened");
    std::stringstream text;
    text << in.rdbuf();
    if (Status status = parse_messages(text.str(), file.string(), make); !status.ok()) return status;
    if (Status status = read(file.string()); !status.ok()) return status;
  }
  return {};
}

}  // namespace concordat::app
