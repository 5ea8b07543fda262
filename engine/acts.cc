#include "engine/acts.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include "concordat/v1/ledger.pb.h"
#include "engine/record/authority.h"
#include "engine/steps/steps.h"

namespace concordat {
namespace {

namespace authority = record::authority;
namespace pb = google::protobuf;

constexpr const char* kTrial = "(trial)";
constexpr std::int32_t kMeetingAhead = 60;                   // Days; longer than any notice.

std::vector<std::string> texts(const State& state, std::string_view subject, const char* predicate, std::string_view scope, record::Day today) {
  return record::texts(state.record, subject, predicate, scope, today);
}

// One matter, one actor: what the acts of each kind are filled in from.
struct Filling {
  const State& state;
  const Matter& matter;
  const v1::Actor& actor;
  record::Day today;

  std::string filled(const std::string& text) const {
    if (!text.starts_with('$')) return text;
    const auto field = matter.fields.find(std::string_view(text).substr(1));
    return field == matter.fields.end() ? "" : field->second.text;
  }
  std::string body() const {
    const v1::Step& step = *matter.step;
    return filled(step.has_decide() ? step.decide().body() : step.has_sign_off() ? step.sign_off().subject() : step.meet().body());
  }
  // Whoever acts for nobody is tried for the first party, so that the refusal says who could.
  std::string party() const {
    if (!actor.on_behalf_of().empty()) return actor.on_behalf_of();
    if (matter.step->sign_off().parties_size() > 0) return filled(matter.step->sign_off().parties(0));
    const auto all = texts(state, body(), authority::kParty, "", today);
    return all.empty() ? "" : all.front();
  }
};

using Add = std::function<void(v1::Command)>;

void table(const Filling& from, v1::Command command, const Add& add) {
  const auto& mine = steps::memory<steps::DecideMemory>(from.matter, from.matter.step->id());
  v1::TableItem& item = *command.mutable_table_item();
  item.set_meeting(mine.meeting.empty() ? kTrial : mine.meeting);
  item.set_part(mine.part.empty() ? from.filled(from.matter.step->decide().part()) : mine.part);
  for (const auto& one : mine.present) *item.add_present() = steps::listed(one);
  item.set_presiding(mine.presiding);
  add(std::move(command));
}

const v1::TransferStep* transfer_of(const Matter& matter) {
  for (const v1::Step& step : matter.procedure->steps())
    if (step.has_transfer()) return &step.transfer();
  return nullptr;
}

void decide_acts(const Filling& from, const v1::Command& command, const Add& add) {
  if (!from.matter.step->has_decide()) return;
  if (command.has_table_item()) return table(from, command, add);
  v1::Command one = command;
  if (one.has_take_position()) one.mutable_take_position()->set_position(v1::Position::in_favour);
  if (one.has_cast_casting_vote()) one.mutable_cast_casting_vote()->set_position(v1::Position::in_favour);
  if (one.has_declare_interest()) one.mutable_declare_interest()->set_action(v1::InterestAction::leave);
  add(std::move(one));
}

void transfer_acts(const Filling& from, const v1::Command& command, const Add& add) {
  const v1::TransferStep* transfer = transfer_of(from.matter);
  if (transfer == nullptr) return;
  const std::string day = record::format(from.today);
  if (command.has_meet_condition()) {
    for (const v1::TransferCondition& condition : transfer->conditions()) { v1::Command one = command; one.mutable_meet_condition()->set_condition(condition.id()); add(one); }
    return;
  }
  for (const v1::TransferTrack& track : transfer->tracks()) {
    v1::Command one = command;
    if (one.has_plan_transfer()) { one.mutable_plan_transfer()->set_track(track.name()); one.mutable_plan_transfer()->set_when(day); }
    if (one.has_cancel_transfer()) one.mutable_cancel_transfer()->set_track(track.name());
    if (one.has_take_effect()) {
      one.mutable_take_effect()->set_track(track.name());
      one.mutable_take_effect()->set_on(day);
      one.mutable_take_effect()->mutable_source()->set_quote(kTrial);
    }
    add(one);
  }
}

std::map<std::string, steps::ObligeMemory::Owed, std::less<>> owed_in(const Matter& matter) {
  if (matter.step->has_meet()) return steps::memory<steps::MeetMemory>(matter, matter.step->id()).duties.owed;
  return matter.step->has_oblige() ? steps::memory<steps::ObligeMemory>(matter, matter.step->id()).owed : decltype(steps::ObligeMemory::owed)();
}

void other_acts(const Filling& from, const v1::Command& command, const Add& add) {
  v1::Command one = command;
  if (one.has_sign_off()) one.mutable_sign_off()->set_answer(v1::SignOff::signed_);
  if (one.has_plan_for_meeting()) {
    one.mutable_plan_for_meeting()->set_on(record::format(from.today));
    one.mutable_plan_for_meeting()->set_publicity(v1::Publicity::public_session);
  }
  if (one.has_change_procedure()) one.mutable_change_procedure()->set_version(from.matter.procedure->version() + 1);
  if (one.has_discharge()) {
    for (const auto& [id, owed] : owed_in(from.matter)) {
      if (owed.discharged) continue;
      one.mutable_discharge()->set_obligation(id);
      add(one);
    }
    return;
  }
  if (one.has_change_procedure()) {                          // Only where there is a version to go on under.
    const auto versions = from.state.procedures.find(from.matter.procedure->id());
    if (versions == from.state.procedures.end() || versions->second.size() <= from.matter.procedure->version()) return;
    one.mutable_change_procedure()->set_version(static_cast<std::uint32_t>(versions->second.size()));
    one.mutable_change_procedure()->set_authority(kTrial);
  }
  if (one.has_plan_for_meeting()) {
    one.mutable_plan_for_meeting()->set_on(record::format(record::Day{from.today.count + kMeetingAhead}));
    one.mutable_plan_for_meeting()->set_purpose("decision");
    one.mutable_plan_for_meeting()->set_publicity(v1::Publicity::public_session);
  }
  if (one.has_pass_on() && from.matter.step->has_escalate()) {
    const auto& mine = steps::memory<steps::EscalateMemory>(from.matter, from.matter.step->id());
    const auto next = texts(from.state, mine.issue, authority::kEscalatesTo, mine.at, from.today);
    one.mutable_pass_on()->set_to(next.empty() ? mine.at : next.front());
  }
  add(one);
}

std::string first_part(const Filling& from) {
  const auto parts = texts(from.state, from.body(), authority::kParts, "", from.today);
  return parts.empty() ? "" : parts.front();
}

// Every part that is not under way; every item that was not taken, to every other part.
void part_acts(const Filling& from, const steps::MeetMemory& mine, v1::Command one, const Add& add) {
  for (const std::string& part : texts(from.state, from.body(), authority::kParts, "", from.today)) {
    if (one.has_open_part() && part != mine.part) {
      one.mutable_open_part()->set_part(part);
      add(one);
    }
    if (!one.has_move_agenda_item()) continue;
    one.mutable_move_agenda_item()->set_part(part);
    for (std::uint32_t number = 1; number <= mine.agenda.size(); ++number) {
      if (mine.agenda[number - 1].part == part || !mine.agenda[number - 1].taken.empty()) continue;
      one.mutable_move_agenda_item()->set_number(number);
      add(one);
    }
  }
}

void meeting_acts(const Filling& from, const v1::Command& command, const Add& add) {
  if (!from.matter.step->has_meet()) return;
  const auto& mine = steps::memory<steps::MeetMemory>(from.matter, from.matter.step->id());
  v1::Command one = command;
  if (one.has_convene()) {
    one.mutable_convene()->set_on(record::format(record::Day{from.today.count + kMeetingAhead}));
    one.mutable_convene()->set_chair(from.body());           // Any subject that is known.
  }
  if (one.has_add_agenda_item()) {
    one.mutable_add_agenda_item()->set_part(first_part(from));
    one.mutable_add_agenda_item()->set_publicity(v1::Publicity::public_session);
  }
  if (one.has_record_attendance()) {
    one.mutable_record_attendance()->set_status(v1::Attendance::arrived);
    one.mutable_record_attendance()->set_seat("member");
  }
  if (one.has_confirm_minutes()) one.mutable_confirm_minutes()->clear_at_meeting();
  if (one.has_confirm_minutes())
    for (const auto& [id, other] : from.state.matters)       // The next meeting, if one is open.
      if (other.step->has_meet() && id != from.matter.id) one.mutable_confirm_minutes()->set_at_meeting(id);
  if (one.has_exclude_public()) {
    v1::ExcludePublic& exclude = *one.mutable_exclude_public();
    exclude.add_numbers(1);
    exclude.set_moved_by(mine.present.empty() ? "" : mine.present.front().who);      // Any two who are there.
    exclude.set_seconded_by(mine.present.size() < 2 ? "" : mine.present[1].who);
  }
  if (one.has_draw_agenda()) {
    one.mutable_draw_agenda()->set_part(first_part(from));
    one.mutable_draw_agenda()->set_publicity(v1::Publicity::public_session);
  }
  if (one.has_serve_notice()) one.mutable_serve_notice()->add_to(from.party().empty() ? from.actor.who() : from.party());
  if (one.has_attach_agenda_paper()) {
    v1::Paper& paper = *one.mutable_attach_agenda_paper()->add_papers();
    paper.set_title(kTrial);
    paper.set_late_reason(kTrial);
  }
  if (one.has_choose_presiding())                            // By everybody who is there.
    for (const auto& there : mine.present)
      if (!there.party.empty()) one.mutable_choose_presiding()->add_chosen_by(there.who);
  if (one.has_open_part() || one.has_move_agenda_item()) return part_acts(from, mine, one, add);
  if (one.has_choose_course()) {                             // Whichever the rule names.
    for (const auto course : {v1::QuorumRule::adjourn, v1::QuorumRule::advisory_only, v1::QuorumRule::ratify_by_parent, v1::QuorumRule::refer_conflicts_panel}) { one.mutable_choose_course()->set_course(course); add(one); }
    return;
  }
  if (one.has_take_agenda_item()) {
    for (std::uint32_t number = 1; number <= mine.agenda.size(); ++number) { one.mutable_take_agenda_item()->set_number(number); add(one); }
    return;
  }
  if (one.has_close_action()) {
    for (std::uint32_t number = 1; number <= mine.actions.size(); ++number)
      if (!mine.actions[number - 1].closed) { one.mutable_close_action()->set_action(number); add(one); }
    return;
  }
  add(one);
}

void set_words(const Filling& from, pb::Message* body) {
  const auto set = [&](const char* name, const std::string& word) {
    const auto* field = body->GetDescriptor()->FindFieldByName(name);
    if (field != nullptr && field->type() == pb::FieldDescriptor::TYPE_STRING && !field->is_repeated()) body->GetReflection()->SetString(body, field, word);
  };
  for (const char* name : {"reason", "evidence", "answer", "action_lead", "words", "what", "how", "note", "title", "at_meeting", "moved_by", "seconded_by"}) set(name, kTrial);
  set("matter", from.matter.id);
  set("party", from.party());
  set("who", from.actor.who());
  set("owner", from.actor.who());
  if (const auto* number = body->GetDescriptor()->FindFieldByName("number"); number != nullptr && number->type() == pb::FieldDescriptor::TYPE_UINT32) body->GetReflection()->SetUInt32(body, number, 1);
}

bool about_meeting(v1::Command::DoesCase does) {
  using C = v1::Command;
  return (does >= C::kConvene && does <= C::kCorrectMinutes) || does == C::kDrawAgenda || does == C::kServeNotice || does == C::kAttachAgendaPaper || does == C::kChooseCourse || does == C::kReadmitPublic ||
         does == C::kOpenPart || does == C::kMoveAgendaItem || does == C::kChoosePresiding;
}
bool about_transfer(v1::Command::DoesCase does) { return does >= v1::Command::kPlanTransfer && does <= v1::Command::kCancelTransfer; }
bool about_item(v1::Command::DoesCase does) { return (does >= v1::Command::kTableItem && does <= v1::Command::kCloseItem) || does == v1::Command::kCastCastingVote; }

}  // namespace

std::vector<v1::Actor> guises(const State& state, const std::string& who, record::Day today) {
  std::set<std::string> mine{who};
  const record::Datum person{.kind = v1::Predicate::ref, .text = who, .number = 0};
  const auto subjects = state.record.subjects();
  for (const std::string& subject : subjects)
    if (subject.starts_with("office:") && record::holds(state.record, subject, authority::kHolder, "", person, today)) mine.insert(subject);
  std::set<std::pair<std::string, std::string>> seats;       // Party, who sits.
  for (const std::string& body : subjects)
    for (const std::string& party : texts(state, body, authority::kParty, "", today))
      for (const char* predicate : {authority::kRepresentedBy, authority::kSeat})
        for (const std::string& seat : texts(state, body, predicate, party, today))
          if (mine.contains(seat)) seats.emplace(party, seat);
  std::vector<v1::Actor> out;
  for (const auto& [party, seat] : seats) {
    v1::Actor& one = out.emplace_back();
    one.set_who(seat);
    one.set_capacity(v1::Capacity::member);
    one.set_on_behalf_of(party);
  }
  if (!out.empty()) return out;
  for (const std::string& one : mine) {
    out.emplace_back().set_who(one);
    out.back().set_capacity(v1::Capacity::member);
  }
  return out;
}

std::vector<v1::Command> acts(const State& state, const Matter& matter, const v1::Actor& actor, record::Day today) {
  std::vector<v1::Command> out;
  const Filling from{state, matter, actor, today};
  const auto add = [&](v1::Command command) { out.push_back(std::move(command)); };
  const auto* does = v1::Command::descriptor()->oneof_decl(0);
  for (int i = 0; i < does->field_count(); ++i) {
    const auto* field = does->field(i);
    if (field->message_type()->FindFieldByName("matter") == nullptr) continue;
    v1::Command command;
    command.set_command_id(kTrial);
    command.set_ledger(kTrial);
    *command.mutable_actor() = actor;
    set_words(from, command.GetReflection()->MutableMessage(&command, field));
    const auto kind = command.does_case();
    if (kind == v1::Command::kOpenMatter || kind == v1::Command::kDeadlineReached) continue;   // Not in a matter; by nobody.
    if (about_meeting(kind)) meeting_acts(from, command, add);
    else if (about_transfer(kind)) transfer_acts(from, command, add);
    else if (about_item(kind)) decide_acts(from, command, add);
    else other_acts(from, command, add);
  }
  return out;
}

std::string waits_for(const State& state, const Matter& matter) {
  const std::int64_t due = steps::due_ms(matter);
  if (matter.step->has_refer()) return " It waits for the end of " + steps::memory<steps::ReferMemory>(matter, matter.step->id()).to + ".";
  if (!matter.step->has_wait()) return "";
  if (due != 0) return " It waits until " + record::format(record::day_of(due)) + "; nobody can end that sooner.";
  const v1::WaitStep& wait = matter.step->wait();
  std::string predicate = wait.predicate();
  std::replace(predicate.begin(), predicate.end(), '_', ' ');
  const record::Datum value = fill(matter, wait.value());
  return " It waits until the record says: " + state.record.name(fill(matter, wait.subject())) + ", " + predicate + ": " + (value.kind == v1::Predicate::ref ? state.record.name(value.text) : record::in_words(value)) + ".";
}

}  // namespace concordat
