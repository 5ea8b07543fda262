#include "engine/again_opening.h"

#include <algorithm>

#include "concordat/v1/ledger.pb.h"

namespace concordat {
namespace {

constexpr std::size_t kCombinationsMax = 300;
constexpr std::uint32_t kPapersMost = 8;
constexpr const char* kNotKept = "(not kept)";

// Everything that the refusal says.
std::string text_of(const v1::Refused& refused) {
  std::string out = refused.sentence();
  for (const v1::Ruling& ruling : refused.rulings())
    for (const v1::Finding& finding : ruling.findings()) out += "\n" + finding.clause() + "\n" + finding.read();
  return out;
}

std::vector<v1::Value> values_for(const State& state, const v1::FieldNeeded& needed, const std::string& said) {
  std::vector<v1::Value> out;
  if (needed.type() == "ref") {
    std::string other;                                       // For a field that the refusal does not speak of.
    for (const std::string& subject : state.record.subjects()) {
      if (!needed.kind().empty() && !subject.starts_with(needed.kind() + ":")) continue;
      const bool named = said.find(subject) != std::string::npos || said.find(state.record.name(subject)) != std::string::npos;
      if (named) out.emplace_back().set_ref(subject);
      else if (other.empty()) other = subject;
    }
    if (out.empty() && !other.empty()) out.emplace_back().set_ref(other);
  } else {
    v1::Value& one = out.emplace_back();
    if (needed.type() == "when") one.set_when("2000-01-01");
    else if (needed.type() == "number") one.set_number(1);
    else if (needed.type() == "flag") one.set_flag(true);
    else if (needed.type() == "code") one.set_code(kNotKept);
    else one.set_text(kNotKept);
  }
  return out;
}

std::vector<v1::Command> with_field(const std::vector<v1::Command>& commands, const std::string& name, const std::vector<v1::Value>& values) {
  std::vector<v1::Command> out;
  for (const v1::Command& command : commands)
    for (const v1::Value& value : values) {
      if (out.size() >= kCombinationsMax) return out;
      v1::Field& field = *out.emplace_back(command).mutable_open_matter()->add_fields();
      field.set_name(name);
      *field.mutable_value() = value;
    }
  return out.empty() ? commands : out;
}

}  // namespace

std::vector<v1::Command> openings(const State& state, const v1::Command& command, const v1::Refused& refused) {
  std::vector<v1::Command> out;
  const std::string said = text_of(refused);
  for (const auto& [id, versions] : state.procedures) {
    std::vector<v1::Command> mine(1, command);
    v1::OpenMatter& open = *mine.front().mutable_open_matter();
    open.set_procedure(id);
    out.push_back(mine.front());                             // Refused before any field is read.
    open.set_recommendation(kNotKept);
    for (std::uint32_t paper = 0; paper < kPapersMost; ++paper) open.add_papers()->set_title(kNotKept);
    for (const v1::Step& step : versions.back()->steps())
      for (const v1::FieldNeeded& needed : step.propose().fields()) mine = with_field(mine, needed.name(), values_for(state, needed, said));
    out.insert(out.end(), mine.begin(), mine.end());
  }
  return out;
}

}  // namespace concordat
