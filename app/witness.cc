#include "app/witness.h"

#include "app/files.h"
#include "engine/base/hex.h"
#include "projections/proof/base64.h"
#include "projections/proof/tree.h"

namespace concordat::app {
namespace {

namespace proof = projections::proof;

constexpr std::size_t kPathMax = 63;

http::Reply say(int status, const std::string& body, const std::string& type = "text/plain; charset=utf-8") {
  http::Reply out;
  out.status = status;
  out.type = type;
  out.body = body;
  return out;
}

// "old N", the consistency proof, an empty line, the note.
struct Asked { std::uint64_t old = 0; std::vector<proof::Hash> path; std::string note; };
bool read(const std::string& body, Asked* out) {
  std::size_t at = body.find('\n');
  if (at == std::string::npos || !body.starts_with("old ") || at < 5 || at > 24) return false;
  for (const char digit : body.substr(4, at - 4)) {
    if (digit < '0' || digit > '9') return false;
    out->old = out->old * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  if (std::to_string(out->old) != body.substr(4, at - 4)) return false;
  for (++at;;) {
    const std::size_t end = body.find('\n', at);
    if (end == std::string::npos) return false;
    const std::string line = body.substr(at, end - at);
    at = end + 1;
    if (line.empty()) break;
    proof::Hash hash;
    if (!proof::from_base64(line, &hash) || hash.size() != 32 || out->path.size() == kPathMax) return false;
    out->path.push_back(std::move(hash));
  }
  out->note = body.substr(at);
  return true;
}

}  // namespace

std::string Witness::file_of(const std::string& origin) const { return directory_ + "/" + hex(proof::sha256(origin)); }

http::Reply Witness::answer(const http::Request& request) {
  if (request.method == "POST" && request.path == "/add-checkpoint") return add(request.body);
  if (request.method != "GET") return say(405, "expected POST /add-checkpoint or GET /<sha256(origin)>/checkpoint\n");
  const std::lock_guard lock(mutex_);
  for (const proof::Verifier& log : logs_)
    if (request.path == "/" + hex(proof::sha256(log.name)) + "/checkpoint")
      if (auto note = read_file(file_of(log.name)); note.ok()) return say(200, *note);
  return say(404, "expected a log that this witness has seen\n");
}

http::Reply Witness::add(const std::string& body) {
  Asked asked;
  if (!read(body, &asked)) return say(400, "expected: old N, the consistency proof, an empty line, a checkpoint\n");
  const auto note = proof::read_note(asked.note);
  const auto head = note.ok() ? proof::read_checkpoint(note->text) : Result<proof::Checkpoint>(note.status());
  if (!head.ok()) return say(400, head.status().why() + "\n");
  std::vector<proof::Verifier> of_log;
  for (const proof::Verifier& log : logs_)
    if (log.name == head->origin) of_log.push_back(log);
  if (of_log.empty()) return say(404, "expected a log that this witness watches, but " + head->origin + " is none\n");
  if (const auto by = proof::verify(*note, of_log); !by.ok()) return say(403, by.status().why() + "\n");
  if (asked.old > head->size) return say(400, "expected an old size not above that of the checkpoint\n");

  const std::lock_guard lock(mutex_);
  proof::Checkpoint last;
  auto before = read_file(file_of(head->origin));
  if (before.ok()) {
    const auto seen = proof::read_note(*before);
    const auto seen_head = seen.ok() ? proof::read_checkpoint(seen->text) : Result<proof::Checkpoint>(seen.status());
    if (!seen_head.ok()) return say(500, "what this witness remembers cannot be read; nothing was signed\n");
    last = *seen_head;
  } else if (before.status().kind() != Status::Kind::kNotFound) {
    return say(500, "what this witness remembers cannot be read; nothing was signed\n");
  }
  if (asked.old != last.size || (last.size == head->size && before.ok() && last.root != head->root)) return say(409, std::to_string(last.size) + "\n", "text/x.tlog.size");
  const bool continues = last.size == 0 ? asked.path.empty() : proof::consistent(last.size, head->size, last.root, head->root, asked.path);
  if (!continues) return say(422, "expected the first " + std::to_string(last.size) + " entries to be those that this witness saw, but it is not proved that they are\n");

  last_s_ = std::max(last_s_, now_s_());
  const proof::Signature signature = proof::sign(note->text, key_, static_cast<std::uint64_t>(last_s_));
  proof::Note kept = *note;
  kept.signatures.push_back(signature);
  if (!replace_file(file_of(head->origin), proof::write(kept)).ok()) return say(500, "this witness could not remember it; nothing was signed\n");
  const std::string lines = proof::write({"\n", {signature}});
  return say(200, lines.substr(2));
}

}  // namespace concordat::app
