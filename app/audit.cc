// concordat audit pack, verify: evidence for somebody who trusts nobody.
#include "app/audit.h"

#include <CLI/CLI.hpp>

#include <cstdio>

#include "app/files.h"
#include "app/keys.h"
#include "app/pack.h"

namespace concordat::app {
namespace {

struct Asked { std::vector<std::string> matters, keys; std::string out, checkpoint, pack; std::uint32_t witnesses = 0; };

Status make(Common& common, const Asked& asked) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  if (asked.keys.empty() == asked.checkpoint.empty()) return Status::invalid("expected either --checkpoint, a signed one, or --key to sign one now");
  auto checkpoint = asked.checkpoint.empty() ? sign_checkpoint(*reading, asked.keys, common.place.data) : read_file(asked.checkpoint);
  if (!checkpoint.ok()) return checkpoint.status();
  PackOf of{"", asked.matters};
  for (const std::string& matter : asked.matters) of.about += (of.about.empty() ? "matter " : ", ") + matter;
  auto pack = collect(*reading, of, *checkpoint);
  if (!pack.ok()) return pack.status();
  if (Status status = write_pack(files_of(*pack), asked.out); !status.ok()) return status;
  if (common.json()) std::printf("{\"out\":\"%s\",\"events\":%zu}\n", asked.out.c_str(), pack->events.size());
  else std::printf("%s: %zu events with their proofs\n", asked.out.c_str(), pack->events.size());
  return {};
}

void print(const Common& common, const char* word, const std::vector<std::string>& all) {
  for (const std::string& one : all) {
    if (common.json()) std::printf("{\"finding\":\"%s\",\"words\":%s}\n", word, quoted_json(one).c_str());
    else std::printf("%-12s %s\n", word, one.c_str());
  }
}

Status verify(Common& common, const Asked& asked) {
  auto keys = load_verifiers(asked.keys);
  if (!keys.ok()) return keys.status();
  auto files = load_pack(asked.pack);
  if (!files.ok()) return files.status();
  const Verdict verdict = verify_pack(*files, {*keys, asked.witnesses});
  print(common, "good", verdict.good);
  print(common, "WRONG", verdict.wrong);
  print(common, "not checked", verdict.unchecked);
  if (!verdict.wrong.empty()) common.exit = kCorrupt;
  return {};
}

}  // namespace

void add_audit(CLI::App& app, Common& common) {
  CLI::App* audit = app.add_subcommand("audit", "Evidence: packs that verify offline, and the questions an auditor asks");
  audit->require_subcommand(1);
  audit->footer("Examples:\n  concordat audit pack HOST-2023 --key ~/owm.key --out host-2023.pack\n  concordat audit verify host-2023.pack --key owm.key.pub");
  auto asked = std::make_shared<Asked>();
  CLI::App* pack = audit->add_subcommand("pack", "Everything that bears on a matter, with proofs, a page to read and a verifier");
  pack->add_option("MATTER", asked->matters, "One or more matters")->required();
  pack->add_option("--out", asked->out, "File (a tar archive), or a directory if it ends in /")->required();
  pack->add_option("--key", asked->keys, "Private key to sign a checkpoint with, now");
  pack->add_option("--checkpoint", asked->checkpoint, "Or: a checkpoint that is signed already, and perhaps witnessed");
  pack->footer("Holds its events, refused attempts, meeting, rules, procedure, facts read and written, documents and names.\nExamples:\n  concordat audit pack HOST-2023 --key ~/owm.key --out host-2023.pack\n  concordat audit pack HOST-2023 --checkpoint june.note --out host-2023/");
  pack->callback([&common, asked] { run(common, [&] { return make(common, *asked); }); });
  CLI::App* check = audit->add_subcommand("verify", "Check a pack offline: it and public keys are enough");
  check->add_option("PACK", asked->pack, "File or directory")->required();
  check->add_option("--key", asked->keys, "Public key of the log, or of a witness; file or NAME+ID+KEY; repeat")->required();
  check->add_option("--witnesses", asked->witnesses, "At least so many of the witnesses given must have signed");
  check->footer("Reports every fault, not the first, and what it did not check. Ends with 5 if anything is wrong.\nExample:\n  concordat audit verify host-2023.pack --key owm.key.pub");
  check->callback([&common, asked] { run(common, [&] { return verify(common, *asked); }); });
}

}  // namespace concordat::app
