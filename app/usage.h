// What is said of a command line that cannot be read: what was expected, what is there, and where its help is.
#pragma once

#include <string>

namespace CLI { class App; class Error; }

namespace concordat::app {

// For CLI::App::failure_message; `root` has just been parsed, and `error` is why it failed.
std::string usage_message(const CLI::App* root, const CLI::Error& error);

}  // namespace concordat::app
