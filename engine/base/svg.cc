#include "engine/base/svg.h"

namespace concordat::svg {

std::string n(int number) { return std::to_string(number); }

std::string cut(const std::string& text, std::size_t letters) {
  if (text.size() <= letters) return text;
  const std::size_t space = text.rfind(' ', letters);
  return text.substr(0, space == std::string::npos ? letters : space) + " …";
}

std::vector<std::string> wrapped(const std::string& text, std::size_t letters, std::size_t lines_max) {
  std::vector<std::string> out;
  std::string rest = text;
  while (rest.size() > letters && out.size() + 1 < lines_max) {
    const std::size_t space = rest.rfind(' ', letters);
    if (space == std::string::npos || space == 0) break;
    out.push_back(rest.substr(0, space));
    rest.erase(0, space + 1);
  }
  out.push_back(cut(rest, letters));
  return out;
}

std::string text_at(int x, int y, const char* anchor, int size, const std::string& text, const char* more) {
  return "<text x=\"" + n(x) + "\" y=\"" + n(y) + "\" text-anchor=\"" + anchor + "\" font-size=\"" + n(size) + "\"" + more + ">" + escaped(text) + "</text>\n";
}

std::string line(int x1, int y1, int x2, int y2, const char* more) {
  return "<line x1=\"" + n(x1) + "\" y1=\"" + n(y1) + "\" x2=\"" + n(x2) + "\" y2=\"" + n(y2) + "\" stroke=\"#222\"" + more + "/>\n";
}

std::string rect(int x, int y, int width, int height, const char* more) {
  return "<rect x=\"" + n(x) + "\" y=\"" + n(y) + "\" width=\"" + n(width) + "\" height=\"" + n(height) + "\"" + more + "/>\n";
}

std::string document(int width, int height, const std::string& title, const std::string& told, const std::string& body, const std::string& definitions) {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 " + n(width) + " " + n(height) + "\" width=\"" + n(width) + "\" height=\"" + n(height) + "\" font-family=\"Helvetica, Arial, sans-serif\">\n<title>" +
         escaped(title) + "</title>\n<desc>" + escaped(told) + "</desc>\n" + (definitions.empty() ? "" : "<defs>" + definitions + "</defs>\n") + "<rect width=\"" + n(width) + "\" height=\"" + n(height) + "\" fill=\"#fff\"/>\n" + body + "</svg>\n";
}

}  // namespace concordat::svg
