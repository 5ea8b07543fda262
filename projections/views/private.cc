#include "projections/views/private.h"

#include <algorithm>

#include "concordat/v1/private.pb.h"
#include "projections/bytes.h"
#include "projections/views/ledger.h"

namespace concordat::projections {
namespace {

constexpr std::string_view kView = "private";

std::string mark_key(std::string_view mark) { return "w/" + std::string(mark); }
std::string subject_key(std::string_view subject) { return "s/" + std::string(subject); }
std::string order_prefix(std::string_view subject) { return "o/" + std::string(subject) + '\0'; }

// "w/<mark>" the words, "o/<subject>\0<sequence><n>" their marks in order, "s/<subject>" its erasures and holds, "scheme" the newest.
class Private final : public View {
 public:
  std::string_view name() const override { return kView; }
  std::uint32_t version() const override { return 1; }

  void fold(const Committed& c, Rows& rows) const override {
    const v1::Event& event = c.event;
    if (event.has_privacy_scheme_published()) rows.put("scheme", event.privacy_scheme_published().scheme().SerializeAsString());
    if (event.has_words_sealed()) return sealed(c, rows);
    if (event.has_words_marked()) return marked(event.words_marked(), rows);
    if (event.has_hold_placed()) *subject(rows, event.hold_placed().subject()).add_holds() = event.hold_placed();
    if (event.has_hold_released()) released(event.hold_released(), rows);
    if (event.has_words_erased()) return erased(c, rows);
    if (!event.has_key_destroyed()) return;
    for (auto& one : *subject(rows, event.key_destroyed().subject()).mutable_erasures())
      if (one.key() == event.key_destroyed().key()) one.set_destroyed(c.sequence);
  }

 private:
  static v1::PrivateSubjectRow& subject(Rows& rows, const std::string& subject) { return rows.at<v1::PrivateSubjectRow>(subject_key(subject)); }

  static void sealed(const Committed& c, Rows& rows) {
    std::uint64_t number = 0;
    for (const v1::SealedWords& words : c.event.words_sealed().words()) {
      auto& row = rows.at<v1::PrivateRow>(mark_key(words.mark()));
      *row.mutable_words() = words;
      row.set_matter(c.event.words_sealed().matter());
      row.set_sequence(c.sequence);
      row.set_day(day_of(c));
      rows.put(order_prefix(words.subject()) + be64(c.sequence) + be64(number++), words.mark());
    }
  }

  static void marked(const v1::WordsMarked& event, Rows& rows) {
    auto& row = rows.at<v1::PrivateRow>(mark_key(event.mark()));
    *row.mutable_words()->mutable_exemptions() = event.exemptions();
    row.mutable_words()->set_embargo(event.embargo());
  }

  static void released(const v1::HoldReleased& event, Rows& rows) {
    auto& holds = *subject(rows, event.subject()).mutable_holds();
    holds.erase(std::remove_if(holds.begin(), holds.end(), [&](const v1::HoldPlaced& one) { return one.hold() == event.hold(); }), holds.end());
  }

  static void erased(const Committed& c, Rows& rows) {
    const v1::WordsErased& event = c.event.words_erased();
    auto& one = *subject(rows, event.subject()).add_erasures();
    one.set_key(event.key());
    one.set_sequence(c.sequence);
    one.set_day(day_of(c));
    one.set_authority(event.authority());
    one.set_reason(event.reason());
    one.set_by(event.asked_by().empty() ? c.commit.actor().who() : event.asked_by());
    one.set_approved_by(event.approved_by());
  }
};

}  // namespace

const View& private_view() { static const Private view; return view; }

bool find_private(const Store& store, std::string_view ledger, std::string_view mark, v1::PrivateRow* out) {
  const auto bytes = store.get(kView, ledger, mark_key(mark));
  return bytes && out->ParseFromString(*bytes);
}

v1::PrivateSubjectRow private_subject(const Store& store, std::string_view ledger, std::string_view subject) {
  v1::PrivateSubjectRow out;
  const auto bytes = store.get(kView, ledger, subject_key(subject));
  if (bytes && !out.ParseFromString(*bytes)) out.Clear();
  return out;
}

void each_private(const Store& store, std::string_view ledger, std::string_view subject, const std::function<bool(const v1::PrivateRow&)>& each) {
  v1::PrivateRow row;
  store.scan(kView, ledger, subject.empty() ? "o/" : order_prefix(subject), "", [&](std::string_view, std::string_view mark) {
    return !find_private(store, ledger, mark, &row) || each(row);
  });
}

void each_private_subject(const Store& store, std::string_view ledger, const std::function<void(std::string_view, const v1::PrivateSubjectRow&)>& each) {
  v1::PrivateSubjectRow row;
  store.scan(kView, ledger, "s/", "", [&](std::string_view key, std::string_view bytes) {
    if (row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) each(key.substr(2), row);
    return true;
  });
}

v1::PrivacyScheme privacy_scheme(const Store& store, std::string_view ledger) {
  v1::PrivacyScheme out;
  const auto bytes = store.get(kView, ledger, "scheme");
  if (bytes && !out.ParseFromString(*bytes)) out.Clear();
  return out;
}

bool find_sealed(const Store& store, std::string_view ledger, const v1::PrivateRow& row, v1::Sealed* out) {
  bool there = false;
  find_event(store, ledger, row.sequence(), [&](const Committed& one) {
    for (const v1::Sealed& sealed : one.commit.sealed()) {
      if (sealed.commitment() != row.words().sealed().commitment()) continue;
      *out = sealed;
      there = true;
    }
  });
  return there;
}

std::string erased_sentence(const v1::PrivateSubjectRow& row, std::string_view key) {
  for (const v1::PrivateSubjectRow::Erasure& one : row.erasures())
    if (one.key() == key) return "erased on " + one.day() + " under " + one.authority() + ", by " + one.by() + ", approved by " + one.approved_by() + " (event " + std::to_string(one.sequence()) + ")";
  return "";
}

}  // namespace concordat::projections
