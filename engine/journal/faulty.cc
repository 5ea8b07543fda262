// The log for simulation: in memory, seeded, loses, delays, duplicates and fails on cue.
#include <mutex>
#include <random>

#include "engine/journal/journal.h"

namespace concordat::journal {

class FaultyDisk {
 public:
  FaultyDisk(std::uint64_t seed, Faults drawn) : random(seed), faults(drawn) {}
  bool chance(std::uint32_t thousandths) { return !healed && random() % 1000 < thousandths; }

  std::mutex mutex;
  std::mt19937_64 random;
  Faults faults;
  bool healed = false;
  std::vector<std::string> frames;
};

namespace {

constexpr std::uint32_t kFrameMax = 1'000'000;

class FaultyLog final : public Log {
 public:
  FaultyLog(std::shared_ptr<FaultyDisk> disk, std::uint64_t at) : disk_(std::move(disk)), at_(at) {}

  Status append(std::string_view frame) override {
    if (frame.size() > kFrameMax) return Status::invalid("expected a frame of at most 1000000 bytes, but it has " + std::to_string(frame.size()));
    std::lock_guard lock(disk_->mutex);
    if (disk_->chance(disk_->faults.lose)) { lost_ = true; return {}; }
    if (disk_->chance(disk_->faults.unavailable)) {
      if (disk_->chance(500)) disk_->frames.emplace_back(frame);   // Done, but the caller sees a failure.
      return Status::unavailable("the disk did not answer (simulated)");
    }
    if (disk_->chance(disk_->faults.delay)) { held_.emplace_back(frame); return {}; }
    disk_->frames.emplace_back(frame);
    if (disk_->chance(disk_->faults.duplicate)) disk_->frames.emplace_back(frame);
    for (std::string& late : held_) disk_->frames.push_back(std::move(late));
    held_.clear();
    return {};
  }

  Status poll(int, std::vector<Frame>* out) override {
    std::lock_guard lock(disk_->mutex);
    for (std::string& late : held_) disk_->frames.push_back(std::move(late));
    held_.clear();
    for (; at_ < disk_->frames.size(); ++at_) out->push_back({at_, disk_->frames[at_]});
    if (lost_) return Status::unavailable("an append was lost (simulated)");
    if (disk_->chance(disk_->faults.unavailable)) return Status::unavailable("the disk did not answer (simulated)");
    return {};
  }

  std::uint32_t frame_bytes_max() const override { return kFrameMax; }
  std::string place(std::uint64_t) const override { return "journal in memory"; }
  Result<std::uint64_t> end() override { std::lock_guard lock(disk_->mutex); return static_cast<std::uint64_t>(disk_->frames.size()); }

 private:
  std::shared_ptr<FaultyDisk> disk_;   // Shared: several writers contend for one disk.
  std::uint64_t at_;
  bool lost_ = false;
  std::vector<std::string> held_;
};

}  // namespace

std::shared_ptr<FaultyDisk> faulty_disk(std::uint64_t seed, Faults faults) { return std::make_shared<FaultyDisk>(seed, faults); }
OpenLog faulty_log(std::shared_ptr<FaultyDisk> disk) {
  return [disk](std::uint64_t offset) -> Result<std::unique_ptr<Log>> { return std::unique_ptr<Log>(std::make_unique<FaultyLog>(disk, offset)); };
}
void heal(FaultyDisk& disk) { std::lock_guard lock(disk.mutex); disk.healed = true; }
void corrupt(FaultyDisk& disk, std::uint64_t offset) { std::lock_guard lock(disk.mutex); disk.frames.at(offset).back() ^= 0x40; }

}  // namespace concordat::journal
