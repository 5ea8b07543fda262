// A log as static files that anybody's web server can serve and anybody's reader can read (C2SP tlog-tiles):
//   checkpoint · tile/LEVEL/N[.p/W] · tile/entries/N[.p/W]      N in groups of three digits: x001/x234/067
// A hash tile holds up to 256 hashes of level 8 LEVEL; an entry bundle up to 256 leaves, each after its length in two bytes.
// Full tiles never change and are written once. The checkpoint is replaced last, so whoever reads it finds what it covers.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/status.h"

namespace CLI { class App; }

namespace concordat::app {

struct Common;
struct Reading;

std::string tile_path(const std::string& level, std::uint64_t n, std::uint64_t width);
// kCorrupt if the directory holds a checkpoint that the new one does not continue; then nothing is written.
Result<std::uint64_t> export_tiles(const Reading& reading, const std::string& checkpoint, const std::string& directory);

void add_tiles(CLI::App& log, Common& common);       // log export; registered by add_log

}  // namespace concordat::app
