// concordat backup, restore: the embedded journal as far as it is durable, with its settings and keys, verified by folding it.
#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/audit.h"
#include "app/common.h"
#include "engine/base/hex.h"
#include "engine/journal/embedded_mark.h"

namespace concordat::app {
namespace {

namespace fs = std::filesystem;

// One line of the manifest for each file: "SHA256  BYTES  PATH"; and for each ledger: "ledger  NAME  SEQUENCE  DIGEST".
constexpr const char* kManifest = "MANIFEST";

// Copies at most `most` bytes, fsynced; the SHA-256 of what was copied.
Result<std::string> copy(const fs::path& from, const fs::path& to, std::uint64_t most) {
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  std::ifstream in(from, std::ios::binary);
  if (!in) return Status::unavailable(from.string() + ": cannot be read");
  const int out = ::open(to.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (out < 0) return Status::unavailable(to.string() + ": cannot be made");
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> sum(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestInit_ex(sum.get(), EVP_sha256(), nullptr);
  std::vector<char> buffer(1 << 20);
  bool good = true;
  for (std::uint64_t left = most; good && left > 0 && in;) {
    in.read(buffer.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(left, buffer.size())));
    const auto count = static_cast<std::size_t>(in.gcount());
    EVP_DigestUpdate(sum.get(), buffer.data(), count);
    good = ::write(out, buffer.data(), count) == static_cast<ssize_t>(count);
    left -= count;
    if (count == 0) break;
  }
  good = good && fsync(out) == 0;
  ::close(out);
  if (!good) return Status::unavailable(to.string() + ": could not be written; is the disk full?");
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(sum.get(), hash.data(), &size);
  return hex({reinterpret_cast<const char*>(hash.data()), size});
}

bool empty_or_absent(const fs::path& directory) {
  std::error_code error;
  return !fs::exists(directory, error) || fs::is_empty(directory, error);
}

// The segments of one partition up to its mark, which never runs ahead of what is durable.
Status add_journal(const fs::path& from, const fs::path& to, const std::string& path, std::string* manifest) {
  const int mark_file = ::open((from / path / "mark").c_str(), O_RDONLY);
  std::optional<journal::Mark> mark;
  for (int i = 0; mark_file >= 0 && i < 50 && !mark; ++i) {       // It may just be being written.
    mark = journal::read_mark(mark_file);
    if (!mark) usleep(2000);
  }
  if (mark_file >= 0) ::close(mark_file);
  if (!mark) return Status::unavailable((from / path).string() + ": expected a mark of what is durable, but it cannot be read; has anything been submitted?");
  std::vector<fs::path> segments;
  std::error_code error;
  for (const auto& one : fs::directory_iterator(from / path, error))
    if (one.path().extension() == ".log") segments.push_back(one.path());
  std::sort(segments.begin(), segments.end());
  for (const fs::path& segment : segments) {
    const std::uint64_t first = std::stoull(segment.stem().string());
    if (first > mark->segment) continue;
    const std::uint64_t bytes = first == mark->segment ? mark->bytes : fs::file_size(segment, error);
    auto sum = copy(segment, to / path / segment.filename(), bytes);
    if (!sum.ok()) return sum.status();
    *manifest += *sum + "  " + std::to_string(bytes) + "  " + path + "/" + segment.filename().string() + "\n";
  }
  // The mark as it was when the segments were measured: what is missing below it is found out.
  const fs::path draft = to / path / "mark.draft";
  const int out = ::open(draft.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
  const bool written = out >= 0 && journal::write_mark(out, *mark);
  if (out >= 0) ::close(out);
  if (!written) return Status::unavailable(draft.string() + ": could not be written");
  auto sum = copy(draft, to / path / "mark", UINT64_MAX);
  fs::remove(draft, error);
  if (!sum.ok()) return sum.status();
  *manifest += *sum + "  " + std::to_string(fs::file_size(to / path / "mark", error)) + "  " + path + "/mark\n";
  return {};
}

// What the journal of a directory folds to: a line for each ledger. Nothing is added to it: no lead is taken, no deadline told.
Result<std::string> folded(const std::string& directory) {
  Place place;
  place.data = directory;
  place.read_only = true;
  auto node = Node::open(place);
  if (!node.ok()) return node.status();
  std::string out;
  for (const std::string& ledger : (*node)->ledgers()) {
    const projections::Store& store = (*node)->partition_for(ledger).store();
    out += "ledger  " + ledger + "  " + std::to_string(store.sequence(ledger)) + "  " + store.digest(ledger, "") + "\n";
  }
  return out;
}

// Of lines "ledger  NAME  SEQUENCE  SHA256".
std::string json_of_ledgers(const std::string& directory, const std::string& lines) {
  std::string out;
  std::istringstream in(lines);
  for (std::string word, name, sequence, digest; in >> word >> name >> sequence >> digest;)
    out += (out.empty() ? "" : ",") + std::string("{\"ledger\":") + quoted_json(name) + ",\"sequence\":" + sequence + ",\"sha256\":\"" + digest + "\"}";
  return "{\"directory\":" + quoted_json(directory) + ",\"verified\":true,\"ledgers\":[" + out + "]}";
}

Status backup(const Common& common, const std::string& to) {
  const fs::path from = common.place.data;
  if (!fs::exists(from / "node.json")) return Status::not_found(from.string() + ": expected a data directory made by `concordat init`, but there is no node.json in it");
  if (!fs::exists(from / "journal")) return Status::invalid(from.string() + ": expected an embedded journal, but its ledgers are on Kafka: the brokers' replicas and a mirror of the topic are their backup");
  if (!empty_or_absent(to)) return Status::invalid(to + ": expected a new or empty directory, but there is something in it");
  std::string manifest = "concordat backup 1\n";
  for (const char* file : {"node.json", "feed.key"}) {
    if (!fs::exists(from / file)) continue;
    auto sum = copy(from / file, fs::path(to) / file, UINT64_MAX);
    if (!sum.ok()) return sum.status();
    manifest += *sum + "  " + std::to_string(fs::file_size(from / file)) + "  " + file + "\n";
  }
  for (int i = 0; fs::exists(from / "journal" / std::to_string(i)); ++i)
    if (Status status = add_journal(from, to, "journal/" + std::to_string(i), &manifest); !status.ok()) return status;
  // Verified on a copy, so that no views are left in it.
  const fs::path trial = fs::path(to) / "verifying";
  for (const auto& file : {std::string("node.json"), std::string("journal")}) {
    std::error_code error;
    fs::create_directories(trial, error);
    fs::copy(fs::path(to) / file, trial / file, fs::copy_options::recursive, error);
    if (error) return Status::unavailable(trial.string() + ": " + error.message());
  }
  auto ledgers = folded(trial.string());
  std::error_code error;
  fs::remove_all(trial, error);
  if (!ledgers.ok()) return ledgers.status();
  std::ofstream out(fs::path(to) / kManifest);
  out << manifest << *ledgers;
  out.flush();
  if (!out) return Status::unavailable(to + ": the manifest could not be written");
  if (common.json()) std::printf("%s\n", json_of_ledgers(to, *ledgers).c_str());
  else std::printf("%s is a backup, verified:\n%s", to.c_str(), ledgers->c_str());
  return {};
}

Status restore(const Common& common, const std::string& from) {
  const fs::path to = common.place.data;
  std::ifstream in(fs::path(from) / kManifest);
  std::string line, ledgers;
  if (!in || !std::getline(in, line) || line != "concordat backup 1") return Status::invalid(from + ": expected a backup made by `concordat backup`, but there is no manifest of format 1 in it");
  if (!empty_or_absent(to)) return Status::invalid(to.string() + ": expected a new or empty data directory, but there is something in it");
  const fs::path trial = to.string() + ".restoring";          // Takes its name only when it is found good.
  std::error_code error;
  fs::remove_all(trial, error);
  const auto give_up = [&](Status why) { fs::remove_all(trial, error); return why; };
  while (std::getline(in, line)) {
    if (line.starts_with("ledger  ")) { ledgers += line + "\n"; continue; }
    std::istringstream words(line);
    std::string sum, path;
    std::uint64_t bytes = 0;
    if (!(words >> sum >> bytes >> path) || path.find("..") != std::string::npos || path.starts_with('/')) return give_up(Status::corrupt(from + "/" + kManifest + ": expected SHA256, bytes and path, but a line is \"" + line.substr(0, 100) + "\""));
    auto copied = copy(fs::path(from) / path, trial / path, UINT64_MAX);
    if (!copied.ok()) return give_up(copied.status());
    if (*copied != sum) return give_up(Status::corrupt(from + "/" + path + ": expected what the manifest says (" + sum.substr(0, 16) + "…), but it was changed or damaged since"));
  }
  auto got = folded(trial.string());
  if (!got.ok()) return give_up(got.status());
  if (*got != ledgers) return give_up(Status::corrupt(from + ": expected it to fold to\n" + ledgers + "but it folds to\n" + *got + "was it made by another version? Then restore with that version, and run: concordat rebuild"));
  fs::remove(to, error);
  fs::rename(trial, to, error);
  if (error) return Status::unavailable(to.string() + ": " + error.message());
  if (common.json()) std::printf("%s\n", json_of_ledgers(to.string(), ledgers).c_str());
  else std::printf("restored %s, verified:\n%s", to.c_str(), ledgers.c_str());
  return {};
}

}  // namespace

void add_backup(CLI::App& app, Common& common) {
  auto where = std::make_shared<std::string>();
  CLI::App* save = app.add_subcommand("backup", "Copy the embedded journal and its keys into a new directory, and verify the copy; also while it serves");
  save->add_option("DIRECTORY", *where, "New directory")->required();
  save->footer("Example:\n  concordat backup /srv/backup/2026-07-01");
  save->callback([&common, where] { run(common, [&] { return backup(common, *where); }); });
  CLI::App* back = app.add_subcommand("restore", "Make a data directory from a backup, if every byte and every digest is as it was");
  back->add_option("DIRECTORY", *where, "The backup")->required();
  back->footer("Example:\n  concordat --data ./var restore /srv/backup/2026-07-01");
  back->callback([&common, where] { run(common, [&] { return restore(common, *where); }); });
}

}  // namespace concordat::app
