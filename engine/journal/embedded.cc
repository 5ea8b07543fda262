// The log on disk: one append-only file per segment, named by the offset of its first frame; each frame as
// length u32 (big-endian) · bytes. A group of appends is written and fsynced when poll is next called.
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

#include "engine/journal/frame.h"
#include "engine/journal/journal.h"

namespace concordat::journal {
namespace {

constexpr std::uint32_t kFrameMax = 1'000'000;
constexpr std::size_t kReadAtOnce = 1u << 20;

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

  Status open(std::uint64_t offset) {
    std::error_code error;
    if (!options_.read_only) std::filesystem::create_directories(options_.directory, error);
    if (error) return Status::unavailable("journal " + options_.directory + ": " + error.message());
    if (!options_.read_only)
      if (Status status = lock(); !status.ok()) return status;
    auto all = segments(options_.directory);
    if (!all.ok()) return all.status();
    segments_ = *std::move(all);
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
    ++unwritten_frames_;
    return {};
  }

  Status poll(int wait_ms, std::vector<Frame>* out) override {
    if (unwritten_frames_ > 0) return flush(out);
    const std::size_t before = out->size();
    for (int waited = 0;; ++waited) {
      if (Status status = read(out); !status.ok()) return status;
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
    if (!options_.read_only) return end_;
    std::vector<Frame> ahead;
    EmbeddedLog reader(options_);
    if (Status status = reader.open(at_); !status.ok()) return status;
    std::uint64_t last = at_;
    for (bool more = true; more; ahead.clear()) {
      if (Status status = reader.read(&ahead); !status.ok()) return status;
      more = !ahead.empty();
      if (more) last = ahead.back().offset + 1;
    }
    return last;
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

  // Walks the last segment: whatever a crash left half-written at its very end is cut off. It was never acknowledged.
  Status mend_tail() {
    if (segments_.empty()) segments_.push_back(0);
    const std::string name = path(segments_.back());
    File file(::open(name.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!file.open()) return Status::unavailable("journal " + name + ": " + why());
    struct ::stat info {};
    ::fstat(file.get(), &info);
    std::uint64_t good = 0, frames = 0;
    std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
    for (std::size_t got = 0; got < bytes.size();) {
      const ssize_t n = ::pread(file.get(), bytes.data() + got, bytes.size() - got, static_cast<off_t>(got));
      if (n <= 0) return Status::unavailable("journal " + name + ": " + why());
      got += static_cast<std::size_t>(n);
    }
    for (std::size_t at = 0; at + 4 <= bytes.size();) {
      const std::size_t size = length(bytes, at);
      const bool whole = size <= kFrameMax && at + 4 + size <= bytes.size();
      const bool sound = whole && parse_frame(std::string_view(bytes).substr(at + 4, size), segments_.back() + frames).ok();
      if (!sound) {
        // A torn write can only be the last thing in the file; bad bytes with a sound frame behind them are damage.
        if (whole && at + 4 + size < bytes.size())
          return Status::corrupt("journal " + name + ", byte " + std::to_string(at) + " (offset " + std::to_string(segments_.back() + frames) + "): expected a sound frame, but its bytes are damaged");
        break;
      }
      at += 4 + size;
      good = at;
      ++frames;
    }
    if (good < bytes.size() && ::ftruncate(file.get(), static_cast<off_t>(good)) != 0) return Status::unavailable("journal " + name + ": " + why());
    tail_ = std::move(file);
    tail_bytes_ = good;
    end_ = segments_.back() + frames;
    return {};
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
    // What is durable now is read back from memory; the reader stands at its beginning.
    if (Status status = read_until(end_, out); !status.ok()) return status;
    for (std::size_t at = 0; at < unwritten_.size();) {
      const std::size_t size = length(unwritten_, at);
      out->push_back({end_++, unwritten_.substr(at + 4, size)});
      at += 4 + size;
    }
    tail_bytes_ += unwritten_.size();
    read_at_ += unwritten_.size();
    at_ = end_;
    unwritten_.clear();
    unwritten_frames_ = 0;
    return {};
  }

  // Nothing of the group counts: the file goes back to where it was, so that nothing half-written stays.
  Status give_up(const std::string& reason) {
    const bool back = ::ftruncate(tail_.get(), static_cast<off_t>(tail_bytes_)) == 0;
    unwritten_.clear();
    unwritten_frames_ = 0;
    return Status::unavailable("journal " + path(segments_.back()) + " " + reason + (back ? "; nothing of it was kept" : ""));
  }

  Status roll() {
    File next(::open(path(end_).c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!next.open()) return Status::unavailable("journal " + path(end_) + ": " + why());
    if (Status status = read_until(end_, nullptr); !status.ok()) return status;
    tail_ = std::move(next);
    tail_bytes_ = 0;
    segments_.push_back(end_);
    File directory(::open(options_.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (options_.sync && directory.open()) ::fsync(directory.get());
    return at_ == end_ ? seek(end_) : Status();
  }

  Status read_until(std::uint64_t offset, std::vector<Frame>* out) {
    std::vector<Frame> ignored;
    while (at_ < offset)
      if (Status status = read(out != nullptr ? out : &ignored, offset); !status.ok()) return status;
    CHECK(out != nullptr || ignored.empty(), "a roll never skips what was not read");
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

  // Reads whole frames, at most about a megabyte, but not past `until`; goes on to the next segment at the end of one.
  Status read(std::vector<Frame>* out, std::uint64_t until = ~0ull) {
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
    if (used > 0 || at_ >= until) return {};
    return next_segment();
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
  File lock_, tail_, reader_;
  std::vector<std::uint64_t> segments_;     // First offsets, rising.
  std::uint64_t end_ = 0, tail_bytes_ = 0;  // Of the writer.
  std::size_t segment_ = 0;                 // Of the reader.
  std::uint64_t at_ = 0, read_at_ = 0;      // Next offset, and its byte in the segment.
  std::string unwritten_, buffer_;
  std::size_t unwritten_frames_ = 0;
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
