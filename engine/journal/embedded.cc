// The log on disk: one append-only file per segment, named by the offset of its first frame; each frame as
// length u32 (big-endian) · bytes. A group of appends is written and fsynced when poll is next called; then the mark
// (embedded_mark.h) moves: readers beside the writer go as far as it, and nothing below it may be missing or damaged.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>

#include "engine/journal/embedded_mark.h"
#include "engine/journal/frame.h"
#include "engine/journal/journal.h"

namespace concordat::journal {
namespace {

constexpr std::uint32_t kFrameMax = 1'000'000;
constexpr std::size_t kReadAtOnce = 2u << 20;

class File {                              // Owns a file descriptor.
 public:
  explicit File(int descriptor = -1) : fd_(descriptor) {}
  ~File() { if (fd_ >= 0) ::close(fd_); }
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept { std::swap(fd_, other.fd_); return *this; }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::string why() { return std::strerror(errno); }

std::string segment_name(std::uint64_t first) {
  char name[32];
  std::snprintf(name, sizeof name, "%020llu.log", static_cast<unsigned long long>(first));
  return name;
}

Result<std::vector<std::uint64_t>> segments(const std::string& directory) {
  std::vector<std::uint64_t> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name.size() == 24 && name.ends_with(".log")) out.push_back(std::strtoull(name.c_str(), nullptr, 10));
  }
  if (error) return Status::unavailable("journal " + directory + ": " + error.message());
  std::sort(out.begin(), out.end());
  return out;
}

class EmbeddedLog final : public Log {
 public:
  explicit EmbeddedLog(EmbeddedOptions options) : options_(std::move(options)) {}

  ~EmbeddedLog() override {            // Without `sync`, closing makes durable what was written.
    if (!options_.sync && tail_.open() && ::fdatasync(tail_.get()) == 0) (void)write_mark(mark_.get(), mark(true));
  }

  Status open(std::uint64_t offset) {
    std::error_code error;
    if (!options_.read_only) std::filesystem::create_directories(options_.directory, error);
    if (error) return Status::unavailable("journal " + options_.directory + ": " + error.message());
    if (!options_.read_only)
      if (Status status = lock(); !status.ok()) return status;
    auto all = segments(options_.directory);
    if (!all.ok()) return all.status();
    segments_ = *std::move(all);
    mark_ = File(::open((options_.directory + "/mark").c_str(), (options_.read_only ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC, 0644));
    if (!options_.read_only)
      if (Status status = mend_tail(); !status.ok()) return status;
    return seek(offset);
  }

  Status append(std::string_view frame) override {
    CHECK(!options_.read_only, "a reader does not append");
    if (frame.size() > kFrameMax) return Status::invalid("expected a frame of at most 1000000 bytes, but it has " + std::to_string(frame.size()));
    const auto size = static_cast<std::uint32_t>(frame.size());
    for (int i = 3; i >= 0; --i) unwritten_.push_back(static_cast<char>(size >> (8 * i)));
    unwritten_.append(frame);
    return {};
  }

  Status poll(int wait_ms, std::vector<Frame>* out) override {
    const std::size_t before = out->size();
    if (!unwritten_.empty())
      if (Status status = flush(out); !status.ok() || out->size() > before) return status;
    for (int waited = 0;; ++waited) {
      if (Status status = read(out, durable_end()); !status.ok()) return status;
      if (out->size() > before || waited >= wait_ms) return {};
      if (!options_.read_only) {            // Nobody else writes: nothing can come.
        std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
        return {};
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  std::uint32_t frame_bytes_max() const override { return kFrameMax; }

  Result<std::uint64_t> end() override {
    return durable_end();
  }

  std::string place(std::uint64_t offset) const override {
    const auto after = std::upper_bound(segments_.begin(), segments_.end(), offset);
    return "journal " + (after == segments_.begin() ? options_.directory : path(*std::prev(after)));
  }

 private:
  std::string path(std::uint64_t first) const { return options_.directory + "/" + segment_name(first); }

  Status lock() {
    lock_ = File(::open((options_.directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!lock_.open()) return Status::unavailable("journal " + options_.directory + "/lock: " + why());
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
      char pid[32] = {};
      if (::pread(lock_.get(), pid, sizeof pid - 1, 0) < 0) pid[0] = '?';
      return Status::busy("journal " + options_.directory + ": expected to be its only writer, but process " + pid + " has it; stop that process or ask it instead");
    }
    const std::string pid = std::to_string(::getpid());
    if (::ftruncate(lock_.get(), 0) != 0 || ::pwrite(lock_.get(), pid.data(), pid.size(), 0) < 0) return Status::unavailable("journal " + options_.directory + "/lock: " + why());
    return {};
  }

  // A reader beside the writer goes as far as the mark; while there is none, nothing is durable yet.
  std::uint64_t durable_end() {
    if (!options_.read_only) return end_;
    if (!mark_.open()) mark_ = File(::open((options_.directory + "/mark").c_str(), O_RDONLY | O_CLOEXEC));
    if (const auto now = read_mark(mark_.get())) end_ = now->end;
    return end_;
  }

  Mark mark(bool synced) const { return {.end = end_, .segment = segments_.back(), .bytes = tail_bytes_, .synced = synced}; }

  Status move_mark() {
    return write_mark(mark_.get(), mark(options_.sync)) ? Status() : Status::unavailable("journal " + options_.directory + "/mark: could not be written: " + why());
  }

  // Walks the last segment: what a crash left half-written behind the mark is cut off. It was never acknowledged.
  Status mend_tail() {
    if (!mark_.open()) return Status::unavailable("journal " + options_.directory + "/mark: " + why());
    if (segments_.empty()) segments_.push_back(0);
    const std::string name = path(segments_.back());
    tail_ = File(::open(name.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!tail_.open()) return Status::unavailable("journal " + name + ": " + why());
    std::string bytes;
    if (!read_whole(tail_.get(), &bytes)) return Status::unavailable("journal " + name + ": " + why());
    std::uint64_t good = 0;
    end_ = segments_.back() + sound_frames(bytes, segments_.back(), &good);
    if (Status status = check_mark(bytes, good); !status.ok()) return status;
    if (good < bytes.size() && ::ftruncate(tail_.get(), static_cast<off_t>(good)) != 0) return Status::unavailable("journal " + name + ": " + why());
    if (options_.sync && (::fdatasync(tail_.get()) != 0 || !sync_directory())) return Status::unavailable("journal " + name + " could not be made durable: " + why());
    tail_bytes_ = good;
    return move_mark();
  }

  static bool read_whole(int fd, std::string* bytes) {
    struct ::stat info {};
    if (::fstat(fd, &info) != 0) return false;
    bytes->resize(static_cast<std::size_t>(info.st_size));
    for (std::size_t got = 0; got < bytes->size();) {
      const ssize_t n = ::pread(fd, bytes->data() + got, bytes->size() - got, static_cast<off_t>(got));
      if (n <= 0) return false;
      got += static_cast<std::size_t>(n);
    }
    return true;
  }

  static std::uint64_t sound_frames(const std::string& bytes, std::uint64_t first, std::uint64_t* good) {
    std::uint64_t frames = 0;
    for (*good = 0; *good + 4 <= bytes.size(); ++frames) {
      const std::size_t size = length(bytes, *good);
      const bool whole = size <= kFrameMax && *good + 4 + size <= bytes.size();
      if (!whole || !parse_frame(std::string_view(bytes).substr(*good + 4, size), first + frames).ok()) break;
      *good += 4 + size;
    }
    return frames;
  }

  // A crash tears only what is behind the mark. Below it every byte was acknowledged: what is missing or bad there is damage.
  Status check_mark(const std::string& bytes, std::uint64_t good) const {
    const auto durable = read_mark(mark_.get());
    const std::uint64_t last = segments_.back();
    const std::string name = path(last);
    if (!durable) {                    // Lost: then a bad frame is a torn one only if nothing stands behind it.
      const std::size_t size = good + 4 <= bytes.size() ? length(bytes, good) : 0;
      return good + 4 + size < bytes.size() && size <= kFrameMax ? damaged(name, good) : Status();
    }
    if (!durable->synced) return {};   // A power failure may have taken what was marked, as whoever turned fsync off accepted.
    if (durable->segment > last) return Status::corrupt("journal " + path(durable->segment) + ": expected this segment, since " + options_.directory + "/mark names it, but it is missing");
    if (durable->segment < last || good >= durable->bytes) return {};
    if (good < bytes.size()) return damaged(name, good);
    return Status::corrupt("journal " + name + ": expected at least " + std::to_string(durable->bytes) + " bytes, which were acknowledged, but it has " + std::to_string(bytes.size()));
  }

  Status damaged(const std::string& name, std::uint64_t at) const {
    return Status::corrupt("journal " + name + ", byte " + std::to_string(at) + " (offset " + std::to_string(end_) + "): expected a sound frame, but its bytes are damaged; restore this file from a copy");
  }

  bool sync_directory() const {
    const File directory(::open(options_.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return directory.open() && ::fsync(directory.get()) == 0;
  }

  Status flush(std::vector<Frame>* out) {
    if (tail_bytes_ >= options_.segment_bytes)
      if (Status status = roll(); !status.ok()) return status;
    for (std::size_t done = 0; done < unwritten_.size();) {
      const ssize_t n = ::write(tail_.get(), unwritten_.data() + done, unwritten_.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return give_up("could not be written: " + why());
      done += static_cast<std::size_t>(n);
    }
    if (options_.sync && ::fdatasync(tail_.get()) != 0) return give_up("could not be made durable: " + why());
    const std::uint64_t before = end_;
    for (std::size_t at = 0; at < unwritten_.size(); at += 4 + length(unwritten_, at)) ++end_;
    tail_bytes_ += unwritten_.size();
    if (Status status = move_mark(); !status.ok()) return status;
    if (at_ == before) {                  // The reader is up to date: what is durable now is served from memory.
      if (segment_ + 1 < segments_.size())
        if (Status status = open_segment(segments_.size() - 1); !status.ok()) return status;
      for (std::size_t at = 0; at < unwritten_.size(); at += 4 + length(unwritten_, at))
        out->push_back({at_++, unwritten_.substr(at + 4, length(unwritten_, at))});
      read_at_ += unwritten_.size();
    }
    unwritten_.clear();
    return {};
  }

  // Nothing of the group counts: the file goes back to where it was, so that nothing half-written stays.
  Status give_up(const std::string& reason) {
    const bool back = ::ftruncate(tail_.get(), static_cast<off_t>(tail_bytes_)) == 0;
    unwritten_.clear();
    return Status::unavailable("journal " + path(segments_.back()) + " " + reason + (back ? "; nothing of it was kept" : ""));
  }

  Status roll() {
    File next(::open(path(end_).c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!next.open()) return Status::unavailable("journal " + path(end_) + ": " + why());
    tail_ = std::move(next);
    tail_bytes_ = 0;
    segments_.push_back(end_);
    if (options_.sync && !sync_directory()) return Status::unavailable("journal " + options_.directory + ": could not be made durable: " + why());
    return {};
  }

  Status seek(std::uint64_t offset) {
    if (segments_.empty()) { at_ = offset; return {}; }
    std::size_t index = 0;
    while (index + 1 < segments_.size() && segments_[index + 1] <= offset) ++index;
    if (Status status = open_segment(index); !status.ok()) return status;
    std::vector<Frame> skipped;
    while (at_ < offset) {
      const std::uint64_t before = at_;
      skipped.clear();
      if (Status status = read(&skipped, offset); !status.ok()) return status;
      if (at_ == before)
        return Status::corrupt("journal " + options_.directory + ": expected to go on at offset " + std::to_string(offset) + ", but it ends at " + std::to_string(before) + "; the views are ahead of it: was it replaced?");
    }
    return {};
  }

  Status open_segment(std::size_t index) {
    segment_ = index;
    reader_ = File(::open(path(segments_[index]).c_str(), O_RDONLY | O_CLOEXEC));
    if (!reader_.open()) return Status::unavailable("journal " + path(segments_[index]) + ": " + why());
    at_ = segments_[index];
    read_at_ = 0;
    return {};
  }

  // Reads whole frames, at most about two megabytes, but not past `until`; goes on to the next segment at the end of one, so that
  // nothing is read only if nothing is there.
  Status read(std::vector<Frame>* out, std::uint64_t until) {
    const std::size_t before = out->size();
    for (bool moved = true; moved && out->size() == before && at_ < until;)
      if (Status status = read_segment(out, until, &moved); !status.ok()) return status;
    return {};
  }

  Status read_segment(std::vector<Frame>* out, std::uint64_t until, bool* moved) {
    if (!reader_.open()) {
      auto all = segments(options_.directory);
      if (!all.ok() || all->empty()) return all.ok() ? Status() : all.status();
      segments_ = *std::move(all);
      if (Status status = seek(at_); !status.ok()) return status;
    }
    buffer_.resize(kReadAtOnce + kFrameMax + 4);
    const ssize_t n = ::pread(reader_.get(), buffer_.data(), buffer_.size(), static_cast<off_t>(read_at_));
    if (n < 0) return Status::unavailable("journal " + path(segments_[segment_]) + ": " + why());
    const auto got = static_cast<std::size_t>(n);
    std::size_t used = 0;
    while (used + 4 <= got && at_ < until) {
      const std::size_t size = length(buffer_, used);
      if (size > kFrameMax) return Status::corrupt("journal " + path(segments_[segment_]) + ", byte " + std::to_string(read_at_ + used) + ": expected a frame of at most 1000000 bytes, but it says " + std::to_string(size));
      if (used + 4 + size > got) break;
      out->push_back({at_++, buffer_.substr(used + 4, size)});
      used += 4 + size;
    }
    read_at_ += used;
    *moved = false;
    if (used > 0 || at_ >= until) return {};
    const std::size_t segment = segment_;
    Status status = next_segment();
    *moved = segment_ != segment;
    return status;
  }

  Status next_segment() {
    if (options_.read_only) {
      auto all = segments(options_.directory);
      if (all.ok() && all->size() > segments_.size()) segments_ = *std::move(all);
    }
    if (segment_ + 1 >= segments_.size()) return {};
    if (segments_[segment_ + 1] != at_)
      return Status::corrupt("journal " + path(segments_[segment_]) + ": expected to end at offset " + std::to_string(segments_[segment_ + 1]) + ", but it ends at " + std::to_string(at_));
    return open_segment(segment_ + 1);
  }

  static std::size_t length(const std::string& bytes, std::size_t at) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[at + i]);
    return size;
  }

  EmbeddedOptions options_;
  File lock_, mark_, tail_, reader_;
  std::vector<std::uint64_t> segments_;     // First offsets, rising.
  std::uint64_t end_ = 0, tail_bytes_ = 0;  // Of the writer; of a reader, `end_` is the mark's.
  std::size_t segment_ = 0;                 // Of the reader.
  std::uint64_t at_ = 0, read_at_ = 0;      // Next offset, and its byte in the segment.
  std::string unwritten_, buffer_;
};

}  // namespace

OpenLog embedded_log(EmbeddedOptions options) {
  return [options](std::uint64_t offset) -> Result<std::unique_ptr<Log>> {
    auto log = std::make_unique<EmbeddedLog>(options);
    if (Status status = log->open(offset); !status.ok()) return status;
    return std::unique_ptr<Log>(std::move(log));
  };
}

}  // namespace concordat::journal
