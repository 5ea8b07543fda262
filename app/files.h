// Whole files, read and written.
#pragma once

#include <string>

#include "engine/base/status.h"

namespace concordat::app {

Result<std::string> read_file(const std::string& path);                               // kNotFound, kUnavailable
// What somebody names on the command line: a file, something that can be read like one, or "-" for standard input. kInvalid: it cannot.
Result<std::string> read_given(const std::string& path);
// Durable and all or nothing: readers see the old bytes or the new. `mode` is of a new file.
Status replace_file(const std::string& path, const std::string& bytes, unsigned mode = 0644);
Status make_file(const std::string& path, const std::string& bytes, unsigned mode);   // kInvalid if it is there already.

}  // namespace concordat::app
