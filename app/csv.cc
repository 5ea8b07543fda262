#include "app/csv.h"

#include <algorithm>

namespace concordat::app {
namespace {

// One cell from `at` on, which then stands behind it. False: a quote was never closed, or something follows a closing one.
bool take_cell(std::string_view text, std::size_t& at, std::size_t& line, std::string& cell) {
  const auto ends = [&] { return at == text.size() || text[at] == ',' || text[at] == '\n' || text.substr(at, 2) == "\r\n"; };
  if (at < text.size() && text[at] == '"') {
    for (++at; at < text.size(); ++at) {
      if (text[at] == '\n') ++line;
      if (text[at] != '"') { cell += text[at]; continue; }
      ++at;
      if (at == text.size() || text[at] != '"') return ends();
      cell += '"';
    }
    return false;
  }
  while (!ends()) cell += text[at++];
  return true;
}

}  // namespace

bool Csv::has(std::string_view head) const { return std::find(heads.begin(), heads.end(), head) != heads.end(); }

std::string_view Csv::cell(const CsvRow& row, std::string_view head) const {
  const auto found = std::find(heads.begin(), heads.end(), head);
  return found == heads.end() ? std::string_view() : row.cells[static_cast<std::size_t>(found - heads.begin())];
}

Result<Csv> read_csv(const std::string& name, std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Csv out;
  std::size_t at = 0, line = 1;
  while (at < text.size()) {
    CsvRow row{line, {}};
    for (bool more = true; more;) {
      std::string cell;
      if (!take_cell(text, at, line, cell)) return Status::invalid(name + ":" + std::to_string(row.line) + ": expected a closing quote followed by a comma or the end of the line, but there is none");
      row.cells.push_back(std::move(cell));
      more = at < text.size() && text[at] == ',';
      if (more) ++at;
    }
    if (at < text.size() && text[at] == '\r') ++at;
    if (at < text.size()) ++at, ++line;
    if (row.cells.size() == 1 && row.cells[0].empty()) continue;      // An empty line.
    if (out.heads.empty()) { out.heads = std::move(row.cells); continue; }
    if (row.cells.size() != out.heads.size())
      return Status::invalid(name + ":" + std::to_string(row.line) + ": expected " + std::to_string(out.heads.size()) + " cells, as the head row has, but there are " + std::to_string(row.cells.size()));
    out.rows.push_back(std::move(row));
  }
  if (out.heads.empty()) return Status::invalid(name + ": expected a head row, but the file is empty");
  return out;
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += ',';
    if (cells[i].find_first_of("\",\r\n") == std::string::npos) { out += cells[i]; continue; }
    out += '"';
    for (const char c : cells[i]) { if (c == '"') out += '"'; out += c; }
    out += '"';
  }
  return out + "\n";
}

}  // namespace concordat::app
