// The minutes that go with a register: of every meeting of a time whose minutes are confirmed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/common.h"

namespace concordat::app {

struct RegisterMinutes {
  struct One { std::string day, meeting, title, file; };          // `file`: without its ending, below the register's directory.
  std::vector<One> meetings;                                      // By day.
  std::map<std::string, std::string> files;                       // Path below the directory -> text: HTML, CSV and JSON of each.
  std::vector<std::vector<std::string>> withheld;                 // reference, day, why.
};

// `for_public`: without private items; a meeting that had no other is withheld. Days may be empty.
Result<RegisterMinutes> register_minutes(const Reading& reading, const std::string& from, const std::string& to, bool for_public);

}  // namespace concordat::app
