// JSON documents that describe messages: objects whose names come out in a fixed order, and JSON Schemas of what the
// definition says in protobuf's JSON form.
#pragma once

#include <google/protobuf/struct.pb.h>

#include <string>

namespace google::protobuf { class Descriptor; }

namespace concordat::app::schema {

using Object = google::protobuf::Struct;

Object& child(Object& of, const std::string& name);            // Made if it is not there.
void set(Object& of, const std::string& name, const std::string& text);
void set(Object& of, const std::string& name, const char* text);
void set(Object& of, const std::string& name, double number);
void set(Object& of, const std::string& name, bool truth);
void add(Object& of, const std::string& name, const std::string& text);      // To a list.
Object& add(Object& of, const std::string& name);                            // An object to a list.
void refer(Object& of, const std::string& to);

// "concordat.v1.FeedData.Matter" is "FeedData_Matter".
std::string name_of(const google::protobuf::Descriptor& type);
std::string reference_to(const google::protobuf::Descriptor& type);          // "#/components/schemas/…"
// That message and every one it needs, with the comments that stand beside them.
void add_all(const google::protobuf::Descriptor& type, Object& schemas);

std::string text_of(const Object& root);                       // The same document gives the same text.

}  // namespace concordat::app::schema
