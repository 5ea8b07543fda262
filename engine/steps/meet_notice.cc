// meet_notice.cc: notice of a meeting, given once for all and served on each member with the papers that may go to them.
// Source: P15; rules of notice in force go before what the procedure states.
#include <algorithm>

#include "engine/calendar.h"
#include "engine/record/authority.h"
#include "engine/steps/item.h"
#include "engine/steps/meet.h"

namespace concordat::steps {
namespace {

using State = MeetMemory::State;

// Of the rules frozen as the meeting's matter opened.
const v1::Rule* stating_notice(const Work& work, const Matter& matter) {
  return Item::first_stating(frozen(work, matter, matter.step->id()), &v1::Rule::has_notice);
}

v1::Ruling not_counted(const std::string& reason, const std::string& why) {
  v1::Ruling ruling;
  ruling.set_question("notice");
  ruling.set_outcome(v1::Outcome::not_determined);
  ruling.add_reasons(reason);
  ruling.set_sentence("Not determined: " + why);
  return ruling;
}

v1::Ruling by_rule(const v1::Rule& rule, const ClearDays& days) {
  v1::Ruling ruling = rules::notice_given(rule, *days.count);
  ruling.mutable_rule()->set_id(rule.id());
  ruling.mutable_rule()->set_version(rule.version());
  ruling.set_layer(rule.layer());
  for (const std::string& fact : days.facts) ruling.mutable_findings(0)->add_facts(fact);
  ruling.set_sentence(ruling.sentence() + " By " + rule.id() + " " + std::to_string(rule.version()) + " (notice.clear_days).");
  if (rule.layer() == v1::Layer::assumption) ruling.set_sentence(ruling.sentence() + " This rests on an assumption adopted by " + rule.adopted_by() + ".");
  return ruling;
}

v1::Ruling by_procedure(const Work& work, const v1::Notice& notice, const ClearDays& days, record::Day on) {
  v1::Ruling ruling;
  ruling.set_question("notice");
  ruling.set_layer(notice.layer());
  const std::string kind = notice.working_days() ? " clear working days" : " clear days";
  const bool enough = *days.count >= notice.clear_days();
  ruling.set_outcome(enough ? v1::Outcome::yes : v1::Outcome::no);
  v1::Finding& finding = *ruling.add_findings();
  finding.set_clause("at least " + std::to_string(notice.clear_days()) + kind + " (" + notice.source() + ")");
  finding.set_read(std::to_string(*days.count) + kind + " between " + record::format(work.acted_on()) + " and " + record::format(on));
  finding.set_arithmetic(std::to_string(*days.count) + (enough ? " >= " : " < ") + std::to_string(notice.clear_days()));
  finding.set_outcome(ruling.outcome());
  for (const std::string& fact : days.facts) finding.add_facts(fact);
  if (!enough) ruling.add_warnings("notice_short");
  ruling.set_sentence((enough ? "In time: " : "Too short: ") + std::to_string(*days.count) + kind + " of notice, of the " + std::to_string(notice.clear_days()) + " asked for." +
                      (notice.layer() == v1::Layer::assumption ? " This rests on an assumption: " + notice.source() + "." : ""));
  return ruling;
}

// The party of whoever is written to: a body itself, or the one whose seat they hold; empty for others.
std::string party_of(const Work& work, const std::string& body, const std::string& to) {
  for (const record::Datum& party : record::values(work.state().record, body, record::authority::kParty, "", work.today())) {
    if (party.text == to) return to;
    for (const std::string& office : offices_of(work, body, party.text))
      if (is_who(work, office, to)) return party.text;
  }
  return to.starts_with("body:") ? to : std::string();
}

// An interest for which papers are not even sent: of the person, or of whoever sits for the body written to.
bool withheld(const Work& work, const std::string& body, const std::string& to, const std::string& item) {
  const auto matter = work.state().matters.find(item);
  if (matter == work.state().matters.end() || !matter->second.step->has_decide()) return false;
  std::vector<std::string> readers{to};
  if (to.starts_with("body:")) readers = offices_of(work, body, to);
  for (const auto& [who, action] : memory<DecideMemory>(matter->second, matter->second.step->id()).interests)
    for (const std::string& reader : readers)
      if (action == v1::InterestAction::no_papers && (is_who(work, who, reader) || is_who(work, reader, who))) return true;
  return false;
}

// Which items' papers may go to them; of the others, why not.
Refusal choose_papers(const Work& work, const MeetMemory& mine, const v1::ServeNotice& command, v1::NoticeServed* served) {
  const std::string party = party_of(work, mine.body, served->to());
  for (std::uint32_t number = 1; number <= mine.agenda.size(); ++number) {
    const MeetMemory::Item& item = mine.agenda[number - 1];
    const bool asked = std::find(command.papers_of().begin(), command.papers_of().end(), number) != command.papers_of().end();
    if (!command.papers_of().empty() && !asked) continue;
    const bool other_part = excludes(work, mine.body, item.part, party), interest = withheld(work, mine.body, served->to(), item.item);
    if (!other_part && !interest) { served->add_papers_of(number); continue; }
    const std::string why = other_part ? party + " takes no part in part " + item.part : "of an interest for which no papers are sent";
    if (asked) return refuse(other_part ? v1::RefusalCode::part_excludes_party : v1::RefusalCode::papers_withheld, "papers that may go to " + served->to(), "those of item " + std::to_string(number) + " may not, because " + why);
    v1::LeftOut& left = *served->add_withheld();
    left.set_item(std::to_string(number));
    left.set_why(why);
  }
  return accept();
}

Refusal check_requisition(const Work& work, const Matter& matter, const v1::Convene& command, v1::MeetingConvened* convened) {
  if (command.requisition().empty()) return accept();
  const v1::Rule* rule = stating_notice(work, matter);
  if (rule == nullptr) return refuse(v1::RefusalCode::requisition_too_small, "a rule that says how many members can have a meeting called", "no rule of " + convened->body() + " in force does");
  std::vector<std::string> offices;
  for (const record::Datum& party : record::values(work.state().record, convened->body(), record::authority::kParty, "", work.today()))
    for (const std::string& office : offices_of(work, convened->body(), party.text)) offices.push_back(office);
  std::vector<std::string> asking;
  for (const std::string& who : command.requisition()) {
    const auto seat = std::find_if(offices.begin(), offices.end(), [&](const std::string& one) { return is_who(work, one, who); });
    if (seat == offices.end()) return refuse(v1::RefusalCode::no_seat, "members of " + convened->body() + " who ask for it", who + " has no seat there");
    if (std::find(asking.begin(), asking.end(), *seat) == asking.end()) asking.push_back(*seat);
  }
  v1::Ruling ruling = rules::requisitioned(*rule, static_cast<std::uint32_t>(asking.size()), static_cast<std::uint32_t>(offices.size()));
  ruling.mutable_rule()->set_id(rule->id());
  ruling.mutable_rule()->set_version(rule->version());
  const std::string sentence = ruling.sentence();
  if (ruling.outcome() != v1::Outcome::yes) return refuse(v1::RefusalCode::requisition_too_small, "as many members as the rule asks for", "it is not so: " + sentence, std::move(ruling));
  *convened->mutable_called_by() = command.requisition();
  *convened->mutable_requisition() = std::move(ruling);
  return accept();
}

// Short notice is refused, unless it is answered for: then it stands as a warning, and the reason with it.
Refusal check_notice(v1::Ruling notice, const v1::Convene& command, v1::MeetingConvened* convened) {
  const std::string sentence = notice.sentence();
  if (notice.outcome() == v1::Outcome::not_determined) return refuse(v1::RefusalCode::notice_not_determined, "notice that can be counted", "it cannot: " + sentence, std::move(notice));
  if (notice.outcome() == v1::Outcome::no && command.short_because().empty())
    return refuse(v1::RefusalCode::notice_too_short, "notice in time, or why it is short (short_because)", "it is not: " + sentence, std::move(notice));
  if (notice.outcome() == v1::Outcome::no) convened->set_short_because(command.short_because());
  *convened->mutable_notice() = std::move(notice);
  return accept();
}

}  // namespace

v1::Ruling notice_ruling(const Work& work, const Matter& matter, record::Day on) {
  const v1::MeetStep& step = matter.step->meet();
  const bool again = meeting_of(matter).adjourned && step.has_after_adjournment();
  const v1::Rule* rule = again ? nullptr : stating_notice(work, matter);
  if (rule != nullptr && rule->notice().clear_days() == 0) rule = nullptr;      // It speaks of requisition only.
  if (rule == nullptr && !again && !step.has_notice()) return not_counted("never_stated", "nothing says how long before a meeting notice must be given.");
  const v1::Notice& notice = again ? step.after_adjournment() : step.notice();
  const bool working = rule != nullptr ? rule->notice().working_days() : notice.working_days();
  const std::string& own = step.notice().calendar();
  const std::string& calendar = rule == nullptr ? notice.calendar() : step.calendar().empty() ? own : step.calendar();
  if (working && calendar.empty()) return not_counted("never_stated", "nothing says whose bank holidays count.");
  const ClearDays days = clear_days(work.state().record, working ? calendar : "", work.acted_on(), on);
  if (!days.count) return not_counted("continuation_not_stated", calendar + " does not cover " + days.open_day + ".");
  return rule != nullptr ? by_rule(*rule, days) : by_procedure(work, notice, days, on);
}

Refusal check_papers(const Work& work, const Matter& matter, const google::protobuf::RepeatedPtrField<v1::Paper>& papers) {
  const auto on = record::parse_day(meeting_of(matter).on);
  if (!on.ok() || notice_ruling(work, matter, *on).outcome() == v1::Outcome::yes) return accept();
  for (const v1::Paper& paper : papers)
    if (paper.late_reason().empty())
      return refuse(v1::RefusalCode::late_reason_required, "a reason why \"" + paper.title() + "\" is late", "it comes after the time of the notice and none was given");
  return accept();
}

Refusal only_stated(const Work& work, const Matter& matter) {
  const v1::Rule* rule = meeting_of(matter).called ? stating_notice(work, matter) : nullptr;
  if (rule == nullptr || !rule->notice().only_stated_business()) return accept();
  return refuse(v1::RefusalCode::business_not_stated, "business stated in the requisition, put on the agenda before notice was given", matter.id + " was called by members, and " + rule->id() + " " + std::to_string(rule->version()) + " lets it do no other");
}

std::vector<std::string> not_served(const Work& work, const Matter& matter) {
  const MeetMemory& mine = meeting_of(matter);
  std::vector<std::string> out;
  if (mine.served.empty()) return out;
  for (const record::Datum& party : record::values(work.state().record, mine.body, record::authority::kParty, "", work.today())) {
    if (mine.served.contains(party.text)) continue;
    for (const std::string& office : offices_of(work, mine.body, party.text))
      if (std::none_of(mine.served.begin(), mine.served.end(), [&](const std::string& to) { return is_who(work, office, to); })) out.push_back(office);
  }
  return out;
}

Refusal everybody_served(const Work& work, const Matter& matter) {
  const v1::Rule* rule = stating_notice(work, matter);
  if (rule == nullptr || !rule->notice().lack_of_service_invalidates()) return accept();
  const std::string by = rule->id() + " " + std::to_string(rule->version());
  if (meeting_of(matter).served.empty()) return refuse(v1::RefusalCode::notice_not_served, "notice served on every member, by " + by, "none is recorded");
  const auto missing = not_served(work, matter);
  if (missing.empty()) return accept();
  return refuse(v1::RefusalCode::notice_not_served, "notice served on every member, by " + by, missing.front() + " was given none");
}

Refusal decide(Work& work, const v1::Convene& command) {
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter)) return no;
  const MeetMemory& mine = meeting_of(*matter);
  if (auto no = not_over(mine, command.matter())) return no;
  if (mine.state == State::kSitting) return refuse(v1::RefusalCode::wrong_step, "a meeting that is not under way", command.matter() + " is; adjourn it first");
  const auto on = record::parse_day(command.on());
  if (!on.ok()) return refuse(v1::RefusalCode::bad_date, "the day of the meeting (YYYY-MM-DD)", on.status().why());
  if (auto no = check_time(command.starts())) return no;
  if (command.chair().empty()) return refuse(v1::RefusalCode::field_missing, "who presides", "no chair was given");
  v1::Event event;
  v1::MeetingConvened& convened = *event.mutable_meeting_convened();
  convened.set_matter(command.matter());
  convened.set_on(command.on());
  convened.set_starts(command.starts());
  convened.set_place(command.place());
  if (auto no = resolve(work, command.chair(), convened.mutable_chair())) return no;
  convened.set_body(fill(*matter, matter->step->meet().body()));
  if (auto no = check_requisition(work, *matter, command, &convened)) return no;
  if (auto no = check_notice(notice_ruling(work, *matter, *on), command, &convened)) return no;
  work.emit(std::move(event));
  start_clocks(work, command.matter(), "before_meeting");
  return accept();
}

Refusal decide(Work& work, const v1::ServeNotice& command) {
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter)) return no;
  const MeetMemory& mine = meeting_of(*matter);
  if (auto no = not_over(mine, command.matter())) return no;
  const auto on = record::parse_day(mine.on);
  if (mine.state != State::kConvened || !on.ok()) return refuse(v1::RefusalCode::not_convened, "a meeting that has been convened and does not sit yet", command.matter() + " is none");
  if (command.to().empty()) return refuse(v1::RefusalCode::field_missing, "who is given notice", "nobody was named");
  if (command.how().empty()) return refuse(v1::RefusalCode::field_missing, "how notice was given", "it was not said");
  for (const std::uint32_t number : command.papers_of())
    if (auto no = find_number(mine, number)) return no;
  const v1::Ruling notice = notice_ruling(work, *matter, *on);
  std::vector<v1::Event> events;
  for (const std::string& to : command.to()) {
    v1::NoticeServed& served = *events.emplace_back().mutable_notice_served();
    served.set_matter(command.matter());
    if (auto no = resolve(work, to, served.mutable_to())) return no;
    served.set_how(command.how());
    *served.mutable_notice() = notice;
    if (auto no = choose_papers(work, mine, command, &served)) return no;
  }
  for (v1::Event& event : events) work.emit(std::move(event));
  return accept();
}

void evolve(MeetMemory& mine, const v1::NoticeServed& event) { mine.served.insert(event.to()); }

}  // namespace concordat::steps
