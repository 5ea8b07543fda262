// private.cc          | nothing sealed  | sealed                              | key destroyed
// --------------------+-----------------+-------------------------------------+---------------------------
// words of a command  | WordsSealed     | WordsSealed                         | WordsSealed, under a new key
// ReadWords           | nothing_sealed  | WordsRead, not_entitled_to_read     | words_erased
// EraseWords          | nothing_sealed  | ErasureAsked, under_legal_hold,     | nothing_sealed
//                     |                 | retention_not_over                  |
// ApproveErasure      | nothing_sealed  | WordsErased, once another has asked | nothing_sealed
#include "engine/private.h"

#include <algorithm>
#include <set>

#include "engine/acts.h"
#include "engine/base/hex.h"
#include "engine/record/authority.h"

namespace concordat {
namespace {

constexpr int kPrivateWordsMax = 32;                 // Of one command; one commit must stay below a broker's usual megabyte.
constexpr std::size_t kCommitmentBytes = 32;
constexpr std::size_t kMarkBytes = 8;                // Of the commitment, that texts refer to it by.
constexpr const char* kPermanent = "permanent";      // Later than any day, as text too.

std::string subject_of(const v1::Command& command, const v1::PrivateWords& words) {
  return words.subject().empty() ? "matter:" + matter_of(command) : words.subject();
}

bool is_subject(const std::string& subject) {
  const std::size_t colon = subject.find(':');
  return colon != std::string::npos && colon > 0 && colon + 1 < subject.size() && subject.size() <= 80 &&
         std::all_of(subject.begin(), subject.end(), [](char c) { return c > ' ' && c <= '~'; });
}

const PrivateSubject& known(const Work& work, const std::string& subject) {
  static const PrivateSubject none;
  const auto found = work.state().privacy.subjects.find(subject);
  return found == work.state().privacy.subjects.end() ? none : found->second;
}

const v1::PrivacyScheme& scheme(const Work& work) {
  return work.state().privacy.scheme == nullptr ? v1::PrivacyScheme::default_instance() : *work.state().privacy.scheme;
}

template <typename List>
auto* find_id(const List& list, const std::string& id) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.id() == id; });
  return found == list.end() ? nullptr : &*found;
}

template <typename List>
std::string ids(const List& list) {
  std::string out;
  for (const auto& one : list) out += (out.empty() ? "" : ", ") + one.id();
  return out.empty() ? "none is published" : out;
}

Refusal check_day(const std::string& what, const std::string& text) {
  if (text.empty()) return accept();
  const auto day = record::parse_day(text);
  return day.ok() ? accept() : refuse(v1::RefusalCode::bad_date, what + " to be a day (YYYY-MM-DD)", "it is \"" + text + "\"");
}

Refusal check_marks(const Work& work, const google::protobuf::RepeatedPtrField<v1::Exemption>& exemptions, const std::string& embargo) {
  for (const v1::Exemption& one : exemptions) {
    if (find_id(scheme(work).grounds(), one.ground()) == nullptr)
      return refuse(v1::RefusalCode::exemption_unknown, "a ground of the privacy scheme (" + ids(scheme(work).grounds()) + ")", "it is \"" + one.ground() + "\"");
    if (one.reason().empty()) return refuse(v1::RefusalCode::reason_required, "a reason why " + one.ground() + " applies to these words", "none was given");
    if (auto no = check_day("the review of " + one.ground(), one.review())) return no;
  }
  return check_day("the embargo", embargo);
}

// The same day, some years on; of 29 February the day after where there is none.
std::string years_on(record::Day day, std::uint32_t years) {
  std::string text = record::format(day);
  text.replace(0, 4, std::to_string(std::stoul(text.substr(0, 4)) + years));
  if (!record::parse_day(text).ok()) text.replace(5, 5, "03-01");
  return text;
}

std::string retain_until(const Work& work, const std::string& retention) {
  const v1::RetentionClass* as = find_id(scheme(work).retention(), retention);
  if (as == nullptr) return "";
  return as->permanent() ? kPermanent : years_on(work.acted_on(), as->years());
}

// By their own name, by an office that the record gives them, or by the seat or capacity that the scheme names. Says which.
std::string entitled_by(const Work& work, const std::string& subject) {
  const v1::Actor& actor = work.actor();
  if (actor.who() == subject) return "their own words";
  const record::Datum who{.kind = v1::Predicate::ref, .text = actor.who(), .number = 0};
  for (const v1::ReadingRight& right : scheme(work).readers()) {
    if (!right.subjects().empty() && !subject.starts_with(right.subjects() + ":")) continue;
    if (right.capacity() != v1::Capacity::unset && right.capacity() != actor.capacity()) continue;
    if (!right.on_behalf_of().empty() && right.on_behalf_of() != actor.on_behalf_of()) continue;
    if (!right.office().empty()) {
      if (right.office() != actor.who() && !record::holds(work.state().record, right.office(), record::authority::kHolder, "", who, work.today())) continue;
      return right.office() + (right.source().empty() ? "" : " (" + right.source() + ")");
    }
    if (right.capacity() == v1::Capacity::unset) continue;       // A right of nobody in particular is nobody's.
    if (right.capacity() == v1::Capacity::member) {
      const auto seats = guises(work.state(), actor.who(), work.today());
      if (std::none_of(seats.begin(), seats.end(), [&](const v1::Actor& seat) { return !seat.on_behalf_of().empty() && seat.on_behalf_of() == actor.on_behalf_of(); })) continue;
    }
    return v1::Capacity::Value_Name(right.capacity()) + (right.source().empty() ? "" : " (" + right.source() + ")");
  }
  return "";
}

// Whoever may not see the papers of an item because of an interest does not see what is said privately in it either.
bool withheld(const Work& work, const std::string& subject) {
  constexpr std::string_view kMatter = "matter:";
  const std::string& reader = work.actor().who();
  const auto found = subject.starts_with(kMatter) ? work.state().matters.find(std::string_view(subject).substr(kMatter.size())) : work.state().matters.end();
  if (found == work.state().matters.end()) return false;
  const auto is = [&](const std::string& office, const std::string& person) {
    return office == person || record::holds(work.state().record, office, record::authority::kHolder, "", {.kind = v1::Predicate::ref, .text = person, .number = 0}, work.today());
  };
  for (const auto& [step, memory] : found->second.memories) {
    const auto* mine = std::get_if<steps::DecideMemory>(&memory);
    if (mine == nullptr) continue;
    for (const auto& [who, action] : mine->interests)
      if (action == v1::InterestAction::no_papers && (is(who, reader) || is(reader, who))) return true;
  }
  return false;
}

Refusal check_hold(const Work& work, const std::string& subject, const std::string& hold, const std::string& reason, const std::string& authority) {
  if (auto no = may_act(work, "")) return no;
  if (!is_subject(subject)) return refuse(v1::RefusalCode::unknown_subject, "a subject such as matter:HUB-1 or person:x", "it is \"" + subject + "\"");
  if (hold.empty()) return refuse(v1::RefusalCode::field_missing, "the name of the hold", "none was given");
  if (reason.empty()) return refuse(v1::RefusalCode::reason_required, "a reason", "none was given");
  if (authority.empty()) return refuse(v1::RefusalCode::authority_missing, "the authority for it (a letter, a decision)", "none was cited");
  return accept();
}

// As the words stand today: also when it is approved, since a hold may have been placed meanwhile.
Refusal check_erasure(const Work& work, const std::string& subject, bool early, const PrivateSubject& mine) {
  if (!mine.sealed) return refuse(v1::RefusalCode::nothing_sealed, "a subject with private words", subject + " has none" + (mine.generation > 1 ? " any more" : ""));
  if (!mine.holds.empty()) {
    std::string holds;
    for (const auto& [name, reason] : mine.holds) holds += (holds.empty() ? "" : "; ") + name + ": " + reason;
    return refuse(v1::RefusalCode::under_legal_hold, "no legal hold on " + subject, "there is " + holds);
  }
  if (mine.retain_until <= record::format(work.today()) || early) return accept();
  const v1::RetentionClass* as = find_id(scheme(work).retention(), mine.retained_as);
  return refuse(v1::RefusalCode::retention_not_over, "the retention to be over, or the authority for erasing before",
                mine.retained_as + (as == nullptr || as->source().empty() ? "" : " (" + as->source() + ")") + " keeps it " + (mine.retain_until == kPermanent ? "for good" : "until " + mine.retain_until));
}

// Whoever approves is not who asked, by whatever name: an office stands for whoever holds it.
Refusal second_person(const Work& work, const std::string& asked_by) {
  const auto persons = [&](const std::string& who) {
    std::set<std::string> out{who};
    for (const auto& holder : record::values(work.state().record, who, record::authority::kHolder, "", work.today())) out.insert(holder.text);
    return out;
  };
  for (const std::string& who : persons(work.actor().who()))
    if (persons(asked_by).contains(who))
      return refuse(v1::RefusalCode::second_person_required, "a second person, who approves what another asked for", work.actor().who() + " asked for it" + (who == asked_by ? "" : " as " + asked_by));
  return accept();
}

bool keep(Privacy& privacy, const v1::WordsSealed& event) {
  bool changed = false;
  for (const v1::SealedWords& words : event.words()) {
    PrivateSubject& mine = privacy.subjects[words.subject()];
    if (mine.sealed && words.retain_until() <= mine.retain_until) continue;
    changed = mine.sealed = true;
    if (words.retain_until() <= mine.retain_until) continue;
    mine.retain_until = words.retain_until();
    mine.retained_as = words.retention();
  }
  return changed;
}

}  // namespace

std::string private_key_of(std::string_view subject, std::uint32_t generation) { return std::string(subject) + "#" + std::to_string(generation); }

Status check_sealed(const v1::Command& command) {
  if (command.private_words().empty() && command.sealed().empty()) return {};
  if (command.private_words_size() > kPrivateWordsMax) return Status::invalid("private_words: expected at most 32, but there are " + std::to_string(command.private_words_size()));
  if (command.sealed_size() != command.private_words_size()) return Status::invalid("private_words: expected each to be sealed, but " + std::to_string(command.sealed_size()) + " of " + std::to_string(command.private_words_size()) + " are");
  for (int i = 0; i < command.private_words_size(); ++i) {
    const v1::PrivateWords& words = command.private_words(i);
    const std::string at = "private_words[" + std::to_string(i) + "]";
    if (!words.words().empty()) return Status::invalid(at + ".words: expected them to be sealed, but they are in the clear");
    if (!is_subject(subject_of(command, words))) return Status::invalid(at + ".subject: expected a subject such as matter:HUB-1 or person:x, since the command names no matter");
    if (words.sealed().commitment().size() != kCommitmentBytes || words.sealed().commitment() != command.sealed(i).commitment() || words.sealed().key() != command.sealed(i).key() || command.sealed(i).ciphertext().empty())
      return Status::invalid(at + ".sealed: expected the commitment of its ciphertext, but it is another");
  }
  return {};
}

Refusal check_private_words(const Work& work) {
  for (const v1::PrivateWords& words : work.command().private_words()) {
    const std::string subject = subject_of(work.command(), words);
    const std::string key = private_key_of(subject, known(work, subject).generation);
    if (words.sealed().key() != key) return refuse(v1::RefusalCode::words_erased, "words sealed under " + key, "they are under " + words.sealed().key() + "; say them again in a new command");
    if (auto no = check_marks(work, words.exemptions(), words.embargo())) return no;
    if (!words.retention().empty() && find_id(scheme(work).retention(), words.retention()) == nullptr)
      return refuse(v1::RefusalCode::retention_unknown, "a retention class of the privacy scheme (" + ids(scheme(work).retention()) + ")", "it is \"" + words.retention() + "\"");
  }
  return accept();
}

void emit_private_words(Work& work) {
  const v1::Command& command = work.command();
  if (command.private_words().empty()) return;
  v1::Event event;
  event.mutable_words_sealed()->set_matter(matter_of(command));
  for (const v1::PrivateWords& words : command.private_words()) {
    v1::SealedWords& kept = *event.mutable_words_sealed()->add_words();
    kept.set_mark(hex(words.sealed().commitment().substr(0, kMarkBytes)));
    kept.set_subject(subject_of(command, words));
    *kept.mutable_sealed() = words.sealed();
    *kept.mutable_exemptions() = words.exemptions();
    kept.set_embargo(words.embargo());
    kept.set_retention(words.retention());
    kept.set_retain_until(retain_until(work, words.retention()));
  }
  work.emit(std::move(event));
}

Refusal decide(Work& work, const v1::PublishPrivacyScheme& command) {
  if (auto no = may_act(work, "")) return no;
  const v1::PrivacyScheme& scheme = command.scheme();
  for (const v1::ExemptionGround& one : scheme.grounds())
    if (one.id().empty() || one.source().empty()) return refuse(v1::RefusalCode::source_required, "an id and a source for every ground", "\"" + one.id() + "\" lacks one");
  for (const v1::RetentionClass& one : scheme.retention())
    if (one.id().empty() || one.source().empty() || one.permanent() == (one.years() > 0))
      return refuse(v1::RefusalCode::source_required, "an id, a source and either years or permanent for every retention class", "\"" + one.id() + "\" lacks one");
  v1::Event event;
  v1::PrivacyScheme& published = *event.mutable_privacy_scheme_published()->mutable_scheme();
  published = scheme;
  published.set_version(concordat::scheme(work).version() + 1);
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::ReadWords& command) {
  if (auto no = may_act(work, "")) return no;
  const PrivateSubject& mine = known(work, command.subject());
  if (!mine.sealed && mine.generation == 1) return refuse(v1::RefusalCode::nothing_sealed, "a subject with private words", command.subject() + " has none");
  const std::string by = entitled_by(work, command.subject());
  if (by.empty())
    return refuse(v1::RefusalCode::not_entitled_to_read, "the person whom the words are about, or somebody whom the privacy scheme lets read " + command.subject(),
                  work.actor().who() + " as " + v1::Capacity::Value_Name(work.actor().capacity()) + (work.actor().on_behalf_of().empty() ? "" : " for " + work.actor().on_behalf_of()) + " is neither");
  if (withheld(work, command.subject()))
    return refuse(v1::RefusalCode::papers_withheld, "words that may go to " + work.actor().who(), "those of " + command.subject() + " may not, because of an interest that was declared");
  if (command.purpose().empty()) return refuse(v1::RefusalCode::purpose_required, "what the words are read for", "nothing was said");
  if (!mine.sealed) return refuse(v1::RefusalCode::words_erased, "words whose key is there", "the key of " + command.subject() + " was destroyed");
  v1::Event event;
  v1::WordsRead& read = *event.mutable_words_read();
  read.set_subject(command.subject());
  *read.mutable_marks() = command.marks();
  read.set_purpose(command.purpose());
  read.set_use(command.use() == v1::Use::unset ? v1::Use::shown : command.use());
  read.set_recipient(command.recipient());
  read.set_entitled_by(by);
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::MarkWords& command) {
  if (auto no = may_act(work, "")) return no;
  const Prefetched& there = work.prefetched();
  if (there.words_subject.empty()) return refuse(v1::RefusalCode::words_not_found, "private words with the mark " + command.mark(), "there are none");
  if (there.words_key != private_key_of(there.words_subject, known(work, there.words_subject).generation))
    return refuse(v1::RefusalCode::words_erased, "words whose key is there", "the key " + there.words_key + " was destroyed");
  if (command.reason().empty()) return refuse(v1::RefusalCode::reason_required, "a reason", "none was given");
  if (auto no = check_marks(work, command.exemptions(), command.embargo())) return no;
  v1::Event event;
  v1::WordsMarked& marked = *event.mutable_words_marked();
  marked.set_mark(command.mark());
  marked.set_subject(there.words_subject);
  *marked.mutable_exemptions() = command.exemptions();
  marked.set_embargo(command.embargo());
  marked.set_reason(command.reason());
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::PlaceHold& command) {
  if (auto no = check_hold(work, command.subject(), command.hold(), command.reason(), command.authority())) return no;
  if (known(work, command.subject()).holds.contains(command.hold())) return refuse(v1::RefusalCode::hold_exists, "a hold that is not in place", command.hold() + " is");
  v1::Event event;
  v1::HoldPlaced& placed = *event.mutable_hold_placed();
  placed.set_subject(command.subject());
  placed.set_hold(command.hold());
  placed.set_reason(command.reason());
  placed.set_authority(command.authority());
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::ReleaseHold& command) {
  if (auto no = check_hold(work, command.subject(), command.hold(), command.reason(), command.authority())) return no;
  if (!known(work, command.subject()).holds.contains(command.hold())) return refuse(v1::RefusalCode::hold_not_found, "a hold on " + command.subject(), "there is none called " + command.hold());
  v1::Event event;
  v1::HoldReleased& released = *event.mutable_hold_released();
  released.set_subject(command.subject());
  released.set_hold(command.hold());
  released.set_reason(command.reason());
  released.set_authority(command.authority());
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::EraseWords& command) {
  if (auto no = may_act(work, "")) return no;
  const PrivateSubject& mine = known(work, command.subject());
  if (auto no = check_erasure(work, command.subject(), !command.early_authority().empty(), mine)) return no;
  if (command.reason().empty()) return refuse(v1::RefusalCode::reason_required, "a reason", "none was given");
  if (command.authority().empty()) return refuse(v1::RefusalCode::authority_missing, "the authority for erasing (an appraisal, a decision, a request of the person)", "none was cited");
  v1::Event event;
  v1::ErasureAsked& asked = *event.mutable_erasure_asked();
  asked.set_subject(command.subject());
  asked.set_key(private_key_of(command.subject(), mine.generation));
  asked.set_authority(command.authority());
  asked.set_reason(command.reason());
  asked.set_early_authority(command.early_authority());
  asked.set_retain_until(mine.retain_until);
  work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::ApproveErasure& command) {
  if (auto no = may_act(work, "")) return no;
  const PrivateSubject& mine = known(work, command.subject());
  if (mine.sealed && mine.asked.by.empty()) return refuse(v1::RefusalCode::erasure_not_asked, "an erasure that somebody has asked for", "nobody has asked to erase " + command.subject());
  if (auto no = second_person(work, mine.asked.by)) return no;
  if (auto no = check_erasure(work, command.subject(), !mine.asked.early_authority.empty(), mine)) return no;
  v1::Event event;
  v1::WordsErased& erased = *event.mutable_words_erased();
  erased.set_subject(command.subject());
  erased.set_key(private_key_of(command.subject(), mine.generation));
  erased.set_authority(mine.asked.authority);
  erased.set_reason(mine.asked.reason);
  erased.set_approved_by(work.actor().who());
  erased.set_asked_by(mine.asked.by);
  erased.set_early_authority(mine.asked.early_authority);
  erased.set_retain_until(mine.retain_until);
  work.emit(std::move(event));
  return accept();
}

// Only of a key that an erasure ended.
Refusal decide(Work& work, const v1::ConfirmErasure& command) {
  const std::uint32_t generation = known(work, command.subject()).generation;
  bool ended = false;
  for (std::uint32_t before = 1; before < generation; ++before) ended = ended || command.key() == private_key_of(command.subject(), before);
  if (!ended) return refuse(v1::RefusalCode::nothing_sealed, "a key of " + command.subject() + " that was erased", command.key() + " is none");
  v1::Event event;
  event.mutable_key_destroyed()->set_subject(command.subject());
  event.mutable_key_destroyed()->set_key(command.key());
  work.emit(std::move(event));
  return accept();
}

bool about_private(const v1::Event& event) {
  return event.has_privacy_scheme_published() || event.has_words_sealed() || event.has_hold_placed() || event.has_hold_released() || event.has_erasure_asked() || event.has_words_erased();
}

bool evolve(Privacy& privacy, const v1::Event& event, std::string_view by) {
  if (event.has_privacy_scheme_published()) privacy.scheme = std::make_shared<const v1::PrivacyScheme>(event.privacy_scheme_published().scheme());
  else if (event.has_words_sealed()) return keep(privacy, event.words_sealed());
  else if (event.has_hold_placed()) privacy.subjects[event.hold_placed().subject()].holds[event.hold_placed().hold()] = event.hold_placed().reason();
  else if (event.has_hold_released()) privacy.subjects[event.hold_released().subject()].holds.erase(event.hold_released().hold());
  else if (event.has_erasure_asked()) privacy.subjects[event.erasure_asked().subject()].asked = {std::string(by), event.erasure_asked().authority(), event.erasure_asked().reason(), event.erasure_asked().early_authority()};
  else if (event.has_words_erased()) {
    PrivateSubject& mine = privacy.subjects[event.words_erased().subject()];
    ++mine.generation;
    mine.sealed = false;
    mine.retain_until.clear();
    mine.retained_as.clear();
    mine.asked = {};
  } else return false;                 // Reading, marking and the confirmation change nothing that is decided by.
  return true;
}

}  // namespace concordat
