#include "app/disclosure.h"

#include <functional>

#include "concordat/v1/private.pb.h"
#include "projections/views/ledger.h"
#include "projections/views/private.h"

namespace concordat::app {
namespace {

constexpr std::string_view kOpening = "[sealed ";
constexpr std::size_t kMarkDigits = 16;

// Calls `each` with what stands between marks, and with each mark.
void split(const std::string& text, const std::function<void(std::string_view plain)>& plain, const std::function<void(const std::string& mark)>& mark) {
  std::size_t from = 0;
  for (std::size_t at = text.find(kOpening); at != std::string::npos; at = text.find(kOpening, at + 1)) {
    const std::size_t begin = at + kOpening.size();
    const std::string digits = text.substr(begin, kMarkDigits);
    if (digits.size() != kMarkDigits || digits.find_first_not_of("0123456789abcdef") != std::string::npos || text.compare(begin + kMarkDigits, 1, "]") != 0) continue;
    plain(std::string_view(text).substr(from, at - from));
    mark(digits);
    from = begin + kMarkDigits + 1;
  }
  plain(std::string_view(text).substr(from));
}

std::map<std::string, std::string> titles_of(const projections::Store& store, const std::string& ledger) {
  std::map<std::string, std::string> out;
  const v1::PrivacyScheme scheme = projections::privacy_scheme(store, ledger);
  for (const v1::ExemptionGround& one : scheme.grounds()) out[one.id()] = one.title().empty() ? one.id() : one.title();
  return out;
}

}  // namespace

std::vector<std::string> marks_in(const std::string& text) {
  std::vector<std::string> out;
  split(text, [](std::string_view) {}, [&](const std::string& mark) { out.push_back(mark); });
  return out;
}

Disclosure::Disclosure(const projections::Store& store, std::string ledger, std::string day)
    : store_(store), ledger_(std::move(ledger)), day_(std::move(day)), titles_(titles_of(store, ledger_)) {}

Scheduled Disclosure::judge(const std::string& mark) const {
  Scheduled out{0, mark, "", "unexplained", "no such private words are on this ledger", ""};
  v1::PrivateRow row;
  if (!projections::find_private(store_, ledger_, mark, &row)) return out;
  out.subject = row.words().subject();
  out.why = projections::erased_sentence(projections::private_subject(store_, ledger_, out.subject), row.words().sealed().key());
  if (!out.why.empty()) { out.what = "erased"; return out; }
  for (const v1::Exemption& one : row.words().exemptions()) {
    if (!one.review().empty() && one.review() <= day_) continue;
    const auto title = titles_.find(one.ground());
    out.why += (out.why.empty() ? "" : "; ") + (title == titles_.end() ? one.ground() : title->second) + ": " + one.reason();
    if (!one.review().empty() && (out.review.empty() || one.review() < out.review)) out.review = one.review();
  }
  const bool embargo = row.words().embargo() > day_;
  if (embargo) out.why += (out.why.empty() ? "" : "; ") + std::string("embargo until ") + row.words().embargo();
  if (!out.why.empty()) out.what = "withheld";
  else if (!row.words().embargo().empty()) { out.what = "released"; out.why = "its embargo ended on " + row.words().embargo(); }
  else out.why = row.words().exemptions().empty() ? "private, but no exemption was claimed" : "private, but its exemptions are due for review since " + row.words().exemptions(0).review();
  return out;
}

std::string Disclosure::copy(const std::string& text) {
  std::string out;
  split(text, [&](std::string_view plain) { out += plain; }, [&](const std::string& mark) {
    Scheduled one = judge(mark);
    const auto words = released_.find(mark);
    if (one.what == "released" && words == released_.end()) one = {0, mark, one.subject, "withheld", one.why + ", but the words were not opened for this copy", ""};
    const auto [number, fresh] = numbers_.emplace(mark, numbers_.size() + 1);
    one.number = number->second;
    if (words != released_.end()) out += words->second;
    else out += "[" + std::to_string(one.number) + ": " + (one.what == "unexplained" ? "withheld" : one.what) + ". " + one.why + "]";
    if (fresh) schedule_.push_back(std::move(one));
  });
  return out;
}

std::map<std::string, std::vector<std::string>> Disclosure::releasable(const std::string& text) const {
  std::map<std::string, std::vector<std::string>> out;
  for (const std::string& mark : marks_in(text))
    if (const Scheduled one = judge(mark); one.what == "released") out[one.subject].push_back(mark);
  return out;
}

const std::vector<std::string>& Disclosure::heads() {
  static const std::vector<std::string> heads{"paragraph", "mark", "what", "why", "review"};
  return heads;
}

std::vector<std::vector<std::string>> Disclosure::rows() const {
  std::vector<std::vector<std::string>> out;
  for (const Scheduled& one : schedule_) out.push_back({std::to_string(one.number), one.mark, one.what, one.why, one.review});
  return out;
}

}  // namespace concordat::app
