#include "app/what_if.h"

#include <algorithm>
#include <optional>
#include <set>

#include "app/fold.h"
#include "app/recorded.h"
#include "concordat/v1/procedure.pb.h"
#include "engine/record/authority.h"

namespace concordat::app {
namespace {

using Courses = std::map<std::string, Course>;

void rule(Course& course, const std::string& about, const v1::Ruling& ruling) {
  if (!ruling.question().empty()) course.rulings.push_back({about.empty() ? ruling.question() : ruling.question() + " " + about, ruling});
}

void decided(Course& course, const v1::DecisionMade& made) {
  rule(course, "when decided", made.quorum());
  rule(course, "", made.decision());
  for (const auto& own : made.severally()) {
    rule(course, "for " + own.party(), own.quorum());
    rule(course, "for " + own.party(), own.decision());
  }
}

void note(Courses& courses, const v1::Event& event) {
  const std::string& matter = matter_named(event);
  if (matter.empty() && !event.has_refused()) return;
  Course& course = courses[event.has_refused() ? event.refused().matter() : matter];
  if (event.has_matter_opened()) {
    course.title = event.matter_opened().title();
    course.procedure = event.matter_opened().procedure();
    course.step = event.matter_opened().step();
  }
  if (event.has_matter_moved()) course.step = event.matter_moved().to();
  if (event.has_matter_closed()) course.outcome = event.matter_closed().outcome();
  if (event.has_gate_answered()) rule(course, event.gate_answered().step(), event.gate_answered().ruling());
  if (event.has_item_tabled()) rule(course, "at " + event.item_tabled().meeting(), event.item_tabled().quorum());
  if (event.has_interest_declared()) rule(course, "after " + event.interest_declared().who() + " declared", event.interest_declared().quorum());
  if (event.has_meeting_convened()) rule(course, "", event.meeting_convened().notice());
  if (event.has_escalation_routed()) {
    course.route.push_back(event.escalation_routed().to());
    rule(course, "from " + event.escalation_routed().from(), event.escalation_routed().ruling());
  }
  if (event.has_decision_made()) decided(course, event.decision_made());
  if (event.has_refused()) course.refused.push_back(event.refused());
}

std::string day_of_act(const v1::Commit& commit) { return commit.acted_on().empty() ? day_of(commit.stamp().time_ms()) : commit.acted_on(); }

// A ledger lived again from commands, as the runtime would live it.
class Life {
 public:
  // Before the change: as it was.
  Status fold(const v1::Commit& commit) {
    v1::Event event;
    for (const std::string& bytes : commit.events())
      if (event.ParseFromString(bytes) && event.has_matter_closed()) closed_[event.matter_closed().matter()] = event.matter_closed().outcome();
    return evolve(state_, commit);
  }
  // What came of it; the refusal if the rules say no.
  std::optional<v1::Refused> act(const v1::Command& command, const v1::Stamp& stamp) {
    Prefetched prefetched;
    if (const auto found = closed_.find(matter_of(command)); found != closed_.end()) prefetched = {true, found->second};
    v1::Stamp at = stamp;
    at.set_time_ms(std::max(at.time_ms(), state_.last_stamp_ms));
    std::optional<v1::Refused> no;
    for (const v1::Event& event : decide(state_, command, at, prefetched)) {
      if (event.has_matter_closed()) closed_[event.matter_closed().matter()] = event.matter_closed().outcome();
      note(courses_, event);
      if (event.has_refused()) no = event.refused();
    }
    return no;
  }
  const Courses& courses() const { return courses_; }

  // Parties whose position or signature an open matter still wants; empty if it wants none.
  std::string awaited(const std::string& id) const {
    const auto found = state_.matters.find(id);
    if (found == state_.matters.end()) return {};
    const Matter& matter = found->second;
    const auto filled = [&](const std::string& text) { return text.starts_with('$') && matter.fields.contains(text.substr(1)) ? matter.fields.find(text.substr(1))->second.text : text; };
    std::set<std::string> all;
    const auto parties_of = [&](const std::string& body) {
      for (const record::Datum& party : record::values(state_.record, body, record::authority::kParty, "", record::day_of(state_.last_stamp_ms))) all.insert(party.text);
    };
    constexpr std::string_view kEach = "parties of ";
    std::string body;
    if (matter.step->has_decide()) body = filled(matter.step->decide().body());
    if (matter.step->has_sign_off()) {
      body = filled(matter.step->sign_off().subject());
      for (const std::string& party : matter.step->sign_off().parties()) {
        if (party.starts_with(kEach)) parties_of(filled(party.substr(kEach.size())));
        else all.insert(filled(party));
      }
    }
    parties_of(body);
    if (const auto memory = matter.memories.find(matter.step->id()); memory != matter.memories.end()) {
      if (const auto* decide = std::get_if<steps::DecideMemory>(&memory->second))
        for (const auto& [who, stance] : decide->positions) all.erase(who.substr(0, who.find(' ')));
      if (const auto* sign = std::get_if<steps::SignOffMemory>(&memory->second))
        for (const auto& [party, answer] : sign->answers) all.erase(party);
    }
    std::string out;
    for (const std::string& party : all) out += (out.empty() ? "" : ", ") + state_.record.name(party) + " (" + party + ")";
    return out;
  }

 private:
  State state_;
  std::map<std::string, std::string> closed_;
  Courses courses_;
};

std::string words(const v1::Finding& finding) {
  std::string out = finding.clause();
  if (!finding.read().empty()) out += "; " + finding.read();
  if (!finding.arithmetic().empty()) out += "; " + finding.arithmetic();
  out += " -> " + v1::Outcome::Value_Name(finding.outcome());
  for (const std::string& fact : finding.facts()) out += (&fact == &*finding.facts().begin() ? " [" : ", ") + fact;
  return out + (finding.facts().empty() ? "" : "]");
}

const v1::Finding* same_clause(const v1::Ruling& ruling, const std::string& clause) {
  for (const v1::Finding& one : ruling.findings())
    if (one.clause() == clause) return &one;
  return nullptr;
}

// The first finding that came out otherwise, or that is new and decides; what it was before stands beside it.
std::string turned(const v1::Ruling& was, const v1::Ruling& now) {
  for (const v1::Finding& one : now.findings())
    if (const v1::Finding* before = same_clause(was, one.clause()); before != nullptr && before->outcome() != one.outcome()) return words(one) + " (was: " + words(*before) + ")";
  for (const v1::Finding& one : now.findings())
    if (same_clause(was, one.clause()) == nullptr && one.outcome() == now.outcome()) {
      for (const v1::Finding& before : was.findings())
        if (same_clause(now, before.clause()) == nullptr) return words(one) + " (was: " + words(before) + ")";
      return words(one);
    }
  for (const v1::Finding& before : was.findings())
    if (same_clause(now, before.clause()) == nullptr) return "no longer asked: " + words(before);
  return now.sentence();
}

std::string told(const v1::Ruling& ruling) {
  std::string out = v1::Outcome::Value_Name(ruling.outcome());
  if (!ruling.sentence().empty()) out += ": " + ruling.sentence();
  if (!ruling.rule().id().empty()) out += " (" + ruling.rule().id() + ", version " + std::to_string(ruling.rule().version()) + ")";
  return out;
}

std::string end_of(const Course& course) {
  if (!course.outcome.empty()) return "closed: " + course.outcome;
  return course.step.empty() ? "never opened" : "open at " + course.step;
}

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : " → ") + one;
  return out.empty() ? "nowhere" : out;
}

// Rulings on the same thing, in their order: the second of a kind is compared with the second.
std::vector<std::pair<const Course::Ruled*, const Course::Ruled*>> paired(const Course& was, const Course& now) {
  std::vector<std::pair<const Course::Ruled*, const Course::Ruled*>> out;
  std::map<std::string, std::vector<const Course::Ruled*>> open;
  for (const auto& one : now.rulings) open[one.about].push_back(&one);
  for (const auto& one : was.rulings) {
    auto& same = open[one.about];
    if (same.empty()) continue;
    out.emplace_back(&one, same.front());
    same.erase(same.begin());
  }
  return out;
}

std::string because_of(const v1::Refused& refused) {
  for (const v1::Ruling& ruling : refused.rulings())
    for (const v1::Finding& one : ruling.findings())
      if (one.outcome() != v1::Outcome::yes) return words(one);
  return refused.sentence();
}

void compare(const std::string& id, const Course& was, const Course& now, const std::string& awaited, std::vector<Otherwise>* out) {
  std::string because;
  for (const auto& [before, after] : paired(was, now)) {
    if (before->ruling.outcome() == after->ruling.outcome()) continue;
    out->push_back({id, before->about, told(before->ruling), told(after->ruling), turned(before->ruling, after->ruling)});
    if (because.empty()) because = before->about + ": " + out->back().because;
  }
  if (because.empty() && !awaited.empty() && now.outcome.empty()) because = "it would still await " + awaited + ", of whom no act is recorded";
  if (!now.refused.empty()) {
    const v1::Refused& first = now.refused.front();
    out->push_back({id, first.attempted(), "accepted", "refused, " + v1::RefusalCode::Value_Name(first.code()) + ": " + first.sentence(), because.empty() ? because_of(first) : because});
    if (because.empty()) because = first.attempted() + ": " + because_of(first);
  }
  if (was.route != now.route) {
    std::string facts;
    for (const auto& [before, after] : paired(was, now))
      if (before->ruling.SerializeAsString() != after->ruling.SerializeAsString() && facts.empty()) facts = turned(before->ruling, after->ruling);
    out->push_back({id, "route", joined(was.route), joined(now.route), !facts.empty() ? facts : because});
  }
  if (end_of(was) != end_of(now)) out->push_back({id, "outcome", end_of(was), end_of(now), because});
}

// Was the matter lived again as it was? What cannot be read back shows here, before anything is claimed of a change.
bool faithful(const Course& was, const Course& again) {
  if (!again.refused.empty() || was.outcome != again.outcome || was.step != again.step || was.route != again.route || was.rulings.size() != again.rulings.size()) return false;
  for (std::size_t i = 0; i < was.rulings.size(); ++i)
    if (was.rulings[i].ruling.outcome() != again.rulings[i].ruling.outcome()) return false;
  return true;
}

}  // namespace

Result<WhatIf> what_if(const Reading& reading, std::vector<v1::Command> change, const record::When& over) {
  WhatIf out;
  Courses was;
  std::vector<std::string> period;
  Life control, changed;
  bool begun = false;
  Status status = each_commit(reading, [&](const v1::Commit& commit) -> Status {
    v1::Event first;
    if (commit.events_size() == 0 || !first.ParseFromString(commit.events(0))) return Status::corrupt("ledger " + reading.ledger + ": a commit without a readable event; run: concordat rebuild");
    const auto day = record::parse_day(day_of_act(commit));
    const bool within = day.ok() && *day >= over.earliest && *day <= over.latest;
    const bool opens = first.has_matter_opened() && within;
    if (opens) period.push_back(first.matter_opened().matter());
    if (opens && !begun) {
      begun = true;
      for (v1::Command& command : change) {
        command.set_ledger(reading.ledger);
        command.set_backfill(true);
        if (Status wrong = check(command); !wrong.ok()) return wrong;
        if (const auto no = changed.act(command, commit.stamp())) return Status::invalid("expected a change that the rules allow, but it is refused: " + v1::RefusalCode::Value_Name(no->code()) + ": " + no->sentence());
      }
    }
    if (!begun) {
      if (Status folded = control.fold(commit); !folded.ok()) return folded;
      return changed.fold(commit);
    }
    v1::Event event;
    for (const std::string& bytes : commit.events())
      if (event.ParseFromString(bytes) && !event.has_refused()) note(was, event);
    if (first.has_refused()) { ++out.refused_attempts; return {}; }
    const auto command = command_of(commit);
    if (!command) return {};                       // Shows in the control, if it bears on a matter of the period.
    control.act(*command, commit.stamp());
    changed.act(*command, commit.stamp());
    return {};
  });
  if (!status.ok()) return status;
  const auto course = [](const Courses& all, const std::string& id) { const auto found = all.find(id); return found == all.end() ? Course() : found->second; };
  for (const std::string& id : period) {
    if (!faithful(course(was, id), course(control.courses(), id))) { out.not_tried.push_back(id); continue; }
    ++out.matters;
    compare(id, course(was, id), course(changed.courses(), id), changed.awaited(id), &out.otherwise);
  }
  return out;
}

}  // namespace concordat::app
