#include "engine/state.h"

#include <algorithm>
#include <sstream>

#include "concordat/v1/private.pb.h"
#include "concordat/v1/procedure.pb.h"
#include "concordat/v1/rule.pb.h"
#include "engine/engine.h"

namespace concordat {
namespace {

struct Describe {
  std::ostringstream& out;
  void operator()(const std::monostate&) const {}
  void operator()(const steps::DecideMemory& m) const {
    out << " meeting=" << m.meeting << " part=" << m.part;
    for (const auto& a : m.present) out << " present(" << a.who << ',' << a.party << ',' << a.seat << ',' << a.seat_class << ',' << a.deputy_for << ',' << a.takes << ',' << a.classes.size() << ',' << a.proxy << ')';
    for (const auto& [party, p] : m.positions) out << " position(" << party << ',' << p.position << ',' << p.reason << ',' << p.who << ')';
    for (const auto& [code, answer] : m.answers) out << " answered=" << code << ":" << answer;
    out << " presiding=" << m.presiding << " casting=" << m.casting_vote << " opened=" << m.opened;
    for (const auto& [who, action] : m.interests) out << " interest(" << who << ',' << action << ')';
    if (!m.plan.on.empty()) out << " plan(" << m.plan.on << ',' << m.plan.purpose << ',' << m.plan.hidden << ')';
    if (m.urgent.taken) out << " urgent(" << m.urgent.body << ',' << m.urgent.due << ',' << m.urgent.report_by << ',' << m.urgent.reported << ',' << m.urgent.overdue << ')';
  }
  void operator()(const steps::SignOffMemory& m) const {
    for (const auto& [party, answer] : m.answers) out << " signed(" << party << ',' << answer << ')';
    (*this)(m.duties);
  }
  void operator()(const steps::TransferMemory& m) const {
    for (const auto& [name, t] : m.tracks) out << " track(" << name << ',' << t.plan << ',' << t.effective_on << ',' << t.cancelled << ')';
    for (const auto& [condition, on] : m.met) out << " met(" << condition << ',' << on << ')';
  }
  void operator()(const steps::ObligeMemory& m) const {
    for (const auto& [id, o] : m.owed) out << " owed(" << id << ',' << o.by << ',' << o.due << ',' << o.discharged << ',' << o.overdue << ')';
  }
  void operator()(const steps::EscalateMemory& m) const {
    out << ' ' << m.issue << " by=" << m.raiser << " at=" << m.at << " due=" << m.due << " received=" << m.received << " answered=" << m.answered << " overdue=" << m.overdue;
  }
  void operator()(const steps::ReferMemory& m) const { out << " to=" << m.to << " referred=" << m.referred; }
  void operator()(const steps::WaitMemory& m) const { out << " due=" << m.due_ms; }
  void operator()(const steps::MeetMemory& m) const {
    out << " state=" << static_cast<int>(m.state) << " body=" << m.body << " on=" << m.on << " current=" << m.current << " part=" << m.part << " confirmed=" << m.confirmed;
    for (const auto& i : m.agenda) out << " item(" << i.item << ',' << i.part << ',' << i.hidden << ')';
    for (const auto& a : m.present) out << " present(" << a.who << ',' << a.party << ',' << a.seat << ',' << a.seat_class << ',' << a.deputy_for << ')';
    for (const auto number : m.excluded) out << " excluded=" << number;
    for (const auto& a : m.actions) out << " action(" << a.what << ',' << a.owner << ',' << a.due << ',' << a.closed << ',' << a.overdue << ')';
    for (const auto& a : m.came) out << " came(" << a.who << ',' << a.party << ',' << a.deputy_for << ')';
    for (const auto& who : m.served) out << " served=" << who;
    out << " chair=" << m.chair << " chosen=" << m.chosen << " called=" << m.called << " adjourned=" << m.adjourned << " quorum=" << m.quorum << " opened=" << m.opened << " course=" << m.course;
    (*this)(m.duties);
  }
};

void describe(std::ostringstream& out, const Matter& matter) {
  out << "matter " << matter.id << " at " << matter.step->id() << " of " << matter.procedure->id() << '/' << matter.procedure->version()
      << " since " << matter.step_since_ms << " last " << matter.last_sequence << " parent=" << matter.parent << " by=" << matter.opened_by
      << " papers=" << matter.papers << " hidden=" << matter.hidden << " asks=" << matter.recommendation << '\n';
  for (const auto& [name, value] : matter.fields) out << "  field " << name << " = " << value.kind << ':' << value.text << ':' << value.number << '\n';
  for (const auto& [step, rule] : matter.rules) out << "  rule " << step << " = " << rule.id << '/' << rule.version << '\n';
  for (const auto& [step, rules] : matter.further_rules)
    for (const RuleKey& rule : rules) out << "  then " << step << " = " << rule.id << '/' << rule.version << '\n';
  for (const auto& [step, memory] : matter.memories) {
    out << "  step " << step;
    std::visit(Describe{out}, memory);
    out << '\n';
  }
}

void describe(std::ostringstream& out, const Privacy& privacy) {
  if (privacy.scheme != nullptr) out << "privacy scheme x" << privacy.scheme->version() << '\n';
  for (const auto& [subject, mine] : privacy.subjects) {
    out << "private " << subject << '#' << mine.generation << " sealed=" << mine.sealed << " until=" << mine.retain_until << " as=" << mine.retained_as;
    if (!mine.asked.by.empty()) out << " asked(" << mine.asked.by << ',' << mine.asked.authority << ',' << mine.asked.reason << ',' << mine.asked.early_authority << ')';
    for (const auto& [hold, reason] : mine.holds) out << " hold(" << hold << ',' << reason << ')';
    out << '\n';
  }
}

}  // namespace

const v1::Rule* State::rule(const RuleKey& key) const {
  const auto found = rules.find(key.id);
  if (found == rules.end() || key.version == 0 || key.version > found->second.size()) return nullptr;
  return found->second[key.version - 1].get();
}

std::string describe(const State& state) {
  std::ostringstream out;
  out << "sequence " << state.last_sequence << '\n';
  for (const std::string& subject : state.record.subjects()) {
    for (const std::string& predicate : state.record.predicates()) {
      for (const record::Fact* fact : state.record.of(subject, predicate)) {
        out << "fact " << fact->id << ' ' << subject << ' ' << predicate << ' ' << fact->scope << " = " << fact->value.kind << ':' << fact->value.text << ':'
            << fact->value.number << " from " << fact->from.as_written << " until " << fact->until.as_written << " standing " << fact->standing
            << " known " << record::format(fact->known) << " retracted " << fact->retractions.size() << " aside " << fact->set_aside_by_resolution.size() << '\n';
      }
    }
  }
  for (const auto& [id, versions] : state.procedures) out << "procedure " << id << " x" << versions.size() << '\n';
  for (const auto& [id, versions] : state.rules) out << "rule " << id << " x" << versions.size() << '\n';
  for (const auto& [id, version, party] : state.adopted) out << "adopted " << id << '/' << version << " by " << party << '\n';
  describe(out, state.privacy);
  for (const auto& [id, matter] : state.matters) describe(out, matter);
  for (const auto& [at, id] : state.due) out << "due " << at << ' ' << id << '\n';
  return out.str();
}

std::string due_matter(const State& state, std::int64_t now_ms) {
  const auto first = state.due.begin();
  return first == state.due.end() || first->first > now_ms ? std::string() : first->second;
}

Snapshot snapshot(const State& state) {
  Snapshot out{state.last_sequence, state.last_stamp_ms, {}, state.lasting};
  for (const auto& [id, matter] : state.matters) {
    out.open.push_back(id);
    out.commits.insert(out.commits.end(), matter.commits.begin(), matter.commits.end());
  }
  std::sort(out.commits.begin(), out.commits.end());
  out.commits.erase(std::unique(out.commits.begin(), out.commits.end()), out.commits.end());
  return out;
}

}  // namespace concordat
