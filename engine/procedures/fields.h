// The fields of a matter, as its procedure asks for them: which, of what type, and whether one is there by the time a step
// reads it. Part of check.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace concordat::v1 { class FieldNeeded; class Procedure; }

namespace concordat::procedures {

class Fields {
 public:
  explicit Fields(const v1::Procedure& procedure);            // Keeps pointers into it.
  // As it is first asked for; null if no step asks for it.
  const v1::FieldNeeded* asked(std::string_view name) const;
  // Does it come with the opening, though no step asks for it: the body of a meeting?
  bool opens_with(std::string_view name) const { return !needed_.empty() && needed_ == name; }
  // Is it there on every way from the opening to that step? Of a step that nobody reaches: yes.
  bool given(std::string_view name, const std::string& step) const;

 private:
  std::map<std::string, const v1::FieldNeeded*, std::less<>> asked_;
  std::string needed_;
  std::map<std::string, std::set<std::string, std::less<>>> given_;   // Step -> names; only steps that are reached.
};

}  // namespace concordat::procedures
