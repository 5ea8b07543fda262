#include "app/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace concordat::app {
namespace {

bool put(int file, const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t count = ::write(file, bytes.data() + at, bytes.size() - at);
    if (count <= 0) return false;
    at += static_cast<std::size_t>(count);
  }
  return fsync(file) == 0;
}

void keep_name(const std::string& path) {        // The directory's entry, too.
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const int directory = open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY);
  if (directory < 0) return;
  static_cast<void>(fsync(directory));
  close(directory);
}

Status put_new(const std::string& path, const std::string& bytes, unsigned mode) {
  const int file = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);
  if (file < 0 && errno == EEXIST) return Status::invalid(path + ": expected a new file, but there is one already");
  if (file < 0) return Status::unavailable(path + ": " + std::strerror(errno));
  const bool good = put(file, bytes);
  const int why = errno;
  close(file);
  if (good) return {};
  unlink(path.c_str());
  return Status::unavailable(path + ": " + std::strerror(why));
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  struct stat about{};
  if (stat(path.c_str(), &about) != 0) return Status::not_found(path + ": expected a file, but " + std::strerror(errno));
  if (!S_ISREG(about.st_mode)) return Status::invalid(path + ": expected a file, but it is none");
  std::ifstream in(path, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  if (!in && about.st_size > 0) return Status::unavailable(path + ": cannot be read");
  return bytes.str();
}

Result<std::string> read_given(const std::string& path) {
  std::stringstream bytes;
  if (path == "-") { bytes << std::cin.rdbuf(); return bytes.str(); }
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return Status::invalid(path + ": expected a file, but it is a directory");
  std::ifstream in(path, std::ios::binary);
  if (!in) return Status::invalid(path + ": expected a file that can be read, but it cannot be opened");
  bytes << in.rdbuf();
  if (in.bad()) return Status::invalid(path + ": expected a file that can be read, but reading it fails");
  return bytes.str();
}

Status replace_file(const std::string& path, const std::string& bytes, unsigned mode) {
  const std::string beside = path + "." + std::to_string(getpid()) + ".new";
  unlink(beside.c_str());
  if (Status status = put_new(beside, bytes, mode); !status.ok()) return status;
  if (rename(beside.c_str(), path.c_str()) != 0) {
    const int why = errno;
    unlink(beside.c_str());
    return Status::unavailable(path + ": " + std::strerror(why));
  }
  keep_name(path);
  return {};
}

Status make_file(const std::string& path, const std::string& bytes, unsigned mode) {
  if (Status status = put_new(path, bytes, mode); !status.ok()) return status;
  keep_name(path);
  return {};
}

}  // namespace concordat::app
