// Pictures of the record: what changed in the model, and how one subject went. Pure: the same rows give the same bytes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/record/when.h"

namespace concordat::app {

struct ChangeRow { std::string group, subject, what, was, now; };
// Every subject of the model by its kind; those with rows stand in a heavy frame with a sign and what was and is, the others by their name.
std::string draw_changes(const std::string& title, const std::vector<ChangeRow>& rows, const std::map<std::string, std::vector<std::string>>& unchanged);

// One statement on the line of time.
struct Bar {
  std::string word, value, standing;               // `standing` in words: "planned", "replanned", "effective", "ended", "retracted: …".
  bool plan = false, gone = false;                 // Gone: retracted, or set aside by a resolution.
  record::When from, until;
  record::Day known;
};
// Full where it certainly holds, hatched where it may have begun or ended, an open frame for a plan, struck through where it counts no more; each says so in words.
std::string draw_timeline(const std::string& title, const std::vector<Bar>& bars);

}  // namespace concordat::app
