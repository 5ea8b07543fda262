#include "app/policy.h"

#include <algorithm>
#include <optional>

#include "app/files.h"
#include "app/keys.h"

namespace concordat::app {
namespace {

namespace proof = projections::proof;

constexpr std::size_t kMembersMax = 1000;      // The format asks for at least 32 of each.

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
    if (end > at) out.emplace_back(line.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

class Reader {
 public:
  Status take(const std::vector<std::string>& words) {
    if (words[0] == "log") return log(words);
    if (words[0] == "witness") return witness(words);
    if (words[0] == "group") return group(words);
    if (words[0] == "quorum") return quorum(words);
    return Status::invalid("expected log, witness, group or quorum, but it is \"" + words[0] + "\"");
  }
  Result<Policy> done() const {
    if (!settled_) return Status::invalid("expected a quorum line, but there is none");
    return policy_;
  }

 private:
  // One key stands once, under whatever name.
  Result<proof::Verifier> key_of(const std::string& text, std::uint8_t type, const char* whose) {
    auto key = proof::read_verifier(text);
    if (!key.ok()) return key.status();
    if (key->type != type) return Status::invalid(std::string("expected ") + whose + " key, but it is of type " + std::to_string(key->type));
    const auto all = policy_.keys();
    if (std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.type == type && one.key == key->key; })) return Status::invalid("expected each key once, but that of " + key->name + " stands twice");
    return key;
  }
  std::optional<std::size_t> find(const std::string& name) const {
    for (std::size_t i = 0; i < policy_.members.size(); ++i)
      if (policy_.members[i].name == name) return i;
    return std::nullopt;
  }
  Status fresh(const std::string& name) const {
    if (name == "none" || find(name)) return Status::invalid("expected a new name, but " + (name == "none" ? std::string("none has a meaning already") : name + " stands twice"));
    if (policy_.members.size() >= kMembersMax) return Status::invalid("expected at most " + std::to_string(kMembersMax) + " witnesses and groups, but there are more");
    return {};
  }
  Status log(const std::vector<std::string>& words) {
    if (words.size() < 2 || words.size() > 3) return Status::invalid("expected: log VKEY [URL]");
    auto key = key_of(words[1], proof::kLogKey, "a log's");
    if (key.ok()) policy_.logs.push_back(*std::move(key));
    return key.status();
  }
  Status witness(const std::vector<std::string>& words) {
    if (words.size() < 3 || words.size() > 4) return Status::invalid("expected: witness NAME VKEY [URL]");
    if (Status status = fresh(words[1]); !status.ok()) return status;
    auto key = key_of(words[2], proof::kCosignerKey, "a witness's");
    if (key.ok()) policy_.members.push_back({words[1], words.size() == 4 ? words[3] : "", *std::move(key), {}, 0});
    return key.status();
  }
  Status group(const std::vector<std::string>& words) {
    if (words.size() < 4) return Status::invalid("expected: group NAME all|any|K MEMBER …");
    if (Status status = fresh(words[1]); !status.ok()) return status;
    Policy::Member out{words[1], "", {}, {}, 0};
    for (std::size_t i = 3; i < words.size(); ++i) {
      const auto member = find(words[i]);
      if (!member) return Status::invalid("expected witnesses and groups of lines before, but " + words[i] + " is none");
      if (std::find(taken_.begin(), taken_.end(), *member) != taken_.end()) return Status::invalid("expected each to be in one group once, but " + words[i] + " is in another place too");
      taken_.push_back(*member);
      out.of.push_back(*member);
    }
    const std::string& how = words[2];
    const bool number = how.size() <= 4 && how.find_first_not_of("0123456789") == std::string::npos;
    out.needed = how == "all" ? out.of.size() : how == "any" ? 1 : number ? std::stoul(how) : 0;
    if (out.needed == 0 || out.needed > out.of.size()) return Status::invalid("expected all, any or 1 to " + std::to_string(out.of.size()) + " of a group of " + std::to_string(out.of.size()) + ", but it is " + how);
    policy_.members.push_back(std::move(out));
    return {};
  }
  Status quorum(const std::vector<std::string>& words) {
    if (words.size() != 2) return Status::invalid("expected: quorum NAME, or quorum none");
    if (settled_) return Status::invalid("expected one quorum line, but there is a second");
    settled_ = true;
    if (words[1] == "none") return {};
    const auto member = find(words[1]);
    if (!member) return Status::invalid("expected a witness or group of a line before, but " + words[1] + " is none");
    policy_.quorum = *member;
    return {};
  }

  Policy policy_;
  std::vector<std::size_t> taken_;
  bool settled_ = false;
};

}  // namespace

std::vector<proof::Verifier> Policy::keys() const {
  std::vector<proof::Verifier> out = logs;
  for (const Member& one : members)
    if (one.needed == 0) out.push_back(one.key);
  return out;
}

Status Policy::enough(const std::vector<proof::Signed>& by) const {
  if (quorum == kNone) return {};
  std::vector<bool> saw;
  for (const Member& one : members)
    if (one.needed == 0) saw.push_back(std::any_of(by.begin(), by.end(), [&](const auto& signature) { return signature.by == one.key; }));
    else saw.push_back(static_cast<std::size_t>(std::count_if(one.of.begin(), one.of.end(), [&](std::size_t member) { return saw[member]; })) >= one.needed);
  if (saw[quorum]) return {};
  const Member& asked = members[quorum];
  if (asked.needed == 0) return Status::invalid("expected witness " + asked.name + " to have signed, but it did not");
  std::string lacking;
  for (const std::size_t member : asked.of)
    if (!saw[member]) lacking += (lacking.empty() ? "" : ", ") + members[member].name;
  return Status::invalid("expected " + std::to_string(asked.needed) + " of " + asked.name + " to have signed, but there is nothing of " + lacking);
}

Result<Policy> read_policy(std::string_view text) {
  Reader reader;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    ++number;
    const std::string where = "line " + std::to_string(number) + ": ";
    if (end == std::string_view::npos) return Status::invalid(where + "expected it to end in a newline, but it does not");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    for (const char c : line) {
      const auto byte = static_cast<unsigned char>(c);
      if ((byte < 0x20 && byte != '\t') || byte == 0x7F) return Status::invalid(where + "expected no control characters but tab and newline, but there is one");
    }
    const auto words = words_of(line);
    if (words.empty() || words[0].starts_with('#')) continue;
    if (Status status = reader.take(words); !status.ok()) return Status::invalid(where + status.why());
  }
  return reader.done();
}

Result<Policy> load_policy(const std::string& file) {
  auto text = read_file(file);
  if (!text.ok()) return text.status();
  auto policy = read_policy(*text);
  if (!policy.ok()) return Status::invalid(file + ": " + policy.status().why());
  return policy;
}

Result<Known> load_known(const std::vector<std::string>& keys, const std::string& policy) {
  if (keys.empty() && policy.empty()) return Status::invalid("expected --key or --policy, but there is neither");
  Known out;
  if (!keys.empty()) {
    auto named = load_verifiers(keys);
    if (!named.ok()) return named.status();
    out.keys = *std::move(named);
  }
  if (policy.empty()) return out;
  auto read = load_policy(policy);
  if (!read.ok()) return read.status();
  for (const proof::Verifier& key : read->keys())
    if (std::find(out.keys.begin(), out.keys.end(), key) == out.keys.end()) out.keys.push_back(key);
  out.policy = *std::move(read);
  return out;
}

}  // namespace concordat::app
