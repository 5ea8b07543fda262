// concordat log export
#include "app/tiles.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>

#include "app/files.h"
#include "app/keys.h"
#include "projections/proof/leaf.h"
#include "projections/proof/log.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

namespace fs = std::filesystem;
namespace proof = projections::proof;

constexpr std::uint64_t kWidth = 256;

Result<proof::Checkpoint> head_of(const std::string& bytes) {
  const auto note = proof::read_note(bytes);
  if (!note.ok()) return note.status();
  return proof::read_checkpoint(note->text);
}

class Exporter {
 public:
  Exporter(const Reading& reading, std::string directory, std::uint64_t size) : reading_(reading), log_(*reading.store, reading.ledger), directory_(std::move(directory)), size_(size) {}

  Status run() {
    std::uint64_t hashes = size_;
    for (unsigned level = 0; hashes > 0; ++level, hashes /= kWidth)
      for (std::uint64_t n = first_missing(std::to_string(level), hashes); n * kWidth < hashes; ++n) {
        const std::uint64_t width = std::min(kWidth, hashes - n * kWidth);
        auto tile = log_.hashes(8 * level, n * kWidth, width);
        if (!tile.ok()) return tile.status();
        if (Status status = put(tile_path(std::to_string(level), n, width), *tile); !status.ok()) return status;
      }
    return entries();
  }
  Status put(const std::string& path, const std::string& bytes) {
    const fs::path whole = fs::path(directory_) / path;
    std::error_code error;
    fs::create_directories(whole.parent_path(), error);
    ++written_;
    return replace_file(whole.string(), bytes);
  }
  proof::Log& log() { return log_; }
  std::uint64_t written() const { return written_; }

 private:
  // Full tiles that are there already are passed over; they are written in order, so the first gap is where to go on.
  std::uint64_t first_missing(const std::string& level, std::uint64_t count) const {
    std::uint64_t low = 0, high = count / kWidth;
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      if (fs::exists(fs::path(directory_) / tile_path(level, middle, kWidth))) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  Status entries() {
    std::string bundle;
    Status status;
    projections::each_event(*reading_.store, reading_.ledger, first_missing("entries", size_) * kWidth + 1, [&](const projections::Committed& one) {
      if (one.sequence > size_) return false;
      const std::string leaf = proof::leaf_of(one.sequence, static_cast<std::uint64_t>(one.commit.stamp().time_ms()), proof::envelope_of(one.commit), one.bytes);
      bundle += {static_cast<char>(leaf.size() >> 8), static_cast<char>(leaf.size() & 255)};
      bundle += leaf;
      if (one.sequence % kWidth != 0 && one.sequence != size_) return true;
      const std::uint64_t n = (one.sequence - 1) / kWidth;
      status = put(tile_path("entries", n, one.sequence - n * kWidth), bundle);
      bundle.clear();
      return status.ok();
    });
    return status;
  }

  const Reading& reading_;
  proof::Log log_;
  const std::string directory_;
  const std::uint64_t size_;
  std::uint64_t written_ = 0;
};

Status continues(proof::Log& log, const std::string& before, std::uint64_t size) {
  const auto old = head_of(before);
  if (!old.ok()) return Status::corrupt("checkpoint: " + old.status().why());
  if (old->size > size) return Status::corrupt("expected a log of at least the " + std::to_string(old->size) + " events that were published there, but it has " + std::to_string(size) + ". Nothing was written");
  const auto root = log.root(old->size);
  if (!root.ok()) return root.status();
  if (*root != old->root) return Status::corrupt("expected the first " + std::to_string(old->size) + " events to be those that were published there, but they are others. Nothing was written");
  return {};
}

}  // namespace

std::string tile_path(const std::string& level, std::uint64_t n, std::uint64_t width) {
  char part[8];
  std::snprintf(part, sizeof part, "%03u", static_cast<unsigned>(n % 1000));
  std::string out = part;
  for (n /= 1000; n > 0; n /= 1000) {
    std::snprintf(part, sizeof part, "x%03u/", static_cast<unsigned>(n % 1000));
    out = part + out;
  }
  return "tile/" + level + "/" + out + (width == kWidth ? "" : ".p/" + std::to_string(width));
}

Result<std::uint64_t> export_tiles(const Reading& reading, const std::string& checkpoint, const std::string& directory) {
  const auto head = head_of(checkpoint);
  if (!head.ok()) return head.status();
  Exporter exporter(reading, directory, head->size);
  const auto root = exporter.log().root(head->size);
  if (!root.ok()) return root.status();
  if (*root != head->root) return Status::corrupt("expected the checkpoint to be of this ledger, but its root at " + std::to_string(head->size) + " events is another");
  if (auto before = read_file(directory + "/checkpoint"); before.ok())
    if (Status status = continues(exporter.log(), *before, head->size); !status.ok()) return status;
  if (Status status = exporter.run(); !status.ok()) return status;
  if (Status status = exporter.put("checkpoint", checkpoint); !status.ok()) return status;
  return exporter.written();
}

void add_tiles(CLI::App& log, Common& common) {
  struct Asked { std::string directory, checkpoint; std::vector<std::string> keys; };
  auto asked = std::make_shared<Asked>();
  CLI::App* command = log.add_subcommand("export", "The log as static files for any web server (C2SP tlog-tiles)");
  command->add_option("DIR", asked->directory, "Directory; what is there is continued")->required();
  command->add_option("--key", asked->keys, "Private key to sign the checkpoint with");
  command->add_option("--checkpoint", asked->checkpoint, "Or: a checkpoint that is signed already");
  command->footer("Leaves hold hashes and times only, no words and no names. Run it again to continue.\nExample:\n  concordat log export /srv/log --key ~/owm.key");
  command->callback([&common, asked] { run(common, [&] {
    if (asked->keys.empty() == asked->checkpoint.empty()) return Status::invalid("expected either --checkpoint, a signed one, or --key to sign one now");
    auto reading = open_reading(common);
    if (!reading.ok()) return reading.status();
    auto checkpoint = asked->checkpoint.empty() ? sign_checkpoint(*reading->store, reading->ledger, asked->keys, common.place.data) : read_file(asked->checkpoint);
    if (!checkpoint.ok()) return checkpoint.status();
    const auto written = export_tiles(*reading, *checkpoint, asked->directory);
    if (!written.ok()) return written.status();
    if (common.json()) std::printf("{\"directory\":\"%s\",\"written\":%llu}\n", asked->directory.c_str(), static_cast<unsigned long long>(*written));
    else std::printf("%s: %llu files written\n", asked->directory.c_str(), static_cast<unsigned long long>(*written));
    return Status();
  }); });
}

}  // namespace concordat::app
