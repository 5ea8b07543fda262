// Urgent action between meetings. Source: P22, P23.
#include <algorithm>

#include "concordat/v1/rule.pb.h"
#include "engine/rules/rules.h"

namespace concordat::rules {
namespace {

void note(v1::Ruling* out, std::string clause, std::string read, bool yes) {
  v1::Finding& finding = *out->add_findings();
  finding.set_clause(std::move(clause));
  finding.set_read(std::move(read));
  finding.set_outcome(yes ? v1::Outcome::yes : v1::Outcome::no);
}

bool among(const std::vector<std::string>& all, const std::string& one) { return std::find(all.begin(), all.end(), one) != all.end(); }

}  // namespace

v1::Ruling urgent(const v1::Rule& rule, const Urgency& done) {
  const v1::UrgentRule& asked = rule.urgent();
  v1::Ruling out;
  out.set_question("urgent");
  if (!asked.test().empty()) note(&out, "the test: " + asked.test(), done.test.empty() ? "nothing is said to show it" : done.test, !done.test.empty());
  for (const std::string& office : asked.deciders()) note(&out, office + " decides", among(done.deciders, office) ? "did" : "did not", among(done.deciders, office));
  if (asked.consulted_at_least() > 0) {
    const auto have = std::count_if(done.consulted.begin(), done.consulted.end(), [&](const std::string& one) { return std::find(asked.consulted().begin(), asked.consulted().end(), one) != asked.consulted().end(); });
    const bool enough = have >= static_cast<std::ptrdiff_t>(asked.consulted_at_least());
    note(&out, "at least " + std::to_string(asked.consulted_at_least()) + " consulted", std::to_string(have) + " were", enough);
    out.mutable_findings(out.findings_size() - 1)->set_arithmetic(std::to_string(have) + (enough ? " >= " : " < ") + std::to_string(asked.consulted_at_least()));
  }
  const v1::Finding* failed = nullptr;
  for (const v1::Finding& finding : out.findings())
    if (finding.outcome() == v1::Outcome::no && failed == nullptr) failed = &finding;
  out.set_outcome(failed == nullptr ? v1::Outcome::yes : v1::Outcome::no);
  const std::string then = asked.report_by().empty() ? "" : " It is reported by: " + asked.report_by() + ".";
  out.set_sentence(failed == nullptr ? "Decided urgently as the rule allows." + then : "Not as the rule allows: " + failed->clause() + ": " + failed->read() + ".");
  return out;
}

}  // namespace concordat::rules
