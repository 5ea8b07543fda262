// concordat log checkpoint, log verify: the root, signed; and a signed root, held against the ledger.
#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "app/files.h"
#include "app/joined.h"
#include "app/keys.h"
#include "app/policy.h"
#include "projections/proof/base64.h"
#include "projections/proof/log.h"

namespace concordat::app {
namespace {

namespace proof = projections::proof;

// Held while a key is used, so that two programs cannot sign two truths at once.
class Hold {
 public:
  explicit Hold(const std::string& file) : file_(open(file.c_str(), O_RDONLY | O_CLOEXEC)) { good_ = file_ >= 0 && flock(file_, LOCK_EX) == 0; }
  ~Hold() { if (file_ >= 0) close(file_); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  bool good() const { return good_; }

 private:
  const int file_;
  bool good_ = false;
};

// What the key signed last is the beginning of this log.
Status not_a_fork(proof::Log& log, const std::string& key, const proof::Signer& signer) {
  auto bytes = read_file(key + ".signed");
  if (bytes.status().kind() == Status::Kind::kNotFound) return {};
  if (!bytes.ok()) return bytes.status();
  const auto note = proof::read_note(*bytes);
  const auto last = note.ok() ? proof::read_checkpoint(note->text) : Result<proof::Checkpoint>(note.status());
  if (!last.ok()) return Status::corrupt(key + ".signed: expected the last checkpoint that was signed, but it does not parse: " + last.status().why());
  if (last->origin != signer.verifier.name) return Status::corrupt(key + ".signed: expected a checkpoint of " + signer.verifier.name + ", but it is of " + last->origin);
  if (last->size > log.size()) return Status::corrupt("expected the " + std::to_string(last->size) + " events that this key signed, but the ledger has " + std::to_string(log.size()) + "; is this a restored backup? Nothing was signed");
  const auto root = log.root(last->size);
  if (!root.ok()) return root.status();
  if (*root != last->root) return Status::corrupt("expected the first " + std::to_string(last->size) + " events to be those that this key signed, but they are others. Nothing was signed");
  return {};
}

Status make(Common& common, const std::vector<std::string>& keys, const std::string& out) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  auto note = sign_checkpoint(*reading->store, reading->ledger, keys, common.place.data);
  if (!note.ok()) return note.status();
  if (out.empty()) std::fputs(note->c_str(), stdout);
  else return replace_file(out, *note);
  return {};
}

struct Held { std::string file; proof::Checkpoint checkpoint; std::vector<proof::Signed> by; };

Result<Held> held_in(const std::string& file, const std::vector<proof::Verifier>& keys) {
  auto bytes = read_file(file);
  if (!bytes.ok()) return bytes.status();
  auto note = proof::read_note(*bytes);
  if (!note.ok()) return Status::invalid(file + ": " + note.status().why());
  auto checkpoint = proof::read_checkpoint(note->text);
  if (!checkpoint.ok()) return Status::invalid(file + ": " + checkpoint.status().why());
  auto by = proof::verify(*note, keys);
  if (!by.ok()) return Status::corrupt(file + ": " + by.status().why());
  if (std::none_of(by->begin(), by->end(), [&](const proof::Signed& one) { return one.by.type == proof::kLogKey && one.by.name == checkpoint->origin; }))
    return Status::corrupt(file + ": expected the log " + checkpoint->origin + " to have signed with a known key, but only others did");
  return Held{file, *std::move(checkpoint), *std::move(by)};
}

// Each checkpoint in order of size: the first that the ledger does not contain says between which events it was changed.
Status verify(Common& common, const std::vector<std::string>& files, const std::vector<std::string>& named, const std::string& policy) {
  auto known = load_known(named, policy);
  if (!known.ok()) return known.status();
  std::vector<Held> all;
  for (const std::string& file : files) {
    auto held = held_in(file, known->keys);
    if (!held.ok()) return held.status();
    if (known->policy)
      if (const Status enough = known->policy->enough(held->by); !enough.ok()) return Status::corrupt(file + ": by the policy: " + enough.why());
    if (!all.empty() && held->checkpoint.origin != all.front().checkpoint.origin) return Status::invalid(file + ": expected a checkpoint of " + all.front().checkpoint.origin + ", but it is of " + held->checkpoint.origin);
    all.push_back(*std::move(held));
  }
  std::stable_sort(all.begin(), all.end(), [](const Held& a, const Held& b) { return a.checkpoint.size < b.checkpoint.size; });
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  proof::Log log(*reading->store, reading->ledger);
  std::uint64_t good = 0;
  for (const Held& one : all) {
    const std::uint64_t size = one.checkpoint.size;
    if (size > log.size()) return Status::corrupt(one.file + ": expected the " + std::to_string(size) + " events that were signed, but ledger " + reading->ledger + " has " + std::to_string(log.size()) + "; what came after event " + std::to_string(std::max(good, log.size())) + " is gone");
    const auto root = log.root(size);
    if (!root.ok()) return root.status();
    if (*root != one.checkpoint.root) return Status::corrupt(one.file + ": expected the first " + std::to_string(size) + " events to be those that were signed, but they are not: something changed among events " + std::to_string(good + 1) + " to " + std::to_string(size));
    good = size;
    std::vector<std::string> names;
    for (const proof::Signed& by : one.by) names.push_back(by.by.name);
    if (common.json()) std::printf("{\"origin\":\"%s\",\"size\":%llu,\"root\":\"%s\",\"contained\":true,\"log_size\":%llu}\n", one.checkpoint.origin.c_str(), static_cast<unsigned long long>(size), proof::base64(one.checkpoint.root).c_str(), static_cast<unsigned long long>(log.size()));
    else std::printf("%s: the first %llu of %llu events are those that were signed by %s\n", one.file.c_str(), static_cast<unsigned long long>(size), static_cast<unsigned long long>(log.size()), joined(names).c_str());
  }
  return {};
}

}  // namespace

Result<std::string> sign_checkpoint(const projections::Store& store, const std::string& ledger, const std::vector<std::string>& keys, const std::string& data) {
  proof::Log log(store, ledger);
  std::vector<proof::Signer> signers;
  std::vector<std::unique_ptr<Hold>> holds;
  for (const std::string& key : keys) {
    auto signer = load_key(key, data);
    if (!signer.ok()) return signer.status();
    if (signer->verifier.type != proof::kLogKey) return Status::invalid(key + ": expected a log's key, but it is a witness's");
    if (!signers.empty() && signer->verifier.name != signers.front().verifier.name) return Status::invalid(key + ": expected keys of one name, but one is " + signers.front().verifier.name + " and this is " + signer->verifier.name);
    holds.push_back(std::make_unique<Hold>(key));
    if (!holds.back()->good()) return Status::unavailable(key + ": could not be held");
    if (Status status = not_a_fork(log, key, *signer); !status.ok()) return status;
    signers.push_back(*std::move(signer));
  }
  if (signers.empty()) return Status::invalid("expected at least one key to sign with, but there is none");
  const auto root = log.root(log.size());
  if (!root.ok()) return root.status();
  proof::Note note{proof::write({signers.front().verifier.name, log.size(), *root, ""}), {}};
  for (const proof::Signer& signer : signers) note.signatures.push_back(proof::sign(note.text, signer));
  std::string out = proof::write(note);
  for (const std::string& key : keys)
    if (Status status = replace_file(key + ".signed", out); !status.ok()) return status;
  return out;
}

void add_checkpoint(CLI::App& log, Common& common) {
  struct Asked { std::vector<std::string> keys, files; std::string out, policy; };
  auto asked = std::make_shared<Asked>();
  CLI::App* sign = log.add_subcommand("checkpoint", "The root, signed as a note (C2SP tlog-checkpoint)");
  sign->add_option("--key", asked->keys, "Private key; again for a second one while keys change")->required()->envname("CONCORDAT_KEY");
  sign->add_option("--out", asked->out, "Into this file, replaced whole (default: printed)");
  sign->footer("A key signs nothing that contradicts what it signed before: FILE.signed beside it is its memory, keep them together.\nExample:\n  concordat log checkpoint --key ~/owm.key");
  sign->callback([&common, asked] { run(common, [&] { return make(common, asked->keys, asked->out); }); });
  CLI::App* check = log.add_subcommand("verify", "Hold checkpoints against the ledger: are its events those that were signed?");
  check->add_option("CHECKPOINT", asked->files, "Signed notes, in any order")->required();
  check->add_option("--key", asked->keys, "Public key or file of one, or a succession; repeat for more");
  check->add_option("--policy", asked->policy, "File of logs, witnesses and which of them are enough (C2SP tlog-policy)");
  check->footer("Ends with 5 if the ledger does not contain what was signed; says between which checkpoints it was changed.\nExample:\n  concordat log verify march.note june.note --key owm.key.pub");
  check->callback([&common, asked] { run(common, [&] { return verify(common, asked->files, asked->keys, asked->policy); }); });
}

}  // namespace concordat::app
