// Tables for people: aligned columns, wrapped to the terminal, plain text.
#pragma once

#include <string>
#include <vector>

namespace concordat::app {

class Table {
 public:
  explicit Table(std::vector<std::string> heads) : heads_(std::move(heads)) {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  void print() const;

 private:
  std::vector<std::string> heads_;
  std::vector<std::vector<std::string>> rows_;
};

// Width of the terminal, or 110 where there is none.
std::size_t width();
// Wraps words to the width, every line after the first indented.
std::string wrap(const std::string& text, std::size_t indent);

}  // namespace concordat::app
