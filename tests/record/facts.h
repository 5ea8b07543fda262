// A record built from lines, for tests: a few words, a few facts with place and quote, and questions about them.
#pragma once

#include <string>
#include <vector>

#include "concordat/v1/record.pb.h"
#include "engine/record/record.h"

namespace concordat::record {

// One statement. Its value is read as the vocabulary says; "?" leaves it open. Standing may end in "+" for in force.
struct Line {
  std::string id, subject, predicate, value, standing, from, known = "";
  std::string place = "doc:1", quote = "as stated", until = "", scope = "", set = "seeds";
  std::vector<std::string> marks = {};
};

v1::VocabularyPublished vocabulary();
v1::Fact fact(const Line& line);
Record record_of(const std::vector<Line>& lines);
void assert_line(Record& record, const Line& line, std::uint64_t sequence);
void retract(Record& record, const std::string& id, const std::string& known, std::uint64_t sequence);
void resolve(Record& record, const std::vector<std::string>& ids, const std::string& prevails, const std::string& known, std::uint64_t sequence);

struct Asked {
  std::string subject, predicate, at;
  std::string known = "", mode = "arrangement", scope = "", set = "";
};
v1::Answer answer(const Facts& facts, const Asked& asked);
std::string reasons(const v1::Answer& answer);                        // "only_planned;…"
std::string basis(const v1::Answer& answer);
std::string bounds(const v1::Answer& answer);                         // "2023-04-01..2023-04-30"
std::string ids(const google::protobuf::RepeatedPtrField<v1::Considered>& facts);   // "a;b", or "a coarser;b superseded"

}  // namespace concordat::record
