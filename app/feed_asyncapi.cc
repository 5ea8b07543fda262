#include "app/feed_asyncapi.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <set>

#include "app/definition.h"
#include "app/feed.h"
#include "app/feed_audience.h"
#include "app/schema.h"

namespace concordat::app {
namespace {

namespace pb = google::protobuf;

using schema::add;
using schema::add_all;
using schema::child;
using schema::Object;
using schema::refer;
using schema::set;

// The messages that FeedData needs, as the text of one file; the marked one is what is sent.
void add_text(const pb::Descriptor& type, std::set<std::string>* seen, std::string* out) {
  const pb::Descriptor* outer = &type;
  while (outer->containing_type() != nullptr) outer = outer->containing_type();
  if (!seen->insert(outer->full_name()).second) return;
  std::vector<const pb::Descriptor*> open = {outer};
  while (!open.empty()) {
    const pb::Descriptor* one = open.back();
    open.pop_back();
    for (int i = 0; i < one->nested_type_count(); ++i) open.push_back(one->nested_type(i));
    for (int i = 0; i < one->field_count(); ++i) {
      if (one->field(i)->message_type() != nullptr) add_text(*one->field(i)->message_type(), seen, out);
      else if (one->field(i)->enum_type() != nullptr && one->field(i)->enum_type()->containing_type() != nullptr) add_text(*one->field(i)->enum_type()->containing_type(), seen, out);
    }
  }
  if (outer == v1::FeedData::descriptor()) *out += "// @RootNode\n";
  *out += outer->DebugString();
}

struct Attribute { const char *name, *what; bool always, shut; };    // shut: not on public feeds.
constexpr Attribute kAttributes[] = {
    {"specversion", "1.0", true, false},
    {"id", "Unique in the source. The same event has the same id in every delivery: be idempotent by it", true, false},
    {"source", "/ledgers/LEDGER", true, false},
    {"type", "What happened, in the words of the domain", true, false},
    {"subject", "The matter or subject concerned; also the record's key", false, false},
    {"time", "When the ledger recorded it", true, false},
    {"actedon", "The day on which it took place in the world, if that was said", false, false},
    {"dataschema", "urn:concordat:v1:FeedData", true, false},
    {"sequence", "Rises within the topic; twenty digits", true, false},
    {"causationid", "The command that led to it", true, true},
    {"replay", "true: history being loaded. Never act on it", true, false},
    {"dataref", "Where the data is, if it is too large to stand here", false, false},
};

void add_message(const v1::Feed& feed, const std::string& type, Object& messages, const std::string& name) {
  const bool open = feed.audience() == v1::Audience::public_;
  Object& message = child(messages, name);
  set(message, "name", type);
  set(message, "title", type);
  set(message, "contentType", feed.format() == v1::Feed::protobuf ? "application/protobuf" : "application/json");
  Object& headers = child(message, "headers");
  set(headers, "type", "object");
  add(headers, "required", "content-type");
  set(child(child(headers, "properties"), "content-type"), "type", "string");
  for (const Attribute& one : kAttributes) {
    if (open && one.shut) continue;
    const std::string header = std::string("ce_") + one.name;
    Object& property = child(child(headers, "properties"), header);
    set(property, "type", "string");
    set(property, "description", one.what);
    if (std::string(one.name) == "type") set(property, "const", type);
    if (one.always) add(headers, "required", header);
  }
  refer(child(message, "payload"), feed.format() == v1::Feed::protobuf ? "#/components/schemas/FeedDataProtobuf" : "#/components/schemas/FeedData");
  set(child(child(child(message, "bindings"), "kafka"), "key"), "type", "string");
}

}  // namespace

void add_cloud_event(Object& schemas) {
  const pb::Descriptor& data = *definition().FindMessageTypeByName(v1::FeedData::descriptor()->full_name());
  Object& event = child(schemas, "CloudEvent");
  set(event, "type", "object");
  set(event, "description", "CloudEvents 1.0 in JSON. Be idempotent by source and id; never act on a plan, nor on what is marked replay.");
  for (const Attribute& one : kAttributes) {
    Object& property = child(child(event, "properties"), one.name);
    set(property, "type", std::string(one.name) == "replay" ? "boolean" : "string");
    set(property, "description", one.what);
    if (one.always && !one.shut) add(event, "required", one.name);
  }
  set(child(child(event, "properties"), "datacontenttype"), "const", "application/json");
  refer(child(child(event, "properties"), "data"), schema::reference_to(data));
  add_all(data, schemas);
}

std::string asyncapi(const std::vector<v1::Feed>& feeds, const std::string& kafka) {
  Object root;
  set(root, "asyncapi", "3.0.0");
  set(child(root, "info"), "title", "Concordat feeds");
  set(child(root, "info"), "version", "1.0.0");
  set(child(root, "info"), "description", "CloudEvents 1.0 in binary mode. Read with isolation.level=read_committed; be idempotent by id; never act on a plan, nor on what is marked replay.");
  Object& server = child(child(root, "servers"), "kafka");
  set(server, "host", kafka.empty() ? "localhost:9092" : kafka);
  set(server, "protocol", "kafka");
  for (const v1::Feed& feed : feeds) {
    if (feed.topic().empty()) continue;
    Object& channel = child(child(root, "channels"), feed.name());
    set(channel, "address", feed.topic());
    set(channel, "title", feed.title().empty() ? feed.name() : feed.title());
    set(channel, "description", "For the audience " + v1::Audience::Value_Name(feed.audience()) + ".");
    Object& binding = child(child(channel, "bindings"), "kafka");
    set(binding, "topic", feed.topic());
    set(binding, "partitions", 1.0);
    set(binding, "bindingVersion", "0.5.0");
    Object& operation = child(child(root, "operations"), "follow-" + feed.name());
    set(operation, "action", "send");
    refer(child(operation, "channel"), "#/channels/" + feed.name());
    const auto* events = v1::Event::descriptor()->oneof_decl(0);
    for (int i = 0; i < events->field_count(); ++i) {
      const std::string type = event_type(events->field(i)->name());
      if (!heard_by(feed.audience(), events->field(i)->name())) continue;
      const bool told = feed.types_size() == 0 || std::any_of(feed.types().begin(), feed.types().end(), [&](const std::string& begin) { return type.starts_with(begin); });
      if (!told) continue;
      const std::string name = feed.name() + "." + type;
      add_message(feed, type, child(child(root, "components"), "messages"), name);
      refer(child(child(channel, "messages"), type), "#/components/messages/" + name);
    }
  }
  add_all(*definition().FindMessageTypeByName(v1::FeedData::descriptor()->full_name()), child(child(root, "components"), "schemas"));
  std::string text = "syntax = \"proto3\";\npackage concordat.v1;\n";
  std::set<std::string> seen;
  add_text(*v1::FeedData::descriptor(), &seen, &text);
  Object& proto = child(child(child(root, "components"), "schemas"), "FeedDataProtobuf");
  set(proto, "schemaFormat", "application/vnd.google.protobuf;version=3");
  set(proto, "schema", text);
  return schema::text_of(root);
}

}  // namespace concordat::app
