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

void Names::add(std::string_view name, std::string_view subject) { subjects_[normal(name)].emplace(subject); }

Resolution Names::resolve(std::string_view name) const {
  const std::string wanted = normal(name);
  if (is_bare_tier(wanted)) return {"", {}, true};
  const auto found = subjects_.find(wanted);
  if (found == subjects_.end()) return {};
  if (found->second.size() == 1) return {*found->second.begin(), {}, false};
  return {"", {found->second.begin(), found->second.end()}, false};
}

}  // namespace concordat::record
