// A page for people, made once and written as Markdown or as one HTML file that needs nothing else and prints as it looks.
#pragma once

#include <string>
#include <vector>

namespace concordat::app {

class Page {
 public:
  explicit Page(std::string title) : title_(std::move(title)) {}
  void section(std::string words) { add(Block::kSection, "", std::move(words)); sections_ = true; }     // Of several headings.
  void heading(std::string words) { add(Block::kHeading, "", std::move(words)); }
  void label(std::string words) { add(Block::kLabel, "", std::move(words)); }            // Above a list.
  void text(std::string words) { add(Block::kText, "", std::move(words)); }
  void text(std::string strong, std::string words) { add(Block::kText, std::move(strong), std::move(words)); }   // Begins in bold.
  void point(std::string words) { add(Block::kPoint, "", std::move(words)); }            // Of a list.
  // Every piece of text, in its order, becomes what `change` makes of it.
  template <typename Change> void revise(Change change) {
    for (Block& block : blocks_)
      for (std::string* text : {&block.strong, &block.words}) *text = change(*text);
  }
  std::string markdown() const;
  std::string html() const;
  std::string csv() const;      // A line for each: heading, label, kind (text, point), strong, words.
  std::string json() const;     // {"title": …, "lines": [{"heading": …, …}]}

 private:
  struct Block {
    enum Kind { kSection, kHeading, kLabel, kText, kPoint } kind;
    std::string strong, words;
  };
  void add(Block::Kind kind, std::string strong, std::string words) { blocks_.push_back({kind, std::move(strong), std::move(words)}); }
  using Line = std::vector<std::string>;
  std::vector<Line> lines() const;
  std::string title_;
  std::vector<Block> blocks_;
  bool sections_ = false;       // Then headings stand one level lower.
};

}  // namespace concordat::app
