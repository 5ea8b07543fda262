// meet_public.cc: the resolution that keeps the public out of some items, and its end. Source: Act of 1960, section 1.
//
//                | opened, adjourned | convened, sitting                                   | ended
// ---------------+-------------------+-----------------------------------------------------+-------------
// ExcludePublic  | not_convened      | excluded, by two who have a seat and with a reason  | meeting_over
// ReadmitPublic  | not_convened      | readmitted, public_not_excluded                     | meeting_over
#include <algorithm>

#include "engine/record/authority.h"
#include "engine/steps/meet.h"

namespace concordat::steps {
namespace {

// With a seat for a party of the body; whoever is in attendance, observes or joins one part moves nothing.
Refusal check_mover(const Work& work, const MeetMemory& mine, const std::string& who) {
  if (!is_present(mine, who)) return refuse(v1::RefusalCode::not_in_attendance, "a mover and a seconder who are there", who.empty() ? "one was not named" : who + " is not");
  const auto parties = record::values(work.state().record, mine.body, record::authority::kParty, "", work.today());
  const auto seated = [&](const DecideMemory::Attendee& one) {
    return one.who == who && one.seat != "observer" && one.seat != "associate" && std::any_of(parties.begin(), parties.end(), [&](const auto& party) { return party.text == one.party; });
  };
  if (parties.empty() || std::any_of(mine.present.begin(), mine.present.end(), seated)) return accept();
  return refuse(v1::RefusalCode::no_seat, "a mover and a seconder with a seat on " + mine.body, who + " is there without one");
}

}  // namespace

Refusal decide(Work& work, const v1::ExcludePublic& command) {
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter)) return no;
  const MeetMemory& mine = meeting_of(*matter);
  if (auto no = can_sit(work, mine, command.matter())) return no;
  if (auto no = check_clock(mine, command.at())) return no;
  if (command.numbers().empty()) return refuse(v1::RefusalCode::field_missing, "the numbers of the items", "none was given");
  for (const std::uint32_t number : command.numbers())
    if (auto no = find_number(mine, number)) return no;
  if (command.reason().empty()) return refuse(v1::RefusalCode::reason_required, "the reason for which the public is excluded", "none was given");
  for (const std::string& who : {command.moved_by(), command.seconded_by()})
    if (auto no = check_mover(work, mine, who)) return no;
  if (command.moved_by() == command.seconded_by()) return refuse(v1::RefusalCode::field_missing, "a mover and a seconder", command.moved_by() + " is both");
  v1::Event event;
  v1::PublicExcluded& excluded = *event.mutable_public_excluded();
  excluded.set_matter(command.matter());
  *excluded.mutable_numbers() = command.numbers();
  excluded.set_reason(command.reason());
  excluded.set_moved_by(command.moved_by());
  excluded.set_seconded_by(command.seconded_by());
  excluded.set_at(command.at());
  work.emit(std::move(event));
  return accept();
}

// The resolution is over: a private item that is taken later needs another.
Refusal decide(Work& work, const v1::ReadmitPublic& command) {
  const Matter* matter = nullptr;
  if (auto no = find_meeting(work, command.matter(), &matter)) return no;
  const MeetMemory& mine = meeting_of(*matter);
  if (auto no = can_sit(work, mine, command.matter())) return no;
  if (auto no = check_clock(mine, command.at())) return no;
  for (const std::uint32_t number : command.numbers())
    if (!mine.excluded.contains(number)) return refuse(v1::RefusalCode::public_not_excluded, "items from which the public is excluded", "item " + std::to_string(number) + " is none");
  if (mine.excluded.empty()) return refuse(v1::RefusalCode::public_not_excluded, "a meeting that excluded the public", command.matter() + " has not, or has let it in again");
  v1::Event event;
  v1::PublicReadmitted& readmitted = *event.mutable_public_readmitted();
  readmitted.set_matter(command.matter());
  *readmitted.mutable_numbers() = command.numbers();
  if (command.numbers().empty()) *readmitted.mutable_numbers() = {mine.excluded.begin(), mine.excluded.end()};
  readmitted.set_at(command.at());
  work.emit(std::move(event));
  return accept();
}

void evolve(MeetMemory& mine, const v1::PublicExcluded& event) {
  tick(mine, event.at());
  mine.excluded.insert(event.numbers().begin(), event.numbers().end());
}
void evolve(MeetMemory& mine, const v1::PublicReadmitted& event) {
  tick(mine, event.at());
  for (const std::uint32_t number : event.numbers()) mine.excluded.erase(number);
}

}  // namespace concordat::steps
