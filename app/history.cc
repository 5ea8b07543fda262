#include "app/history.h"

#include <algorithm>

#include "app/common.h"
#include "app/csv.h"
#include "app/yaml_commands.h"

namespace concordat::app {
namespace {

constexpr const char* kOpen = "TBC";
const std::vector<std::string> kHeads = {"row", "id", "subject", "predicate", "scope", "type", "value", "from", "until", "standing", "condition", "document", "place", "quote", "known", "record_set",
                                         "marks", "in_force", "title", "known_why", "sha256", "held", "many", "scoped", "rule", "subjects", "procedures", "meaning", "phrase"};

// "a;b": what is several in one cell. A mark may hold a semicolon itself: then it stands doubled.
std::string joined(const google::protobuf::RepeatedPtrField<std::string>& all) {
  std::string out;
  for (const std::string& one : all) {
    if (!out.empty()) out += ';';
    for (const char c : one) out += c == ';' ? ";;" : std::string(1, c);
  }
  return out;
}

void split(std::string_view cell, google::protobuf::RepeatedPtrField<std::string>* out) {
  if (cell.empty()) return;
  std::string* one = out->Add();
  for (std::size_t i = 0; i < cell.size(); ++i) {
    if (cell[i] != ';') { *one += cell[i]; continue; }
    if (i + 1 < cell.size() && cell[i + 1] == ';') { *one += ';'; ++i; continue; }
    one = out->Add();
  }
}

std::string yes(bool flag) { return flag ? "yes" : ""; }

// One row on its way into a message: what it expects, and where it stands, in every failure.
struct RowReader {
  const Csv& csv;
  const CsvRow& row;
  std::string where;

  std::string text(const char* head) const { return std::string(csv.cell(row, head)); }
  Status wrong(const std::string& head, const std::string& expected) const {
    return Status::invalid(where + ": " + head + ": expected " + expected + ", but it is \"" + text(head.c_str()) + "\"");
  }
  Status flag(const char* head, bool* out) const {
    const std::string cell = text(head);
    *out = cell == "yes" || cell == "true";
    return *out || cell.empty() || cell == "no" || cell == "false" ? Status() : wrong(head, "yes or no");
  }
};

Status value_of(const RowReader& in, int type, v1::Value* out) {
  const std::string cell = in.text("value");
  if (cell == kOpen) return {};                      // The source leaves it open.
  if (cell.empty()) return in.wrong("value", "a value, or TBC where the source leaves it open");
  switch (type) {
    case v1::Predicate::ref: out->set_ref(cell); break;
    case v1::Predicate::text: out->set_text(cell); break;
    case v1::Predicate::when: out->set_when(cell); break;
    case v1::Predicate::code: out->set_code(cell); break;
    case v1::Predicate::flag: {
      bool flag = false;
      if (Status status = in.flag("value", &flag); !status.ok()) return status;
      out->set_flag(flag);
      break;
    }
    case v1::Predicate::number:
      if (cell.find_first_not_of("0123456789", cell.starts_with('-') ? 1 : 0) != std::string::npos || cell.size() > 18) return in.wrong("value", "a whole number");
      out->set_number(std::stoll(cell));
      break;
    default: return in.wrong("predicate", "a word of the vocabulary, so that the type of its value is known");
  }
  return {};
}

Status read_fact(const RowReader& in, int type, v1::Fact* out) {
  out->set_id(in.text("id"));
  out->set_subject(in.text("subject"));
  out->set_predicate(in.text("predicate"));
  out->set_scope(in.text("scope"));
  out->set_from(in.text("from"));
  out->set_until(in.text("until"));
  out->set_condition(in.text("condition"));
  out->set_known(in.text("known"));
  out->set_record_set(in.text("record_set"));
  out->mutable_source()->set_document(in.text("document"));
  out->mutable_source()->set_place(in.text("place"));
  out->mutable_source()->set_quote(in.text("quote"));
  split(in.csv.cell(in.row, "marks"), out->mutable_marks());
  bool in_force = false;
  if (Status status = in.flag("in_force", &in_force); !status.ok()) return status;
  out->set_in_force(in_force);
  v1::Standing::Value standing = v1::Standing::effective;
  if (const std::string cell = in.text("standing"); !cell.empty() && !v1::Standing::Value_Parse(cell, &standing)) return in.wrong("standing", "planned, conditional, effective or ended");
  out->set_standing(standing);
  return value_of(in, type, out->mutable_value());
}

Status read_document(const RowReader& in, v1::Document* out) {
  out->set_id(in.text("id"));
  out->set_title(in.text("title"));
  out->set_known(in.text("known"));
  out->set_known_why(in.text("known_why"));
  out->set_sha256(in.text("sha256"));
  out->set_record_set(in.text("record_set"));
  bool held = false;
  if (Status status = in.flag("held", &held); !status.ok()) return status;
  out->set_held(held);
  return {};
}

Status read_word(const RowReader& in, v1::Predicate* out) {
  out->set_name(in.text("id"));
  out->set_meaning(in.text("meaning"));
  out->set_phrase(in.text("phrase"));
  split(in.csv.cell(in.row, "subjects"), out->mutable_subjects());
  split(in.csv.cell(in.row, "procedures"), out->mutable_procedures());
  v1::Predicate::Type type = v1::Predicate::type_unset;
  if (!v1::Predicate::Type_Parse(in.text("type"), &type)) return in.wrong("type", "ref, text, number, flag, when or code");
  out->set_type(type);
  bool many = false, scoped = false, rule = false;
  if (Status status = in.flag("many", &many); !status.ok()) return status;
  if (Status status = in.flag("scoped", &scoped); !status.ok()) return status;
  if (Status status = in.flag("rule", &rule); !status.ok()) return status;
  out->set_many(many);
  out->set_scoped(scoped);
  out->set_rule(rule);
  return {};
}

Status read_csv_history(const std::string& file, const std::string& text, const TypeOf& type_of, History* out) {
  const auto csv = read_csv(file, text);
  if (!csv.ok()) return csv.status();
  for (const char* head : {"subject", "predicate", "value", "document"})
    if (!csv->has(head)) return Status::invalid(file + ":1: expected a column " + std::string(head) + ", but the head row has none");
  for (const std::string& head : csv->heads)
    if (std::find(kHeads.begin(), kHeads.end(), head) == kHeads.end()) return Status::invalid(file + ":1: expected columns of a history (id, subject, predicate, scope, value, from, until, standing, document, place, quote, known, …), but there is \"" + head + "\"");
  // Words first: what a value is depends on them.
  for (const bool words : {true, false})
    for (const CsvRow& row : csv->rows) {
      const RowReader in{*csv, row, file + ":" + std::to_string(row.line)};
      const std::string kind = in.text("row");
      if ((kind == "word") != words) continue;
      Status status;
      if (kind == "word") status = read_word(in, &out->words.emplace_back(Placed<v1::Predicate>{{}, in.where}).what);
      else if (kind == "document") status = read_document(in, &out->documents.emplace_back(Placed<v1::Document>{{}, in.where}).what);
      else if (!kind.empty() && kind != "fact") status = in.wrong("row", "fact, document or word");
      else status = read_fact(in, type_of(in.text("predicate")), &out->facts.emplace_back(Placed<v1::Fact>{{}, in.where}).what);
      if (!status.ok()) return status;
    }
  return {};
}

using Cells = std::vector<std::pair<std::string, std::string>>;

std::string row_of(const Cells& cells) {
  std::vector<std::string> out(kHeads.size());
  for (const auto& [head, cell] : cells) out[static_cast<std::size_t>(std::find(kHeads.begin(), kHeads.end(), head) - kHeads.begin())] = cell;
  return csv_line(out);
}

std::string value_cell(const v1::Value& value) {
  switch (value.is_case()) {
    case v1::Value::kRef: return value.ref();
    case v1::Value::kText: return value.text();
    case v1::Value::kNumber: return std::to_string(value.number());
    case v1::Value::kFlag: return value.flag() ? "yes" : "no";
    case v1::Value::kWhen: return value.when();
    case v1::Value::kCode: return value.code();
    case v1::Value::IS_NOT_SET: break;
  }
  return kOpen;
}

template <typename T>
std::string json_list(const std::vector<Placed<T>>& all) {
  std::string out;
  for (const auto& one : all) out += (out.empty() ? "\n" : ",\n") + json_of(one.what);
  return "[" + out + "]";
}

}  // namespace

Status read_history(const std::string& file, const std::string& text, const TypeOf& type_of, History* out) {
  if (file.ends_with(".csv")) {
    const TypeOf here = [&](const std::string& word) {
      for (const auto& one : out->words)
        if (one.what.name() == word) return static_cast<int>(one.what.type());
      return type_of(word);
    };
    return read_csv_history(file, text, here, out);
  }
  return parse_lists(text, file, "snapshot", [&](const std::string& list, std::size_t line) -> google::protobuf::Message* {
    const std::string where = file + ":" + std::to_string(line);
    if (list == "documents") return &out->documents.emplace_back(Placed<v1::Document>{{}, where}).what;
    if (list == "words") return &out->words.emplace_back(Placed<v1::Predicate>{{}, where}).what;
    if (list == "facts") return &out->facts.emplace_back(Placed<v1::Fact>{{}, where}).what;
    return nullptr;
  });
}

std::string history_json(const History& history, const std::string& snapshot) {
  return "{\"snapshot\":" + snapshot + ",\n\"documents\":" + json_list(history.documents) + ",\n\"words\":" + json_list(history.words) + ",\n\"facts\":" + json_list(history.facts) + "}\n";
}

std::string history_csv(const History& history) {
  std::string out = csv_line(kHeads);
  for (const auto& [one, where] : history.words)
    out += row_of({{"row", "word"}, {"id", one.name()}, {"type", v1::Predicate::Type_Name(one.type())}, {"many", yes(one.many())}, {"scoped", yes(one.scoped())}, {"rule", yes(one.rule())}, {"subjects", joined(one.subjects())},
                   {"procedures", joined(one.procedures())}, {"meaning", one.meaning()}, {"phrase", one.phrase()}});
  for (const auto& [one, where] : history.documents)
    out += row_of({{"row", "document"}, {"id", one.id()}, {"title", one.title()}, {"known", one.known()}, {"known_why", one.known_why()}, {"sha256", one.sha256()}, {"held", yes(one.held())}, {"record_set", one.record_set()}});
  for (const auto& [one, where] : history.facts)
    out += row_of({{"row", "fact"}, {"id", one.id()}, {"subject", one.subject()}, {"predicate", one.predicate()}, {"scope", one.scope()}, {"value", value_cell(one.value())}, {"from", one.from()}, {"until", one.until()},
                   {"standing", v1::Standing::Value_Name(one.standing())}, {"condition", one.condition()}, {"document", one.source().document()}, {"place", one.source().place()}, {"quote", one.source().quote()},
                   {"known", one.known()}, {"record_set", one.record_set()}, {"marks", joined(one.marks())}, {"in_force", yes(one.in_force())}});
  return out;
}

std::string export_document(const std::string& ledger, std::uint64_t sequence) { return ledger + "@" + std::to_string(sequence); }
bool is_export_of(const std::string& ledger, const std::string& document) { return document.starts_with(ledger + "@"); }

v1::Fact exported(v1::Fact fact, const std::string& document) {
  v1::Source& source = *fact.mutable_source();
  if (source.matter().empty()) return fact;
  source.set_place("matter " + source.matter() + (source.document().empty() ? "" : ", evidence " + source.document() + (source.place().empty() ? "" : ":" + source.place())));
  fact.add_marks("act: " + source.matter());               // It was made so, and not told by a document.
  source.clear_matter();
  source.set_document(document);
  return fact;
}

}  // namespace concordat::app
