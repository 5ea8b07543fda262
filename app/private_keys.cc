#include "app/private_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "app/files.h"
#include "app/seal.h"

namespace concordat::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "concordat-private-key/v1";
constexpr std::string_view kEnding = ".key", kNew = ".new";

// A name that every file system takes: letters, digits and "._-" stay; anything else is %XX.
std::string file_name(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || (c == '.' && !out.empty());
    if (plain) out.push_back(c);
    else out += "%" + hex_of({&c, 1});
  }
  return out;
}

std::string from_file_name(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '%' || i + 2 >= name.size()) { out.push_back(name[i]); continue; }
    out += from_hex(name.substr(i + 1, 2));
    i += 2;
  }
  return out;
}

Status only_its_owner(const std::string& path, bool directory) {
  struct stat about{};
  if (stat(path.c_str(), &about) != 0) return Status::not_found(path + ": " + std::strerror(errno));
  if (directory && !S_ISDIR(about.st_mode)) return Status::invalid(path + ": expected a directory, but it is none");
  if ((about.st_mode & 077) != 0)
    return Status::invalid(path + ": expected keys of private words that only their owner may " + (directory ? "enter" : "read") + ", but others may; run: chmod " + (directory ? "700 " : "600 ") + path);
  return {};
}

Status outside(const std::string& directory, const std::string& data) {
  std::error_code error;
  const fs::path a = fs::weakly_canonical(directory, error), b = fs::weakly_canonical(data, error);
  const auto [left, right] = std::mismatch(b.begin(), b.end(), a.begin(), a.end());
  if (left != b.end()) return {};
  return Status::invalid(directory + ": expected keys of private words outside the data directory " + data + ", so that neither it nor its backups hold them, but they lie in it");
}

void keep_names(const std::string& directory) {
  const int names = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (names < 0) return;
  static_cast<void>(fsync(names));
  close(names);
}

// "concordat-private-key/v1 LEDGER ID KEY CHECK"
std::string line_of(const std::string& ledger, const std::string& id, std::string_view key) {
  return std::string(kFormat) + " " + ledger + " " + id + " " + hex_of(key) + " " + key_check(key) + "\n";
}

Status overwrite(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return errno == ENOENT ? Status() : Status::unavailable(path + ": " + std::strerror(errno));
  struct stat about{};
  bool good = fstat(file, &about) == 0;
  for (off_t at = 0; good && at < about.st_size; at += static_cast<off_t>(kKeyBytes)) {
    const std::string noise = new_key();
    good = pwrite(file, noise.data(), std::min(noise.size(), static_cast<std::size_t>(about.st_size - at)), at) > 0;
  }
  good = good && fsync(file) == 0;
  const int why = errno;
  close(file);
  return good ? Status() : Status::unavailable(path + ": " + std::strerror(why));
}

}  // namespace

Status PrivateKeys::make(const std::string& directory, const std::string& data) {
  if (Status status = outside(directory, data); !status.ok()) return status;
  std::error_code error;
  fs::create_directories(fs::path(directory).parent_path(), error);
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return Status::unavailable(directory + ": " + std::strerror(errno));
  return only_its_owner(directory, true);
}

Result<PrivateKeys> PrivateKeys::open(const std::string& directory, const std::string& data) {
  if (Status status = outside(directory, data); !status.ok()) return status;
  if (Status status = only_its_owner(directory, true); !status.ok())
    return status.kind() == Status::Kind::kNotFound ? Status::not_found(directory + ": expected the directory of the keys of private words (make one with: concordat private init), but there is none") : status;
  return PrivateKeys(directory);
}

std::string PrivateKeys::file(const std::string& ledger, const std::string& id) const {
  const std::size_t cut = id.rfind('#');
  return directory_ + "/" + file_name(ledger) + "/" + file_name(id.substr(0, cut)) + "." + id.substr(cut + 1) + std::string(kEnding);
}

bool PrivateKeys::has(const std::string& ledger, const std::string& id) const { return access(file(ledger, id).c_str(), F_OK) == 0; }

Result<std::string> PrivateKeys::key(const std::string& ledger, const std::string& id) const {
  const std::string path = file(ledger, id);
  if (access(path.c_str(), F_OK) != 0) return Status::not_found(path + ": expected the key " + id + ", but there is none");
  if (Status status = only_its_owner(path, false); !status.ok()) return status;
  auto text = read_file(path);
  if (!text.ok()) return text.status();
  std::stringstream words(*text);
  std::string format, of, named, key, check;
  words >> format >> of >> named >> key >> check;
  wipe(&*text);
  std::string bytes = from_hex(key);
  wipe(&key);
  const bool good = format == kFormat && of == ledger && named == id && bytes.size() == kKeyBytes && key_check(bytes) == check;
  if (good) return bytes;
  wipe(&bytes);
  return Status::corrupt(path + ": expected the key " + id + " of ledger " + ledger + ", but the file is damaged or of another key; put it back from its backup");
}

// Written beside and linked: nobody ever sees half a key, and of two who make one, one wins.
Result<std::string> PrivateKeys::make_key(const std::string& ledger, const std::string& id) const {
  if (has(ledger, id)) return key(ledger, id);
  static std::atomic<unsigned> count{0};
  const std::string path = file(ledger, id), directory = directory_ + "/" + file_name(ledger);
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return Status::unavailable(directory + ": " + std::strerror(errno));
  std::string made = new_key(), line = line_of(ledger, id, made);
  const std::string beside = path + "." + std::to_string(getpid()) + "." + std::to_string(count++) + std::string(kNew);
  Status status = make_file(beside, line, 0600);
  wipe(&made);
  wipe(&line);
  if (!status.ok()) return status;
  const bool linked = link(beside.c_str(), path.c_str()) == 0;
  const int why = errno;
  if (linked) unlink(beside.c_str());                // The same bytes under another name: nothing to overwrite.
  else if (overwrite(beside).ok()) unlink(beside.c_str());
  keep_names(directory);
  keep_names(directory_);
  if (!linked && why != EEXIST) return Status::unavailable(path + ": " + std::strerror(why));
  return key(ledger, id);
}

Status PrivateKeys::destroy(const std::string& ledger, const std::string& id) const {
  const std::string path = file(ledger, id), directory = directory_ + "/" + file_name(ledger);
  std::vector<std::string> all{path};
  std::error_code error;
  for (const auto& one : fs::directory_iterator(directory, error))       // What a crash left while the key was being made.
    if (one.path().string().starts_with(path + ".") && one.path().string().ends_with(kNew)) all.push_back(one.path().string());
  for (const std::string& one : all) {
    if (Status status = overwrite(one); !status.ok()) return status;
    if (unlink(one.c_str()) != 0 && errno != ENOENT) return Status::unavailable(one + ": " + std::strerror(errno));
  }
  keep_names(directory);
  return {};
}

std::vector<std::string> PrivateKeys::ids(const std::string& ledger) const {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& one : fs::directory_iterator(directory_ + "/" + file_name(ledger), error)) {
    std::string name = one.path().filename().string();
    if (!name.ends_with(kEnding)) continue;
    name.resize(name.size() - kEnding.size());
    const std::size_t cut = name.rfind('.');
    if (cut != std::string::npos) out.push_back(from_file_name(name.substr(0, cut)) + "#" + name.substr(cut + 1));
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace concordat::app
