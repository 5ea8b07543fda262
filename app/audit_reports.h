// The questions an auditor asks, one report each: rows, the gaps among them, and what the ledger cannot say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/common.h"

namespace concordat::app {

struct Period { std::string from, to; std::string matter; };      // Each empty = all.

struct Report {
  std::vector<std::string> heads;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> gaps;        // Each is something that should be there and is not.
  std::vector<std::string> limits;      // What this report cannot know.
};

Report private_words(const Reading& reading, const Period& period);   // audit_private.cc

struct ReportKind { std::string_view name, question, about; Report (*make)(const Reading&, const Period&); };
const std::vector<ReportKind>& report_kinds();

}  // namespace concordat::app
