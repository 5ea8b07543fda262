#include "engine/procedures/bpmn.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "concordat/v1/procedure.pb.h"
#include "engine/procedures/lanes.h"

namespace concordat::procedures {
namespace {

// Sizes in the diagram's own units: those that modellers use for an event, a gateway and a task.
constexpr int kEvent = 36, kGateway = 50, kTaskW = 200, kTaskH = 80, kMargin = 40, kTop = 40, kLane = 24, kFirstLane = 60;
constexpr int kToGateway = 25, kBelowGateway = 50, kBelowTask = 55, kToEnd = 150, kEndGap = 130, kOver = 20, kLetter = 6, kLine = 14;

struct Box {
  int x = 0, y = 0, w = 0, h = 0;
  int middle_x() const { return x + w / 2; }
  int middle_y() const { return y + h / 2; }
};
struct Point { int x = 0, y = 0; };

std::string n(int number) { return std::to_string(number); }

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (static_cast<unsigned char>(c) >= ' ') out += c;
    else out += ' ';
  }
  return out;
}

// Ids of BPMN are XML names; the hexadecimal digits keep different ids apart.
std::string xml_id(const std::string& prefix, const std::string& id) {
  constexpr const char* digits = "0123456789abcdef";
  std::string out = prefix;
  for (const char c : id) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (plain) { out += c; continue; }
    out += '_';
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

struct Drawing {
  std::string process, shapes, edges;
  std::map<std::string, std::vector<std::string>> in, out;   // Element -> flows.
  std::map<std::string, Box> boxes;
  int flows = 0;

  // `label`: where its name stands; null = inside it, or none.
  void shape(const std::string& id, const Box& box, const Box* label = nullptr, const char* more = "") {
    boxes[id] = box;
    shapes += "      <bpmndi:BPMNShape id=\"" + id + "_di\" bpmnElement=\"" + id + "\"" + more + ">\n" + bounds(box, 8) + label_of(label) + "      </bpmndi:BPMNShape>\n";
  }
  void flow(const std::string& from, const std::string& to, const std::string& name, const std::vector<Point>& points, const Box& label = {}) {
    const std::string id = "flow_" + n(++flows);
    out[from].push_back(id);
    in[to].push_back(id);
    process += "    <bpmn:sequenceFlow id=\"" + id + "\" sourceRef=\"" + from + "\" targetRef=\"" + to + "\"" + (name.empty() ? "" : " name=\"" + escaped(name) + "\"") + "/>\n";
    edges += "      <bpmndi:BPMNEdge id=\"" + id + "_di\" bpmnElement=\"" + id + "\">\n";
    for (const Point& one : points) edges += "        <di:waypoint x=\"" + n(one.x) + "\" y=\"" + n(one.y) + "\"/>\n";
    edges += label_of(name.empty() ? nullptr : &label) + "      </bpmndi:BPMNEdge>\n";
  }

  static std::string bounds(const Box& box, std::size_t indent) {
    return std::string(indent, ' ') + "<dc:Bounds x=\"" + n(box.x) + "\" y=\"" + n(box.y) + "\" width=\"" + n(box.w) + "\" height=\"" + n(box.h) + "\"/>\n";
  }
  static std::string label_of(const Box* label) {
    return label == nullptr ? "" : "        <bpmndi:BPMNLabel>\n" + bounds(*label, 10) + "        </bpmndi:BPMNLabel>\n";
  }
};

const char* task_of(const v1::Step& step) {
  switch (step.kind_case()) {
    case v1::Step::kGate: return "businessRuleTask";
    case v1::Step::kDeclare: return step.declare().automatic() ? "serviceTask" : "userTask";
    case v1::Step::kEscalate: return "sendTask";
    case v1::Step::kRefer: return "callActivity";
    case v1::Step::kMeet: return "manualTask";
    case v1::Step::kPropose: case v1::Step::kDecide: case v1::Step::kSignOff: case v1::Step::kTransfer: case v1::Step::kOblige: return "userTask";
    case v1::Step::kWait: return "intermediateCatchEvent";
    case v1::Step::KIND_NOT_SET: break;
  }
  return "task";
}

std::string inside(const v1::Step& step) {
  if (!step.has_wait()) return "";
  const v1::WaitStep& wait = step.wait();
  const std::string id = xml_id("due_", step.id());
  if (!wait.until().empty()) return "      <bpmn:timerEventDefinition id=\"" + id + "\"><bpmn:timeDate xsi:type=\"bpmn:tFormalExpression\">" + escaped(wait.until()) + "</bpmn:timeDate></bpmn:timerEventDefinition>\n";
  if (wait.days() > 0) return "      <bpmn:timerEventDefinition id=\"" + id + "\"><bpmn:timeDuration xsi:type=\"bpmn:tFormalExpression\">P" + std::to_string(wait.days()) + "D</bpmn:timeDuration></bpmn:timerEventDefinition>\n";
  return "      <bpmn:conditionalEventDefinition id=\"" + id + "\"><bpmn:condition xsi:type=\"bpmn:tFormalExpression\">" + escaped(wait.subject() + " " + wait.predicate()) + "</bpmn:condition></bpmn:conditionalEventDefinition>\n";
}

std::string element(const Drawing& all, const std::string& tag, const std::string& id, const std::string& name, const std::string& more, const std::string& content) {
  std::string out = "    <bpmn:" + tag + " id=\"" + id + "\" name=\"" + escaped(name) + "\"" + more + ">\n";
  const auto flows = [&](const std::map<std::string, std::vector<std::string>>& which, const char* word) {
    const auto found = which.find(id);
    if (found == which.end()) return;
    for (const std::string& flow : found->second) out += std::string("      <bpmn:") + word + ">" + flow + "</bpmn:" + word + ">\n";
  };
  flows(all.in, "incoming");
  flows(all.out, "outgoing");
  return out + content + "    </bpmn:" + tag + ">\n";
}

struct End { std::string id, name; };
std::string words(std::string id) { std::replace(id.begin(), id.end(), '_', ' '); return id; }
std::string step_id(const std::string& id) { return xml_id("step_", id); }
std::string way_id(const std::string& id) { return xml_id("way_", id); }

// Outcomes that lead the same way are one flow: to a step, or to an end of that name.
struct Way { int to = -1; std::string on, as, first; };      // to -1: an end. `first`: the outcome its id is made of.
struct Row { const v1::Step* step = nullptr; std::vector<Way> ways; bool forks() const { return ways.size() > 1; } };

std::vector<Row> rows_of(const v1::Procedure& procedure) {
  std::map<std::string, int> index;
  for (int i = 0; i < procedure.steps_size(); ++i) index.emplace(procedure.steps(i).id(), i);
  std::vector<Row> out;
  for (const v1::Step& step : procedure.steps()) {
    Row& row = out.emplace_back();
    row.step = &step;
    for (const v1::Next& next : step.next()) {
      const auto found = index.find(next.to());
      const int to = found == index.end() ? -1 : found->second;
      const std::string as = to >= 0 ? "" : words(next.as().empty() ? next.on() : next.as());
      const auto same = std::find_if(row.ways.begin(), row.ways.end(), [&](const Way& way) { return way.to == to && way.as == as; });
      if (same == row.ways.end()) row.ways.push_back({to, words(next.on()), as, next.on()});
      else same->on += ", " + words(next.on());
    }
  }
  return out;
}

// Ways to another step than the next one go round the left.
Lanes round_the_left(const std::vector<Row>& rows) {
  std::vector<std::pair<int, int>> round;
  for (int i = 0; i < static_cast<int>(rows.size()); ++i)
    for (const Way& way : rows[static_cast<std::size_t>(i)].ways)
      if (way.to >= 0 && way.to != i + 1) round.emplace_back(i, way.to);
  return lanes_of(std::move(round));
}

// A name beside a point, on as many lines as its width needs.
Box label_at(int x, int y, const std::string& name, int widest) {
  const int letters = static_cast<int>(name.size()) * kLetter, lines = (letters + widest - 1) / widest;
  return {x, y, std::min(widest, std::max(letters, kLetter)), std::max(1, lines) * kLine};
}

void place(Drawing& all, const std::vector<Row>& rows, int left) {
  const int middle = left + kTaskW / 2;
  const Box opened{middle + kEvent / 2 + 8, kTop + kEvent / 2 - kLine / 2, 50, kLine};
  all.shape("start", {middle - kEvent / 2, kTop, kEvent, kEvent}, &opened);
  int y = kTop + kEvent + kBelowTask;
  for (const Row& row : rows) {
    const v1::Step& step = *row.step;
    const Box beside = label_at(middle + kEvent / 2 + 10, y + 10, step.title(), 200);
    if (step.has_wait()) all.shape(step_id(step.id()), {middle - kEvent / 2, y + kTaskH / 2 - kEvent / 2, kEvent, kEvent}, &beside);
    else all.shape(step_id(step.id()), {left, y, kTaskW, kTaskH});
    y += kTaskH;
    if (row.forks()) {
      all.shape(way_id(step.id()), {middle - kGateway / 2, y + kToGateway, kGateway, kGateway}, nullptr, " isMarkerVisible=\"true\"");
      y += kToGateway + kGateway + kBelowGateway;
    } else {
      y += kBelowTask;
    }
  }
}

// The first end straight to the right; each further one over those that are nearer.
void draw_end(Drawing& all, const Row& row, const Way& way, int beside, int left, std::vector<End>* ends) {
  const std::string from = row.forks() ? way_id(row.step->id()) : step_id(row.step->id());
  const Box at = all.boxes[from];
  const End& end = ends->emplace_back(End{xml_id("end_", row.step->id() + " " + way.first), way.as});
  const Box box{left + kTaskW + kToEnd + beside * kEndGap, at.middle_y() - kEvent / 2, kEvent, kEvent};
  Box named = label_at(0, box.y + kEvent + 4, way.as, kEndGap - 20);
  named.x = box.middle_x() - named.w / 2;
  all.shape(end.id, box, &named);
  const std::string on = row.forks() ? way.on : "";
  const int riser = left + kTaskW + 20, over = at.middle_y() - kGateway / 2 - kOver * beside;
  Box label = label_at(riser + 8, 0, on, kToEnd - 40);
  label.y = at.middle_y() - label.h - 3;
  if (beside == 0) return all.flow(from, end.id, on, {{at.x + at.w, at.middle_y()}, {box.x, box.middle_y()}}, label);
  all.flow(from, end.id, on, {{at.x + at.w, at.middle_y()}, {riser, at.middle_y()}, {riser, over}, {box.middle_x(), over}, {box.middle_x(), box.y}},
           label_at(box.middle_x() - kEndGap + 10, over - kLine - 2, on, 3 * kEndGap));
}

struct Beside { int ends = 0, round = 0; };

void draw_way(Drawing& all, const std::vector<Row>& rows, const Lanes& lanes, int i, const Way& way, int left, Beside* beside, std::map<int, int>* arrived) {
  const Row& row = rows[static_cast<std::size_t>(i)];
  const std::string from = row.forks() ? way_id(row.step->id()) : step_id(row.step->id()), target = step_id(rows[static_cast<std::size_t>(way.to)].step->id());
  const Box at = all.boxes[from], to = all.boxes[target];
  const std::string on = row.forks() ? way.on : "";
  if (way.to == i + 1) return all.flow(from, target, on, {{at.middle_x(), at.y + at.h}, {to.middle_x(), to.y}}, label_at(at.middle_x() + 8, at.y + at.h + 8, on, 3 * kTaskW));
  const int x = left - kFirstLane - kLane * lanes.lane.at({i, way.to});
  const int into = to.h < kTaskH ? to.middle_y() : std::max(to.y + to.h - 14 - 12 * (*arrived)[way.to]++, to.y + 10);
  const int above = beside->round++ == 0 ? -kLine - 3 : 3 + (beside->round - 2) * kLine;
  Box label = label_at(0, at.middle_y() + above, on, at.x - left + kFirstLane - 8);
  if (above < 0) label.y = at.middle_y() - label.h - 3;
  label.x = at.x - label.w - 4;
  all.flow(from, target, on, {{at.x, at.middle_y()}, {x, at.middle_y()}, {x, into}, {to.x, into}}, label);
}

void draw_ways(Drawing& all, const std::vector<Row>& rows, const Lanes& lanes, int left, std::vector<End>* ends) {
  std::map<int, int> arrived;                                // Step -> how many ways come to it round the left.
  for (int i = 0; i < static_cast<int>(rows.size()); ++i) {
    const Row& row = rows[static_cast<std::size_t>(i)];
    const Box own = all.boxes[step_id(row.step->id())];
    if (row.forks()) all.flow(step_id(row.step->id()), way_id(row.step->id()), "", {{own.middle_x(), own.y + own.h}, {own.middle_x(), all.boxes[way_id(row.step->id())].y}});
    Beside beside;
    for (const Way& way : row.ways) {
      if (way.to < 0) draw_end(all, row, way, beside.ends++, left, ends);
      else draw_way(all, rows, lanes, i, way, left, &beside, &arrived);
    }
  }
}

}  // namespace

std::string draw_bpmn(const v1::Procedure& procedure) {
  const std::vector<Row> rows = rows_of(procedure);
  const Lanes lanes = round_the_left(rows);
  const int left = kMargin + kFirstLane + kLane * lanes.count;
  Drawing all;
  place(all, rows, left);
  if (!rows.empty()) {
    const std::string target = step_id(rows.front().step->id());
    const Box start = all.boxes["start"], first = all.boxes[target];
    all.flow("start", target, "", {{start.middle_x(), start.y + start.h}, {first.middle_x(), first.y}});
  }
  std::vector<End> ends;
  draw_ways(all, rows, lanes, left, &ends);
  std::string nodes = element(all, "startEvent", "start", "opened", "", "");
  for (const Row& row : rows) {
    const v1::Step& step = *row.step;
    const std::string called = step.has_refer() ? " calledElement=\"" + xml_id("procedure_", step.refer().procedure()) + "\"" : "";
    nodes += element(all, task_of(step), step_id(step.id()), step.title().empty() ? step.id() : step.title(), called, inside(step));
    if (row.forks()) nodes += element(all, "exclusiveGateway", way_id(step.id()), "", "", "");
  }
  for (const End& end : ends) nodes += element(all, "endEvent", end.id, end.name, "", "");
  const std::string id = xml_id("procedure_", procedure.id());
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<bpmn:definitions xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\" xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" xmlns:di=\"http://www.omg.org/spec/DD/20100524/DI\" id=\"definitions\" targetNamespace=\"urn:concordat:procedures\">\n  <bpmn:process id=\"" +
         id + "\" name=\"" + escaped(procedure.title() + ", version " + std::to_string(procedure.version())) + "\" isExecutable=\"false\">\n" + nodes + all.process +
         "  </bpmn:process>\n  <bpmndi:BPMNDiagram id=\"diagram\">\n    <bpmndi:BPMNPlane id=\"plane\" bpmnElement=\"" + id + "\">\n" + all.shapes + all.edges + "    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n</bpmn:definitions>\n";
}

}  // namespace concordat::procedures
