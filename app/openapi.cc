#include "app/openapi.h"

#include <CLI/CLI.hpp>
#include <google/protobuf/descriptor.h>

#include <cstdio>

#include "app/common.h"
#include "app/definition.h"
#include "app/feed_asyncapi.h"
#include "app/http_connect.h"
#include "app/http_feeds.h"
#include "app/schema.h"
#include "concordat/v1/service.pb.h"

namespace concordat::app {
namespace {

namespace pb = google::protobuf;
using schema::add;
using schema::child;
using schema::Object;
using schema::refer;
using schema::set;

constexpr const char* kJson = "application/json";
constexpr const char* kEvent = "application/cloudevents+json";

void add_parameter(Object& parameters, const char* name, const char* header, const char* what, Object** described) {
  Object& out = child(parameters, name);
  set(out, "name", header);
  set(out, "in", "header");
  set(out, "description", what);
  *described = &child(out, "schema");
}

void add_shared(Object& components) {
  Object* described = nullptr;
  add_parameter(child(components, "parameters"), "protocol", "Connect-Protocol-Version", "1, or nothing.", &described);
  set(*described, "type", "string");
  set(*described, "const", "1");
  add_parameter(child(components, "parameters"), "timeout", "Connect-Timeout-Ms", "How long the caller waits; 30000 if nothing is said, 60000 at most.", &described);
  set(*described, "type", "integer");
  set(*described, "minimum", 1.0);
  Object& error = child(child(components, "schemas"), "Error");
  set(error, "type", "object");
  set(error, "description", "What went wrong outside the rules. A refusal by the rules is a reply with status 200.");
  for (const char* name : {"code", "message"}) {
    add(error, "required", name);
    set(child(child(error, "properties"), name), "type", "string");
  }
  for (const char* code : {"canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found", "permission_denied", "resource_exhausted", "out_of_range", "unimplemented", "internal", "unavailable", "data_loss", "unauthenticated"})
    add(child(child(error, "properties"), "code"), "enum", code);
  Object& failed = child(child(components, "responses"), "Failed");
  set(failed, "description", "Did not come to an answer; after 503 and 504 a command may be submitted again under the same id.");
  refer(child(child(child(failed, "content"), kJson), "schema"), "#/components/schemas/Error");
  Object& bearer = child(child(components, "securitySchemes"), "bearer");
  set(bearer, "type", "http");
  set(bearer, "scheme", "bearer");
  set(bearer, "bearerFormat", "JWT");
  set(bearer, "description", "Where the service asks who is calling (serve --identity).");
}

void add_body(Object& of, const pb::Descriptor& type, Object& schemas) {
  refer(child(child(child(of, "content"), kJson), "schema"), schema::reference_to(type));
  schema::add_all(type, schemas);
}

void add_call(const pb::MethodDescriptor& method, Object& path, Object& schemas) {
  Object& call = child(path, "post");
  set(call, "operationId", method.name());
  set(call, "summary", method.name());
  pb::SourceLocation location;
  if (method.GetSourceLocation(&location) && !location.leading_comments.empty()) set(call, "description", location.leading_comments.substr(location.leading_comments.find_first_not_of(' ')));
  refer(add(call, "parameters"), "#/components/parameters/protocol");
  refer(add(call, "parameters"), "#/components/parameters/timeout");
  set(child(call, "requestBody"), "required", true);
  add_body(child(call, "requestBody"), *method.input_type(), schemas);
  Object& responses = child(call, "responses");
  set(child(responses, "200"), "description", "The answer; of a command the reply, refused or not.");
  add_body(child(responses, "200"), *method.output_type(), schemas);
  for (const char* status : {"4XX", "5XX"}) refer(child(responses, status), "#/components/responses/Failed");
}

Object& add_get(Object& paths, const std::string& path, const char* name, const char* what, const char* type) {
  Object& call = child(child(paths, path), "get");
  set(call, "operationId", name);
  set(call, "summary", name);
  Object& good = child(child(call, "responses"), "200");
  set(good, "description", what);
  child(child(good, "content"), type);
  for (const char* status : {"4XX", "5XX"}) refer(child(child(call, "responses"), status), "#/components/responses/Failed");
  return call;
}

void add_where(Object& call, const char* name, const char* in, const char* what) {
  Object& out = add(call, "parameters");
  set(out, "name", name);
  set(out, "in", in);
  set(out, "description", what);
  if (std::string(in) == "path") set(out, "required", true);
  set(child(out, "schema"), "type", "string");
}

Object& schema_of(Object& call, const char* type) { return child(child(child(child(child(call, "responses"), "200"), "content"), type), "schema"); }

// Following a feed, where the service tells feeds (serve --feeds).
void add_feeds(Object& paths, Object& schemas) {
  const std::string feeds(kFeedsPath);
  Object& all = schema_of(add_get(paths, feeds, "ListFeeds", "The feeds that are told to this caller.", kJson), kJson);
  set(all, "type", "object");
  set(child(child(all, "properties"), "feeds"), "type", "array");
  set(child(child(child(all, "properties"), "feeds"), "items"), "type", "object");
  Object& follow = add_get(paths, feeds + "/{name}/events", "FollowFeed", "Until the caller goes. `event` is the type, `id` where he stands, `data` a CloudEvent on one line.", "text/event-stream");
  set(schema_of(follow, "text/event-stream"), "type", "string");
  add_where(follow, "name", "path", "Of the feed.");
  add_where(follow, "Last-Event-ID", "header", "Goes on after the event with this id; browsers send it by themselves.");
  add_where(follow, "after", "query", "The same, for who cannot set headers.");
  add_where(follow, "from", "query", "beginning (also if nothing is said), now or a day (YYYY-MM-DD).");
  Object& one = add_get(paths, feeds + "/{name}/events/{id}", "GetEvent", "One event of a feed; what `dataref` leads to.", kEvent);
  refer(schema_of(one, kEvent), "#/components/schemas/CloudEvent");
  add_where(one, "name", "path", "Of the feed.");
  add_where(one, "id", "path", "As told with the event.");
  add_cloud_event(schemas);
}

std::string made() {
  Object root;
  set(root, "openapi", "3.1.0");
  Object& info = child(root, "info");
  set(info, "title", "Concordat");
  set(info, "version", "1.0.0");
  set(info, "description", "Calls in the unary form of the Connect protocol, with JSON, and feeds as server-sent events. Names that are empty or left out mean the same; numbers of 64 bits are strings.");
  set(add(root, "servers"), "url", "/");
  (*add(root, "security").mutable_fields())["bearer"].mutable_list_value();
  add(root, "security");                                   // Or nobody: where the service does not ask.
  Object& components = child(root, "components");
  add_shared(components);
  const pb::ServiceDescriptor& service = *definition().FindServiceByName("concordat.v1.Concordat");
  for (int i = 0; i < service.method_count(); ++i) {
    const pb::MethodDescriptor& method = *service.method(i);
    if (method.client_streaming() || method.server_streaming()) continue;
    add_call(method, child(child(root, "paths"), std::string(kConnectPath) + method.name()), child(components, "schemas"));
  }
  add_feeds(child(root, "paths"), child(components, "schemas"));
  return schema::text_of(root);
}

}  // namespace

const std::string& openapi() {
  static const std::string kText = made();
  return kText;
}

void add_service(CLI::App& app, Common& common) {
  CLI::App* group = app.add_subcommand("service", "Documents of the service for who connects a system");
  group->require_subcommand(1);
  CLI::App* describe = group->add_subcommand("openapi", "The OpenAPI 3.1 document of the calls over HTTP; also GET /openapi.json");
  describe->footer("Example:\n  concordat service openapi > openapi.json");
  describe->callback([&common] { run(common, [] {
    std::printf("%s\n", openapi().c_str());
    return Status();
  }); });
}

}  // namespace concordat::app
