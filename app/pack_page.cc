// The page of a pack, made from its evidence alone: what was decided, by whom, under which rule, on what facts.
#include <map>
#include <set>

#include "app/lines.h"
#include "app/pack.h"
#include "engine/base/markup.h"
#include "projections/proof/base64.h"
#include "projections/proof/tree.h"

namespace concordat::app {
namespace {

namespace proof = projections::proof;

constexpr const char* kHead =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>";
constexpr const char* kStyle =
    "</title>\n<style>\nbody{font:16px/1.5 serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111}\nh1,h2,h3{line-height:1.2}\n"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0}\nth,td{text-align:left;vertical-align:top;border-bottom:1px solid #bbb;padding:.25rem .5rem}\n"
    "code,pre{font-size:.85rem;overflow-wrap:anywhere;white-space:pre-wrap}\n.gap{border-left:4px solid #b00;padding-left:.5rem}\n@media print{body{margin:0;max-width:none}}\n</style>\n</head>\n<body>\n";

struct Entry { const Evidence* evidence; proof::Envelope envelope; v1::Event event; };

class Page {
 public:
  explicit Page(const Pack& pack) : pack_(pack) {
    for (const Evidence& one : pack.events) {
      Entry& entry = entries_.emplace_back();
      entry.evidence = &one;
      static_cast<void>(proof::read_envelope(one.envelope, &entry.envelope));
      entry.event.ParseFromString(one.bytes);
      if (entry.event.has_fact_retracted()) retracted_.insert(entry.event.fact_retracted().fact());
    }
    for (const Entry& entry : entries_) {
      const v1::Fact& fact = entry.event.fact_asserted().fact();
      if (fact.id().empty()) continue;
      facts_[fact.id()] = &entry;
      if (fact.predicate() == "name" && !retracted_.contains(fact.id())) names_[fact.subject()] = fact.value().text();
    }
  }

  std::string whole() {
    out_ = kHead + escaped(pack_.about) + kStyle + "<h1>Evidence: " + escaped(pack_.about) + "</h1>\n";
    out_ += "<p>Made from events of the ledger <b>" + escaped(entries_.empty() ? "" : entries_.front().envelope.ledger) + "</b>. The numbers in brackets are events; all of them stand at the end, and proof.jsonl proves each.</p>\n";
    for (const std::string& matter : pack_.matters) one(matter);
    rules();
    procedures();
    sources();
    private_words();
    events();
    checkpoint();
    return out_ + "</body>\n</html>\n";
  }

 private:
  std::string name(const std::string& subject) const {
    const auto found = names_.find(subject);
    return escaped(found == names_.end() ? subject : found->second + " (" + subject + ")");
  }
  static std::string at(const Entry& entry) { return " [" + std::to_string(entry.evidence->sequence) + "]"; }
  static std::string day(const Entry& entry) { return escaped(entry.envelope.acted_on.empty() ? day_of(static_cast<std::int64_t>(entry.envelope.time_ms)) : entry.envelope.acted_on); }
  void row(const std::vector<std::string>& cells, const char* kind = "td") {
    out_ += "<tr>";
    for (const std::string& cell : cells) out_ += std::string("<") + kind + ">" + cell + "</" + kind + ">";
    out_ += "</tr>\n";
  }
  void table(const std::string& head, const std::vector<std::string>& heads, const std::vector<std::vector<std::string>>& rows, const char* none) {
    out_ += "<h3>" + head + "</h3>\n";
    if (rows.empty()) { out_ += std::string("<p class=\"gap\">") + none + "</p>\n"; return; }
    out_ += "<table>\n";
    row(heads, "th");
    for (const auto& cells : rows) row(cells);
    out_ += "</table>\n";
  }

  void one(const std::string& id) {
    for (const Entry& entry : entries_)
      if (entry.event.matter_opened().matter() == id && entry.event.has_matter_opened()) opened(entry);
    decisions(id);
    rulings(id);
    std::map<std::string, std::uint32_t> numbers;          // Meeting -> the item's.
    std::vector<std::vector<std::string>> present, interests, refused, papers, written, owed;
    for (const Entry& entry : entries_) {
      const v1::Event& e = entry.event;
      if (e.item_tabled().matter() == id && e.has_item_tabled()) {
        meetings_.insert(e.item_tabled().meeting());
        for (const v1::Attendee& who : e.item_tabled().present())
          present.push_back({name(who.who()), name(who.party()), escaped(who.seat() + (who.deputy_for().empty() ? "" : " for " + who.deputy_for())), escaped(e.item_tabled().meeting() + (e.item_tabled().part().empty() ? "" : ", part " + e.item_tabled().part())) + at(entry)});
      }
      if (e.interest_declared().matter() == id && e.has_interest_declared()) interests.push_back({name(e.interest_declared().who()), escaped(e.interest_declared().nature()), v1::InterestAction::Value_Name(e.interest_declared().action()) + at(entry)});
      if (e.refused().matter() == id && e.has_refused()) refused.push_back({day(entry) + at(entry), name(entry.envelope.who), escaped(e.refused().attempted()), v1::RefusalCode::Value_Name(e.refused().code()) + ": " + escaped(e.refused().sentence())});
      if (e.matter_opened().matter() == id) add_papers(e.matter_opened().papers(), entry, &papers);
      if (e.proposed().matter() == id) add_papers(e.proposed().papers(), entry, &papers);
      if (e.agenda_item_added().item() == id) { add_papers(e.agenda_item_added().papers(), entry, &papers); numbers[e.agenda_item_added().matter()] = e.agenda_item_added().number(); }
      if (const auto number = numbers.find(e.agenda_paper_attached().matter()); number != numbers.end() && number->second == e.agenda_paper_attached().number()) add_papers(e.agenda_paper_attached().papers(), entry, &papers);
      if (e.enacted().matter() == id && e.has_enacted())
        for (const std::string& fact : e.enacted().facts()) written.push_back({escaped(fact), facts_.contains(fact) ? statement(*facts_.at(fact)) : "(not in this pack)", day(entry) + at(entry)});
      if (e.obligation_arose().matter() == id && e.has_obligation_arose()) owed.push_back({name(e.obligation_arose().owed_by()), escaped(e.obligation_arose().what()), "due " + escaped(e.obligation_arose().due()) + at(entry)});
      if (e.obligation_discharged().matter() == id && e.has_obligation_discharged()) owed.push_back({name(entry.envelope.who), escaped(e.obligation_discharged().obligation()), "done: " + escaped(e.obligation_discharged().evidence()) + at(entry)});
      if (e.obligation_overdue().matter() == id && e.has_obligation_overdue()) owed.push_back({"", escaped(e.obligation_overdue().obligation()), "overdue since " + escaped(e.obligation_overdue().due()) + at(entry)});
    }
    table("Who was there", {"who", "for", "seat", "meeting"}, present, "No attendance is recorded for it.");
    attendance();
    table("Interests declared", {"who", "interest", "what followed"}, interests, "None is recorded. That none was declared is not the same as that there was none.");
    table("Papers, by their SHA-256", {"title", "SHA-256", "with"}, papers, "No paper is recorded.");
    table("What it wrote into the record", {"fact", "statement", "when"}, written, "Nothing.");
    table("What followed", {"who", "what", "state"}, owed, "No obligation is recorded.");
    table("Attempts that were refused", {"when", "who", "what", "why"}, refused, "None.");
  }

  void opened(const Entry& entry) {
    const v1::MatterOpened& e = entry.event.matter_opened();
    out_ += "<h2>" + escaped(e.matter()) + ": " + escaped(e.title()) + "</h2>\n<p>Opened on " + day(entry) + " by " + name(entry.envelope.who) + (entry.envelope.on_behalf_of.empty() ? "" : " for " + name(entry.envelope.on_behalf_of)) + ", under procedure " + escaped(e.procedure()) + ", version " + std::to_string(e.version()) + at(entry) + ".</p>\n";
    if (!entry.envelope.mandate.empty()) out_ += "<p>Mandate cited: " + escaped(entry.envelope.mandate) + ".</p>\n";
    if (!e.recommendation().empty()) out_ += "<p>Recommendation: " + escaped(e.recommendation()) + "</p>\n";
    for (const v1::Field& field : e.fields()) out_ += "<p>" + escaped(field.name()) + ": " + (field.value().has_ref() ? name(field.value().ref()) : escaped(text_of(field.value()))) + "</p>\n";
  }

  void decisions(const std::string& id) {
    bool any = false;
    for (const Entry& entry : entries_) {
      if (entry.event.matter_closed().matter() == id && entry.event.has_matter_closed()) out_ += "<p><b>Closed on " + day(entry) + ": " + escaped(entry.event.matter_closed().outcome()) + "</b>" + at(entry) + "</p>\n";
      if (!entry.event.has_decision_made() || entry.event.decision_made().matter() != id) continue;
      any = true;
      const v1::DecisionMade& made = entry.event.decision_made();
      out_ += "<h3>Decided on " + day(entry) + ": " + escaped(made.outcome()) + at(entry) + "</h3>\n<p>By " + name(made.body()) + " (" + escaped(made.mode()) + "); decisions in law: " + std::to_string(made.legal_decisions()) + ".</p>\n<table>\n";
      row({"party", "position", "who", "reason"}, "th");
      for (const v1::PartyPosition& one : made.positions()) row({name(one.party()), v1::Position::Value_Name(one.position()), name(one.who()), escaped(one.reason())});
      out_ += "</table>\n";
      for (const v1::OwnDecision& own : made.severally()) out_ += "<p>" + name(own.party()) + ": " + escaped(own.outcome()) + "</p>\n";
    }
    if (!any) out_ += "<p class=\"gap\">No decision is among these events.</p>\n";
  }

  // Every ruling of the matter, in its order, with clauses, arithmetic and facts.
  void rulings(const std::string& id) {
    out_ += "<h3>Rulings</h3>\n";
    for (const Entry& entry : entries_) {
      const v1::Event& e = entry.event;
      if (e.gate_answered().matter() == id && e.has_gate_answered()) ruling("Gate " + e.gate_answered().step(), e.gate_answered().ruling(), entry);
      if (e.item_tabled().matter() == id && e.has_item_tabled()) ruling(e.item_tabled().present().empty() ? "Quorum when nobody was there, or no longer" : "Quorum when it was tabled", e.item_tabled().quorum(), entry);
      if (e.interest_declared().matter() == id && e.has_interest_declared()) ruling("Quorum after an interest", e.interest_declared().quorum(), entry);
      if (e.decision_made().matter() == id && e.has_decision_made()) {
        ruling("Quorum when it was decided", e.decision_made().quorum(), entry);
        ruling("Decision", e.decision_made().decision(), entry);
        for (const v1::OwnDecision& own : e.decision_made().severally()) {
          ruling("Quorum of " + own.party(), own.quorum(), entry);
          ruling("Decision of " + own.party(), own.decision(), entry);
        }
      }
      if (e.escalation_routed().matter() == id && e.has_escalation_routed()) ruling("Route to " + e.escalation_routed().to(), e.escalation_routed().ruling(), entry);
      if (e.refused().matter() == id)
        for (const v1::Ruling& one : e.refused().rulings()) ruling("Refused: " + e.refused().attempted(), one, entry);
    }
  }

  void ruling(const std::string& head, const v1::Ruling& one, const Entry& entry) {
    if (one.question().empty() && one.findings().empty()) return;
    out_ += "<p><b>" + escaped(head) + ": " + v1::Outcome::Value_Name(one.outcome()) + "</b>" + at(entry) + ". " + escaped(one.sentence());
    if (!one.rule().id().empty()) out_ += " By rule " + escaped(one.rule().id()) + ", version " + std::to_string(one.rule().version()) + " (" + v1::Layer::Value_Name(one.layer()) + ").";
    for (const std::string& warning : one.warnings()) out_ += " Warning: " + escaped(warning) + ".";
    out_ += "</p>\n<ul>\n";
    for (const v1::Finding& finding : one.findings()) {
      out_ += "<li>" + escaped(finding.clause()) + (finding.read().empty() ? "" : "; " + escaped(finding.read())) + (finding.arithmetic().empty() ? "" : "; " + escaped(finding.arithmetic())) + ": " + v1::Outcome::Value_Name(finding.outcome());
      for (const std::string& fact : finding.facts()) out_ += "<br>fact " + escaped(fact) + (facts_.contains(fact) ? ": " + statement(*facts_.at(fact)) : " (not in this pack)");
      out_ += "</li>\n";
    }
    out_ += "</ul>\n";
  }

  std::string statement(const Entry& entry) const {
    const v1::Fact& fact = entry.event.fact_asserted().fact();
    const v1::Source& source = fact.source();
    std::string out = name(fact.subject()) + " " + escaped(fact.predicate()) + " " + (fact.value().has_ref() ? name(fact.value().ref()) : escaped(text_of(fact.value())));
    out += ", from " + (fact.from().empty() ? "a day not stated" : escaped(fact.from())) + (fact.until().empty() ? "" : " until " + escaped(fact.until())) + ", " + v1::Standing::Value_Name(fact.standing());
    out += source.document().empty() ? " (made by matter " + escaped(source.matter()) + ")" : " (" + escaped(source.document() + (source.place().empty() ? "" : ":" + source.place())) + (source.quote().empty() ? "" : " &ldquo;" + escaped(source.quote()) + "&rdquo;") + ")";
    if (retracted_.contains(fact.id())) out += " <b>later retracted</b>";
    return out + at(entry);
  }

  void add_papers(const google::protobuf::RepeatedPtrField<v1::Paper>& all, const Entry& entry, std::vector<std::vector<std::string>>* out) {
    for (const v1::Paper& paper : all) out->push_back({escaped(paper.title()) + (paper.late_reason().empty() ? "" : ", late: " + escaped(paper.late_reason())), "<code>" + escaped(paper.sha256()) + "</code>", day(entry) + at(entry)});
  }

  void attendance() {
    std::vector<std::vector<std::string>> rows;
    for (const Entry& entry : entries_) {
      const v1::Event& e = entry.event;
      if (e.has_meeting_convened() && meetings_.contains(e.meeting_convened().matter())) rows.push_back({escaped(e.meeting_convened().matter()), name(e.meeting_convened().chair()), "convened for " + escaped(e.meeting_convened().on()) + at(entry)});
      if (e.has_attendance_recorded() && meetings_.contains(e.attendance_recorded().matter())) rows.push_back({escaped(e.attendance_recorded().matter()), name(e.attendance_recorded().who()), v1::Attendance::Value_Name(e.attendance_recorded().status()) + " " + escaped(e.attendance_recorded().at()) + at(entry)});
      if (e.has_part_opened() && meetings_.contains(e.part_opened().matter())) rows.push_back({escaped(e.part_opened().matter()), "part " + escaped(e.part_opened().part()), "opened " + escaped(e.part_opened().at()) + "; attendance begins afresh" + at(entry)});
      if (e.has_agenda_item_moved() && meetings_.contains(e.agenda_item_moved().matter()))
        rows.push_back({escaped(e.agenda_item_moved().matter()), "item " + std::to_string(e.agenda_item_moved().number()), "moved from part " + escaped(e.agenda_item_moved().from()) + " to part " + escaped(e.agenda_item_moved().part()) + ", because: " + escaped(e.agenda_item_moved().reason()) + at(entry)});
      if (e.has_minute_noted() && meetings_.contains(e.minute_noted().matter())) rows.push_back({escaped(e.minute_noted().matter()), "minute", escaped(e.minute_noted().words()) + at(entry)});
      if (e.has_minutes_confirmed() && meetings_.contains(e.minutes_confirmed().matter())) rows.push_back({escaped(e.minutes_confirmed().matter()), "minutes", "confirmed at " + escaped(e.minutes_confirmed().at_meeting()) + at(entry)});
    }
    if (!rows.empty()) table("The meeting", {"meeting", "who", "what"}, rows, "");
  }

  void rules() {
    out_ += "<h2>Rules</h2>\n";
    for (const Entry& entry : entries_) {
      if (!entry.event.has_rule_published()) continue;
      const v1::Rule& rule = entry.event.rule_published().rule();
      out_ += "<h3>" + escaped(rule.id()) + ", version " + std::to_string(rule.version()) + at(entry) + "</h3>\n<p>Rule of " + name(rule.body()) + "; layer: " + v1::Layer::Value_Name(rule.layer()) + (rule.adopted_by().empty() ? "" : ", adopted by " + name(rule.adopted_by())) + "; in force from " + escaped(rule.in_force_from().empty() ? "publication" : rule.in_force_from()) + (rule.in_force_until().empty() ? "" : " until " + escaped(rule.in_force_until())) + ".</p>\n<p>Source: " + escaped(rule.source()) + "</p>\n<pre>" + escaped(json_of(rule)) + "</pre>\n";
    }
  }
  void procedures() {
    out_ += "<h2>Procedures</h2>\n";
    for (const Entry& entry : entries_) {
      if (!entry.event.has_procedure_published()) continue;
      const v1::Procedure& procedure = entry.event.procedure_published().procedure();
      out_ += "<h3>" + escaped(procedure.id()) + ", version " + std::to_string(procedure.version()) + ": " + escaped(procedure.title()) + at(entry) + "</h3>\n<p>Source: " + escaped(procedure.source()) + "</p>\n<pre>" + escaped(json_of(procedure)) + "</pre>\n";
    }
  }
  void sources() {
    std::vector<std::vector<std::string>> rows;
    for (const Entry& entry : entries_) {
      if (!entry.event.has_document_registered()) continue;
      const v1::Document& document = entry.event.document_registered().document();
      rows.push_back({escaped(document.id()), escaped(document.title()), escaped(document.known()), document.sha256().empty() ? (document.held() ? "no SHA-256 recorded" : "not held") : "<code>" + escaped(document.sha256()) + "</code>"});
    }
    table("Documents cited", {"document", "title", "known", "SHA-256"}, rows, "None.");
  }
  // What texts refer to as [sealed …]: a commitment each, and whether the words were erased since.
  void private_words() {
    std::map<std::string, std::string> erased;
    std::vector<std::vector<std::string>> rows;
    for (const Entry& entry : entries_)
      if (const v1::WordsErased& e = entry.event.words_erased(); entry.event.has_words_erased())
        erased[e.key()] = "erased on " + day(entry) + " under " + escaped(e.authority()) + ", by " + name(e.asked_by().empty() ? entry.envelope.who : e.asked_by()) + ", approved by " + name(e.approved_by()) + at(entry);
    for (const Entry& entry : entries_)
      for (const v1::SealedWords& words : entry.event.words_sealed().words()) {
        std::string marks;
        for (const v1::Exemption& one : words.exemptions()) marks += (marks.empty() ? "" : "; ") + escaped(one.ground() + ": " + one.reason());
        if (!words.embargo().empty()) marks += (marks.empty() ? "" : "; ") + std::string("embargo until ") + escaped(words.embargo());
        const auto gone = erased.find(words.sealed().key());
        rows.push_back({"<code>" + escaped(words.mark()) + "</code>", name(words.subject()), marks, gone == erased.end() ? "sealed" + at(entry) : gone->second});
      }
    if (!rows.empty()) table("Private words", {"mark", "whose", "why private", "state"}, rows, "");
  }
  void events() {
    out_ += "<h2>Events</h2>\n<table>\n";
    row({"event", "recorded", "who", "command", "what"}, "th");
    for (const Entry& entry : entries_)
      row({std::to_string(entry.evidence->sequence), day_of(static_cast<std::int64_t>(entry.envelope.time_ms)) + (entry.envelope.acted_on.empty() ? "" : ", of " + escaped(entry.envelope.acted_on)), escaped(entry.envelope.who), escaped(entry.envelope.command_id), escaped(line_of(entry.event))});
    out_ += "</table>\n";
  }
  void checkpoint() {
    out_ += "<h2>The checkpoint they are proved against</h2>\n<pre>" + escaped(pack_.checkpoint) + "</pre>\n<p>How to check it stands in README.txt. What a page says is only as good as that check.</p>\n";
  }

  const Pack& pack_;
  std::vector<Entry> entries_;
  std::map<std::string, const Entry*> facts_;
  std::map<std::string, std::string> names_;
  std::set<std::string> retracted_, meetings_;
  std::string out_;
};

}  // namespace

std::string page_of(const Pack& pack) { return Page(pack).whole(); }

}  // namespace concordat::app
