// A pack as files, and a set of files as one archive. Everything is written in one way only, so that it can be compared.
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <verify_script.h>

#include <cstdio>
#include <filesystem>
#include <set>

#include "app/audit.h"
#include "app/files.h"
#include "app/lines.h"
#include "app/pack.h"
#include "engine/base/hex.h"
#include "projections/proof/base64.h"
#include "projections/proof/tree.h"

namespace concordat::app {
namespace {

namespace fs = std::filesystem;
namespace pb = google::protobuf;
namespace proof = projections::proof;

constexpr const char* kForm = "concordat-pack/v1";
constexpr std::size_t kBlock = 512;
constexpr const char* kSums = "SHA256SUMS";
constexpr const char* kPrint = "page.pdf";

constexpr const char* kReadMe =
    "This is an evidence pack of Concordat. page.html is for reading; it needs no network. page.pdf, where\n"
    "it is here, is a print of that page: evidence is the rest.\n\n"
    "To check it, you need the public key of the log from somebody you trust, not from here:\n\n"
    "  concordat audit verify THIS-PACK --key PUBLIC-KEY        with the program\n"
    "  python3 verify.py . PUBLIC-KEY                           without it: Python 3 and nothing else (unpack the archive first)\n"
    "  sha256sum -c SHA256SUMS                                  that nothing was damaged on the way\n\n"
    "proof.jsonl holds the evidence. Each line is one event: its envelope (who, for whom, when, on what command), its bytes as\n"
    "they were written, and the path from its leaf to the root. Leaves:\n\n"
    "  field    = u32 length, bytes                     (integers are big-endian)\n"
    "  envelope = \"concordat-envelope/v1\\n\", field(ledger), u64 first sequence, u64 events in the act, field(command id),\n"
    "             field(command digest), u64 time in ms, field(principal), field(who), u32 capacity, field(on behalf of),\n"
    "             field(mandate), field(day of the act), u8 backfill\n"
    "  leaf     = \"concordat-leaf/v1\\n\", u64 sequence, u64 time in ms, SHA-256(envelope), SHA-256(event)\n\n"
    "Leaf index = sequence - 1. The tree is that of RFC 6962; checkpoint is a C2SP signed note (tlog-checkpoint).\n"
    "The bytes of an event are a protobuf message concordat.v1.Event; its description is in words.binpb:\n\n"
    "  protoc --descriptor_set_in=words.binpb --decode=concordat.v1.Event concordat/v1/ledger.proto\n";

std::string list(const std::vector<std::string>& all, std::string (*each)(const std::string&)) {
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : ",") + each(one);
  return "[" + out + "]";
}

std::string in_base64(const std::string& bytes) { return "\"" + proof::base64(bytes) + "\""; }

proof::Envelope envelope_in(const Evidence& one) {
  proof::Envelope out;
  static_cast<void>(proof::read_envelope(one.envelope, &out));
  return out;
}

std::string proof_lines(const Pack& pack) {
  const std::string ledger = pack.events.empty() ? "" : envelope_in(pack.events.front()).ledger;
  std::string out = "{\"form\":\"" + std::string(kForm) + "\",\"about\":" + quoted_json(pack.about) + ",\"ledger\":" + quoted_json(ledger) + ",\"matters\":" + list(pack.matters, quoted_json) + "}\n";
  for (const Evidence& one : pack.events)
    out += "{\"sequence\":" + std::to_string(one.sequence) + ",\"envelope\":" + in_base64(one.envelope) + ",\"event\":" + in_base64(one.bytes) + ",\"path\":" + list(one.path, in_base64) + "}\n";
  return out;
}

std::string event_lines(const Pack& pack) {
  std::string out;
  for (const Evidence& one : pack.events) {
    const proof::Envelope envelope = envelope_in(one);
    v1::Event event;
    event.ParseFromString(one.bytes);
    out += "{\"sequence\":" + std::to_string(one.sequence) + ",\"time_ms\":" + std::to_string(envelope.time_ms) + ",\"recorded\":\"" + day_of(static_cast<std::int64_t>(envelope.time_ms)) + "\",\"acted_on\":" + quoted_json(envelope.acted_on) +
           ",\"who\":" + quoted_json(envelope.who) + ",\"on_behalf_of\":" + quoted_json(envelope.on_behalf_of) + ",\"capacity\":" + quoted_json(v1::Capacity::Value_Name(static_cast<v1::Capacity::Value>(envelope.capacity))) +
           ",\"mandate\":" + quoted_json(envelope.mandate) + ",\"principal\":" + quoted_json(envelope.principal) + ",\"command_id\":" + quoted_json(envelope.command_id) + ",\"words\":" + quoted_json(line_of(event)) + ",\"event\":" + json_of(event) + "}\n";
  }
  return out;
}

void describe(const pb::FileDescriptor* file, std::set<std::string>* seen, pb::FileDescriptorSet* out) {
  if (!seen->insert(std::string(file->name())).second) return;
  for (int i = 0; i < file->dependency_count(); ++i) describe(file->dependency(i), seen, out);
  file->CopyTo(out->add_file());
}

const std::string& words() {
  static const std::string bytes = [] {
    pb::FileDescriptorSet out;
    std::set<std::string> seen;
    describe(v1::Event::descriptor()->file(), &seen, &out);
    return out.SerializeAsString();
  }();
  return bytes;
}

// The archive: ustar, every header field that could vary fixed.
std::string octal(std::size_t number, std::size_t digits) {
  std::string out(digits, '0');
  for (; number > 0 && digits > 0; number /= 8) out[--digits] = static_cast<char>('0' + number % 8);
  return out + '\0';
}
std::string header_of(const std::string& name, std::size_t size) {
  std::string out = name;
  out.resize(100);
  out += octal(0644, 7) + octal(0, 7) + octal(0, 7) + octal(size, 11) + octal(0, 11) + std::string(8, ' ') + "0";
  out.resize(257);
  out += std::string("ustar\0" "00", 8);
  out.resize(kBlock);
  std::size_t sum = 0;
  for (const char c : out) sum += static_cast<unsigned char>(c);
  out.replace(148, 8, octal(sum, 6) + " ");
  return out;
}
std::string archive_of(const Files& files) {
  std::string out;
  for (const auto& [name, bytes] : files) {
    out += header_of(name, bytes.size()) + bytes;
    out.resize((out.size() + kBlock - 1) / kBlock * kBlock);
  }
  return out + std::string(2 * kBlock, '\0');
}
Result<Files> files_in(const std::string& archive, const std::string& from) {
  Files out;
  for (std::size_t at = 0; at + kBlock <= archive.size() && archive[at] != '\0';) {
    const std::string name = archive.substr(at, archive.find('\0', at) - at);
    std::size_t size = 0;
    for (std::size_t i = at + 124; i < at + 135; ++i) size = size * 8 + static_cast<std::size_t>((archive[i] - '0') & 7);
    at += kBlock;
    if (size > archive.size() - at) return Status::corrupt(from + ": expected " + std::to_string(size) + " bytes of " + name + ", but the archive is cut off");
    out[name] = archive.substr(at, size);
    at += (size + kBlock - 1) / kBlock * kBlock;
    if (at > archive.size()) return Status::corrupt(from + ": the archive is cut off");
  }
  if (archive_of(out) != archive) return Status::corrupt(from + ": expected an archive as this program writes it, but some of its bytes are others");
  return out;
}

}  // namespace

std::string quoted_json(const std::string& text) {
  pb::Value value;
  value.set_string_value(text);
  return json_of(value);
}

Files files_of(const Pack& pack, const std::string& pdf) {
  Files out{{"checkpoint", pack.checkpoint}, {"proof.jsonl", proof_lines(pack)}, {"events.jsonl", event_lines(pack)}, {"page.html", page_of(pack)}, {"words.binpb", words()}, {"verify.py", kVerifyScript}, {"README.txt", kReadMe}};
  if (!pdf.empty()) out[kPrint] = pdf;
  std::string sums;
  for (const auto& [name, bytes] : out) sums += hex(proof::sha256(bytes)) + "  " + name + "\n";
  out[kSums] = sums;
  return out;
}

Result<Pack> pack_of(const Files& files) {
  const auto lines = files.find("proof.jsonl"), checkpoint = files.find("checkpoint");
  if (lines == files.end() || checkpoint == files.end()) return Status::invalid("expected an evidence pack with checkpoint and proof.jsonl, but they are not there");
  Pack out;
  out.checkpoint = checkpoint->second;
  std::size_t number = 0;
  for (std::size_t at = 0; at < lines->second.size(); ++number) {
    const std::size_t end = std::min(lines->second.find('\n', at), lines->second.size());
    pb::Struct one;
    const bool parsed = pb::util::JsonStringToMessage(lines->second.substr(at, end - at), &one).ok();
    at = end + 1;
    const auto text = [&](const std::string& key) { const auto f = one.fields().find(key); return f == one.fields().end() ? std::string() : f->second.string_value(); };
    const auto all = [&](const std::string& key) {
      std::vector<std::string> out_of;
      if (const auto f = one.fields().find(key); f != one.fields().end())
        for (const pb::Value& value : f->second.list_value().values()) out_of.push_back(value.string_value());
      return out_of;
    };
    bool good = parsed;
    if (number == 0) {
      good = good && text("form") == kForm;
      out.about = text("about");
      out.matters = all("matters");
    } else if (good) {
      Evidence event;
      const auto sequence = one.fields().find("sequence");
      const double value = sequence == one.fields().end() ? 0 : sequence->second.number_value();
      good = value >= 1 && value < 9e15 && proof::from_base64(text("envelope"), &event.envelope) && proof::from_base64(text("event"), &event.bytes);
      event.sequence = good ? static_cast<std::uint64_t>(value) : 0;
      for (const std::string& step : all("path")) good = good && proof::from_base64(step, &event.path.emplace_back());
      out.events.push_back(std::move(event));
    }
    if (!good) return Status::invalid("proof.jsonl, line " + std::to_string(number + 1) + ": expected what an evidence pack has there, but it does not parse");
  }
  if (proof_lines(out) != lines->second) return Status::invalid("proof.jsonl: expected lines as this program writes them, but some are written otherwise");
  return out;
}

Status write_pack(const Files& files, const std::string& to) {
  if (!to.ends_with("/")) return replace_file(to, archive_of(files));
  std::error_code error;
  if (fs::exists(to, error) && !fs::is_empty(to, error)) return Status::invalid(to + ": expected a new or an empty directory, but there is something in it");
  fs::create_directories(to, error);
  if (error) return Status::unavailable(to + ": " + error.message());
  for (const auto& [name, bytes] : files)
    if (Status status = replace_file(to + name, bytes); !status.ok()) return status;
  return {};
}

Result<Files> load_pack(const std::string& from) {
  std::error_code error;
  if (!fs::is_directory(from, error)) {
    auto bytes = read_file(from);
    if (!bytes.ok()) return bytes.status();
    if (bytes->size() < kBlock || bytes->compare(257, 5, "ustar") != 0) return Status::invalid(from + ": expected an evidence pack, but it is no archive");
    return files_in(*bytes, from);
  }
  Files out;
  for (const auto& entry : fs::directory_iterator(from, error)) {
    auto bytes = read_file(entry.path().string());
    if (!bytes.ok()) return bytes.status();
    out[entry.path().filename().string()] = *std::move(bytes);
  }
  return out;
}

}  // namespace concordat::app
