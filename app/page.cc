#include "app/page.h"

#include <utility>

#include "app/csv.h"
#include "app/json_text.h"
#include "engine/base/markup.h"

namespace concordat::app {
namespace {

// Serif for reading, a measure that the eye can follow, black on white; no item is torn from its heading by a page break.
constexpr const char* kStyle =
    "body{font:11pt/1.45 Georgia,'Times New Roman',serif;max-width:42em;margin:2em auto;padding:0 1em;color:#111;background:#fff}"
    "h1{font-size:1.5em;line-height:1.2;margin:0 0 .6em}h2{font-size:1.1em;margin:1.6em 0 .4em;padding-top:.5em;border-top:1px solid #bbb}"
    "h3,h4{font-size:1em;margin:1em 0 .2em}h4{font-style:italic}p{margin:.4em 0}ul{margin:.2em 0 .6em;padding-left:1.3em}"
    "@page{size:A4;margin:22mm}@media print{body{margin:0;padding:0;max-width:none}h2,h3,h4{break-after:avoid}li,p{orphans:3;widows:3}}";

const std::vector<std::string> kColumns{"heading", "label", "kind", "strong", "words"};

}  // namespace

std::string Page::markdown() const {
  std::string out = "# " + title_ + "\n";
  Block::Kind before = Block::kText;
  for (const Block& block : blocks_) {
    if (block.kind != Block::kPoint || before != Block::kPoint) out += "\n";
    if (block.kind == Block::kSection) out += "## " + block.words + "\n";
    if (block.kind == Block::kHeading) out += (sections_ ? "### " : "## ") + block.words + "\n";
    if (block.kind == Block::kLabel) out += "**" + block.words + "**\n";
    if (block.kind == Block::kText) out += (block.strong.empty() ? "" : "**" + block.strong + "** ") + block.words + "\n";
    if (block.kind == Block::kPoint) out += "- " + block.words + "\n";
    before = block.kind;
  }
  return out;
}

std::string Page::html() const {
  std::string out = "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>" + escaped(title_) +
                    "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n<h1>" + escaped(title_) + "</h1>\n";
  bool in_list = false, under_heading = false;
  for (const Block& block : blocks_) {
    const bool point = block.kind == Block::kPoint;
    if (point != in_list) out += point ? "<ul>\n" : "</ul>\n";
    in_list = point;
    if (block.kind == Block::kSection) under_heading = false;
    if (block.kind == Block::kHeading) under_heading = true;
    const std::string words = escaped(block.words);
    const auto titled = [&](int level) { return "<h" + std::to_string(level) + ">" + words + "</h" + std::to_string(level) + ">\n"; };
    if (block.kind == Block::kSection) out += titled(2);
    if (block.kind == Block::kHeading) out += titled(sections_ ? 3 : 2);
    if (block.kind == Block::kLabel) out += titled(under_heading && sections_ ? 4 : 3);
    if (block.kind == Block::kText) out += "<p>" + (block.strong.empty() ? "" : "<strong>" + escaped(block.strong) + "</strong> ") + words + "</p>\n";
    if (point) out += "<li>" + words + "</li>\n";
  }
  return out + (in_list ? "</ul>\n" : "") + "</body>\n</html>\n";
}

std::vector<Page::Line> Page::lines() const {
  std::vector<Line> out;
  std::string heading, label;
  for (const Block& block : blocks_) {
    if (block.kind == Block::kSection || block.kind == Block::kHeading) { heading = block.words; label.clear(); }
    else if (block.kind == Block::kLabel) label = block.words;
    else out.push_back({heading, block.kind == Block::kPoint ? label : "", block.kind == Block::kPoint ? "point" : "text", block.strong, block.words});
  }
  return out;
}

std::string Page::csv() const {
  std::string out = csv_line(kColumns);
  for (const Line& line : lines()) out += csv_line(line);
  return out;
}

std::string Page::json() const {
  std::string out = "{\"title\": " + json_text(title_) + ", \"lines\": [";
  for (bool first = true; const Line& line : lines()) {
    out += std::exchange(first, false) ? "\n" : ",\n";
    for (std::size_t i = 0; i < kColumns.size(); ++i) out += (i == 0 ? " {\"" : ", \"") + kColumns[i] + "\": " + json_text(line[i]);
    out += "}";
  }
  return out + "\n]}\n";
}

}  // namespace concordat::app
