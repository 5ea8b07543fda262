#include "app/date_words.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <vector>

namespace concordat::app {
namespace {

constexpr std::array<const char*, 12> kMonths = {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"};

bool number(const std::string& text, std::size_t digits) { return text.size() == digits && text.find_first_not_of("0123456789") == std::string::npos; }

// "23" is 2023: the ledger's years are of this century unless they are written out.
std::string year(const std::string& text) { return number(text, 2) ? "20" + text : number(text, 4) ? text : ""; }
std::string two(int value) { return (value < 10 ? "0" : "") + std::to_string(value); }

// The month by its name or its first three letters; empty if it is none.
std::string month(const std::string& text) {
  for (std::size_t i = 0; i < kMonths.size(); ++i)
    if (text == kMonths[i] || text == std::string(kMonths[i]).substr(0, 3) || (text == "sept" && i == 8)) return two(static_cast<int>(i) + 1);
  return {};
}

// "2023/24", "24/25": only a year and the next.
std::string financial(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return {};
  const std::string from = year(text.substr(0, slash)), to = text.substr(slash + 1);
  if (from.empty() || !number(to, 2) || (std::stoi(from) + 1) % 100 != std::stoi(to)) return {};
  return "FY" + from + "-" + to;
}

// One date in the record's own form; empty if it is none.
std::string plain(std::vector<std::string> words) {
  if (!words.empty() && words.front() == "fy") words.erase(words.begin());
  if (words.size() == 3 && words[0] == "financial" && words[1] == "year") words.erase(words.begin(), words.begin() + 2);
  if (words.size() == 1) return number(words[0], 4) ? words[0] : financial(words[0]);
  if (words.size() == 2 && !month(words[0]).empty() && !year(words[1]).empty()) return year(words[1]) + "-" + month(words[0]);
  if (words.size() != 3 || month(words[1]).empty() || year(words[2]).empty()) return {};
  std::string day = words[0].substr(0, words[0].find_first_not_of("0123456789"));
  const std::string rest = words[0].substr(day.size());
  if (day.empty() || day.size() > 2 || (!rest.empty() && rest != "st" && rest != "nd" && rest != "rd" && rest != "th")) return {};
  return year(words[2]) + "-" + month(words[1]) + "-" + two(std::stoi(day));
}

}  // namespace

Result<record::When> read_date(std::string_view text) {
  if (auto own = record::parse_when(text); (own.ok() && own->stated) || (text.starts_with('[') && text.ends_with(']') && text.size() > 4)) return own;
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == ',' ? ' ' : c; });
  std::vector<std::string> words;
  std::istringstream in(lower);
  for (std::string word; in >> word;) words.push_back(word);
  bool until = false, from = false;
  if (!words.empty() && (words[0] == "by" || words[0] == "until")) until = true;
  if (!words.empty() && (words[0] == "from" || words[0] == "since")) from = true;
  const bool not_before = words.size() > 2 && words[0] == "not" && words[1] == "before";
  from = from || not_before;
  if (until || from || (!words.empty() && (words[0] == "in" || words[0] == "on"))) words.erase(words.begin());
  if (not_before) words.erase(words.begin());
  const std::string one = plain(words);
  auto when = one.empty() ? Result<record::When>(record::When()) : record::parse_when(one);
  if (one.empty() || !when.ok())
    return Status::invalid("expected a day as YYYY-MM-DD, or a date such as \"April 23\", \"24/25\", \"by 24 September 2024\" or [2023-04-01..2023-06-30], but \"" + std::string(text) + "\" is none");
  if (until) return record::parse_when("[.." + record::format(when->latest) + "]");
  if (from) return record::parse_when("[" + record::format(when->earliest) + "..]");
  return when;
}

}  // namespace concordat::app
