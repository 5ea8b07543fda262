// Pages as PDF/A-3b.
#pragma once

#include <string>

#include "engine/base/status.h"

namespace CLI { class App; }

namespace concordat::app {

struct Common;

// Prints a page that needs nothing else: the PDF. kUnavailable names the printer if it is
// not installed, or says that it failed. The same page gives the same bytes with the same printer and fonts.
Result<std::string> printed_page(const std::string& html);

void add_print(CLI::App& app, Common& common);

}  // namespace concordat::app
