#include "projections/views/ledger.h"

#include "projections/bytes.h"

namespace concordat::projections {
namespace {

constexpr std::uint64_t kEventsPerCommitMax = 512;   // So far back a commit can begin that holds a sequence.

}  // namespace

std::string ledger_key(std::uint64_t first_sequence) { return be64(first_sequence); }

void each_event(const Store& store, std::string_view ledger, std::uint64_t from, const std::function<bool(const Committed&)>& each) {
  const std::uint64_t start = from > kEventsPerCommitMax ? from - kEventsPerCommitMax : 0;
  v1::Commit commit;
  v1::Event event;
  store.scan(kLedgerView, ledger, "", ledger_key(start), [&](std::string_view, std::string_view bytes) {
    if (!commit.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
    for (int i = 0; i < commit.events_size(); ++i) {
      const std::uint64_t sequence = commit.first_sequence() + static_cast<std::uint64_t>(i);
      if (sequence < from) continue;
      if (!event.ParseFromString(commit.events(i))) return false;
      if (!each({commit, event, commit.events(i), sequence, static_cast<std::size_t>(i)})) return false;
    }
    return true;
  });
}

bool find_event(const Store& store, std::string_view ledger, std::uint64_t sequence, const std::function<void(const Committed&)>& found) {
  bool there = false;
  each_event(store, ledger, sequence, [&](const Committed& one) {
    there = one.sequence == sequence;
    if (there) found(one);
    return false;
  });
  return there;
}

std::uint64_t first_since(const Store& store, const std::string& ledger, std::int64_t since_ms) {
  std::uint64_t low = 1, high = store.sequence(ledger) + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    std::int64_t time = 0;
    find_event(store, ledger, middle, [&](const Committed& one) { time = one.commit.stamp().time_ms(); });
    if (time < since_ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

}  // namespace concordat::projections
