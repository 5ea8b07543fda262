// Evidence packs: what a person needs to establish one thing, offline, and everything needed to check it.
//
// A pack is a set of files, in a directory or in one tar archive of them:
//   checkpoint     the log's root, signed (and cosigned)
//   proof.jsonl    the evidence: a first line that says what the pack is about, then an event a line, by sequence:
//                  its envelope and its bytes as written, in base64, and the path from its leaf to the root
//   events.jsonl   the same events for reading: when, who, in words, as JSON
//   page.html      the same for people; needs nothing else
//   page.pdf       if it was asked for: a print of that page, PDF/A-3b
//   words.binpb    the messages that the bytes are written in (a protobuf FileDescriptorSet), for other people's tools
//   verify.py      a second verifier, independent of this program: python3 verify.py DIRECTORY PUBLIC-KEY
//   README.txt     how to verify
//   SHA256SUMS     of all of the above
// All but the checkpoint, proof.jsonl and the print are made from the first two alone, so a verifier makes them again and compares:
// no byte of a pack may be otherwise than the evidence has it. Of the print it says that it cannot be checked so.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "app/common.h"
#include "app/policy.h"
#include "projections/proof/leaf.h"
#include "projections/proof/note.h"

namespace concordat::app {

struct Evidence {
  std::uint64_t sequence = 0;
  std::string envelope, bytes;             // As the leaf has them; projections/proof/leaf.h.
  std::vector<std::string> path;
};

struct Pack {
  std::string about;                       // "matter HOST-2023".
  std::vector<std::string> matters;        // In the order of the page.
  std::string checkpoint;                  // The signed note.
  std::vector<Evidence> events;            // By sequence, each once.
};

using Files = std::map<std::string, std::string>;

// ---- Made (pack_collect.cc) ----
struct PackOf { std::string about; std::vector<std::string> matters; };
// Everything that bears on these matters, proved against the checkpoint, whose size the events must lie within.
Result<Pack> collect(const Reading& reading, const PackOf& of, const std::string& checkpoint);

// ---- Written and read (pack_files.cc) ----
Files files_of(const Pack& pack, const std::string& pdf = {});          // `pdf`: a print of its page; empty = none.
// kInvalid: not a pack. The evidence is read strictly: what is not written as files_of writes it is not taken.
Result<Pack> pack_of(const Files& files);
Status write_pack(const Files& files, const std::string& to);        // A directory if `to` ends in "/", else one archive.
Result<Files> load_pack(const std::string& from);
std::string page_of(const Pack& pack);                               // pack_page.cc

// ---- Verified (pack_verify.cc) ----
struct Verdict {
  std::vector<std::string> good, wrong, unchecked;                   // In words. `wrong` holds every fault, not the first.
  projections::proof::Checkpoint checkpoint;
};
struct Trust { std::vector<projections::proof::Verifier> keys; std::uint32_t witnesses = 0; std::optional<Policy> policy = {}; };   // So many witnesses of `keys`, and the policy's quorum.
Verdict verify_pack(const Files& files, const Trust& trust);
// Looks for the papers of the pack's events among the files of a directory, by their SHA-256. For a pack that verified.
Status verify_papers(const Files& files, const std::string& directory, Verdict* verdict);

}  // namespace concordat::app
