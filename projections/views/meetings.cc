#include "projections/views/meetings.h"

#include <algorithm>

#include "concordat/v1/meet.pb.h"

namespace concordat::projections {
namespace {

std::string key(std::string_view id) { return "m/" + std::string(id); }

template <typename Numbers>
void once(Numbers* numbers, std::uint32_t number) {
  if (std::find(numbers->begin(), numbers->end(), number) == numbers->end()) numbers->Add(number);
}

class Meetings final : public View {
 public:
  std::string_view name() const override { return "meetings"; }
  std::uint32_t version() const override { return 2; }

  // A matter's events before its first about a meeting say nothing of one, but that of the procedure that all packs call so.
  void fold(const Committed& c, Rows& rows) const override {
    const v1::Event& event = c.event;
    using E = v1::Event;
    switch (static_cast<int>(event.happened_case())) {   // The rest say nothing of meetings.
      case E::kMatterOpened: if (event.matter_opened().procedure() == "meeting") opened(rows, event.matter_opened()); return;
      case E::kPlannedForMeeting: rows.at<v1::PlannedForMeeting>("p/" + event.planned_for_meeting().matter()) = event.planned_for_meeting(); return;
      case E::kMeetingConvened: return convened(rows, event.meeting_convened());
      case E::kAgendaItemAdded: *row(rows, event.agenda_item_added()).add_agenda() = event.agenda_item_added(); return;
      case E::kAgendaItemMoved: return moved(rows, event.agenda_item_moved());
      case E::kAgendaPaperAttached: return attached(rows, event.agenda_paper_attached());
      case E::kAgendaItemTaken: {
        v1::MeetingRow& mine = row(rows, event.agenda_item_taken());
        mine.set_state("sitting");
        begin_part(mine, event.agenda_item_taken().number());
        return once(mine.mutable_taken(), event.agenda_item_taken().number());
      }
      case E::kPartOpened: row(rows, event.part_opened()).set_part(event.part_opened().part()); return;
      case E::kPresidingChosen: row(rows, event.presiding_chosen()).set_presiding(event.presiding_chosen().who()); return;
      case E::kNoticeServed: row(rows, event.notice_served()).add_served(event.notice_served().to()); return;
      case E::kMeetingQuorumRuled: row(rows, event.meeting_quorum_ruled()).set_quorum(event.meeting_quorum_ruled().quorum().outcome()); return;
      case E::kActionRecorded: *row(rows, event.action_recorded()).add_actions() = event.action_recorded(); return;
      case E::kActionClosed: return once(row(rows, event.action_closed()).mutable_closed(), event.action_closed().action());
      case E::kActionCarried: return once(row(rows, event.action_carried()).mutable_closed(), event.action_carried().action());
      case E::kActionOverdue: return once(row(rows, event.action_overdue()).mutable_overdue(), event.action_overdue().action());
      case E::kMeetingAdjourned: return rise(row(rows, event.meeting_adjourned()), "adjourned");
      case E::kMeetingEnded: return rise(row(rows, event.meeting_ended()), "ended");
      case E::kMinutesConfirmed:
        row(rows, event.minutes_confirmed()).set_state("confirmed");
        row(rows, event.minutes_confirmed()).set_confirmed_at(event.minutes_confirmed().at_meeting());
        return;
      default: return;
    }
  }

 private:
  template <typename Event>
  static v1::MeetingRow& row(Rows& rows, const Event& event) {
    auto& mine = rows.at<v1::MeetingRow>(key(event.matter()));
    if (mine.id().empty()) mine.set_state("opened");
    mine.set_id(event.matter());
    return mine;
  }

  static void begin_part(v1::MeetingRow& mine, std::uint32_t number) {
    if (number >= 1 && number <= static_cast<std::uint32_t>(mine.agenda_size())) mine.set_part(mine.agenda(static_cast<int>(number) - 1).part());
  }
  static void rise(v1::MeetingRow& mine, const char* state) {
    mine.set_state(state);
    mine.clear_part();
    mine.clear_presiding();
  }

  static void opened(Rows& rows, const v1::MatterOpened& event) {
    v1::MeetingRow& mine = row(rows, event);
    mine.set_title(event.title());
    for (const v1::Field& field : event.fields())
      if (field.name() == "body") mine.set_body(field.value().ref());
  }

  static void convened(Rows& rows, const v1::MeetingConvened& event) {
    v1::MeetingRow& mine = row(rows, event);
    mine.set_state("convened");
    mine.set_body(event.body());
    mine.clear_served();
    mine.clear_part();
    mine.clear_presiding();
    mine.set_quorum(v1::Outcome::unset);
    auto& day = *mine.add_days();
    day.set_on(event.on());
    day.set_starts(event.starts());
    day.set_chair(event.chair());
  }

  static void moved(Rows& rows, const v1::AgendaItemMoved& event) {
    v1::MeetingRow& mine = row(rows, event);
    if (event.number() == 0 || event.number() > static_cast<std::uint32_t>(mine.agenda_size())) return;
    mine.mutable_agenda(static_cast<int>(event.number()) - 1)->set_part(event.part());
  }

  static void attached(Rows& rows, const v1::AgendaPaperAttached& event) {
    v1::MeetingRow& mine = row(rows, event);
    if (event.number() == 0 || event.number() > static_cast<std::uint32_t>(mine.agenda_size())) return;
    mine.mutable_agenda(static_cast<int>(event.number()) - 1)->mutable_papers()->MergeFrom(event.papers());
  }
};

}  // namespace

const View& meetings_view() { static const Meetings view; return view; }

bool find_meeting(const Store& store, std::string_view ledger, std::string_view id, v1::MeetingRow* out) {
  const auto bytes = store.get("meetings", ledger, key(id));
  return bytes && out->ParseFromString(*bytes);
}

}  // namespace concordat::projections
