// Comma-separated values as RFC 4180 has them: quotes, doubled quotes, line breaks within quotes, LF or CRLF.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"

namespace concordat::app {

struct CsvRow { std::size_t line = 0; std::vector<std::string> cells; };   // The line on which it begins, from 1.

// A head row and rows as wide as it. kInvalid names file and line.
struct Csv {
  std::vector<std::string> heads;
  std::vector<CsvRow> rows;
  // The cell below that head; empty if there is no such column.
  std::string_view cell(const CsvRow& row, std::string_view head) const;
  bool has(std::string_view head) const;
};
Result<Csv> read_csv(const std::string& name, std::string_view text);

// One line, quoted where it must be, with its line break.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace concordat::app
