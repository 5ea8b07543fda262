// What would have become of the matters of a period, had something else been so.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "concordat/v1/ledger.pb.h"
#include "engine/base/status.h"
#include "engine/record/when.h"

namespace CLI { class App; }

namespace concordat::app {

struct Common;
struct Reading;

// How a matter went, from its events.
struct Course {
  struct Ruled { std::string about; v1::Ruling ruling; };    // "quorate", "carried", "competent at gate", …
  std::string title, procedure, step, outcome;               // Outcome empty: it is open, at `step`.
  struct Move { std::string from, outcome, to; bool operator==(const Move&) const = default; };
  std::vector<Move> moves;                                   // From step to step.
  std::vector<Ruled> rulings;
  std::vector<std::string> route;                            // Of an escalation.
  std::vector<v1::Refused> refused;                          // Acts that were possible and are so no more. None in the course as it was.
  // Acts that were refused, in order: what the rules say of each now. Accepted: no code, and the rulings it was accepted by.
  struct Attempt { std::string what, by; v1::RefusalCode::Value code = v1::RefusalCode::unset; std::string sentence; std::vector<v1::Ruling> rulings; };
  std::vector<Attempt> attempts;
};

// One thing that would have gone otherwise, and the finding that turned.
struct Otherwise { std::string matter, what, was, now, because; };

struct WhatIf {
  std::size_t matters = 0;                                   // Of the period, that could be tried.
  std::vector<Otherwise> otherwise;
  std::vector<std::string> not_tried;                        // Matters whose acts cannot all be read back from the ledger.
  std::size_t refused_acts = 0;                              // Of them, acts that were refused and were tried as well.
  std::size_t left_out = 0;                                  // Refusals of before the ledger kept the whole command.
};

// Tries again, in memory, everything from the first matter of the period on, with the change made just before. kInvalid with
// the refusal if the rules do not allow the change itself. Nothing is written.
Result<WhatIf> what_if(const Reading& reading, std::vector<v1::Command> change, const record::When& over);

void add_what_if(CLI::App& app, Common& common);

}  // namespace concordat::app
