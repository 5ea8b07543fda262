#include "engine/procedures/bpmn.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "concordat/v1/procedure.pb.h"

namespace concordat::procedures {
namespace {

// Sizes in the diagram's own units: those that modellers use for an event, a gateway and a task.
constexpr int kEvent = 36, kGateway = 50, kTaskW = 160, kTaskH = 80, kLeft = 60, kTop = 60, kRow = 180, kEndGap = 110, kLane = 30;

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
  int flows = 0, widest = 0;

  void shape(const std::string& id, const Box& box, const char* more = "") {
    boxes[id] = box;
    shapes += "      <bpmndi:BPMNShape id=\"" + id + "_di\" bpmnElement=\"" + id + "\"" + more + ">\n        <dc:Bounds x=\"" + n(box.x) + "\" y=\"" + n(box.y) + "\" width=\"" + n(box.w) + "\" height=\"" + n(box.h) + "\"/>\n      </bpmndi:BPMNShape>\n";
  }
  void flow(const std::string& from, const std::string& to, const std::string& name, const std::vector<Point>& points) {
    const std::string id = "flow_" + n(++flows);
    out[from].push_back(id);
    in[to].push_back(id);
    process += "    <bpmn:sequenceFlow id=\"" + id + "\" sourceRef=\"" + from + "\" targetRef=\"" + to + "\"" + (name.empty() ? "" : " name=\"" + escaped(name) + "\"") + "/>\n";
    edges += "      <bpmndi:BPMNEdge id=\"" + id + "_di\" bpmnElement=\"" + id + "\">\n";
    for (const Point& one : points) edges += "        <di:waypoint x=\"" + n(one.x) + "\" y=\"" + n(one.y) + "\"/>\n";
    edges += "      </bpmndi:BPMNEdge>\n";
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

void place(Drawing& all, const v1::Procedure& procedure) {
  all.shape("start", {kLeft + kTaskW / 2 - kEvent / 2, kTop, kEvent, kEvent});
  for (int i = 0; i < procedure.steps_size(); ++i) {
    const v1::Step& step = procedure.steps(i);
    const int y = kTop + kEvent + 60 + i * kRow;
    if (step.has_wait()) all.shape(step_id(step.id()), {kLeft + kTaskW / 2 - kEvent / 2, y + kTaskH / 2 - kEvent / 2, kEvent, kEvent});
    else all.shape(step_id(step.id()), {kLeft, y, kTaskW, kTaskH});
    if (step.next_size() > 1) all.shape(way_id(step.id()), {kLeft + kTaskW / 2 - kGateway / 2, y + kTaskH + 25, kGateway, kGateway}, " isMarkerVisible=\"true\"");
  }
}

// To the next step straight down; to any other round the left; to an end to the right.
void draw_ways(Drawing& all, const v1::Procedure& procedure, std::vector<End>* ends) {
  int lane = 0;
  for (int i = 0; i < procedure.steps_size(); ++i) {
    const v1::Step& step = procedure.steps(i);
    const bool several = step.next_size() > 1;
    const std::string from = several ? way_id(step.id()) : step_id(step.id());
    const Box at = all.boxes[from], own = all.boxes[step_id(step.id())];
    if (several) all.flow(step_id(step.id()), from, "", {{own.middle_x(), own.y + own.h}, {at.middle_x(), at.y}});
    int beside = 0;
    for (const v1::Next& next : step.next()) {
      const std::string name = several ? words(next.on()) : "";
      if (next.to() == "end") {
        const End& end = ends->emplace_back(End{xml_id("end_", step.id() + " " + next.on()), words(next.as().empty() ? next.on() : next.as())});
        const Box box{kLeft + kTaskW + 120 + beside++ * kEndGap, at.middle_y() - kEvent / 2, kEvent, kEvent};
        all.widest = std::max(all.widest, box.x + box.w);
        all.shape(end.id, box);
        const int over = at.y - 8 - 6 * beside;               // Above those that are nearer.
        if (beside == 1) all.flow(from, end.id, name, {{at.x + at.w, at.middle_y()}, {box.x, box.middle_y()}});
        else all.flow(from, end.id, name, {{at.middle_x(), at.y}, {at.middle_x() + 4 * beside, over}, {box.middle_x(), over}, {box.middle_x(), box.y}});
        continue;
      }
      const Box to = all.boxes[step_id(next.to())];
      const bool below = i + 1 < procedure.steps_size() && procedure.steps(i + 1).id() == next.to();
      if (below) { all.flow(from, step_id(next.to()), name, {{at.middle_x(), at.y + at.h}, {to.middle_x(), to.y}}); continue; }
      const int x = kLeft - kLane * ++lane;
      all.flow(from, step_id(next.to()), name, {{at.x, at.middle_y()}, {x, at.middle_y()}, {x, to.middle_y()}, {to.x, to.middle_y()}});
    }
  }
}

}  // namespace

std::string draw_bpmn(const v1::Procedure& procedure) {
  Drawing all;
  place(all, procedure);
  if (!procedure.steps().empty()) {
    const Box start = all.boxes["start"], first = all.boxes[step_id(procedure.steps(0).id())];
    all.flow("start", step_id(procedure.steps(0).id()), "", {{start.middle_x(), start.y + start.h}, {first.middle_x(), first.y}});
  }
  std::vector<End> ends;
  draw_ways(all, procedure, &ends);
  std::string nodes = element(all, "startEvent", "start", "opened", "", "");
  for (const v1::Step& step : procedure.steps()) {
    const std::string called = step.has_refer() ? " calledElement=\"" + xml_id("procedure_", step.refer().procedure()) + "\"" : "";
    nodes += element(all, task_of(step), step_id(step.id()), step.title().empty() ? step.id() : step.title(), called, inside(step));
    if (step.next_size() > 1) nodes += element(all, "exclusiveGateway", way_id(step.id()), "", "", "");
  }
  for (const End& end : ends) nodes += element(all, "endEvent", end.id, end.name, "", "");
  const std::string id = xml_id("procedure_", procedure.id());
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<bpmn:definitions xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\" xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" xmlns:di=\"http://www.omg.org/spec/DD/20100524/DI\" id=\"definitions\" targetNamespace=\"urn:concordat:procedures\">\n  <bpmn:process id=\"" +
         id + "\" name=\"" + escaped(procedure.title() + ", version " + std::to_string(procedure.version())) + "\" isExecutable=\"false\">\n" + nodes + all.process +
         "  </bpmn:process>\n  <bpmndi:BPMNDiagram id=\"diagram\">\n    <bpmndi:BPMNPlane id=\"plane\" bpmnElement=\"" + id + "\">\n" + all.shapes + all.edges + "    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n</bpmn:definitions>\n";
}

}  // namespace concordat::procedures
