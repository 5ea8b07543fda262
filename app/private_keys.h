// The keys of private words, on disk: one small file for each subject of each ledger, DIR/LEDGER/SUBJECT.N.key. Destroying the
// file is what erases the words, so it stands in no other file, no cache, and not in the data directory or its backups.
//
// The directory may be entered by its owner only, and each file read by its owner only. A file is there whole or not at all,
// and says what it is for, so that a damaged one, or one put in another's place, is told from a good one.
// Threads: any; several processes may share the directory.
#pragma once

#include <string>
#include <vector>

#include "engine/base/status.h"

namespace concordat::app {

class PrivateKeys {
 public:
  // Makes the directory, for its owner only. kInvalid if it lies in the data directory or others may enter it.
  static Status make(const std::string& directory, const std::string& data);
  static Result<PrivateKeys> open(const std::string& directory, const std::string& data);

  // `id` is "SUBJECT#N". kNotFound if there is no such key; kInvalid if others may read it; kCorrupt if it is damaged.
  Result<std::string> key(const std::string& ledger, const std::string& id) const;
  Result<std::string> make_key(const std::string& ledger, const std::string& id) const;   // Or the one that is there already.
  // Overwrites and removes it, durably. Fine if it is gone already.
  Status destroy(const std::string& ledger, const std::string& id) const;
  std::vector<std::string> ids(const std::string& ledger) const;                          // As the names of the files say; sorted.
  bool has(const std::string& ledger, const std::string& id) const;
  const std::string& directory() const { return directory_; }

 private:
  explicit PrivateKeys(std::string directory) : directory_(std::move(directory)) {}
  std::string file(const std::string& ledger, const std::string& id) const;
  std::string directory_;
};

}  // namespace concordat::app
