// One meeting as its events tell it, in their order: what the minutes are drafted from.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "app/common.h"
#include "concordat/v1/ledger.pb.h"
#include "concordat/v1/views.pb.h"

namespace concordat::app {

// An item of the agenda, and what was done about it and its matter while that lay before the meeting.
struct MinutedItem {
  v1::AgendaItemAdded on_agenda = {};
  std::vector<v1::AgendaItemMoved> moves = {};
  std::vector<v1::Paper> papers = {};                  // Of its matter.
  std::string recommendation = "";                     // Likewise.
  std::string taken_at = "", presided = "", quorum = "", outcome = "", decision = "", consensus = "";     // Empty = it did not come to that.
  std::vector<std::string> quorum_later = {}, interests = {}, positions = {}, notes = {}, corrections = {}, objections = {}, urgent = {};
  std::size_t sitting = 0;                             // In which it was taken last …
  std::uint64_t since = 0;                             // … and from which event on.
  bool taken = false;
};

// As long as one attendance list lasts: a part of a meeting, or a day of one that was adjourned.
struct Sitting {
  std::string day, part, opened_at;
  bool opened = false;                                 // By saying so.
  std::vector<v1::AttendanceRecorded> attendance;      // Without apologies.
  std::vector<std::string> quorum;                     // As it was ruled from time to time, and what was done about it.
  std::vector<v1::PresidingChosen> chosen;             // Whom those attending chose to preside.
  std::vector<v1::AgendaItemMoved> moved_away;         // From this part while it was under way.
  std::vector<std::uint32_t> taken;                    // Items, in the order in which they were reached.
  std::vector<v1::MeetingAdjourned> adjourned;         // As it ended, if it ended so.
  bool began() const { return opened || !attendance.empty() || !taken.empty(); }
};

// Minutes of an earlier meeting that this one confirmed, and what it added to them.
struct Confirmed {
  std::string meeting, day;
  struct Correction { std::uint32_t number = 0; std::string part, words; bool hidden = false; };   // `hidden`: of a private item.
  std::vector<Correction> corrections;
};

struct MinutedMeeting {
  v1::MatterRow row;
  v1::MeetingConvened convened;                        // The last one.
  std::vector<Sitting> sittings{1};
  std::vector<v1::AttendanceRecorded> apologies;       // Of people who did not come after all.
  std::vector<MinutedItem> items;                      // By number, from 1.
  std::vector<v1::PublicExcluded> excluded;
  std::vector<v1::PublicReadmitted> readmitted;
  std::map<std::uint32_t, v1::ActionRecorded> actions;
  std::vector<Confirmed> confirmed;
  std::vector<std::string> corrections;                // About no item.
  std::string ended_at, confirmed_at, confirmed_on;

  MinutedItem* item(std::uint32_t number) { return number == 0 || number > items.size() ? nullptr : &items[number - 1]; }
};

// Fails if there is no such meeting.
Result<MinutedMeeting> read_meeting(const Reading& reading, const std::string& id);

std::string in_words(std::string word);                // "not_carried" -> "not carried".

}  // namespace concordat::app
