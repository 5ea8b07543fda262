// concordat replay, diff (diff.cc)
#include "app/replay.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "engine/record/when.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

constexpr std::uint64_t kBatch = 20'000;      // Events held at a time: memory stays flat however long the ledger is.

struct Flags { std::string to, known, into, view, against; std::uint64_t every = 0; };

std::string day(const std::string& flag, const std::string& text, Status* status) {
  if (text.empty()) return {};
  const auto parsed = record::parse_day(text);
  if (!parsed.ok()) *status = Status::invalid(flag + ": " + parsed.status().why());
  return text;
}

// A directory that goes away with the object.
struct Scratch {
  std::string path;
  ~Scratch() { std::error_code ignored; if (!path.empty()) std::filesystem::remove_all(path, ignored); }
};
Result<std::unique_ptr<Scratch>> scratch() {
  std::string path = (std::filesystem::temp_directory_path() / "concordat-replay-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) return Status::unavailable(path + ": expected to make a directory there, but it could not be made");
  auto made = std::make_unique<Scratch>();
  made->path = path;
  return made;
}

// Leaves out of a commit what was known only after that day, and what is about statements that were left out.
class KnownBy {
 public:
  explicit KnownBy(std::string known) : known_(std::move(known)) {}
  void apply(v1::Commit& commit) {
    google::protobuf::RepeatedPtrField<std::string> kept;
    v1::Event event;
    for (const std::string& bytes : commit.events())
      if (!event.ParseFromString(bytes) || keep(event)) *kept.Add() = bytes;
    commit.mutable_events()->Swap(&kept);
    commit.set_first_sequence(next_);
    next_ += static_cast<std::uint64_t>(commit.events_size());
  }

 private:
  bool keep(const v1::Event& event) {
    if (event.has_fact_asserted()) {
      if (event.fact_asserted().fact().known() <= known_) return true;
      left_out_.insert(event.fact_asserted().fact().id());
      return false;
    }
    if (event.has_fact_retracted()) return event.fact_retracted().known() <= known_ && !left_out_.contains(event.fact_retracted().fact());
    if (!event.has_conflict_resolved()) return true;
    const auto& facts = event.conflict_resolved().facts();
    return event.conflict_resolved().known() <= known_ && std::none_of(facts.begin(), facts.end(), [&](const std::string& id) { return left_out_.contains(id); });
  }
  const std::string known_;
  std::set<std::string, std::less<>> left_out_;
  std::uint64_t next_ = 1;
};

// "SEQUENCE DIGEST" lines, as replay prints them.
Result<std::map<std::uint64_t, std::string>> digests_of(const std::string& file) {
  std::ifstream in(file);
  if (!in) return Status::invalid(file + ": expected digests as `concordat replay --every` prints them, but the file cannot be opened");
  std::map<std::uint64_t, std::string> out;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    std::istringstream words(line);
    std::uint64_t sequence = 0;
    std::string digest;
    if (!(words >> sequence >> digest) || digest.size() != 64 || digest.find_first_not_of("0123456789abcdef") != std::string::npos)
      return Status::invalid(file + ":" + std::to_string(number) + ": expected a sequence and a SHA-256 in hexadecimal, but it is \"" + line + "\"");
    out[sequence] = digest;
  }
  if (out.empty()) return Status::invalid(file + ": expected at least one digest, but there is none");
  return out;
}

// A directory that can be read like any other, and never written: it has no journal.
Status make_place(const std::string& into) {
  std::error_code error;
  if (std::filesystem::exists(into, error) && !std::filesystem::is_empty(into, error)) return Status::invalid("--into: expected a directory that is new or empty, but " + into + " holds something");
  std::filesystem::create_directories(into + "/views/0", error);
  if (error) return Status::unavailable(into + ": " + error.message());
  std::ofstream out(into + "/node.json");
  out << "{\"format\": 1, \"journal\": \"replay\", \"topic\": \"\", \"partitions\": 1}\n";
  out.flush();
  return out ? Status() : Status::unavailable(into + "/node.json: could not be written");
}

void print(const Common& common, std::uint64_t sequence, const std::string& digest) {
  if (common.json()) std::printf("{\"sequence\":%llu,\"sha256\":\"%s\"}\n", static_cast<unsigned long long>(sequence), digest.c_str());
  else std::printf("%8llu  %s\n", static_cast<unsigned long long>(sequence), digest.c_str());
}

Status replay(Common& common, const Flags& flags) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  auto to = replay_to(*reading, flags.to, flags.known);
  if (!to.ok()) return to.status();
  if (!to->whole.empty()) std::fprintf(stderr, "concordat: %s\n", to->whole.c_str());
  if (Status status = check_view(flags.view); !status.ok()) return status;
  std::map<std::uint64_t, std::string> expected;
  if (!flags.against.empty()) {
    auto read = digests_of(flags.against);
    if (!read.ok()) return read.status();
    expected = *std::move(read);
  }
  std::unique_ptr<Scratch> own;
  if (flags.into.empty()) {
    auto made = scratch();
    if (!made.ok()) return made.status();
    own = *std::move(made);
  } else if (Status status = make_place(flags.into); !status.ok()) {
    return status;
  }
  auto store = projections::Store::open(flags.into.empty() ? own->path : flags.into + "/views/0");
  if (!store.ok()) return store.status();
  std::uint64_t told = 0, last = 0;
  const bool fine = flags.every > 0 || !expected.empty();
  Status status = replay_into(*reading, *to, **store, [&](std::uint64_t sequence) -> Status {
    last = sequence;
    if (isatty(2) != 0) std::fprintf(stderr, "\rreplayed %llu events", static_cast<unsigned long long>(sequence));
    const auto wanted = expected.find(sequence);
    const bool due = flags.every > 0 && sequence - told >= flags.every;
    if (!due && wanted == expected.end()) return {};
    const std::string digest = (*store)->digest(reading->ledger, flags.view);
    if (wanted != expected.end() && wanted->second != digest)
      return Status::corrupt("at event " + std::to_string(sequence) + ": expected digest " + wanted->second + " (" + flags.against + "), but it is " + digest + "; what came before agrees");
    if (wanted != expected.end()) expected.erase(wanted);
    if (due) { told = sequence; print(common, sequence, digest); }
    return {};
  }, fine ? 1 : kBatch);
  if (isatty(2) != 0) std::fprintf(stderr, "\n");
  if (!status.ok()) return status;
  if (!expected.empty())
    return Status::corrupt(flags.against + ": expected a commit that ends at event " + std::to_string(expected.begin()->first) + ", but the replay of " + reading->ledger + " to event " + std::to_string(last) + " has none: it is another ledger, or another stretch of it");
  if (told != last) print(common, last, (*store)->digest(reading->ledger, flags.view));
  return {};
}

}  // namespace

Status check_view(const std::string& view) {
  if (view.empty() || view == projections::kLedgerView) return {};
  std::string known(projections::kLedgerView);
  for (const auto* one : projections::all_views()) {
    if (one->name() == view) return {};
    known += ", " + std::string(one->name());
  }
  return Status::invalid("--view: expected " + known + ", but \"" + view + "\" is none");
}

Result<ReplayTo> replay_to(const Reading& reading, const std::string& to, const std::string& known, const std::string& flag) {
  ReplayTo out;
  Status status;
  const std::uint64_t last = reading.store->sequence(reading.ledger);
  if (!to.empty() && to.find_first_not_of("0123456789") == std::string::npos) {
    out.sequence = to.size() > 18 ? UINT64_MAX : std::stoull(to);
    if (out.sequence == 0 || out.sequence > last) return Status::invalid(flag + ": expected a position from 1 to " + std::to_string(last) + ", the last event of " + reading.ledger + ", but it is " + to);
    projections::each_event(*reading.store, reading.ledger, out.sequence, [&](const projections::Committed& one) {
      const std::uint64_t first = one.commit.first_sequence(), end = first + static_cast<std::uint64_t>(one.commit.events_size()) - 1;
      if (end != out.sequence) out.whole = "event " + to + " is one of " + std::to_string(first) + " to " + std::to_string(end) + ", which one act made: taken up to event " + std::to_string(first - 1) + ", before it";
      return false;
    });
  } else {
    out.recorded = day(flag + ": expected a position or a day", to, &status);
  }
  out.known = day("--known", known, &status);
  if (!status.ok()) return status;
  const std::string today = day_of(static_cast<std::int64_t>(time(nullptr)) * 1000);
  if (out.known > today) return Status::invalid("--known: expected a day up to today, " + today + ", but " + out.known + " is in the future: nobody knows yet what will be known then");
  std::string first;
  projections::each_event(*reading.store, reading.ledger, 1, [&](const projections::Committed& one) { first = day_of(one.commit.stamp().time_ms()); return false; });
  if (!out.recorded.empty() && out.recorded < first) return Status::invalid(flag + ": expected a day from " + first + " on, when " + reading.ledger + " began, but it is " + out.recorded);
  return out;
}

Status replay_into(const Reading& reading, const ReplayTo& to, projections::Store& scratch, const std::function<Status(std::uint64_t)>& reached, std::uint64_t batch) {
  std::vector<journal::Counted> commits;
  std::uint64_t held = 0, offset = 0;
  Status status;
  KnownBy known(to.known);
  const auto flush = [&] {
    if (commits.empty()) return;
    status = scratch.fold(commits);
    commits.clear();
    held = 0;
    if (status.ok()) status = reached(scratch.sequence(reading.ledger));
  };
  v1::Commit commit;
  reading.store->scan(projections::kLedgerView, reading.ledger, "", "", [&](std::string_view, std::string_view bytes) {
    if (!commit.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) { status = Status::corrupt("ledger " + reading.ledger + ": a commit in the views does not parse; run: concordat rebuild"); return false; }
    if (commit.first_sequence() + static_cast<std::uint64_t>(commit.events_size()) - 1 > to.sequence) return false;
    if (!to.recorded.empty() && day_of(commit.stamp().time_ms()) > to.recorded) return false;
    if (!to.known.empty()) known.apply(commit);
    if (commit.events().empty()) return true;
    held += static_cast<std::uint64_t>(commit.events_size());
    ++offset;
    commits.push_back({.position = {offset, 1, offset}, .offset = offset, .payload = to.known.empty() ? std::string(bytes) : commit.SerializeAsString()});
    if (held >= batch) flush();
    return status.ok();
  });
  if (status.ok()) flush();
  return status;
}

Result<std::string> digest_at(const Reading& reading, const ReplayTo& to, const std::string& view, std::uint64_t* sequence) {
  auto own = scratch();
  if (!own.ok()) return own.status();
  auto store = projections::Store::open((*own)->path);
  if (!store.ok()) return store.status();
  if (Status status = replay_into(reading, to, **store, [](std::uint64_t) { return Status(); }, kBatch); !status.ok()) return status;
  *sequence = (*store)->sequence(reading.ledger);
  return (*store)->digest(reading.ledger, view);
}

void add_replay(CLI::App& app, Common& common) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("replay", "Fold the ledger again, to a position or a day, and show the digest");
  command->add_option("--to", flags->to, "Last event, or the last day of recording (default: all). A commit counts whole or not at all");
  command->add_option("--known", flags->known, "Leave out statements that were known only after that day");
  command->add_option("--into", flags->into, "Keep the result: a new directory that every reading command takes as --data");
  command->add_option("--view", flags->view, "Digest of this view only");
  command->add_option("--every", flags->every, "Show a digest every so many events")->check(CLI::PositiveNumber);
  command->add_option("--against", flags->against, "A file of such digests: tells where they differ first");
  command->footer("Examples:\n  concordat replay --to 400\n  concordat replay --known 2022-03-31 --into then && concordat --data then ask body:bsol legal_status --at 2022-07-15\n"
                  "  concordat replay --every 100 > digests && concordat replay --against digests");
  command->callback([&common, flags] { run(common, [&] { return replay(common, *flags); }); });
  add_diff(app, common);
}

}  // namespace concordat::app
