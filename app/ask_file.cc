// concordat ask --file: many questions at once.
#include <google/protobuf/struct.pb.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "app/ask.h"
#include "app/csv.h"
#include "app/files.h"
#include "app/joined.h"
#include "app/table.h"
#include "engine/record/record.h"

namespace concordat::app {
namespace {

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(at), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// "001_5cdb3f67600fe999.txt:94", or the matter that made the fact.
std::string place_of(const v1::Fact& fact) {
  const v1::Source& source = fact.source();
  if (source.document().empty()) return "matter " + source.matter();
  return source.document() + (source.place().empty() ? "" : ":" + source.place());
}

void add_once(std::vector<std::string>& all, std::string one) {
  if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
}

// The conflict that a fact's id belongs to: "K14" of "K14.1", "K00" if it names none.
std::string conflict_id(const v1::Answer& answer) {
  for (const auto& side : answer.conflicting()) {
    const std::string& id = side.fact().id();
    if (id.size() >= 3 && id[0] == 'K' && isdigit(id[1]) != 0 && isdigit(id[2]) != 0) return id.substr(0, 3);
  }
  return "K00";
}

std::string value_of(const Reading& reading, const v1::Fact& fact) {
  const v1::Value& value = fact.value();
  std::string out;
  switch (value.is_case()) {
    case v1::Value::kRef: out = reading.record->name(value.ref()); break;
    case v1::Value::kText: out = value.text(); break;
    case v1::Value::kNumber: out = std::to_string(value.number()); break;
    case v1::Value::kFlag: out = value.flag() ? "yes" : "no"; break;
    case v1::Value::kWhen: out = value.when(); break;
    case v1::Value::kCode: out = value.code(); break;
    case v1::Value::IS_NOT_SET: out = "left open"; break;
  }
  return out + (fact.from().empty() ? "" : " from " + fact.from());
}

std::string json_text(const std::string& text) {
  google::protobuf::Value value;
  value.set_string_value(text);
  return json_of(value);
}

std::string json_array(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : ",") + json_text(one);
  return "[" + out + "]";
}

// One answer, in columns.
struct Line {
  std::string id, question, record_set, reading, notes;
  v1::Answer answer;
  std::vector<std::string> basis, reasons, sources, set_aside;
};

// What a reader should know of the statements: what in them was inferred, and on what they depend.
void note(const Reading& reading, const v1::Fact& fact, std::vector<std::string>& notes) {
  v1::Reason::Value reason = v1::Reason::unset;
  for (const std::string& mark : fact.marks())
    if (!v1::Reason::Value_Parse(mark, &reason) && !mark.starts_with("inventory:") && !mark.starts_with("act: ")) add_once(notes, place_of(fact) + ": " + mark);
  if (!fact.condition().empty()) add_once(notes, "depends on: " + reading.record->name(fact.condition()));
}

const char* mode_words(v1::Mode::Value mode) {
  return mode == v1::Mode::happened ? ", did it happen" : mode == v1::Mode::expected ? ", as expected" : mode == v1::Mode::known ? ", what was known" : "";
}

Line line_of(const Reading& reading, v1::Answer answer) {
  Line out;
  const v1::Question& q = answer.question();
  out.record_set = joined(q.record_sets(), "+");
  if (out.record_set.empty()) out.record_set = "all";
  out.reading = reading.record->name(q.subject()) + ": " + q.predicate() + (q.scope().empty() ? "" : " (" + q.scope() + ")") +
                mode_words(q.mode());
  out.basis.assign(answer.basis().begin(), answer.basis().end());
  for (const int reason : answer.reasons()) out.reasons.push_back(v1::Reason::Value_Name(static_cast<v1::Reason::Value>(reason)));
  for (const auto* list : {&answer.used(), &answer.conflicting()})
    for (const auto& one : *list) add_once(out.sources, place_of(one.fact()));
  if (out.sources.empty())
    for (const auto& one : answer.set_aside())
      if (one.why() != "too_late_known" && one.why() != "retracted") add_once(out.sources, place_of(one.fact()));
  for (const auto& one : answer.set_aside()) add_once(out.set_aside, place_of(one.fact()) + " " + one.why());
  std::vector<std::string> notes;
  for (const auto* list : {&answer.used(), &answer.conflicting()})
    for (const auto& one : *list) note(reading, one.fact(), notes);
  out.notes = joined(notes, "; ");
  out.answer = std::move(answer);
  return out;
}

std::string conflict_cell(const Reading& reading, const v1::Answer& answer) {
  std::vector<std::string> sides;
  for (const auto& one : answer.conflicting()) sides.push_back(place_of(one.fact()) + " \"" + one.fact().source().quote() + "\" => " + value_of(reading, one.fact()));
  return sides.empty() ? "" : conflict_id(answer) + "[" + joined(sides, " | ") + "]";
}

std::string bounds_of(const v1::Answer& answer) { return answer.earliest().empty() && answer.latest().empty() ? "" : answer.earliest() + ".." + answer.latest(); }

std::string carried(const v1::Answer& answer) {
  return std::find(answer.basis().begin(), answer.basis().end(), "carried_forward") == answer.basis().end() ? "" : answer.last_asserted();
}

const std::vector<std::string> kHeads = {"id", "as_of_date", "known_as_of", "record_set", "reading", "determined", "answer", "basis", "bounds", "reasons", "sources", "conflicts", "set_aside", "last_asserted", "notes"};

std::vector<std::string> cells_of(const Reading& reading, const Line& line) {
  const v1::Answer& a = line.answer;
  return {line.id, a.question().valid_at(), a.question().known_at(), line.record_set, line.reading, a.determined() ? "yes" : "no", a.sentence(), joined(line.basis, ";"), bounds_of(a),
          joined(line.reasons, ";"), joined(line.sources, ";"), conflict_cell(reading, a), joined(line.set_aside, ";"), carried(a), line.notes};
}

std::string json_line(const Reading& reading, const Line& line, bool question) {
  const v1::Answer& a = line.answer;
  const std::vector<std::string> cells = cells_of(reading, line);
  const auto day = [](const std::string& text) { return text.empty() ? std::string("null") : json_text(text); };
  std::string out = "{";
  for (std::size_t i = 0; i < kHeads.size(); ++i) {
    const std::string& head = kHeads[i];
    std::string value = json_text(cells[i]);
    if (head == "basis") value = json_array(line.basis);
    if (head == "reasons") value = json_array(line.reasons);
    if (head == "sources") value = json_array(line.sources);
    if (head == "set_aside") value = json_array(line.set_aside);
    if (head == "bounds") value = "{\"earliest\":" + day(a.earliest()) + ",\"latest\":" + day(a.latest()) + "}";
    if (head == "conflicts") {
      std::string sides;
      for (const auto& one : a.conflicting())
        sides += std::string(sides.empty() ? "" : ",") + "{\"source\":" + json_text(place_of(one.fact())) + ",\"words\":" + json_text(one.fact().source().quote()) + ",\"value\":" + json_text(value_of(reading, one.fact())) + "}";
      value = sides.empty() ? "[]" : "[{\"id\":" + json_text(conflict_id(a)) + ",\"sides\":[" + sides + "]}]";
    }
    out += (i == 0 ? "" : ",") + json_text(head) + ":" + value;
  }
  return out + (question ? ",\"question\":" + json_text(line.question) : "") + "}\n";
}

Result<Line> answer_row(const Reading& reading, const Csv& csv, const CsvRow& row, const Asked& asked) {
  Asked one = asked;
  one.subject = csv.cell(row, "subject");
  one.predicate = csv.cell(row, "predicate");
  one.at = csv.cell(row, "as_of_date");
  if (one.at.empty()) return Status::invalid("as_of_date: expected a day as YYYY-MM-DD, but it is empty");
  const auto given = [&](const char* head, std::string& to) { if (const auto cell = csv.cell(row, head); !cell.empty()) to = cell; };
  given("known_as_of", one.known);
  given("scope", one.scope);
  given("mode", one.mode);
  if (const auto sets = split(csv.cell(row, "record_set"), '+'); !sets.empty()) one.sets = sets == std::vector<std::string>{"all"} ? std::vector<std::string>() : sets;
  auto question = question_of(reading, one);
  if (!question.ok()) {                          // In the words of the file: its columns, not our options.
    std::string why = question.status().why();
    for (const auto& [option, head] : {std::pair{"--at", "as_of_date"}, {"--known", "known_as_of"}, {"--set", "record_set"}, {"--mode", "mode"}})
      if (why.starts_with(option)) why.replace(0, std::string_view(option).size(), head);
    return Status::invalid(why);
  }
  Line line = line_of(reading, record::ask(*reading.record, *question));
  line.id = csv.cell(row, "id");
  line.question = csv.cell(row, "question");
  return line;
}

}  // namespace

Status ask_file(const Common& common, const Reading& reading, const std::string& file, const Asked& asked) {
  const std::string name = file == "-" ? "standard input" : file;
  const auto text = read_given(file);
  if (!text.ok()) return text.status();
  const auto csv = read_csv(name, *text);
  if (!csv.ok()) return csv.status();
  for (const char* head : {"subject", "predicate", "as_of_date"})
    if (!csv->has(head)) return Status::invalid(name + ":1: expected a column " + head + ", but the head row has " + joined(csv->heads));
  std::vector<Line> lines;
  for (const CsvRow& row : csv->rows) {
    auto line = answer_row(reading, *csv, row, asked);
    if (!line.ok()) return Status::invalid(name + ":" + std::to_string(row.line) + ": " + line.status().why());
    lines.push_back(*std::move(line));
  }
  const bool question = csv->has("question");
  if (common.csv()) {
    std::vector<std::string> heads = kHeads;
    if (question) heads.push_back("question");
    std::fputs(csv_line(heads).c_str(), stdout);
  }
  Table table({"id", "on", "known", "reading", "answer", "reasons or basis"});
  for (const Line& line : lines) {
    if (common.csv()) {
      std::vector<std::string> cells = cells_of(reading, line);
      if (question) cells.push_back(line.question);
      std::fputs(csv_line(cells).c_str(), stdout);
    } else if (common.json()) {
      std::fputs(json_line(reading, line, question).c_str(), stdout);
    } else {
      const v1::Answer& a = line.answer;
      table.row({line.id, a.question().valid_at(), a.question().known_at(), line.reading, a.sentence(), joined(a.determined() ? line.basis : line.reasons, "; ")});
    }
  }
  if (!common.csv() && !common.json()) table.print();
  return {};
}

}  // namespace concordat::app
