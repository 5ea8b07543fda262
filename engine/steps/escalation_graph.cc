#include "engine/steps/escalation_graph.h"

#include <algorithm>
#include <set>
#include <vector>

#include "engine/record/authority.h"

namespace concordat::steps {
namespace {

namespace authority = record::authority;

// Depth first; `path` is where it stands, `done` what leads to no circle.
std::string walk(const record::Facts& facts, std::string_view issue, record::Day today, const std::string& at, std::vector<std::string>& path, std::set<std::string>& done) {
  if (const auto again = std::find(path.begin(), path.end(), at); again != path.end()) {
    std::string out;
    for (auto one = again; one != path.end(); ++one) out += *one + " -> ";
    return out + at;
  }
  if (done.contains(at)) return "";
  path.push_back(at);
  for (const record::Datum& next : record::values(facts, issue, authority::kEscalatesTo, at, today))
    if (std::string circle = walk(facts, issue, today, next.text, path, done); !circle.empty()) return circle;
  path.pop_back();
  done.insert(at);
  return "";
}

}  // namespace

std::string circle_of(const record::Facts& facts, std::string_view issue, record::Day today) {
  std::vector<std::string> path;
  std::set<std::string> done;
  for (const record::Datum& first : record::values(facts, issue, authority::kRaisedFirstWith, "", today))
    if (std::string circle = walk(facts, issue, today, first.text, path, done); !circle.empty()) return circle;
  return "";
}

std::string circle_anywhere(const record::Facts& facts, std::string_view issue, record::Day day) {
  std::vector<std::string> path;
  std::set<std::string> done, starts;
  for (const record::Fact* edge : facts.of(issue, authority::kEscalatesTo)) starts.insert(edge->scope);
  for (const std::string& start : starts)
    if (std::string circle = walk(facts, issue, day, start, path, done); !circle.empty()) return circle;
  return "";
}

}  // namespace concordat::steps
