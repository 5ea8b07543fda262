#include "app/what_if.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "app/fold.h"
#include "app/joined.h"
#include "concordat/v1/procedure.pb.h"
#include "engine/again.h"
#include "engine/record/authority.h"
#include "engine/told.h"

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
  if (matter.empty()) return;
  Course& course = courses[matter];
  if (event.has_matter_opened()) {
    course.title = event.matter_opened().title();
    course.procedure = event.matter_opened().procedure();
    course.step = event.matter_opened().step();
  }
  if (event.has_matter_moved()) {
    course.step = event.matter_moved().to();
    course.moves.push_back({event.matter_moved().from(), event.matter_moved().outcome(), event.matter_moved().to()});
  }
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
    const auto events = decided(command, stamp);
    if (!events.front().has_refused()) return std::nullopt;
    if (!forestalled(command)) courses_[matter_of(command)].refused.push_back(events.front().refused());
    return events.front().refused();
  }
  // The same of an act that was refused.
  void attempt(const v1::Command& command, const v1::Stamp& stamp) {
    Course::Attempt one;
    one.by = command.actor().who();
    const auto events = decided(command, stamp);
    if (events.front().has_refused()) {
      one.code = events.front().refused().code();
      one.sentence = events.front().refused().sentence();
    } else {
      got_through_.insert(deed(command));
    }
    for (const v1::Event& event : events)
      for (const auto& [place, ruling] : rulings_in(event)) one.rulings.push_back(*ruling);
    courses_[matter_of(command)].attempts.push_back(std::move(one));
  }
  const Courses& courses() const { return courses_; }

  // What an open matter waits for where it stands: papers or words of a proposal, or parties whose position or signature is
  // not there. Empty: neither.
  std::string awaited(const std::string& id) const {
    const auto found = state_.matters.find(id);
    if (found == state_.matters.end()) return {};
    const Matter& matter = found->second;
    if (matter.step->has_propose()) return wanted(matter);
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
    return out.empty() ? out : "it would still await " + out + ", of whom no act is recorded";
  }

 private:
  static std::string wanted(const Matter& matter) {
    const v1::ProposeStep& step = matter.step->propose();
    std::vector<std::string> lacking;
    if (matter.papers < step.papers()) lacking.push_back(std::to_string(step.papers()) + " papers, of which there are " + std::to_string(matter.papers));
    if (step.recommendation() && matter.recommendation.empty()) lacking.push_back("a recommendation");
    for (const auto& field : step.fields())
      if (!matter.fields.contains(field.name())) lacking.push_back("the field " + field.name());
    return lacking.empty() ? std::string() : "it would stand at " + matter.step->id() + ", which wants " + joined(lacking);
  }
  std::vector<v1::Event> decided(const v1::Command& command, const v1::Stamp& stamp) {
    Prefetched prefetched;
    if (const auto found = closed_.find(matter_of(command)); found != closed_.end()) prefetched = {true, found->second};
    v1::Stamp at = stamp;
    at.set_time_ms(std::max(at.time_ms(), state_.last_stamp_ms));
    auto events = decide(state_, command, at, prefetched);
    for (const v1::Event& event : events) {
      if (event.has_matter_closed()) closed_[event.matter_closed().matter()] = event.matter_closed().outcome();
      if (!event.has_refused()) note(courses_, event);
    }
    return events;
  }
  // Who does what in which matter, whatever words he adds.
  static std::string deed(const v1::Command& command) { return matter_of(command) + " " + std::to_string(command.does_case()) + " " + command.actor().who() + " " + command.actor().on_behalf_of(); }
  // An act that was repeated because the first attempt was refused, which here was not: that it comes too late says nothing.
  bool forestalled(const v1::Command& command) { return got_through_.erase(deed(command)) > 0; }

  State state_;
  std::map<std::string, std::string> closed_;
  std::set<std::string> got_through_;                        // Acts that were refused, and here were not.
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

std::string way(const std::vector<std::string>& tiers) { return tiers.empty() ? "nowhere" : joined(tiers, " → "); }

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

// What stood in the way of an act, and what became of it.
std::string because_of(const Course::Attempt& was, const Course::Attempt& now) {
  for (const v1::Ruling& before : was.rulings) {
    for (const v1::Ruling& after : now.rulings)
      if (after.question() == before.question() && after.outcome() != before.outcome()) return turned(before, after);
    for (const v1::Finding& one : before.findings())
      if (one.outcome() != v1::Outcome::yes) return "no longer in the way: " + words(one);
  }
  if (now.code == v1::RefusalCode::unset) return "no longer in the way: " + was.sentence;
  for (const v1::Ruling& after : now.rulings)
    for (const v1::Finding& one : after.findings())
      if (one.outcome() != v1::Outcome::yes) return words(one);
  return now.sentence;
}

std::string told(const Course::Attempt& attempt) {
  return attempt.code == v1::RefusalCode::unset ? "accepted" : "refused, " + v1::RefusalCode::Value_Name(attempt.code) + ": " + attempt.sentence;
}

// Refusals that say only how far the matter has got: what brought it there is the cause, not they.
bool follows(v1::RefusalCode::Value code) {
  using Code = v1::RefusalCode;
  constexpr std::array all = {Code::matter_exists, Code::matter_not_found, Code::matter_closed, Code::wrong_step, Code::stale_position, Code::not_due, Code::not_tabled,
                              Code::track_not_found, Code::not_planned, Code::already_effective, Code::already_signed, Code::already_voted, Code::obligation_not_found, Code::already_discharged,
                              Code::not_received, Code::not_answered, Code::not_convened, Code::agenda_item_not_found, Code::action_not_found, Code::meeting_over, Code::meeting_not_over};
  return std::find(all.begin(), all.end(), code) != all.end();
}

// What turned in a matter, in the order in which it was found, each thing once.
class Causes {
 public:
  void add(const std::string& what, const std::string& because) {
    if (because.empty() || !seen_.insert(because).second) return;
    all_.push_back((what.empty() ? "" : what + ": ") + because);
  }
  bool empty() const { return all_.empty(); }
  std::string told() const { return joined(all_, "; and "); }

 private:
  std::set<std::string> seen_;
  std::vector<std::string> all_;
};

// Acts that were refused, and would not have been, or for another reason. What follows is explained by the first that gets through.
void compare_attempts(const std::string& id, const Course& was, const Course& now, Causes* causes, std::vector<Otherwise>* out) {
  for (std::size_t i = 0; i < was.attempts.size() && i < now.attempts.size(); ++i) {
    const Course::Attempt &before = was.attempts[i], &after = now.attempts[i];
    if (before.code == after.code) continue;
    const std::string what = before.what + " by " + before.by;
    const std::string because = follows(after.code) && !causes->empty() ? causes->told() : because_of(before, after);
    out->push_back({id, what, told(before), told(after), because});
    if (causes->empty() && after.code == v1::RefusalCode::unset) causes->add(what, because);
  }
}

// Where the two ways of a matter part, of the same outcome at the same step: its procedure says otherwise. Empty if they do not.
std::string parted(const Course& was, const Course& now) {
  std::size_t i = 0;
  while (i < was.moves.size() && i < now.moves.size() && was.moves[i] == now.moves[i]) ++i;
  const auto at = [i](const Course& one) { return i < one.moves.size() ? &one.moves[i] : nullptr; };
  const Course::Move *before = at(was), *after = at(now);
  const Course::Move* either = before != nullptr ? before : after;
  if (either == nullptr || (before != nullptr && after != nullptr && (before->from != after->from || before->outcome != after->outcome))) return "";
  if ((before == nullptr && was.outcome.empty()) || (after == nullptr && now.outcome.empty())) return "";       // It never got so far.
  const auto on = [](const Course::Move* move, const Course& one) { return move != nullptr ? "on to " + move->to : "the end, as " + one.outcome; };
  return either->from + ", " + either->outcome + " -> " + on(after, now) + " (was: " + on(before, was) + ")";
}

void compare(const std::string& id, const Course& was, const Course& now, const std::string& awaited, std::vector<Otherwise>* out) {
  Causes causes;
  compare_attempts(id, was, now, &causes, out);
  for (const auto& [before, after] : paired(was, now)) {
    if (before->ruling.outcome() == after->ruling.outcome()) continue;
    out->push_back({id, before->about, told(before->ruling), told(after->ruling), turned(before->ruling, after->ruling)});
    causes.add(before->about, out->back().because);
  }
  const auto unruled = [&] {                     // No ruling turned: the procedure goes another way, or somebody's act is wanted.
    causes.add("", parted(was, now));
    if (causes.empty() && now.outcome.empty()) causes.add("", awaited);
  };
  if (!now.refused.empty()) {
    const v1::Refused& first = now.refused.front();
    if (causes.empty() && follows(first.code())) unruled();
    const std::string own = because_of(first);
    out->push_back({id, first.attempted(), "accepted", "refused, " + v1::RefusalCode::Value_Name(first.code()) + ": " + first.sentence(), follows(first.code()) && !causes.empty() ? causes.told() : own});
    if (!follows(first.code()) || causes.empty()) causes.add(first.attempted(), own);
  }
  if (causes.empty()) unruled();
  if (was.route != now.route) {
    std::string facts;
    for (const auto& [before, after] : paired(was, now))
      if (before->ruling.SerializeAsString() != after->ruling.SerializeAsString() && facts.empty()) facts = turned(before->ruling, after->ruling);
    out->push_back({id, "route", way(was.route), way(now.route), !facts.empty() ? facts : causes.told()});
  }
  if (end_of(was) != end_of(now)) out->push_back({id, "outcome", end_of(was), end_of(now), causes.told()});
}

// Was the matter lived again as it was? What cannot be read back shows here, before anything is claimed of a change.
bool faithful(const Course& was, const Course& again) {
  if (!std::equal(was.attempts.begin(), was.attempts.end(), again.attempts.begin(), again.attempts.end(), [](const auto& a, const auto& b) { return a.code == b.code; })) return false;
  if (!again.refused.empty() || was.outcome != again.outcome || was.step != again.step || was.route != again.route || was.rulings.size() != again.rulings.size()) return false;
  for (std::size_t i = 0; i < was.rulings.size(); ++i)
    if (was.rulings[i].ruling.outcome() != again.rulings[i].ruling.outcome()) return false;
  return true;
}

Status unreadable(const std::string& ledger) { return Status::corrupt("ledger " + ledger + ": a commit without a readable event; run: concordat rebuild"); }

bool within(const v1::Commit& commit, const record::When& over) {
  const auto day = record::parse_day(day_of_act(commit));
  return day.ok() && *day >= over.earliest && *day <= over.latest;
}

// The matter that a commit opens, or would have; empty if it does neither.
std::string would_open(const v1::Event& first, const std::vector<v1::Command>& commands) {
  if (first.has_matter_opened()) return first.matter_opened().matter();
  return first.has_refused() && !commands.empty() && commands.front().has_open_matter() ? commands.front().open_matter().matter() : std::string();
}

Course::Attempt attempted(const v1::Commit& commit, const v1::Refused& refused) {
  return {refused.attempted(), commit.actor().who(), refused.code(), refused.sentence(), {refused.rulings().begin(), refused.rulings().end()}};
}

// The change, made in one of the lives.
Status make(std::vector<v1::Command>& change, const std::string& ledger, const v1::Stamp& stamp, Life* life) {
  for (v1::Command& command : change) {
    command.set_ledger(ledger);
    command.set_backfill(true);
    if (Status wrong = check(command); !wrong.ok()) return wrong;
    if (const auto no = life->act(command, stamp)) return Status::invalid("expected a change that the rules allow, but it is refused: " + v1::RefusalCode::Value_Name(no->code()) + ": " + no->sentence());
  }
  return {};
}

}  // namespace

Result<WhatIf> what_if(const Reading& reading, std::vector<v1::Command> change, const record::When& over) {
  WhatIf out;
  Courses was;
  std::vector<std::string> period;
  Life control, changed;
  bool begun = false;
  Status status = each_commit(reading, [&](const v1::Commit& commit) -> Status {
    std::vector<v1::Event> events(static_cast<std::size_t>(commit.events_size()));
    for (int i = 0; i < commit.events_size(); ++i)
      if (!events[static_cast<std::size_t>(i)].ParseFromString(commit.events(i))) return unreadable(reading.ledger);
    if (events.empty()) return unreadable(reading.ledger);
    const v1::Event& first = events.front();
    const auto commands = commands_told(commit, events);
    if (const std::string opened = would_open(first, commands); !opened.empty() && within(commit, over)) {
      if (std::find(period.begin(), period.end(), opened) == period.end()) period.push_back(opened);
      if (!begun)
        if (Status wrong = make(change, reading.ledger, commit.stamp(), &changed); !wrong.ok()) return wrong;
      begun = true;
    }
    if (!begun) {
      if (Status folded = control.fold(commit); !folded.ok()) return folded;
      return changed.fold(commit);
    }
    if (first.has_refused()) {
      if (commands.empty()) { ++out.left_out; return {}; }
      was[first.refused().matter()].attempts.push_back(attempted(commit, first.refused()));
      control.attempt(commands.front(), commit.stamp());
      changed.attempt(commands.front(), commit.stamp());
      return {};
    }
    for (const v1::Event& event : events) note(was, event);
    if (commands.empty()) return {};               // Shows in the control, if it bears on a matter of the period.
    control.act(commands.front(), commit.stamp());
    changed.act(commands.front(), commit.stamp());
    return {};
  });
  if (!status.ok()) return status;
  const auto course = [](const Courses& all, const std::string& id) { const auto found = all.find(id); return found == all.end() ? Course() : found->second; };
  for (const std::string& id : period) {
    if (!faithful(course(was, id), course(control.courses(), id))) { out.not_tried.push_back(id); continue; }
    if (!course(was, id).procedure.empty()) ++out.matters;   // Not one that was refused when it was to be opened.
    out.refused_acts += course(was, id).attempts.size();
    compare(id, course(was, id), course(changed.courses(), id), changed.awaited(id), &out.otherwise);
  }
  return out;
}

}  // namespace concordat::app
