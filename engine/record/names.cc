#include "engine/record/names.h"

namespace concordat::record {
namespace {

bool tight(char c) { return c == '&' || c == ',' || c == '(' || c == ')'; }

bool is_bare_tier(std::string_view name) {
  return name.size() == 6 && name.starts_with("tier ") && name[5] >= '1' && name[5] <= '3';
}

}  // namespace

std::string normal(std::string_view name) {
  std::string out;
  bool space = false;
  for (char c : name) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') { space = !out.empty(); continue; }
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (space && !tight(c) && !tight(out.back())) out.push_back(' ');
    space = false;
    out.push_back(c);
  }
  return out;
}

void Names::add(std::string_view name, std::string_view subject) { ++subjects_[normal(name)][std::string(subject)]; }

void Names::remove(std::string_view name, std::string_view subject) {
  const auto found = subjects_.find(normal(name));
  CHECK(found != subjects_.end(), "only what was added is removed");
  const auto bearer = found->second.find(std::string(subject));
  CHECK(bearer != found->second.end(), "only what was added is removed");
  if (--bearer->second == 0) found->second.erase(bearer);
  if (found->second.empty()) subjects_.erase(found);
}

Resolution Names::resolve(std::string_view name) const {
  const std::string wanted = normal(name);
  if (is_bare_tier(wanted)) return {"", {}, true};
  const auto found = subjects_.find(wanted);
  if (found == subjects_.end()) return {};
  if (found->second.size() == 1) return {found->second.begin()->first, {}, false};
  Resolution several;
  for (const auto& [subject, count] : found->second) several.candidates.push_back(subject);
  return several;
}

}  // namespace concordat::record
