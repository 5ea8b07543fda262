#include "app/audit_reports.h"

#include <functional>
#include <map>
#include <set>

#include "app/lines.h"
#include "concordat/v1/views.pb.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

using projections::Committed;

std::string number(std::uint64_t n) { return std::to_string(n); }
std::string name_of(const Reading& reading, const std::string& subject) { return subject.empty() ? "" : reading.record->name(subject); }
bool within(const std::string& day, const Period& period) { return (period.from.empty() || day >= period.from) && (period.to.empty() || day <= period.to); }
void every(const Reading& reading, const std::function<void(const Committed&, const std::string& day)>& each) {
  projections::each_event(*reading.store, reading.ledger, 1, [&](const Committed& one) { each(one, projections::day_of(one)); return true; });
}
bool asked(const std::string& matter, const Period& period) { return period.matter.empty() || matter == period.matter; }

// A5: what was tried, tabled or decided without a quorum, and what became of it.
Report inquorate(const Reading& reading, const Period& period) {
  struct Lack { std::string day, matter, what; std::uint64_t sequence; std::string cure; };
  std::vector<Lack> lacks;
  const auto cure = [&](const std::string& matter, const std::string& how) {
    for (Lack& lack : lacks)
      if (lack.matter == matter && lack.cure.empty()) lack.cure = how;
  };
  every(reading, [&](const Committed& one, const std::string& day) {
    const v1::Event& e = one.event;
    const auto lack = [&](const std::string& matter, const std::string& what) { if (within(day, period) && asked(matter, period)) lacks.push_back({day, matter, what, one.sequence, ""}); };
    if (e.has_refused() && e.refused().code() == v1::RefusalCode::inquorate) lack(e.refused().matter(), "refused: " + e.refused().attempted());
    if (!e.item_tabled().present().empty() && e.item_tabled().quorum().outcome() == v1::Outcome::no) lack(e.item_tabled().matter(), "tabled at " + e.item_tabled().meeting() + " without a quorum");
    if (e.has_interest_declared() && e.interest_declared().quorum().outcome() == v1::Outcome::no) lack(e.interest_declared().matter(), "quorum lost by an interest of " + name_of(reading, e.interest_declared().who()));
    if (e.has_matter_referred()) cure(e.matter_referred().matter(), "referred [" + number(one.sequence) + "]");
    if (!e.has_decision_made()) return;
    const v1::DecisionMade& made = e.decision_made();
    if (made.quorum().outcome() == v1::Outcome::yes) cure(made.matter(), "decided while quorate on " + day + " [" + number(one.sequence) + "]");
    else if (made.quorum().outcome() == v1::Outcome::no) lack(made.matter(), "decided without a quorum: " + made.outcome());
    for (const v1::OwnDecision& own : made.severally())
      if (own.outcome() == "inquorate") lack(made.matter(), "inquorate: " + name_of(reading, own.party()));
  });
  Report out{{"day", "event", "matter", "what", "cured by"}, {}, {}, {}};
  for (const Lack& lack : lacks) {
    out.rows.push_back({lack.day, number(lack.sequence), lack.matter, lack.what, lack.cure.empty() ? "NOT CURED" : lack.cure});
    if (lack.cure.empty()) out.gaps.push_back(lack.matter + ": " + lack.what + " [" + number(lack.sequence) + "], and it was never decided while quorate");
  }
  return out;
}

// A6: what was owed after decisions, by when, and whether it was done in time. Reports of urgent action are among it.
Report owed(const Reading& reading, const Period& period) {
  struct Debt { std::string matter, id, by, what, due, done, evidence; bool overdue = false; };
  std::map<std::pair<std::string, std::string>, Debt> debts;
  std::set<std::string> closed;
  every(reading, [&](const Committed& one, const std::string& day) {
    const v1::Event& e = one.event;
    if (e.has_obligation_arose() && within(day, period) && asked(e.obligation_arose().matter(), period)) {
      const v1::ObligationArose& arose = e.obligation_arose();
      debts[{arose.matter(), arose.obligation()}] = {arose.matter(), arose.obligation(), arose.owed_by(), arose.what(), arose.due(), "", "", false};
    }
    const auto find = [&](const std::string& matter, const std::string& id) { const auto at = debts.find({matter, id}); return at == debts.end() ? nullptr : &at->second; };
    if (e.has_obligation_discharged())
      if (Debt* debt = find(e.obligation_discharged().matter(), e.obligation_discharged().obligation())) { debt->done = day; debt->evidence = e.obligation_discharged().evidence(); }
    if (e.has_obligation_overdue())
      if (Debt* debt = find(e.obligation_overdue().matter(), e.obligation_overdue().obligation())) debt->overdue = true;
  });
  Report out{{"matter", "owed by", "what", "due", "done", "evidence"}, {}, {}, {"a duty to report urgent action is seen where its procedure lays it down as an obligation; there is no register of chair's actions beside that"}};
  for (const auto& [key, debt] : debts) {
    // By the day it was done. One that was listed as overdue and done in time was told of afterwards, as of a history played in.
    const bool late = !debt.due.empty() && debt.done > debt.due, told_late = debt.overdue && !late;
    out.rows.push_back({debt.matter, name_of(reading, debt.by), debt.what, debt.due.empty() ? "no day stated" : debt.due, debt.done.empty() ? "NOT DONE" : debt.done + (late ? ", LATE" : told_late ? ", recorded after the day" : ""), debt.evidence.empty() && !debt.done.empty() ? "NONE" : debt.evidence});
    const std::string which = debt.matter + ": " + debt.what + ", owed by " + name_of(reading, debt.by);
    if (debt.done.empty()) out.gaps.push_back(which + ", is not done" + (debt.overdue ? " and overdue since " + debt.due : ""));
    else if (late) out.gaps.push_back(which + ", was done late: due " + debt.due + ", done " + debt.done);
    if (!debt.done.empty() && debt.evidence.empty()) out.gaps.push_back(which + ", has no evidence");
  }
  return out;
}

// A7: each hop of each escalation, the evidence of its receipt, and who leads.
Report escalations(const Reading& reading, const Period& period) {
  Report out{{"matter", "to", "sent", "received", "evidence", "answer", "lead for action"}, {}, {}, {}};
  reading.store->scan("escalations", reading.ledger, "", "", [&](std::string_view, std::string_view bytes) {
    v1::EscalationRow row;
    if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !asked(row.matter(), period)) return true;
    bool any = false;
    for (const auto& hop : row.route()) {
      if (!within(hop.day(), period)) continue;
      any = true;
      out.rows.push_back({row.matter(), name_of(reading, hop.to()), hop.day(), hop.received().empty() ? "NO" : hop.received(), hop.evidence().empty() ? "NONE" : hop.evidence(), hop.answer(), name_of(reading, row.action_lead())});
      const std::string which = row.matter() + ", to " + name_of(reading, hop.to()) + ": ";
      if (hop.received().empty()) out.gaps.push_back(which + "no receipt is recorded");
      else if (hop.evidence().empty()) out.gaps.push_back(which + "received on " + hop.received() + " without evidence");
      if (!hop.overdue().empty()) out.gaps.push_back(which + "receipt was overdue: " + hop.overdue());
    }
    if (any && row.action_lead().empty()) out.gaps.push_back(row.matter() + ": nobody is named to lead the action");
    return true;
  });
  return out;
}

// A8: what was done in the capacity of host, and what was refused for a capacity. Positions and signatures are expected to be none.
Report host(const Reading& reading, const Period& period) {
  Report out{{"day", "event", "who", "for", "what", "verdict"}, {}, {}, {}};
  every(reading, [&](const Committed& one, const std::string& day) {
    if (!within(day, period)) return;
    const v1::Event& e = one.event;
    const bool as_host = one.commit.actor().capacity() == v1::Capacity::host;
    const bool forbidden = e.has_refused() && (e.refused().code() == v1::RefusalCode::capacity_forbidden || e.refused().code() == v1::RefusalCode::capacity_required);
    if (!forbidden && !(as_host && (one.index == 0 || e.has_position_taken() || e.has_signed_off()))) return;
    const bool commissions = as_host && (e.has_position_taken() || e.has_signed_off());
    const std::string what = line_of(e);
    out.rows.push_back({day, number(one.sequence), name_of(reading, one.commit.actor().who()), name_of(reading, one.commit.actor().on_behalf_of()), what.substr(0, what.find(' ', what.find(' ') + 1)), e.has_refused() ? "refused" : commissions ? "DECIDED AS HOST" : "allowed"});
    if (commissions) out.gaps.push_back("event " + number(one.sequence) + ": a position or signature was given in the capacity of host");
  });
  return out;
}

// A10: bodies that were succeeded, and what is still open in their name.
Report succession(const Reading& reading, const Period& period) {
  std::map<std::string, std::vector<std::string>> open;      // Body or office -> what awaits it.
  std::map<std::pair<std::string, std::uint32_t>, v1::ActionRecorded> actions;
  every(reading, [&](const Committed& one, const std::string&) {
    if (one.event.has_action_recorded()) actions[{one.event.action_recorded().matter(), one.event.action_recorded().action()}] = one.event.action_recorded();
    if (one.event.has_action_closed()) actions.erase({one.event.action_closed().matter(), one.event.action_closed().action()});
  });
  for (const auto& [key, action] : actions) open[action.owner()].push_back("action " + number(action.action()) + " of " + action.matter() + ": " + action.what());
  reading.store->scan("matters", reading.ledger, "m/", "", [&](std::string_view, std::string_view bytes) {
    v1::MatterRow row;
    if (row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && row.open())
      for (const std::string& who : row.awaits()) open[who].push_back("matter " + row.id() + " at " + row.step());
    return true;
  });
  Report out{{"body", "succeeded by", "from", "standing", "still open in its name"}, {}, {}, {"actions and matters are followed to the body or office they name; recommendations of auditors are no kind of their own yet"}};
  for (const std::string& body : reading.record->subjects("")) {
    for (const record::Fact* fact : reading.record->of(body, "succeeded_by")) {
      if (!fact->retractions.empty() || !(period.matter.empty() || body == period.matter)) continue;
      const auto left = open.find(body);
      std::string what;
      if (left != open.end())
        for (const std::string& one : left->second) {
          what += (what.empty() ? "" : "; ") + one;
          out.gaps.push_back(reading.record->name(body) + " was succeeded, but " + one + " still awaits it");
        }
      out.rows.push_back({reading.record->name(body), reading.record->name(fact->value.text), fact->from.stated ? record::in_words(fact->from) : "not dated", v1::Standing::Value_Name(fact->standing), what.empty() ? "nothing" : what});
    }
  }
  return out;
}

// A11: private items, the resolution each was taken under, and who was in the room.
Report private_items(const Reading& reading, const Period& period) {
  struct Item { std::string day, meeting, title, resolution, taken; std::uint32_t number = 0; std::set<std::string> room; };
  std::map<std::pair<std::string, std::uint32_t>, Item> items;
  std::map<std::string, std::set<std::string>> rooms;
  every(reading, [&](const Committed& one, const std::string& day) {
    const v1::Event& e = one.event;
    if (e.has_agenda_item_added() && e.agenda_item_added().publicity() == v1::Publicity::private_session && within(day, period)) {
      const v1::AgendaItemAdded& added = e.agenda_item_added();
      items[{added.matter(), added.number()}] = {day, added.matter(), added.title().empty() ? added.item() : added.title(), "", "", added.number(), {}};
    }
    if (e.has_public_excluded())
      for (const std::uint32_t n : e.public_excluded().numbers())
        if (const auto at = items.find({e.public_excluded().matter(), n}); at != items.end()) at->second.resolution = e.public_excluded().reason() + " [" + number(one.sequence) + "]";
    if (e.has_public_readmitted())
      for (const std::uint32_t n : e.public_readmitted().numbers())
        if (const auto at = items.find({e.public_readmitted().matter(), n}); at != items.end()) at->second.resolution += "; readmitted [" + number(one.sequence) + "]";
    if (e.has_part_opened()) rooms[e.part_opened().matter()].clear();            // Attendance begins afresh.
    if (e.has_meeting_adjourned()) rooms[e.meeting_adjourned().matter()].clear();
    if (e.has_attendance_recorded()) {
      auto& room = rooms[e.attendance_recorded().matter()];
      if (e.attendance_recorded().status() == v1::Attendance::arrived) room.insert(e.attendance_recorded().who());
      else room.erase(e.attendance_recorded().who());
    }
    if (e.has_agenda_item_taken())
      if (const auto at = items.find({e.agenda_item_taken().matter(), e.agenda_item_taken().number()}); at != items.end()) { at->second.taken = number(one.sequence); at->second.room = rooms[e.agenda_item_taken().matter()]; }
  });
  Report out{{"meeting", "item", "title", "resolution", "who was in the room when it was taken"}, {}, {}, {"only words that were said privately are sealed: who read the rest of a private item is not recorded (of sealed words: the report private-words)"}};
  for (const auto& [key, item] : items) {
    std::string room;
    for (const std::string& who : item.room) room += (room.empty() ? "" : ", ") + name_of(reading, who);
    out.rows.push_back({item.meeting, number(item.number), item.title, item.resolution.empty() ? "NONE" : item.resolution, item.taken.empty() ? "not taken" : room});
    if (!item.taken.empty() && item.resolution.empty()) out.gaps.push_back(item.meeting + ", item " + number(item.number) + ": taken in private without a resolution");
  }
  return out;
}

// A12: conditions that sources or transfers attach, and the evidence that they were met.
Report conditions(const Reading& reading, const Period& period) {
  struct Condition { std::string id, of, from, met, evidence; };
  std::vector<Condition> all;
  std::map<std::string, std::pair<std::string, std::string>> met;      // Name of a condition -> day, evidence.
  std::set<std::pair<std::string, std::string>> effective;              // Subject, predicate.
  every(reading, [&](const Committed& one, const std::string& day) {
    const v1::Event& e = one.event;
    if (e.has_condition_met()) {
      met[e.condition_met().condition()] = {day + " [" + number(one.sequence) + "]", e.condition_met().evidence()};
      if (within(day, period)) all.push_back({e.condition_met().condition(), "transfer " + e.condition_met().matter(), "matter " + e.condition_met().matter(), day + " [" + number(one.sequence) + "]", e.condition_met().evidence()});
    }
    const v1::Fact& fact = e.fact_asserted().fact();
    if (fact.standing() == v1::Standing::effective) effective.insert({fact.subject(), fact.predicate()});
    if (fact.standing() == v1::Standing::conditional && within(fact.known(), period))
      all.push_back({fact.condition(), name_of(reading, fact.subject()) + " " + fact.predicate() + " " + text_of(fact.value()) + " (fact " + fact.id() + ")", fact.source().document() + (fact.source().place().empty() ? "" : ":" + fact.source().place()), "", fact.subject() + '\0' + fact.predicate()});
  });
  Report out{{"condition", "attached to", "source", "met", "evidence"}, {}, {}, {}};
  for (Condition& one : all) {
    if (one.met.empty()) {
      const std::size_t split = one.evidence.find('\0');
      const bool so = effective.contains({one.evidence.substr(0, split), one.evidence.substr(split + 1)});
      one.evidence.clear();
      if (const auto at = met.find(one.id); at != met.end()) { one.met = at->second.first; one.evidence = at->second.second; }
      else if (so) one.met = "no event says so, but the statement later stands as effective";
      else out.gaps.push_back((one.id.empty() ? "an unnamed condition" : one.id) + ", attached to " + one.of + ": nothing says that it was met");
    }
    if (!one.met.empty() && one.evidence.empty()) out.gaps.push_back((one.id.empty() ? "an unnamed condition" : one.id) + ", attached to " + one.of + ": met without evidence");
    out.rows.push_back({one.id.empty() ? "(unnamed)" : name_of(reading, one.id), one.of, one.from, one.met.empty() ? "NOT MET" : one.met, one.evidence.empty() ? "NONE" : one.evidence});
  }
  return out;
}

// A13: what a record of a contract decision must hold: who decided, conflicts, criteria, standstill.
Report procurement(const Reading& reading, const Period& period) {
  struct Seen { std::string day, who, interests, criteria, standstill; bool decided = false; };
  std::map<std::string, Seen> matters;
  const auto named = [](const std::string& name, const char* word) { return name.find(word) != std::string::npos; };
  every(reading, [&](const Committed& one, const std::string& day) {
    const v1::Event& e = one.event;
    const auto fields = [&](const std::string& matter, const auto& all) {
      for (const v1::Field& field : all) {
        if (named(field.name(), "criteri")) matters[matter].criteria = text_of(field.value()) + " [" + number(one.sequence) + "]";
        if (named(field.name(), "standstill")) matters[matter].standstill = text_of(field.value()) + " [" + number(one.sequence) + "]";
      }
    };
    const auto papers = [&](const std::string& matter, const auto& all) {
      for (const v1::Paper& paper : all)
        if (named(paper.title(), "riteria")) matters[matter].criteria = paper.title() + " [" + number(one.sequence) + "]";
    };
    if (e.has_matter_opened()) { fields(e.matter_opened().matter(), e.matter_opened().fields()); papers(e.matter_opened().matter(), e.matter_opened().papers()); }
    if (e.has_proposed()) { fields(e.proposed().matter(), e.proposed().fields()); papers(e.proposed().matter(), e.proposed().papers()); }
    if (e.has_interest_declared()) matters[e.interest_declared().matter()].interests += (matters[e.interest_declared().matter()].interests.empty() ? "" : "; ") + name_of(reading, e.interest_declared().who()) + ": " + v1::InterestAction::Value_Name(e.interest_declared().action());
    if (e.has_wait_started()) matters[e.wait_started().matter()].standstill = "waited from " + day + " [" + number(one.sequence) + "]";
    if (!e.has_decision_made() || !within(day, period) || !asked(e.decision_made().matter(), period)) return;
    Seen& seen = matters[e.decision_made().matter()];
    seen.decided = true;
    seen.day = day;
    for (const v1::PartyPosition& position : e.decision_made().positions())
      if (!position.who().empty()) seen.who += (seen.who.empty() ? "" : ", ") + name_of(reading, position.who());
  });
  Report out{{"matter", "decided", "by whom", "interests", "criteria", "standstill"}, {}, {}, {"that no interest was declared is not proof that there was none", "which decisions are contract decisions is for the auditor to say: --matter"}};
  for (const auto& [matter, seen] : matters) {
    if (!seen.decided) continue;
    out.rows.push_back({matter, seen.day, seen.who.empty() ? "NOT RECORDED" : seen.who, seen.interests.empty() ? "none declared" : seen.interests, seen.criteria.empty() ? "NOT RECORDED" : seen.criteria, seen.standstill.empty() ? "NOT RECORDED" : seen.standstill});
    if (seen.who.empty()) out.gaps.push_back(matter + ": who decided is not recorded");
    if (seen.criteria.empty()) out.gaps.push_back(matter + ": no criteria are recorded, by field or paper");
    if (seen.standstill.empty()) out.gaps.push_back(matter + ": no standstill is recorded, by field or wait");
  }
  return out;
}

}  // namespace

const std::vector<ReportKind>& report_kinds() {
  static const std::vector<ReportKind> kinds{
      {"inquorate", "A5", "What was tried or decided without a quorum, and how it was cured", inquorate},
      {"owed", "A6", "Duties after decisions, reports of urgent action among them: due, done, late", owed},
      {"escalations", "A7", "Each escalation: receipt, its evidence, who leads", escalations},
      {"host", "A8", "Acts in the capacity of host, and attempts refused for a capacity", host},
      {"succession", "A10", "Bodies that were succeeded, and what is still open in their name", succession},
      {"private", "A11", "Private items, their resolution, and who was in the room", private_items},
      {"private-words", "A11", "Who read, exported or was refused private words; holds, erasures, exemptions due", private_words},
      {"conditions", "A12", "Conditions attached, and the evidence that they were met", conditions},
      {"procurement", "A13", "Contract decisions: who, conflicts, criteria, standstill", procurement}};
  return kinds;
}

}  // namespace concordat::app
