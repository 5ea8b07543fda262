// What each kind of step remembers while its matter is open. Plain structs, changed by that kind's evolve only.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace concordat::steps {

struct DecideMemory {
  struct Attendee {
    std::string who, party, seat, seat_class, deputy_for, takes;
    std::vector<std::string> classes;
    bool proxy = false;
    std::uint32_t notice_hours = 0;                                  // How long before a deputy was announced.
  };
  struct Stance { int position = 0; std::string reason, who; };      // v1::Position
  std::string meeting, part;                                         // Empty until tabled.
  std::vector<Attendee> present;                                     // As last recorded.
  std::map<std::string, Stance, std::less<>> positions;              // By party; by "party office" where it has several seats.
  std::map<std::string, int, std::less<>> interests;                 // Who -> v1::InterestAction.
  std::string presiding;
  int opened = 0;                                                    // v1::Outcome: whether it was quorate as the meeting took it up.
  std::map<std::string, std::string, std::less<>> answers;           // To warnings, by code.
  int casting_vote = 0;                                              // v1::Position, of whoever presides.
  struct Plan { std::string on, purpose; bool hidden = false; } plan;      // When the body shall see it; empty = not planned.
  // Decided between meetings here, and what became of the report to the body.
  struct Urgent { bool taken = false, reported = false, overdue = false; std::string body, due, report_by; } urgent;
};

struct TransferMemory {
  struct Track { std::string plan, effective_on; bool cancelled = false; };
  std::map<std::string, Track, std::less<>> tracks;                  // Only those planned, effective or cancelled.
  std::map<std::string, std::string, std::less<>> met;               // Condition -> day of the act; empty = not recorded.
};

struct ObligeMemory {
  struct Owed { std::string by, what, due; bool discharged = false, overdue = false; };
  std::map<std::string, Owed, std::less<>> owed;                     // By obligation id.
};

struct SignOffMemory {
  std::map<std::string, int, std::less<>> answers;                   // Party -> v1::SignOff::Answer.
  ObligeMemory duties;                                               // To answer by a day, where the step names one.
};

struct EscalateMemory {
  std::string issue, raiser;
  std::string at;                                                    // Office or body that has it now.
  std::string due;                                                   // Day by which receipt is due; empty = no clock.
  bool received = false, answered = false, overdue = false;
};

struct ReferMemory { std::string to; std::uint32_t referred = 0; };   // The other matter, until it concludes; how many there were.
struct WaitMemory { std::int64_t due_ms = 0; };                      // 0 = waits for a fact.

struct MeetMemory {
  enum class State : std::uint8_t { kOpened, kConvened, kSitting, kAdjourned, kEnded };
  struct Item { std::string item, part; bool hidden = false; std::string from; std::uint32_t action = 0; std::string taken; };   // `hidden`: private. `from`: the meeting it arises from. `taken`: at what time, or "it was taken".
  struct Action { std::string what, owner, due; bool closed = false, overdue = false, hidden = false; };   // `hidden`: of a private item.
  State state = State::kOpened;
  std::string body, on;                                              // Empty until convened.
  std::vector<Item> agenda;                                          // By number, from 1.
  std::vector<DecideMemory::Attendee> present;                       // Now.
  std::set<std::uint32_t> excluded;                                  // Items from which the public is excluded.
  std::uint32_t current = 0;                                         // Item under discussion; 0 = none.
  std::string part;                                                  // Under way; empty until one is opened or an item of one is taken.
  std::string starts, clock;                                         // Times of day: as notified; the last one recorded in the room this sitting.
  std::vector<Action> actions;                                       // By number, from 1.
  bool confirmed = false;                                            // The minutes.
  std::string chair, chosen;                                         // As convened; by those attending, to preside.
  bool called = false;                                               // By members, at their requisition.
  bool adjourned = false;                                            // Before: another notice may do.
  std::set<std::string, std::less<>> served;                         // To whom notice was given.
  std::vector<DecideMemory::Attendee> came;                          // Everybody who was there since it was convened.
  int quorum = 0, opened = 0;                                        // v1::Outcome: as last ruled, and as it began to sit.
  int course = 0;                                                    // v1::QuorumRule::Failure, chosen while it is inquorate.
  ObligeMemory duties;                                               // What clocks of the body's rules ask: papers, minutes, decisions.
};

// Steps that remember nothing (propose, gate, declare) hold monostate.
using Memory = std::variant<std::monostate, DecideMemory, SignOffMemory, TransferMemory, ObligeMemory, EscalateMemory,
                            ReferMemory, WaitMemory, MeetMemory>;

}  // namespace concordat::steps
