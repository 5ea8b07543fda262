// Private words at the edge: sealed before a command goes any further, opened after it is on the ledger that somebody reads them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/private_keys.h"
#include "projections/store.h"

namespace concordat::v1 { class Command; class OpenedWords; class ReadWords; }

namespace concordat::app {

struct SubjectKey { std::string id, key; };
// The key that words of this subject are sealed under now; made if they are its first.
using KeyFor = std::function<Result<SubjectKey>(const std::string& subject)>;

// Puts "[sealed MARK]" wherever the command's text says [[name]], and ciphertext in place of the words. On failure nothing of
// the words stands in the status; the command is then not to be used. REQUIRES: the ledger is filled in.
Status seal_words(v1::Command* command, const KeyFor& key_for);

// From the keys on disk, by what the views say of erasures.
KeyFor keys_of(const PrivateKeys& keys, const projections::Store& store, const std::string& ledger);

// What the reading asked for, each with its words or why they cannot be read. REQUIRES: the ledger accepted it.
std::vector<v1::OpenedWords> open_words(const PrivateKeys& keys, const projections::Store& store, const std::string& ledger, const v1::ReadWords& asked);

}  // namespace concordat::app
