#include "engine/journal/journal.h"

#include "engine/journal/frame.h"

namespace concordat::journal {

struct Journal::Memory {
  OpenLog open_log;
  std::unique_ptr<Log> log;          // Null after a failure, until the next call reopens it.
  Chain chain;
  std::string pending_nonce;         // Of an own epoch frame not read back yet.
  bool leads = false;
  std::uint64_t appended = 0;        // Number of the last commit handed over in this reign.
  std::uint32_t frame_bytes_max;
  Status broken;                     // Corruption is final.
  std::vector<Frame> frames;
  std::string scratch;

  Memory(OpenLog open, std::unique_ptr<Log> first, const Position& from) : open_log(std::move(open)), log(std::move(first)), chain(from), frame_bytes_max(log->frame_bytes_max()) {}

  Status ensure_open() {
    if (!broken.ok()) return broken;
    if (log) return {};
    auto opened = open_log(chain.position().offset);
    if (!opened.ok()) return opened.status();
    log = *std::move(opened);
    return {};
  }

  void lose() {
    leads = false;
    pending_nonce.clear();
    appended = 0;
  }

  Status failed(const Status& status) {
    lose();
    if (status.kind() == Status::Kind::kCorrupt) broken = status;
    log.reset();
    return status;
  }

  Status append(FrameKind kind, std::uint64_t epoch, std::uint64_t number, std::string_view payload) {
    scratch.clear();
    write_frame(kind, epoch, number, payload, &scratch);
    return log->append(scratch);
  }
};

Journal::Journal(std::unique_ptr<Memory> memory) : memory_(std::move(memory)) {}
Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(OpenLog open_log, const Position& from) {
  auto log = open_log(from.offset);
  if (!log.ok()) return log.status();
  return std::unique_ptr<Journal>(new Journal(std::make_unique<Memory>(std::move(open_log), *std::move(log), from)));
}

Status Journal::lead(std::string_view nonce) {
  Memory& m = *memory_;
  if (Status status = m.ensure_open(); !status.ok()) return status;
  m.lose();
  if (Status status = m.append(FrameKind::kEpoch, 0, 0, nonce); !status.ok()) return m.failed(status);
  m.pending_nonce = nonce;
  return {};
}

bool Journal::leading() const { return memory_->leads; }
std::uint64_t Journal::in_flight() const { return memory_->leads ? memory_->appended - memory_->chain.position().number : 0; }
Position Journal::position() const { return memory_->chain.position(); }

Status Journal::append(std::string_view payload) {
  Memory& m = *memory_;
  CHECK(m.leads, "only the leader appends");
  const Status status = m.append(FrameKind::kCommit, m.chain.position().epoch, m.appended + 1, payload);
  if (status.ok()) ++m.appended;
  else if (status.kind() != Status::Kind::kInvalid) return m.failed(status);
  return status;
}

Status Journal::poll(int wait_ms, std::vector<Counted>* out) {
  Memory& m = *memory_;
  if (Status status = m.ensure_open(); !status.ok()) return status;
  m.frames.clear();
  const Status polled = m.log->poll(wait_ms, &m.frames);
  bool deposed = false, broken = false;
  for (Frame& frame : m.frames) {
    const auto parsed = parse_frame(frame.bytes, frame.offset);
    if (!parsed.ok()) return m.failed(Status::corrupt(m.log->place(frame.offset) + ", " + parsed.status().why()));
    if (m.chain.admit(*parsed, frame.offset)) {
      frame.bytes.erase(0, kFrameHead);
      out->push_back({m.chain.position(), frame.offset, m.leads, std::move(frame.bytes)});
    } else if (parsed->kind == FrameKind::kEpoch) {
      const bool own = !m.pending_nonce.empty() && parsed->payload == m.pending_nonce;
      deposed = deposed || (m.leads && !own);
      if (m.leads && !own) m.lose();
      if (own) { m.leads = true; m.appended = 0; m.pending_nonce.clear(); deposed = broken = false; }
    } else {
      const Position& at = m.chain.position();
      broken = broken || (m.leads && parsed->epoch == at.epoch && parsed->number > at.number + 1);
    }
  }
  if (!polled.ok()) return m.failed(polled);
  // Nothing after a hole in the own reign would ever count, for anybody: only a new reign helps.
  if (broken && m.leads) return m.failed(Status::unavailable(m.log->place(m.chain.position().offset) + ": commit " + std::to_string(m.chain.position().number + 1) + " of this reign was lost on the way"));
  if (deposed) return Status::deposed("another writer has opened a newer reign (epoch " + std::to_string(m.chain.position().epoch) + ")");
  return {};
}

Result<std::uint64_t> Journal::end() {
  if (Status status = memory_->ensure_open(); !status.ok()) return status;
  return memory_->log->end();
}

std::uint32_t Journal::payload_bytes_max() const { return memory_->frame_bytes_max - static_cast<std::uint32_t>(kFrameHead); }

}  // namespace concordat::journal
