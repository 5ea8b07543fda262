#include "engine/procedures/draw.h"

#include <algorithm>
#include <map>
#include <vector>

#include "concordat/v1/procedure.pb.h"
#include "engine/base/svg.h"
#include "engine/procedures/lanes.h"

namespace concordat::procedures {
namespace {

// Lengths in the picture's own units; a letter of 14 is about 7 wide.
constexpr int kHead = 96, kBoxX = 484, kBoxW = 370, kBoxH = 78, kGap = 64, kEndX = 24, kEndW = 236, kEndH = 26, kLane = 34, kEdge = 24;
constexpr std::size_t kTitleLetters = 66, kLineLetters = 46;

using svg::cut, svg::n, svg::text_at;

// Words of an identifier, for people: not_carried -> not carried.
std::string words(std::string id) {
  std::replace(id.begin(), id.end(), '_', ' ');
  return id;
}

std::string arrow(const std::string& path, const char* more = "") {
  return "<path d=\"" + path + "\" fill=\"none\" stroke=\"#222\" stroke-width=\"1.5\" marker-end=\"url(#to)\"" + more + "/>\n";
}

// One arrow: several outcomes may go the same way.
struct Way { int to = 0; std::string on; };
struct End { std::string on, as; };
struct Placed { const v1::Step* step = nullptr; int y = 0, height = 0; std::vector<Way> ways; std::vector<End> ends; };

void add_end(std::vector<End>& ends, const std::string& on, const std::string& as) {
  const auto same = std::find_if(ends.begin(), ends.end(), [&](const End& end) { return end.as == as; });
  if (same == ends.end()) ends.push_back({on, as});
  else same->on += ", " + on;
}

// Ways to another step than the next one go round the right.
Lanes round_the_right(const std::vector<Placed>& steps) {
  std::vector<std::pair<int, int>> round;
  for (int i = 0; i < static_cast<int>(steps.size()); ++i)
    for (const Way& way : steps[static_cast<std::size_t>(i)].ways)
      if (way.to != i + 1) round.emplace_back(i, way.to);
  return lanes_of(std::move(round));
}

std::vector<Placed> placed(const v1::Procedure& procedure) {
  std::map<std::string, int> index;
  for (int i = 0; i < procedure.steps_size(); ++i) index.emplace(procedure.steps(i).id(), i);
  std::vector<Placed> out;
  int y = kHead;
  for (const v1::Step& step : procedure.steps()) {
    Placed& one = out.emplace_back();
    one.step = &step;
    for (const v1::Next& next : step.next()) {
      const auto to = index.find(next.to());
      if (to == index.end()) { add_end(one.ends, words(next.on()), words(next.as().empty() ? next.on() : next.as())); continue; }
      const auto same = std::find_if(one.ways.begin(), one.ways.end(), [&](const Way& way) { return way.to == to->second; });
      if (same == one.ways.end()) one.ways.push_back({to->second, words(next.on())});
      else same->on += ", " + words(next.on());
    }
    one.y = y;
    one.height = std::max(kBoxH, static_cast<int>(one.ends.size()) * (kEndH + 8) - 8);
    y += one.height + kGap;
  }
  return out;
}

// At most two lines.
std::vector<std::string> lines(const std::string& text) {
  if (text.size() <= kLineLetters) return {text};
  const std::size_t space = text.rfind(' ', kLineLetters);
  if (space == std::string::npos) return {cut(text, kLineLetters)};
  return {text.substr(0, space), cut(text.substr(space + 1), kLineLetters - 2)};
}

std::string box(const Placed& one) {
  const std::vector<std::string> title = lines(one.step->title().empty() ? one.step->id() : one.step->title());
  const int middle = kBoxX + kBoxW / 2;
  int y = one.y + one.height / 2 + 4 - static_cast<int>(title.size()) * 9;
  std::string out = "<rect x=\"" + n(kBoxX) + "\" y=\"" + n(one.y) + "\" width=\"" + n(kBoxW) + "\" height=\"" + n(one.height) + "\" rx=\"6\" fill=\"#fff\" stroke=\"#222\" stroke-width=\"1.5\"/>\n";
  for (const std::string& line : title) { out += text_at(middle, y, "middle", 14, line, " font-weight=\"bold\""); y += 18; }
  return out + text_at(middle, y + 2, "middle", 12, words(kind_of(*one.step)) + " · " + one.step->id());
}

std::string ends(const Placed& one) {
  std::string out;
  int y = one.y + (one.height - static_cast<int>(one.ends.size()) * (kEndH + 8) + 8) / 2;
  for (const End& end : one.ends) {
    out += "<rect x=\"" + n(kEndX) + "\" y=\"" + n(y) + "\" width=\"" + n(kEndW) + "\" height=\"" + n(kEndH) + "\" rx=\"13\" fill=\"#f2f2f2\" stroke=\"#222\" stroke-width=\"2.5\"/>\n";
    out += text_at(kEndX + kEndW / 2, y + 17, "middle", 12, "ends: " + cut(end.as, 30));
    out += arrow("M " + n(kBoxX) + " " + n(y + kEndH / 2) + " H " + n(kEndX + kEndW + 4));
    if (end.on != end.as) out += text_at(kBoxX - 8, y + kEndH / 2 - 5, "end", 11, cut(end.on, 40));
    y += kEndH + 8;
  }
  return out;
}

}  // namespace

std::string kind_of(const v1::Step& step) {
  const auto* field = step.GetReflection()->GetOneofFieldDescriptor(step, step.GetDescriptor()->FindOneofByName("kind"));
  return field == nullptr ? "" : field->name();
}

std::string draw_svg(const v1::Procedure& procedure) {
  const std::vector<Placed> steps = placed(procedure);
  const Lanes lanes = round_the_right(steps);
  const bool back = std::any_of(lanes.lane.begin(), lanes.lane.end(), [](const auto& one) { return one.first.second <= one.first.first; });
  std::map<int, int> arrived;                                // Step -> how many ways come to it round the right.
  std::string body, told;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Placed& one = steps[i];
    body += box(one) + ends(one);
    int from = one.y + 16;
    for (const Way& way : one.ways) {
      const Placed& to = steps[static_cast<std::size_t>(way.to)];
      told += one.step->id() + ", " + way.on + ": to " + to.step->id() + ". ";
      if (static_cast<std::size_t>(way.to) == i + 1) {
        const int x = kBoxX + kBoxW / 2;
        body += arrow("M " + n(x) + " " + n(one.y + one.height) + " V " + n(to.y - 4)) + text_at(x + 10, one.y + one.height + kGap / 2 + 4, "start", 12, way.on);
        continue;
      }
      const int right = kBoxX + kBoxW, lane = right + 190 + kLane * lanes.lane.at({static_cast<int>(i), way.to}), into = to.y + to.height - 12 - 11 * std::min(arrived[way.to]++, 3);
      body += arrow("M " + n(right) + " " + n(from) + " H " + n(lane) + " V " + n(into) + " H " + n(right + 4), static_cast<std::size_t>(way.to) <= i ? " stroke-dasharray=\"6 3\"" : "");
      body += text_at(right + 8, from - 5, "start", 12, cut(way.on, 30));
      from += 20;
    }
    for (const End& end : one.ends) told += one.step->id() + ", " + end.on + ": ends as " + end.as + ". ";
  }
  const int width = kBoxX + kBoxW + kEdge + (lanes.count == 0 ? 0 : 190 + kLane * lanes.count), height = steps.empty() ? kHead : steps.back().y + steps.back().height + kEdge;
  const std::string head = "<marker id=\"to\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M 0 0 L 10 5 L 0 10 z\" fill=\"#222\"/></marker>";
  const std::string titles = text_at(kEndX, 36, "start", 20, cut(procedure.title(), kTitleLetters), " font-weight=\"bold\"") +
                             text_at(kEndX, 60, "start", 12, procedure.id() + ", version " + std::to_string(procedure.version()) + (back ? " · dashed: back to an earlier step" : ""));
  return svg::document(width, height, procedure.title(), told, titles + body, head);
}

}  // namespace concordat::procedures
