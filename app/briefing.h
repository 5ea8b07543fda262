// The briefing note after a meeting, drafted from the same events as its minutes: what was decided, considered and undertaken.
#pragma once

#include <string>

#include "app/common.h"
#include "app/page.h"

namespace CLI { class App; }

namespace concordat::app {

// `for_public`: without private items. `part`: of that part only, for whoever took part in it; empty = the whole.
// Fails if there is no such meeting, or it has not begun.
Result<Page> briefing_of(const Reading& reading, const std::string& meeting, bool for_public, const std::string& part = {});

void add_briefing(CLI::App& meeting, Common& common);

}  // namespace concordat::app
