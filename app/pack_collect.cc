// What bears on a matter, gathered: its own events, the meeting it was decided at, the rules and the procedure it was opened
// under, the facts that were read and written, their documents, and the names of whoever appears.
#include <deque>
#include <set>

#include <google/protobuf/descriptor.h>

#include "app/disclosure.h"
#include "app/pack.h"
#include "concordat/v1/views.pb.h"
#include "engine/record/authority.h"
#include "projections/proof/log.h"
#include "projections/views/ledger.h"
#include "projections/views/matters.h"
#include "projections/views/private.h"
#include "projections/views/proof.h"

namespace concordat::app {
namespace {

namespace pb = google::protobuf;
namespace proof = projections::proof;

class Collector {
 public:
  explicit Collector(const Reading& reading) : reading_(reading), store_(*reading.store) {}

  Status matter(const std::string& id) {
    v1::MatterRow row;
    if (!projections::find_matter(store_, reading_.ledger, id, &row)) return Status::not_found("expected a matter of ledger " + reading_.ledger + ", but there is none called " + id + " (see: concordat matter list)");
    for (const std::uint64_t sequence : row.events()) take(sequence);
    take(projections::find_procedure(store_, reading_.ledger, row.procedure(), row.version()));
    drain();
    return {};
  }
  const std::set<std::uint64_t>& sequences() const { return taken_; }

 private:
  void take(std::uint64_t sequence) {
    if (sequence != 0 && taken_.insert(sequence).second) todo_.push_back(sequence);
  }

  // Until nothing that was taken names anything further.
  void drain() {
    for (; !todo_.empty(); todo_.pop_front())
      projections::find_event(store_, reading_.ledger, todo_.front(), [&](const projections::Committed& one) {
        name(one.commit.actor().who());
        name(one.commit.actor().on_behalf_of());
        if (one.event.has_item_tabled()) meeting(one.event.item_tabled().meeting(), one.event.item_tabled().matter());
        walk(one.event);
      });
  }

  // Of a meeting: who was there and when, and what concerns this matter's item. Other items are other people's business.
  void meeting(const std::string& id, const std::string& item) {
    v1::MatterRow row;
    if (!meetings_.insert(id + '\0' + item).second || !projections::find_matter(store_, reading_.ledger, id, &row)) return;
    std::uint32_t number = 0;
    for (const std::uint64_t sequence : row.events())
      projections::find_event(store_, reading_.ledger, sequence, [&](const projections::Committed& one) {
        const v1::Event& event = one.event;
        if (event.agenda_item_added().item() == item && event.has_agenda_item_added()) number = event.agenda_item_added().number();
        const bool of_item = (event.has_agenda_item_added() && event.agenda_item_added().number() == number) || (event.has_agenda_item_taken() && event.agenda_item_taken().number() == number) ||
                             (event.has_minute_noted() && event.minute_noted().number() == number) || (event.has_action_recorded() && event.action_recorded().number() == number) ||
                             (event.has_minutes_corrected() && event.minutes_corrected().number() == number) || (event.has_agenda_item_moved() && event.agenda_item_moved().number() == number) ||
                             (event.has_agenda_paper_attached() && event.agenda_paper_attached().number() == number);
        const bool of_all = event.has_matter_opened() || event.has_meeting_convened() || event.has_attendance_recorded() || event.has_public_excluded() || event.has_public_readmitted() || event.has_part_opened() || event.has_meeting_adjourned() ||
                            event.has_meeting_ended() || event.has_minutes_confirmed();
        if (of_all || (of_item && number != 0)) take(sequence);
      });
  }

  void walk(const pb::Message& message) {
    const std::string& type = message.GetDescriptor()->name();
    if (type == "RuleRef") {
      const auto& rule = static_cast<const v1::RuleRef&>(message);
      take(projections::find_rule(store_, reading_.ledger, rule.id(), rule.version()));
    } else if (type == "Finding") {
      for (const std::string& id : static_cast<const v1::Finding&>(message).facts()) fact(id);
    } else if (type == "Enacted") {
      for (const std::string& id : static_cast<const v1::Enacted&>(message).facts()) fact(id);
    } else if (type == "SealedWords") {                // Whether they were erased, and on whose authority.
      const auto& words = static_cast<const v1::SealedWords&>(message);
      const v1::PrivateSubjectRow subject = projections::private_subject(store_, reading_.ledger, words.subject());
      for (const auto& one : subject.erasures())
        if (one.key() == words.sealed().key()) { take(one.sequence()); take(one.destroyed()); }
    } else if (type == "Source") {
      take(projections::find_document(store_, reading_.ledger, static_cast<const v1::Source&>(message).document()));
    } else if (type == "Rule" || type == "Procedure") {
      return;                                         // Cited whole; whom it names is not thereby party to the matter.
    }
    std::vector<const pb::FieldDescriptor*> set;
    const auto* r = message.GetReflection();
    r->ListFields(message, &set);
    for (const auto* field : set) {
      const int count = field->is_repeated() ? r->FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) walk(field->is_repeated() ? r->GetRepeatedMessage(message, field, i) : r->GetMessage(message, field));
        else if (field->type() == pb::FieldDescriptor::TYPE_STRING) text(field->is_repeated() ? r->GetRepeatedString(message, field, i) : r->GetString(message, field));
      }
    }
  }

  // It may be somebody's id, or refer to private words: then how they are marked goes along.
  void text(const std::string& words) {
    name(words);
    for (const std::string& mark : marks_in(words))
      if (v1::PrivateRow row; projections::find_private(store_, reading_.ledger, mark, &row)) take(row.sequence());
  }

  // The statement, and what was later said against it.
  void fact(const std::string& id) {
    v1::Fact raw;
    if (!reading_.record->fact(id, &raw)) return;
    for (const record::Fact* one : reading_.record->of(raw.subject(), raw.predicate()))
      if (one->id == id) take_fact(*one);
  }
  void take_fact(const record::Fact& fact) {
    take(fact.sequence);
    for (const auto* all : {&fact.retractions, &fact.set_aside_by_resolution})
      for (const auto& later : *all) take(later.sequence);
  }
  void name(const std::string& text) {
    if (text.find(':') == std::string::npos || text.find(' ') != std::string::npos || !named_.insert(text).second) return;
    for (const record::Fact* one : reading_.record->of(text, record::authority::kName)) take_fact(*one);
  }

  const Reading& reading_;
  const projections::Store& store_;
  std::set<std::uint64_t> taken_;
  std::deque<std::uint64_t> todo_;
  std::set<std::string> named_, meetings_;
};

}  // namespace

Result<Pack> collect(const Reading& reading, const PackOf& of, const std::string& checkpoint) {
  const auto note = proof::read_note(checkpoint);
  if (!note.ok()) return note.status();
  const auto head = proof::read_checkpoint(note->text);
  if (!head.ok()) return head.status();
  proof::Log log(*reading.store, reading.ledger);
  const auto root = log.root(head->size);
  if (!root.ok()) return root.status();
  if (*root != head->root) return Status::corrupt("expected the checkpoint to be of this ledger, but its root at " + std::to_string(head->size) + " events is another");
  Collector collector(reading);
  for (const std::string& matter : of.matters)
    if (Status status = collector.matter(matter); !status.ok()) return status;
  Pack pack{of.about, of.matters, checkpoint, {}};
  for (const std::uint64_t sequence : collector.sequences()) {
    if (sequence > head->size) return Status::invalid("expected a checkpoint that covers event " + std::to_string(sequence) + ", but it is over " + std::to_string(head->size) + " events; make a new one: concordat log checkpoint");
    auto path = log.inclusion(sequence - 1, head->size);
    if (!path.ok()) return path.status();
    projections::find_event(*reading.store, reading.ledger, sequence, [&](const projections::Committed& one) {
      pack.events.push_back({sequence, proof::envelope_of(one.commit), std::string(one.bytes), *std::move(path)});
    });
  }
  return pack;
}

}  // namespace concordat::app
