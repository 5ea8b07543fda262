#include "app/pictures.h"

#include <algorithm>

#include "engine/base/svg.h"

namespace concordat::app {
namespace {

using record::Day, record::kAlways, record::kNever;
using svg::n, svg::text_at;

constexpr int kEdge = 24, kWidth = 1200, kLine = 16;
constexpr const char* kBold = " font-weight=\"bold\"";
constexpr const char* kHeavy = " fill=\"#fff\" stroke=\"#111\" stroke-width=\"3\"";
constexpr const char* kThin = " fill=\"#f6f6f6\" stroke=\"#999\" stroke-width=\"1\"";

// ---- What changed ----

constexpr int kNameW = 250, kWordX = 300, kWasX = 480, kNowX = 840;
constexpr std::size_t kNameLetters = 32, kWordLetters = 24, kCellLetters = 46, kCellLines = 3;

// One subject with its changes: a heavy frame, and beside its name the sign that it changed.
int changed_box(const std::vector<const ChangeRow*>& rows, int y, std::string* out) {
  std::string body;
  int at = y + 20;
  for (const ChangeRow* row : rows) {
    const auto was = svg::wrapped(row->was, kCellLetters, kCellLines), now = svg::wrapped(row->now, kCellLetters, kCellLines);
    body += text_at(kWordX, at, "start", 12, svg::cut(row->what, kWordLetters), " font-style=\"italic\"");
    for (std::size_t i = 0; i < was.size(); ++i) body += text_at(kWasX, at + static_cast<int>(i) * kLine, "start", 12, (i == 0 ? "− " : "  ") + was[i]);
    for (std::size_t i = 0; i < now.size(); ++i) body += text_at(kNowX, at + static_cast<int>(i) * kLine, "start", 12, (i == 0 ? "+ " : "  ") + now[i]);
    at += static_cast<int>(std::max(was.size(), now.size())) * kLine + 6;
  }
  int name_at = y + 20;
  for (const std::string& line : svg::wrapped("≠ " + rows.front()->subject, kNameLetters, 3)) { body += text_at(kEdge + 10, name_at, "start", 13, line, kBold); name_at += kLine; }
  const int height = std::max(at, name_at) - y - 8;
  *out += svg::rect(kEdge, y, kWidth - 2 * kEdge, height, kHeavy) + body;
  return y + height + 8;
}

// The others, several in a row.
int unchanged_boxes(const std::vector<std::string>& names, int y, std::string* out) {
  int x = kEdge;
  for (const std::string& name : names) {
    const std::string text = svg::cut(name, 40);
    const int width = static_cast<int>(text.size()) * 6 + 18;
    if (x + width > kWidth - kEdge) { x = kEdge; y += 30; }
    *out += svg::rect(x, y, width, 24, kThin) + text_at(x + width / 2, y + 16, "middle", 11, text);
    x += width + 6;
  }
  return names.empty() ? y : y + 36;
}

// ---- One subject through time ----

constexpr int kAxisX = 330, kAxisW = 720, kRow = 46;
constexpr const char* kHatch = "<pattern id=\"may\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"7\" height=\"7\" fill=\"#fff\"/><line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"7\" stroke=\"#222\" stroke-width=\"2\"/></pattern>";

struct Axis {
  int first = 0, last = 0;                          // Days since 1970.
  int x(Day day) const {
    const int count = std::clamp(day.count, first, last);
    return kAxisX + static_cast<int>(static_cast<long long>(count - first) * kAxisW / std::max(1, last - first));
  }
};

int year_of(Day day) { return std::stoi(record::format(day).substr(0, 4)); }
Day new_year(int year) { return *record::parse_day(std::to_string(year) + "-01-01"); }

Axis axis_of(const std::vector<Bar>& bars) {
  std::vector<Day> days;
  for (const Bar& bar : bars)
    for (const Day day : {bar.from.earliest, bar.from.latest, bar.until.earliest, bar.until.latest, bar.known})
      if (day != kAlways && day != kNever) days.push_back(day);
  if (days.empty()) days.push_back(Day{0});
  const auto [low, high] = std::minmax_element(days.begin(), days.end());
  return {new_year(year_of(*low)).count, new_year(year_of(*high) + 1).count};
}

std::string years(const Axis& axis, int height) {
  std::string out;
  const int from = year_of(Day{axis.first}), to = year_of(Day{axis.last}), step = (to - from) / 16 + 1;
  for (int year = from; year <= to; year += step) {
    const int x = axis.x(new_year(year));
    out += svg::line(x, 84, x, height - kEdge, " stroke-width=\"0.5\" stroke-dasharray=\"2 4\"") + text_at(x, 78, "middle", 11, std::to_string(year));
  }
  return out;
}

std::string bar_shape(const Bar& bar, const Axis& axis, int y) {
  const bool dated = bar.from.stated, ends = bar.until.stated;
  const int over = ends ? axis.x(bar.until.earliest) : kAxisX + kAxisW, gone = ends ? axis.x(bar.until.latest) : kAxisX + kAxisW;
  // What nobody dated was so when it was known, and nobody says since when; a plan without a date may begin at any time.
  const int may = axis.x(dated ? bar.from.earliest : kAlways), sure = dated ? axis.x(bar.from.latest) : bar.plan ? over : std::min(axis.x(bar.known), over);
  const char* full = bar.plan ? " fill=\"#fff\" stroke=\"#222\" stroke-width=\"1.5\" stroke-dasharray=\"5 3\"" : " fill=\"#444\" stroke=\"#222\" stroke-width=\"1.5\"";
  const char* hatched = bar.plan ? " fill=\"url(#may)\" stroke=\"#222\" stroke-dasharray=\"5 3\"" : " fill=\"url(#may)\" stroke=\"#222\"";
  std::string out;
  if (over > sure) out += svg::rect(sure, y, std::max(over - sure, 3), 12, full);
  if (sure > may) out += svg::rect(may, y, std::max(sure - may, 3), 12, hatched);
  if (gone > over && ends) out += svg::rect(over, y, gone - over, 12, hatched);
  if (!ends) out += "<path d=\"M " + n(kAxisX + kAxisW + 2) + " " + n(y) + " l 9 6 l -9 6\" fill=\"none\" stroke=\"#222\" stroke-width=\"1.5\"/>\n";
  if (bar.gone) out += svg::line(may, y + 6, gone, y + 6, " stroke-width=\"4\" stroke=\"#fff\"") + "<path d=\"M " + n(may) + " " + n(y + 14) + " L " + n(gone) + " " + n(y - 2) + "\" stroke=\"#222\" stroke-width=\"1.5\"/>\n";
  const int known = axis.x(bar.known);
  return out + "<path d=\"M " + n(known) + " " + n(y + 14) + " l 5 8 l -10 0 z\" fill=\"#fff\" stroke=\"#222\"/>\n";
}

std::string dates(const Bar& bar) {
  return (bar.from.stated ? record::in_words(bar.from) : std::string("not dated")) + (bar.until.stated ? ", until " + record::in_words(bar.until) : "");
}

}  // namespace

std::string draw_changes(const std::string& title, const std::vector<ChangeRow>& rows, const std::map<std::string, std::vector<std::string>>& unchanged) {
  std::string body = text_at(kEdge, 36, "start", 20, title, kBold) + text_at(kEdge, 60, "start", 12, "≠ and a heavy frame: changed · − what was said · + what is said · thin frame: the same on both days");
  std::string told;
  std::vector<std::string> groups;
  for (const ChangeRow& row : rows) {
    if (std::find(groups.begin(), groups.end(), row.group) == groups.end()) groups.push_back(row.group);
    told += row.group + ", " + row.subject + ", " + row.what + ": was: " + row.was + " Is: " + row.now + " ";
  }
  for (const auto& [group, names] : unchanged)
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  int y = 84;
  for (const std::string& group : groups) {
    body += text_at(kEdge, y + 14, "start", 15, group, kBold);
    y += 24;
    std::vector<std::string> subjects;
    for (const ChangeRow& row : rows)
      if (row.group == group && std::find(subjects.begin(), subjects.end(), row.subject) == subjects.end()) subjects.push_back(row.subject);
    for (const std::string& subject : subjects) {
      std::vector<const ChangeRow*> of;
      for (const ChangeRow& row : rows)
        if (row.group == group && row.subject == subject) of.push_back(&row);
      y = changed_box(of, y, &body);
    }
    if (const auto found = unchanged.find(group); found != unchanged.end()) y = unchanged_boxes(found->second, y, &body);
    y += 12;
  }
  return svg::document(kWidth, y + kEdge, title, told.empty() ? "Nothing changed." : told, body);
}

std::string draw_timeline(const std::string& title, const std::vector<Bar>& bars) {
  const Axis axis = axis_of(bars);
  const int height = 100 + static_cast<int>(bars.size()) * kRow + kEdge;
  std::string body = text_at(kEdge, 36, "start", 20, title, kBold) +
                     text_at(kEdge, 56, "start", 12, "full: holds · dashed frame: planned · hatched: may have begun or ended there · arrow: no end stated · struck through: counts no more · triangle: known from there") + years(axis, height);
  std::string told;
  int y = 100;
  for (const Bar& bar : bars) {
    const std::string says = bar.word + ": " + bar.value, how = bar.standing + ", " + dates(bar);
    body += text_at(kEdge, y + 10, "start", 12, svg::cut(says, 41), kBold) + text_at(kEdge, y + 26, "start", 11, svg::cut(how, 52)) + bar_shape(bar, axis, y);
    told += says + ", " + how + ", known " + record::format(bar.known) + ". ";
    y += kRow;
  }
  return svg::document(kAxisX + kAxisW + 2 * kEdge, height, title, told.empty() ? "Nothing was said of it." : told, body, kHatch);
}

}  // namespace concordat::app
