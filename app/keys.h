// Keys on disk, and what was signed with them.
//
// A key is a file of one line, readable by its owner only, never inside the data directory: whoever has the data and its
// backups does not thereby have the key. Beside it stand FILE.pub (the public key, for everybody) and FILE.signed: the last
// checkpoint that it signed. The key remembers it, not the data directory, so that a directory restored from a backup, or
// another one, cannot be signed where it contradicts what was signed before.
#pragma once

#include <string>
#include <vector>

#include "app/common.h"
#include "projections/proof/note.h"

namespace concordat::app {

// kInvalid if others may read it or it lies in the data directory.
Result<projections::proof::Signer> load_key(const std::string& file, const std::string& data);

// Public keys as a person names them: "NAME+ID+KEY" itself, a file that holds it, or a succession made by `key rotate`,
// which makes the new key as good as the old one if the old one is among `named`.
Result<std::vector<projections::proof::Verifier>> load_verifiers(const std::vector<std::string>& named);

// Signs the log's root with these keys, which must share one name: the log's origin. kCorrupt if the log does not contain
// what one of them signed before. The note is beside each key before it is returned.
Result<std::string> sign_checkpoint(const projections::Store& store, const std::string& ledger, const std::vector<std::string>& keys, const std::string& data);

void add_checkpoint(CLI::App& log, Common& common);  // log checkpoint, log verify; registered by add_log

}  // namespace concordat::app
