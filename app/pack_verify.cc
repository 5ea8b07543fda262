// A pack, checked with nothing but itself and the keys of whoever asks.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "app/files.h"
#include "app/pack.h"
#include "engine/base/hex.h"
#include "projections/proof/tree.h"

namespace concordat::app {
namespace {

namespace proof = projections::proof;

std::string count(std::size_t n, const std::string& what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

void check_checkpoint(const Pack& pack, const Trust& trust, Verdict* out) {
  const auto note = proof::read_note(pack.checkpoint);
  const auto head = note.ok() ? proof::read_checkpoint(note->text) : Result<proof::Checkpoint>(note.status());
  if (!head.ok()) return out->wrong.push_back("checkpoint: " + head.status().why());
  out->checkpoint = *head;
  if (proof::write(*note) != pack.checkpoint) out->wrong.push_back("checkpoint: expected it to be written as a note is, but it is written otherwise");
  const auto by = proof::verify(*note, trust.keys);
  if (!by.ok()) return out->wrong.push_back("checkpoint: " + by.status().why());
  std::uint32_t witnesses = 0;
  bool by_log = false;
  for (const proof::Signed& one : *by) {
    if (one.by.type == proof::kLogKey && one.by.name == head->origin) by_log = true;
    if (one.by.type == proof::kCosignerKey) {
      ++witnesses;
      out->good.push_back("witness " + one.by.name + " saw this checkpoint on " + day_of(static_cast<std::int64_t>(one.time_s) * 1000));
    }
  }
  if (by_log) out->good.push_back("the log " + head->origin + " signed its first " + count(head->size, "event"));
  else out->wrong.push_back("checkpoint: expected the log " + head->origin + " to have signed with a key you gave, but it did not");
  if (witnesses < trust.witnesses) out->wrong.push_back("checkpoint: expected " + std::to_string(trust.witnesses) + " witnesses to have signed, but " + std::to_string(witnesses) + " did");
  if (trust.policy)
    if (const Status enough = trust.policy->enough(*by); !enough.ok()) out->wrong.push_back("checkpoint, by the policy: " + enough.why());
  if (note->signatures.size() > by->size()) out->unchecked.push_back(count(note->signatures.size() - by->size(), "signature") + " of keys you did not give");
}

void check_events(const Pack& pack, Verdict* out) {
  std::uint64_t before = 0, before_ms = 0;
  std::map<std::uint64_t, std::string> envelopes;       // By the first sequence of the act.
  std::string ledger;
  for (const Evidence& one : pack.events) {
    const std::string which = "event " + std::to_string(one.sequence) + ": ";
    proof::Envelope envelope;
    if (!proof::read_envelope(one.envelope, &envelope)) { out->wrong.push_back(which + "its envelope does not parse"); continue; }
    if (ledger.empty()) ledger = envelope.ledger;
    if (one.sequence <= before) out->wrong.push_back(which + "expected events in order, each once, but it follows event " + std::to_string(before));
    if (envelope.ledger != ledger) out->wrong.push_back(which + "expected ledger " + ledger + ", but it is of " + envelope.ledger);
    if (one.sequence < envelope.first_sequence || one.sequence - envelope.first_sequence >= envelope.events) out->wrong.push_back(which + "its envelope is of another act");
    if (const auto [at, fresh] = envelopes.emplace(envelope.first_sequence, one.envelope); !fresh && at->second != one.envelope) out->wrong.push_back(which + "one act has two envelopes");
    if (envelope.time_ms < before_ms) out->wrong.push_back(which + "expected it to be recorded no earlier than event " + std::to_string(before) + " before it, but it is by " + std::to_string(before_ms - envelope.time_ms) + " ms: no writer lets its clock run back");
    before_ms = std::max(before_ms, envelope.time_ms);
    before = one.sequence;
    const proof::Hash leaf = proof::leaf_hash(proof::leaf_of(one.sequence, envelope.time_ms, one.envelope, one.bytes));
    if (!proof::included(one.sequence - 1, out->checkpoint.size, leaf, one.path, out->checkpoint.root)) { out->wrong.push_back(which + "it does not lead to the root that was signed"); continue; }
    v1::Event event;
    if (!event.ParseFromString(one.bytes) || event.happened_case() == v1::Event::HAPPENED_NOT_SET) out->wrong.push_back(which + "its bytes are no event that this build knows");
  }
  if (pack.events.empty()) out->wrong.push_back("proof.jsonl: expected events, but there are none");
}

void check_matters(const Pack& pack, Verdict* out) {
  std::set<std::string> opened;
  for (const Evidence& one : pack.events) {
    v1::Event event;
    if (event.ParseFromString(one.bytes) && event.has_matter_opened()) opened.insert(event.matter_opened().matter());
  }
  for (const std::string& matter : pack.matters)
    if (!opened.contains(matter)) out->wrong.push_back("matter " + matter + ": expected the event that opened it, but it is not in the pack");
}

// Whatever is made from the evidence is made again.
void check_files(const Files& files, const Pack& pack, Verdict* out) {
  const auto print = files.find("page.pdf");
  const Files made = files_of(pack, print == files.end() ? "" : print->second);
  for (const auto& [name, bytes] : made) {
    const auto there = files.find(name);
    if (there == files.end()) out->wrong.push_back(name + ": it is missing");
    else if (there->second != bytes) out->wrong.push_back(name + ": expected what this build makes of the evidence, but it is otherwise (if another version wrote the pack, verify.py checks the rest)");
  }
  for (const auto& [name, bytes] : files)
    if (!made.contains(name)) out->wrong.push_back(name + ": expected no such file in a pack");
}

}  // namespace

Verdict verify_pack(const Files& files, const Trust& trust) {
  Verdict out;
  const auto pack = pack_of(files);
  if (!pack.ok()) {
    out.wrong.push_back(pack.status().why());
    return out;
  }
  check_checkpoint(*pack, trust, &out);
  if (out.checkpoint.root.empty()) return out;
  check_events(*pack, &out);
  if (out.wrong.empty()) {                 // What is not proved is not read.
    check_matters(*pack, &out);
    check_files(files, *pack, &out);
  } else {
    out.unchecked.push_back("page.html and events.jsonl: there is nothing to compare them with while the evidence is wrong");
  }
  if (out.wrong.empty()) {
    out.good.push_back(pack->about + ": " + count(pack->events.size(), "event") + " in the log as it was signed, " + std::to_string(pack->events.front().sequence) + " to " + std::to_string(pack->events.back().sequence));
    out.good.push_back("page.html and events.jsonl say what these events say");
  }
  out.unchecked.push_back("that no further event concerns this: only the whole log can show it (concordat log verify, on the ledger)");
  if (files.contains("page.pdf")) out.unchecked.push_back("page.pdf: that this print shows what page.html shows; print that page anew to compare (concordat print)");
  out.unchecked.push_back("papers: the pack holds their SHA-256 only");
  return out;
}

Status verify_papers(const Files& files, const std::string& directory, Verdict* verdict) {
  const auto pack = pack_of(files);
  if (!pack.ok()) return pack.status();
  std::error_code error;
  std::map<std::string, std::string> there;               // SHA-256 -> file.
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (!entry.is_regular_file()) continue;
    auto bytes = read_file(entry.path().string());
    if (!bytes.ok()) return bytes.status();
    there[hex(proof::sha256(*bytes))] = entry.path().filename().string();
  }
  if (error) return Status::not_found(directory + ": expected a directory with papers, but " + error.message());
  std::map<std::string, std::string> wanted;              // SHA-256 -> title.
  for (const Evidence& one : pack->events) {
    v1::Event event;
    event.ParseFromString(one.bytes);
    for (const auto* papers : {&event.matter_opened().papers(), &event.proposed().papers(), &event.agenda_item_added().papers(), &event.agenda_paper_attached().papers()})
      for (const v1::Paper& paper : *papers) wanted[paper.sha256()] = paper.title();
  }
  std::erase_if(verdict->unchecked, [](const std::string& text) { return text.starts_with("papers:"); });
  for (const auto& [hash, title] : wanted) {
    const auto found = there.find(hash);
    if (found != there.end()) verdict->good.push_back("paper \"" + title + "\" is " + found->second);
    else verdict->unchecked.push_back("paper \"" + title + "\": no file of " + directory + " has its SHA-256, " + hash);
  }
  return {};
}

}  // namespace concordat::app
