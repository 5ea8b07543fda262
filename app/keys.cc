// concordat key generate, show, rotate
#include "app/audit.h"
#include "app/keys.h"

#include <CLI/CLI.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "app/files.h"

namespace concordat::app {
namespace {

namespace fs = std::filesystem;
namespace proof = projections::proof;

constexpr const char* kSuccession = "concordat-key-succession/v1";

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

bool inside(const fs::path& file, const fs::path& directory) {
  std::error_code error;
  const fs::path a = fs::weakly_canonical(file, error), b = fs::weakly_canonical(directory, error);
  const auto [left, right] = std::mismatch(b.begin(), b.end(), a.begin(), a.end());
  return left == b.end();
}

Status write_key(const proof::Signer& signer, const std::string& file, const std::string& data) {
  if (inside(file, data)) return Status::invalid(file + ": expected a place outside the data directory " + data + ", so that neither it nor its backups hold the key, but it lies in it");
  if (Status status = make_file(file, signer.text() + "\n", 0600); !status.ok()) return status;
  return replace_file(file + ".pub", signer.verifier.text() + "\n");
}

// The public key: as others want it, a line.
void print_key(const Common& common, const proof::Verifier& key) {
  if (common.json()) std::printf("{\"name\":%s,\"key\":%s}\n", quoted_json(key.name).c_str(), quoted_json(key.text()).c_str());
  else std::printf("%s\n", key.text().c_str());
}

Status generate(Common& common, const std::string& name, const std::string& file, bool witness) {
  auto made = proof::generate(name, witness ? proof::kCosignerKey : proof::kLogKey);
  if (!made.ok()) return made.status();
  if (Status status = write_key(*made, file, common.place.data); !status.ok()) return status;
  print_key(common, made->verifier);
  return {};
}

Status show(const Common& common, const std::string& file) {
  auto text = read_file(file);
  if (!text.ok()) return text.status();
  auto verifier = proof::read_verifier(first_line(*text));
  if (!verifier.ok()) {
    auto signer = proof::read_signer(first_line(*text));
    if (!signer.ok()) return Status::invalid(file + ": expected a private or a public key, but it is neither");
    verifier = signer->verifier;
  }
  print_key(common, *verifier);
  return {};
}

// The new key is made, the old one says that it follows, the new one that it is there; what the old one signed binds the new one.
Status rotate(Common& common, const std::string& file, const std::string& to) {
  auto old = load_key(file, common.place.data);
  if (!old.ok()) return old.status();
  auto made = proof::generate(old->verifier.name, old->verifier.type);
  if (!made.ok()) return made.status();
  if (Status status = write_key(*made, to, common.place.data); !status.ok()) return status;
  if (auto before = read_file(file + ".signed"); before.ok())
    if (Status status = replace_file(to + ".signed", *before); !status.ok()) return status;
  proof::Note note{std::string(kSuccession) + "\n" + old->verifier.text() + "\n" + made->verifier.text() + "\n", {}};
  for (const proof::Signer* signer : {&*old, &*made}) note.signatures.push_back(proof::sign(note.text, *signer));
  if (Status status = replace_file(to + ".succession", proof::write(note)); !status.ok()) return status;
  print_key(common, made->verifier);
  return {};
}

// A succession's two keys, if both signed it.
Result<std::pair<proof::Verifier, proof::Verifier>> succession(const std::string& bytes) {
  auto note = proof::read_note(bytes);
  if (!note.ok()) return note.status();
  const std::string head = std::string(kSuccession) + "\n";
  const std::size_t middle = note->text.find('\n', head.size());
  if (!note->text.starts_with(head) || middle == std::string::npos || middle + 1 >= note->text.size()) return Status::invalid("succession: expected the line " + std::string(kSuccession) + " and two public keys");
  auto old = proof::read_verifier(note->text.substr(head.size(), middle - head.size()));
  auto made = proof::read_verifier(note->text.substr(middle + 1, note->text.size() - middle - 2));
  if (!old.ok()) return old.status();
  if (!made.ok()) return made.status();
  auto by = proof::verify(*note, {*old, *made});
  if (!by.ok()) return by.status();
  if (by->size() != 2 || old->name != made->name) return Status::invalid("succession: expected two keys of one name that both signed it, but they are not or did not");
  return std::pair{*old, *made};
}

}  // namespace

Result<proof::Signer> load_key(const std::string& file, const std::string& data) {
  struct stat about{};
  if (stat(file.c_str(), &about) != 0) return Status::not_found(file + ": expected a key (make one with: concordat key generate), but there is no such file");
  if ((about.st_mode & 077) != 0) return Status::invalid(file + ": expected a key that only its owner may read, but others may; run: chmod 600 " + file);
  if (inside(file, data)) return Status::invalid(file + ": expected a key outside the data directory " + data + ", but it lies in it");
  auto text = read_file(file);
  if (!text.ok()) return text.status();
  auto signer = proof::read_signer(first_line(*text));
  if (!signer.ok()) return Status::invalid(file + ": " + signer.status().why());
  return signer;
}

Result<std::vector<proof::Verifier>> load_verifiers(const std::vector<std::string>& named) {
  std::vector<proof::Verifier> out;
  std::vector<std::pair<proof::Verifier, proof::Verifier>> chains;
  for (const std::string& one : named) {
    if (auto verifier = proof::read_verifier(one); verifier.ok()) { out.push_back(*std::move(verifier)); continue; }
    auto text = read_file(one);
    if (!text.ok()) return Status::invalid("expected a public key NAME+ID+KEY or a file that holds one, but \"" + one + "\" is neither");
    if (text->starts_with(kSuccession)) {
      auto chain = succession(*text);
      if (!chain.ok()) return Status::invalid(one + ": " + chain.status().why());
      chains.push_back(*std::move(chain));
    } else if (auto verifier = proof::read_verifier(first_line(*text)); verifier.ok()) {
      out.push_back(*std::move(verifier));
    } else {
      return Status::invalid(one + ": " + verifier.status().why());
    }
  }
  for (std::size_t round = 0; round < chains.size(); ++round)     // Whatever order they were named in.
    for (const auto& [old, made] : chains)
      if (std::find(out.begin(), out.end(), old) != out.end() && std::find(out.begin(), out.end(), made) == out.end()) out.push_back(made);
  if (out.empty()) return Status::invalid("expected at least one public key, but there is none that is trusted by itself");
  return out;
}

void add_keys(CLI::App& app, Common& common) {
  CLI::App* key = app.add_subcommand("key", "Keys that sign checkpoints: made, shown, followed by new ones");
  key->require_subcommand(1);
  key->footer("A key is a file that only its owner may read, outside the data directory. FILE.pub is for everybody.\nExamples:\n  concordat key generate log.owm.example/west-midlands --out ~/owm.key\n  concordat key show ~/owm.key");
  struct Asked { std::string name, file, to; bool witness = false; };
  auto asked = std::make_shared<Asked>();
  CLI::App* make = key->add_subcommand("generate", "Make a key; prints the public one");
  make->add_option("NAME", asked->name, "Name it signs under: for a log its origin, without blanks or +")->required();
  make->add_option("--out", asked->to, "File for the private key; FILE.pub gets the public one")->required();
  make->add_flag("--witness", asked->witness, "A witness's key: signs with the time (C2SP tlog-cosignature)");
  make->footer("Example:\n  concordat key generate log.owm.example/west-midlands --out ~/owm.key");
  make->callback([&common, asked] { run(common, [&] { return generate(common, asked->name, asked->to, asked->witness); }); });
  CLI::App* look = key->add_subcommand("show", "The public key, from a private or a public file");
  look->add_option("FILE", asked->file)->required();
  look->footer("Example:\n  concordat key show ~/owm.key");
  look->callback([&common, asked] { run(common, [&] { return show(common, asked->file); }); });
  CLI::App* next = key->add_subcommand("rotate", "Make the key that follows another; the old one says so in TO.succession");
  next->add_option("FILE", asked->file, "The key until now")->required();
  next->add_option("--out", asked->to, "File for the new one")->required();
  next->footer("Who trusts the old key gives the succession as a further --key when verifying. Checkpoints of the old key stay good.\nIf a key is lost, make a new one and publish its public key; what the old one signed stays good.\nExample:\n  concordat key rotate ~/owm.key --out ~/owm-2.key");
  next->callback([&common, asked] { run(common, [&] { return rotate(common, asked->file, asked->to); }); });
}

}  // namespace concordat::app
