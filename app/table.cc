#include "app/table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace concordat::app {
namespace {

// Characters, not bytes: continuation bytes of UTF-8 do not count.
std::size_t length(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::vector<std::string> lines_of(const std::string& text, std::size_t most) {
  std::vector<std::string> out{""};
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find(' ', at);
    if (end == std::string::npos) end = text.size();
    const std::string word = text.substr(at, end - at);
    if (!out.back().empty() && length(out.back()) + 1 + length(word) > most) out.emplace_back();
    out.back() += (out.back().empty() ? "" : " ") + word;
    at = end + 1;
  }
  return out;
}

}  // namespace

std::size_t width() {
  winsize size{};
  return isatty(1) && ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 40 ? size.ws_col : 110;
}

std::string wrap(const std::string& text, std::size_t indent) {
  std::string out;
  for (const std::string& line : lines_of(text, width() - indent)) out += (out.empty() ? "" : "\n" + std::string(indent, ' ')) + line;
  return out;
}

void Table::print() const {
  std::vector<std::size_t> widths;
  for (const std::string& head : heads_) widths.push_back(length(head));
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], length(row[i]));
  std::size_t before = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) { widths[i] = std::min<std::size_t>(widths[i], 44); before += widths[i] + 2; }
  widths.back() = std::max<std::size_t>(20, width() > before ? width() - before : 20);
  const auto print_row = [&](const std::vector<std::string>& row) {
    std::vector<std::vector<std::string>> cells;
    std::size_t height = 1;
    for (std::size_t i = 0; i < row.size(); ++i) { cells.push_back(lines_of(row[i], widths[i])); height = std::max(height, cells.back().size()); }
    for (std::size_t line = 0; line < height; ++line) {
      std::string out;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string part = line < cells[i].size() ? cells[i][line] : "";
        out += part;
        if (i + 1 < cells.size()) out += std::string(widths[i] > length(part) ? widths[i] - length(part) : 0, ' ') + "  ";
      }
      while (!out.empty() && out.back() == ' ') out.pop_back();
      std::printf("%s\n", out.c_str());
    }
  };
  print_row(heads_);
  std::vector<std::string> rule;
  for (std::size_t i = 0; i < heads_.size(); ++i) rule.emplace_back(std::min<std::size_t>(i + 1 < heads_.size() ? widths[i] : length(heads_[i]), 44), '-');
  print_row(rule);
  for (const auto& row : rows_) print_row(row);
}

}  // namespace concordat::app
