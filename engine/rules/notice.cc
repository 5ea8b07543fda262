// Notice and requisition. Counting the days is for whoever keeps the calendar. Source: P15, P25.
#include "concordat/v1/rule.pb.h"
#include "engine/rules/rules.h"

namespace concordat::rules {
namespace {

v1::Ruling ruling(const char* question, std::string clause, std::string read, std::string arithmetic, bool yes) {
  v1::Ruling out;
  out.set_question(question);
  out.set_outcome(yes ? v1::Outcome::yes : v1::Outcome::no);
  v1::Finding& finding = *out.add_findings();
  finding.set_clause(std::move(clause));
  finding.set_read(std::move(read));
  finding.set_arithmetic(std::move(arithmetic));
  finding.set_outcome(out.outcome());
  return out;
}

v1::Ruling silent(const char* question) {
  v1::Ruling out;
  out.set_question(question);
  out.set_outcome(v1::Outcome::not_determined);
  out.add_reasons("never_stated");
  out.set_sentence(std::string("Not determined: the rule does not state it (") + question + ").");
  return out;
}

}  // namespace

v1::Ruling notice_given(const v1::Rule& rule, std::uint32_t clear_days) {
  const std::uint32_t need = rule.notice().clear_days();
  if (need == 0) return silent("notice");
  const std::string days = rule.notice().working_days() ? " clear working days" : " clear days", have = std::to_string(clear_days);
  const bool met = clear_days >= need;
  v1::Ruling out = ruling("notice", std::to_string(need) + days + " of notice", have + " given", have + (met ? " >= " : " < ") + std::to_string(need), met);
  out.set_sentence(met ? "Notice was given: " + have + days + "." : "Notice was short: " + have + days + ", where " + std::to_string(need) + " are asked for. What follows from that the rule does not say.");
  if (!met) out.add_warnings("notice_short");
  return out;
}

v1::Ruling requisitioned(const v1::Rule& rule, std::uint32_t by, std::uint32_t members) {
  const v1::NoticeRule& notice = rule.notice();
  const std::uint64_t n = notice.requisition_part().n(), d = notice.requisition_part().d();
  if (notice.requisition_count() == 0 && n == 0) return silent("requisition");
  if (notice.requisition_count() > 0) {
    const bool met = by >= notice.requisition_count();
    v1::Ruling out = ruling("requisition", std::to_string(notice.requisition_count()) + " members", std::to_string(by) + " asked", std::to_string(by) + (met ? " >= " : " < ") + std::to_string(notice.requisition_count()), met);
    out.set_sentence(met ? "Enough members asked for the meeting." : "Too few members asked for the meeting.");
    return out;
  }
  const bool met = by * d >= n * members;
  v1::Ruling out = ruling("requisition", std::to_string(n) + "/" + std::to_string(d) + " of the members", std::to_string(by) + " of " + std::to_string(members) + " asked",
                          std::to_string(by) + "*" + std::to_string(d) + (met ? " >= " : " < ") + std::to_string(n) + "*" + std::to_string(members), met);
  out.set_sentence(met ? "Enough members asked for the meeting." : "Too few members asked for the meeting.");
  return out;
}

}  // namespace concordat::rules
