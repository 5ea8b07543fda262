#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include "app/feed.h"
#include "app/feed_audience.h"
#include "concordat/v1/views.pb.h"
#include "app/instant.h"
#include "engine/base/hex.h"
#include "engine/record/when.h"
#include "projections/views/ledger.h"
#include "projections/views/matters.h"

namespace concordat::app {
namespace {

// Events whose type is not their name with a dot for the first underscore.
const std::map<std::string, const char*, std::less<>> kTypes = {
    {"fact_asserted", "record.asserted"}, {"fact_retracted", "record.corrected"}, {"conflict_resolved", "record.resolved"}, {"refused", "command.refused"},
    {"proposed", "matter.proposed"}, {"enacted", "decision.enacted"}, {"item_tabled", "decision.tabled"}, {"signed_off", "party.signed_off"},
    {"condition_met", "transfer.condition_met"}, {"receipt_overdue", "escalation.receipt_overdue"}, {"referral_concluded", "matter.referral_concluded"},
    {"planned_for_meeting", "meeting.planned"}, {"notice_served", "meeting.notice_served"}, {"course_chosen", "meeting.course_chosen"}, {"presiding_chosen", "meeting.presiding_chosen"},
    {"consensus_recorded", "decision.consensus_recorded"}};

constexpr std::size_t kMattersKnownMax = 1000;       // In memory, of one follower.
constexpr int kParentsMax = 32;
constexpr std::size_t kDataBytesMax = 900'000;       // Larger ones are told thin, with a `dataref`: one event must not stop a feed.

std::string hmac(const std::string& key, const std::string& text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), out, &size);
  return {reinterpret_cast<const char*>(out), size};
}

std::string padded(std::uint64_t number) {
  std::string out = std::to_string(number);
  return std::string(20 - out.size(), '0') + out;
}

const google::protobuf::Message& inner(const v1::Event& event, const google::protobuf::FieldDescriptor** field) {
  *field = event.GetReflection()->GetOneofFieldDescriptor(event, event.GetDescriptor()->oneof_decl(0));
  return event.GetReflection()->GetMessage(event, *field);
}

std::string text_of(const google::protobuf::Message& message, const char* name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->is_repeated() || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) return "";
  return message.GetReflection()->GetString(message, field);
}

std::string subject_of(const v1::Event& event, const google::protobuf::Message& what) {
  if (event.has_fact_asserted()) return event.fact_asserted().fact().subject();
  if (event.has_document_registered()) return event.document_registered().document().id();
  if (event.has_procedure_published()) return event.procedure_published().procedure().id();
  for (const char* name : {"matter", "fact", "prevails", "id", "subject"})
    if (std::string text = text_of(what, name); !text.empty()) return text;
  return "";
}

// "$team" is the matter's field of that name.
std::string filled(const std::string& text, const v1::FeedData::Matter& matter) {
  if (!text.starts_with('$')) return text;
  for (const v1::Field& field : matter.fields())
    if (field.name() == text.substr(1)) return field.value().has_ref() ? field.value().ref() : field.value().has_when() ? field.value().when() : field.value().text();
  return text;
}

v1::Value filled(const v1::Value& value, const v1::FeedData::Matter& matter) {
  v1::Value out = value;
  if (value.has_ref()) out.set_ref(filled(value.ref(), matter));
  return out;
}

std::string matter_of(const v1::Event& event, const google::protobuf::Message& what) {
  return event.has_fact_asserted() ? event.fact_asserted().fact().source().matter() : text_of(what, "matter");
}

}  // namespace

std::string event_type(std::string_view field) {
  if (const auto found = kTypes.find(field); found != kTypes.end()) return found->second;
  std::string out(field);
  if (const std::size_t bar = out.find('_'); bar != std::string::npos) out[bar] = '.';
  return out;
}

std::vector<std::string> event_types() {
  std::vector<std::string> out;
  const auto* choice = v1::Event::descriptor()->oneof_decl(0);
  for (int i = 0; i < choice->field_count(); ++i) out.push_back(event_type(choice->field(i)->name()));
  return out;
}

std::string filter_hash(const v1::Feed& feed, const std::string& ledger) {
  v1::Feed filter = feed;
  filter.clear_title();
  filter.clear_topic();
  filter.clear_format();
  filter.set_ledger(ledger);
  return hex(hmac("filter", filter.SerializeAsString()).substr(0, 8));
}

// One block: eight bytes of check, eight of sequence.
std::string Tokens::write(const v1::Feed& feed, const std::string& ledger, std::uint64_t sequence) const {
  std::string block = hmac(key, "token/" + filter_hash(feed, ledger)).substr(0, 8);
  for (int i = 7; i >= 0; --i) block += static_cast<char>(sequence >> (8 * i) & 0xff);
  std::array<unsigned char, 32> out{};
  int size = 0;
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  EVP_EncryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr, reinterpret_cast<const unsigned char*>(hmac(key, "block").data()), nullptr);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  EVP_EncryptUpdate(context.get(), out.data(), &size, reinterpret_cast<const unsigned char*>(block.data()), 16);
  return "1" + hex({reinterpret_cast<const char*>(out.data()), 16});
}

Result<std::uint64_t> Tokens::read(const v1::Feed& feed, const std::string& ledger, const std::string& token) const {
  const Status wrong = Status::invalid("position: expected one that this feed gave (of the same ledger and filter), but it is \"" + token.substr(0, 64) + "\"; begin again with from=beginning or a day");
  if (token.size() != 33 || token[0] != '1' || token.find_first_not_of("0123456789abcdef") != std::string::npos) return wrong;
  std::array<unsigned char, 16> block{};
  for (std::size_t i = 0; i < 16; ++i) block[i] = static_cast<unsigned char>(std::stoi(token.substr(1 + 2 * i, 2), nullptr, 16));
  std::array<unsigned char, 32> out{};
  int size = 0;
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  EVP_DecryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr, reinterpret_cast<const unsigned char*>(hmac(key, "block").data()), nullptr);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  EVP_DecryptUpdate(context.get(), out.data(), &size, block.data(), 16);
  if (std::string(reinterpret_cast<const char*>(out.data()), 8) != hmac(key, "token/" + filter_hash(feed, ledger)).substr(0, 8)) return wrong;
  std::uint64_t sequence = 0;
  for (std::size_t i = 8; i < 16; ++i) sequence = sequence << 8 | out[i];
  return sequence;
}

std::string FeedEvent::json(const std::string& format) const {
  const auto quoted = [](const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') (out += '\\') += c;
      else if (static_cast<unsigned char>(c) < 0x20) { char escape[8]; std::snprintf(escape, sizeof escape, "\\u%04x", c); out += escape; }
      else out += c;
    }
    return out + "\"";
  };
  std::string out = "{";
  for (const auto& [name, value] : attributes) out += quoted(name) + ":" + (name == "replay" ? value : quoted(value)) + ",";
  out += "\"datacontenttype\":" + quoted(content_type);
  if (format == "json") return out + ",\"data\":" + data + "}";
  std::string base64(4 * ((data.size() + 2) / 3) + 1, '\0');
  base64.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), reinterpret_cast<const unsigned char*>(data.data()), static_cast<int>(data.size()))));
  return out + ",\"data_base64\":" + quoted(base64) + "}";
}

// The matter as its own events up to that sequence made it, so that a feed tells the same whenever it tells it.
const v1::FeedData::Matter& Teller::matter_at(const projections::Store& store, const std::string& id, std::uint64_t sequence) {
  if (matters_.size() > kMattersKnownMax) matters_.clear();
  Known& known = matters_[id];
  if (known.through > sequence) known = {};
  v1::MatterRow row;
  if (!projections::find_matter(store, ledger_, id, &row)) return known.matter;
  for (const std::uint64_t at : row.events()) {
    if (at <= known.through || at > sequence) continue;
    projections::find_event(store, ledger_, at, [&](const projections::Committed& one) {
      v1::FeedData::Matter& matter = known.matter;
      const auto take = [&](const auto& fields) {
        for (const v1::Field& field : fields) {
          auto* all = matter.mutable_fields();
          const auto old = std::find_if(all->begin(), all->end(), [&](const v1::Field& other) { return other.name() == field.name(); });
          if (old != all->end()) *old = field;
          else *all->Add() = field;
        }
      };
      if (one.event.has_matter_opened()) {
        const v1::MatterOpened& opened = one.event.matter_opened();
        matter.set_id(opened.matter());
        matter.set_procedure(opened.procedure());
        matter.set_version(opened.version());
        matter.set_title(opened.title());
        matter.set_parent(opened.parent());
        take(opened.fields());
      } else if (one.event.has_proposed()) {
        take(one.event.proposed().fields());
      }
    });
  }
  known.through = sequence;
  return known.matter;
}

const v1::Procedure* Teller::procedure(const projections::Store& store, const std::string& id, std::uint32_t version) {
  const auto key = std::make_pair(id, version);
  if (!procedures_.contains(key))                    // Immutable once published: what was read before stays right.
    projections::each_event(store, ledger_, procedures_through_ + 1, [&](const projections::Committed& one) {
      procedures_through_ = one.sequence;
      if (!one.event.has_procedure_published()) return true;
      const v1::Procedure& found = one.event.procedure_published().procedure();
      procedures_[{found.id(), found.version()}] = std::make_unique<v1::Procedure>(found);
      return found.id() != id || found.version() != version;
    });
  const auto found = procedures_.find(key);
  return found == procedures_.end() ? nullptr : found->second.get();
}

// By its own word or by a meeting, up to then; and so is what belongs to such a matter.
bool Teller::closed(const projections::Store& store, const std::string& matter, std::uint64_t sequence) {
  if (closed_through_ < sequence)
    projections::each_event(store, ledger_, closed_through_ + 1, [&](const projections::Committed& one) {
      closed_through_ = one.sequence;
      if (const std::string id = closed_by(one.event); !id.empty()) closed_.emplace(id, one.sequence);
      return one.sequence < sequence;
    });
  std::string at = matter;
  for (int depth = 0; !at.empty() && depth < kParentsMax; ++depth) {
    const auto by_meeting = closed_.find(at);
    const v1::FeedData::Matter& found = matter_at(store, at, sequence);
    if ((by_meeting != closed_.end() && by_meeting->second <= sequence) || publicity(found) == "private") return true;
    at = found.parent();
  }
  return !at.empty();                                // Too deep to be sure.
}

void Teller::add_movement(const projections::Store& store, const v1::Event& event, v1::FeedData* data) {
  std::string track, day;
  if (event.has_transfer_planned()) { track = event.transfer_planned().track(); day = event.transfer_planned().when(); }
  else if (event.has_transfer_replanned()) { track = event.transfer_replanned().track(); day = event.transfer_replanned().when(); }
  else if (event.has_transfer_took_effect()) { track = event.transfer_took_effect().track(); day = event.transfer_took_effect().on(); }
  else if (event.has_transfer_cancelled()) track = event.transfer_cancelled().track();
  else return;
  v1::FeedData::Movement& out = *data->mutable_movement();
  out.set_track(track);
  if (const auto when = record::parse_when(day); when.ok() && when->stated) {
    out.set_earliest(record::format(when->earliest));
    out.set_latest(record::format(when->latest));
  }
  const v1::Procedure* how = procedure(store, data->matter().procedure(), data->matter().version());
  if (how == nullptr) return;
  for (const v1::Step& step : how->steps())
    for (const v1::TransferTrack& one : step.transfer().tracks()) {
      if (one.name() != track) continue;
      out.set_subject(filled(one.subject(), data->matter()));
      out.set_predicate(one.predicate());
      for (const v1::Value& value : one.to()) *out.add_to() = filled(value, data->matter());
      for (const v1::Value& value : one.away()) *out.add_away() = filled(value, data->matter());
      out.set_basis(one.basis());
    }
}

std::string Teller::reference(std::uint64_t sequence) const { return "/feeds/" + feed_.name() + "/events/" + Tokens{key_}.write(feed_, ledger_, sequence); }

std::optional<FeedEvent> Teller::tell(const projections::Store& store, const projections::Committed& one, std::uint64_t number) {
  const google::protobuf::FieldDescriptor* field = nullptr;
  if (one.event.happened_case() == v1::Event::HAPPENED_NOT_SET) return {};          // Of a newer build: not ours to tell.
  const google::protobuf::Message& what = inner(one.event, &field);
  FeedEvent out;
  out.type = event_type(field->name());
  if (feed_.types_size() > 0 && std::none_of(feed_.types().begin(), feed_.types().end(), [&](const std::string& begin) { return out.type.starts_with(begin); })) return {};
  const std::string matter = matter_of(one.event, what);
  v1::FeedData data;
  if (!matter.empty()) *data.mutable_matter() = matter_at(store, matter, one.sequence);
  if (feed_.procedures_size() > 0 && std::find(feed_.procedures().begin(), feed_.procedures().end(), data.matter().procedure()) == feed_.procedures().end()) return {};
  *data.mutable_event() = one.event;
  *data.mutable_actor() = one.commit.actor();
  data.set_acted_on(one.commit.acted_on());
  add_movement(store, one.event, &data);
  const std::string subject = subject_of(one.event, what);
  if (!redact(feed_, store, ledger_, [&](const std::string& id) { return closed(store, id, one.sequence); }, &data)) return {};
  const bool open = feed_.audience() == v1::Audience::public_;
  const std::string place = ledger_ + "/" + padded(one.sequence);
  const bool json = feed_.format() != v1::Feed::protobuf;
  out.content_type = json ? "application/json" : "application/protobuf";
  if (!json) out.data = data.SerializeAsString();
  else if (!google::protobuf::util::MessageToJsonString(data, &out.data).ok()) out.data = "{}";
  out.key = subject;
  out.attributes = {{"specversion", "1.0"}, {"id", open ? hex(hmac(key_, "id/" + place).substr(0, 16)) : place}, {"source", "/ledgers/" + ledger_}, {"type", out.type}};
  if (!subject.empty()) out.attributes.emplace_back("subject", subject);
  out.attributes.emplace_back("time", rfc3339(one.commit.stamp().time_ms()));
  if (!one.commit.acted_on().empty()) out.attributes.emplace_back("actedon", one.commit.acted_on());
  out.attributes.emplace_back("dataschema", "urn:concordat:v1:FeedData");
  if (!open) out.attributes.emplace_back("sequence", padded(one.sequence));
  else if (number > 0) out.attributes.emplace_back("sequence", padded(number));     // The ledger's would count what is private.
  if (!open) out.attributes.emplace_back("causationid", one.commit.command_id());
  out.attributes.emplace_back("replay", one.commit.backfill() ? "true" : "false");
  if (out.data.size() > kDataBytesMax) {
    out.attributes.emplace_back("dataref", reference(one.sequence));
    out.data = json ? "{}" : std::string();
  }
  return out;
}

}  // namespace concordat::app
