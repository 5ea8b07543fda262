#include "app/feed_audience.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "concordat/v1/meet.pb.h"
#include "projections/views/meetings.h"
#include "projections/views/record.h"

namespace concordat::app {
namespace {

// Event -> the fields that anybody may read, of a published matter or record set. No names of people, no reasons, no papers.
const std::map<std::string, std::string, std::less<>> kPublic = {
    {"matter_opened", "matter,procedure,version,title"},
    {"matter_closed", "matter,outcome"},
    {"decision_made", "matter,body,mode,outcome,legal_decisions,positions.party,positions.position"},
    {"enacted", "matter,facts"},
    {"transfer_planned", "matter,track,when"},
    {"transfer_replanned", "matter,track,when,was"},
    {"condition_met", "matter,condition"},
    {"transfer_took_effect", "matter,track,on"},
    {"transfer_cancelled", "matter,track"},
    {"fact_asserted", "fact.id,fact.subject,fact.predicate,fact.scope,fact.value,fact.from,fact.until,fact.standing,fact.condition,fact.known,fact.record_set,fact.source.document,fact.source.place,fact.source.matter"},
    {"fact_retracted", "fact,known"},
    {"conflict_resolved", "facts,prevails,known"},
    {"consensus_recorded", "matter,reached,positions.party,positions.position"},
    {"item_tabled", "matter,meeting,part"},
    {"planned_for_meeting", "matter,body,on,purpose"},
    {"urgent_action_taken", "matter,step,body,report_by,due"},
    {"urgent_action_reported", "matter,step,meeting"},
    {"meeting_convened", "matter,on,starts,place,body"},
    {"agenda_item_added", "matter,number,item,title,part,purpose"},         // In public session only.
    {"agenda_item_moved", "matter,number,from,part,at"},                    // Likewise.
    {"part_opened", "matter,part,at,closes"},
    {"presiding_chosen", "matter,at"},
    {"meeting_adjourned", "matter,until,at"},
    {"meeting_ended", "matter,at"},
    {"minutes_confirmed", "matter,at_meeting"},
    {"document_registered", "document.id,document.title,document.known,document.sha256,document.held,document.record_set"},
};

std::set<std::string> split(const std::string& list) {
  std::set<std::string> out;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    out.insert(list.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// Clears every field whose path is not listed; one that holds a listed path is gone into. Unknown fields are cleared too.
void keep_only(const std::set<std::string>& paths, const std::string& prefix, google::protobuf::Message* message) {
  const auto* reflection = message->GetReflection();
  reflection->MutableUnknownFields(message)->Clear();
  std::vector<const google::protobuf::FieldDescriptor*> there;
  reflection->ListFields(*message, &there);
  for (const auto* field : there) {
    const std::string path = prefix + field->name();
    if (paths.contains(path)) continue;
    const auto inside = paths.lower_bound(path + ".");
    if (field->message_type() == nullptr || inside == paths.end() || !inside->starts_with(path + ".")) reflection->ClearField(message, field);
    else if (!field->is_repeated()) keep_only(paths, path + ".", reflection->MutableMessage(message, field));
    else for (int i = 0; i < reflection->FieldSize(*message, field); ++i) keep_only(paths, path + ".", reflection->MutableRepeatedMessage(message, field, i));
  }
}

template <typename List>
bool among(const List& list, std::string_view word) { return std::find(list.begin(), list.end(), word) != list.end(); }

bool published(const v1::Feed& feed, const v1::FeedData::Matter& matter) {
  const std::string word = publicity(matter);
  return word.empty() ? among(feed.publish_procedures(), matter.procedure()) : word == "public";
}

// A fact is published with its record set; what a matter made of its own accord only with the matter, which `data` then has.
bool published(const v1::Feed& feed, const v1::Fact& fact, const v1::FeedData& data) {
  if (!fact.source().matter().empty()) return data.has_matter() && data.matter().id() == fact.source().matter() && published(feed, data.matter());
  return among(feed.publish_record_sets(), fact.record_set());
}

bool published(const v1::Feed& feed, const projections::Store& store, const std::string& ledger, const v1::FeedData& data) {
  const v1::Event& event = data.event();
  const projections::RecordReader record(store, ledger);
  const auto known = [&](const std::string& id) {
    v1::Fact fact;
    return record.fact(id, &fact) && published(feed, fact, data);
  };
  if (event.has_fact_asserted()) return published(feed, event.fact_asserted().fact(), data);
  if (event.has_fact_retracted()) return known(event.fact_retracted().fact());
  if (event.has_conflict_resolved()) return std::all_of(event.conflict_resolved().facts().begin(), event.conflict_resolved().facts().end(), known);
  if (event.has_document_registered()) return among(feed.publish_record_sets(), event.document_registered().document().record_set());
  return data.has_matter() && published(feed, data.matter());
}

// Of an item that a meeting takes in private not even its number is told, nor of one that is a closed matter.
bool in_public(const v1::AgendaItemAdded& item, const Closed& closed) {
  return item.publicity() == v1::Publicity::public_session && (item.item().empty() || !closed(item.item()));
}

// What a move does not say itself stands in the agenda; one that is not to be found there is not told.
bool moved_in_public(const projections::Store& store, const std::string& ledger, const v1::AgendaItemMoved& move, const Closed& closed) {
  v1::MeetingRow row;
  if (!projections::find_meeting(store, ledger, move.matter(), &row)) return false;
  return std::any_of(row.agenda().begin(), row.agenda().end(), [&](const v1::AgendaItemAdded& item) { return item.number() == move.number() && in_public(item, closed); });
}

bool redact_public(const v1::Feed& feed, const projections::Store& store, const std::string& ledger, const Closed& closed, v1::FeedData* data) {
  v1::Event* event = data->mutable_event();
  const auto* field = event->GetReflection()->GetOneofFieldDescriptor(*event, event->GetDescriptor()->oneof_decl(0));
  const auto row = kPublic.find(field->name());
  if (row == kPublic.end() || !published(feed, store, ledger, *data)) return false;
  if (event->has_agenda_item_added() && !in_public(event->agenda_item_added(), closed)) return false;
  if (event->has_agenda_item_moved() && !moved_in_public(store, ledger, event->agenda_item_moved(), closed)) return false;
  if (data->has_matter() && closed(data->matter().id())) return false;         // The more private word prevails.
  keep_only(split(row->second), "", event->GetReflection()->MutableMessage(event, field));
  event->GetReflection()->MutableUnknownFields(event)->Clear();
  if (event->has_matter_closed()) {                    // "withdrawn: …" goes on with somebody's reason.
    std::string* outcome = event->mutable_matter_closed()->mutable_outcome();
    outcome->resize(std::min(outcome->size(), outcome->find(':')));
  }
  data->clear_actor();
  data->mutable_matter()->clear_fields();
  if (data->matter().id().empty()) data->clear_matter();
  return true;
}

}  // namespace

std::string publicity(const v1::FeedData::Matter& matter) {
  for (const v1::Field& field : matter.fields())
    if (field.name() == "publicity") return field.value().has_code() ? field.value().code() : field.value().text();
  return "";
}

std::string closed_by(const v1::Event& event) {
  if (event.has_agenda_item_added() && event.agenda_item_added().publicity() == v1::Publicity::private_session) return event.agenda_item_added().item();
  if (event.has_planned_for_meeting() && event.planned_for_meeting().publicity() == v1::Publicity::private_session) return event.planned_for_meeting().matter();
  return "";
}

bool redact(const v1::Feed& feed, const projections::Store& store, const std::string& ledger, const Closed& closed, v1::FeedData* data) {
  if (feed.audience() == v1::Audience::restricted) return true;
  if (feed.audience() == v1::Audience::public_) return redact_public(feed, store, ledger, closed, data);
  if (feed.audience() != v1::Audience::members || data->event().has_refused() || data->event().has_words_read()) return false;      // As heard_by() says.
  if (data->event().has_interest_declared()) data->mutable_event()->mutable_interest_declared()->clear_nature();
  return true;
}

bool heard_by(v1::Audience::Value audience, std::string_view event_field) {
  if (audience == v1::Audience::public_) return kPublic.contains(event_field);
  return audience == v1::Audience::restricted || (event_field != "refused" && event_field != "words_read");
}

}  // namespace concordat::app
