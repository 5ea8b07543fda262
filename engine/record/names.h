// Names: a name resolves to a subject by facts (`name`, `alias`), never by likeness.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/record/record.h"

namespace concordat::record {

// Lower case, runs of spaces as one, no spaces round "&", "," or "(": "Hereford& Worcestershire ICB" and
// "hereford & worcestershire icb" are one name. Words are never dropped, shortened or corrected.
std::string normal(std::string_view name);

class Names {
 public:
  void add(std::string_view name, std::string_view subject);
  void remove(std::string_view name, std::string_view subject);   // As often as added, the subject loses the name.
  Resolution resolve(std::string_view name) const;

 private:
  std::map<std::string, std::map<std::string, int>> subjects_;   // By normal name; how many facts say so.
};

}  // namespace concordat::record
