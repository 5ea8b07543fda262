// A11, the second half: who read private words, who was refused, what was held and erased; and what should be there and is not.
#include <map>
#include <set>

#include "app/audit_reports.h"
#include "app/clock.h"
#include "app/joined.h"
#include "concordat/v1/private.pb.h"
#include "projections/views/ledger.h"
#include "projections/views/private.h"

namespace concordat::app {
namespace {

using projections::Committed;

std::string event_of(const Committed& one, const std::string& day) { return day + " [" + std::to_string(one.sequence) + "]"; }

std::string acting(const Reading& reading, const v1::Actor& actor) {
  return reading.record->name(actor.who()) + ", " + v1::Capacity::Value_Name(actor.capacity()) + (actor.on_behalf_of().empty() ? "" : " for " + reading.record->name(actor.on_behalf_of()));
}

void row_of(const Reading& reading, const Committed& one, const std::string& day, Report* out) {
  const v1::Event& e = one.event;
  const auto add = [&](const char* what, const std::string& subject, const std::string& why, const std::string& right) {
    out->rows.push_back({event_of(one, day), what, subject, acting(reading, one.commit.actor()), why, right});
  };
  if (e.has_words_read()) {
    const v1::WordsRead& read = e.words_read();
    add(v1::Use::Value_Name(read.use()).c_str(), read.subject() + (read.marks().empty() ? "" : " (" + joined(read.marks()) + ")"), read.purpose() + (read.recipient().empty() ? "" : ", to " + read.recipient()), read.entitled_by());
  }
  if (e.has_refused()) {
    const v1::Command& asked = e.refused().asked();      // Empty in ledgers that kept only its name.
    const std::string& tried = e.refused().attempted();
    if (tried == "read_words") add("REFUSED to read", asked.read_words().subject(), e.refused().sentence(), "none");
    if (tried == "erase_words") add("REFUSED to erase", asked.erase_words().subject(), e.refused().sentence(), "none");
    if (tried == "approve_erasure") add("REFUSED to approve", asked.approve_erasure().subject(), e.refused().sentence(), "none");
  }
  if (e.has_erasure_asked()) add("erasure asked", e.erasure_asked().subject(), e.erasure_asked().reason(), e.erasure_asked().authority());
  if (e.has_words_erased()) add("erased", e.words_erased().subject(), e.words_erased().reason(), e.words_erased().authority() + ", approved by " + reading.record->name(e.words_erased().approved_by()) + (e.words_erased().early_authority().empty() ? "" : "; before " + e.words_erased().retain_until() + " under " + e.words_erased().early_authority()));
  if (e.has_hold_placed()) add("held", e.hold_placed().subject(), e.hold_placed().hold() + ": " + e.hold_placed().reason(), e.hold_placed().authority());
  if (e.has_hold_released()) add("released", e.hold_released().subject(), e.hold_released().hold() + ": " + e.hold_released().reason(), e.hold_released().authority());
}

void add_gaps(const Reading& reading, const Period& period, Report* out) {
  const std::string today = day_of(now_ms());
  std::size_t words = 0;
  projections::each_private(*reading.store, reading.ledger, "", [&](const v1::PrivateRow& row) {
    if (!period.matter.empty() && row.matter() != period.matter) return true;
    ++words;
    const std::string which = row.words().mark() + " (" + row.words().subject() + ", event " + std::to_string(row.sequence()) + ")";
    if (!projections::erased_sentence(projections::private_subject(*reading.store, reading.ledger, row.words().subject()), row.words().sealed().key()).empty()) return true;
    if (row.words().exemptions().empty() && row.words().embargo().empty()) out->gaps.push_back(which + ": private without an exemption or an embargo");
    for (const v1::Exemption& one : row.words().exemptions())
      if (!one.review().empty() && one.review() <= today) out->gaps.push_back(which + ": " + one.ground() + " was to be reviewed on " + one.review());
    if (row.words().retention().empty()) out->gaps.push_back(which + ": no retention class says how long it is kept");
    return true;
  });
  projections::each_private_subject(*reading.store, reading.ledger, [&](std::string_view subject, const v1::PrivateSubjectRow& row) {
    if (!period.matter.empty() && subject != "matter:" + period.matter) return;
    for (const auto& one : row.erasures())
      if (one.destroyed() == 0) out->gaps.push_back(one.key() + ": erased by event " + std::to_string(one.sequence()) + ", but nothing says that the key is gone");
  });
  const v1::PrivacyScheme scheme = projections::privacy_scheme(*reading.store, reading.ledger);
  if (words > 0 && scheme.readers().empty()) out->gaps.push_back("no privacy scheme says who may read: nobody but those whom words are about");
}

std::string who_can(const Reading& reading) {
  std::string out;
  const v1::PrivacyScheme scheme = projections::privacy_scheme(*reading.store, reading.ledger);
  for (const v1::ReadingRight& one : scheme.readers())
    out += (out.empty() ? "" : "; ") + (one.office().empty() ? std::string() : one.office() + " ") + (one.capacity() == v1::Capacity::unset ? std::string() : "as " + v1::Capacity::Value_Name(one.capacity())) +
           (one.on_behalf_of().empty() ? "" : " for " + one.on_behalf_of()) + (one.subjects().empty() ? "" : ", of a " + one.subjects()) + (one.source().empty() ? "" : " (" + one.source() + ")");
  return out.empty() ? "nobody but those whom words are about" : out;
}

}  // namespace

Report private_words(const Reading& reading, const Period& period) {
  Report out{{"event", "what", "whose words", "who", "for what", "by what right"}, {}, {}, {}};
  projections::each_event(*reading.store, reading.ledger, 1, [&](const Committed& one) {
    const std::string day = projections::day_of(one);
    const bool within = (period.from.empty() || day >= period.from) && (period.to.empty() || day <= period.to);
    const std::size_t before = out.rows.size();
    if (within) row_of(reading, one, day, &out);
    if (out.rows.size() > before && !period.matter.empty() && !out.rows.back()[2].starts_with("matter:" + period.matter)) out.rows.pop_back();
    return true;
  });
  add_gaps(reading, period, &out);
  out.limits.push_back("who may read now, by the scheme: " + who_can(reading));
  out.limits.push_back("what somebody who read the words did with them afterwards, and whether the keys were copied, no ledger can know");
  return out;
}

}  // namespace concordat::app
