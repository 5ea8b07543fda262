#include "app/recorded.h"

#include <google/protobuf/descriptor.h>

#include <string_view>
#include <utility>
#include <vector>

#include "engine/told.h"

namespace concordat::app {
namespace {

namespace pb = google::protobuf;

// The fields of a command that its event has under the same name.
void copy_fields(const pb::Message& event, pb::Message* command) {
  std::vector<const pb::FieldDescriptor*> set;
  event.GetReflection()->ListFields(event, &set);
  const auto *from = event.GetReflection(), *into = command->GetReflection();
  for (const auto* field : set) {
    const auto* to = command->GetDescriptor()->FindFieldByName(field->name());
    using F = pb::FieldDescriptor;
    if (to == nullptr || to->type() != field->type() || to->is_repeated() != field->is_repeated()) continue;
    if (field->is_repeated()) {
      for (int i = 0; i < from->FieldSize(event, field); ++i) {
        if (field->cpp_type() == F::CPPTYPE_MESSAGE) into->AddMessage(command, to)->CopyFrom(from->GetRepeatedMessage(event, field, i));
        if (field->cpp_type() == F::CPPTYPE_STRING) into->AddString(command, to, from->GetRepeatedString(event, field, i));
        if (field->cpp_type() == F::CPPTYPE_UINT32) into->AddUInt32(command, to, from->GetRepeatedUInt32(event, field, i));
      }
      continue;
    }
    if (field->cpp_type() == F::CPPTYPE_MESSAGE) into->MutableMessage(command, to)->CopyFrom(from->GetMessage(event, field));
    if (field->cpp_type() == F::CPPTYPE_STRING) into->SetString(command, to, from->GetString(event, field));
    if (field->cpp_type() == F::CPPTYPE_UINT32) into->SetUInt32(command, to, from->GetUInt32(event, field));
    if (field->cpp_type() == F::CPPTYPE_ENUM) into->SetEnumValue(command, to, from->GetEnumValue(event, field));
    if (field->cpp_type() == F::CPPTYPE_BOOL) into->SetBool(command, to, from->GetBool(event, field));
  }
}

// Commands that several events answer alike.
bool gathered(const std::vector<v1::Event>& events, v1::Command* out) {
  const v1::Event& first = events.front();
  if (first.has_vocabulary_published()) { *out->mutable_publish_vocabulary()->mutable_predicates() = first.vocabulary_published().predicates(); return true; }
  if (first.has_document_registered()) {
    for (const v1::Event& event : events)
      if (event.has_document_registered()) *out->mutable_register_document()->add_documents() = event.document_registered().document();
    return true;
  }
  if (!first.has_fact_asserted()) return false;
  for (const v1::Event& event : events)
    if (event.has_fact_asserted() && event.fact_asserted().fact().source().matter().empty()) *out->mutable_assert_facts()->add_facts() = event.fact_asserted().fact();
  return out->has_assert_facts();
}

// Due times, and a matter withdrawn.
bool by_clock(const std::vector<v1::Event>& events, const v1::Commit& commit, v1::Command* out) {
  const std::string withdrawn = "withdrawn: ";
  const v1::Event& first = events.front();
  if (first.has_matter_closed() && first.matter_closed().outcome().starts_with(withdrawn)) {
    out->mutable_withdraw_matter()->set_matter(first.matter_closed().matter());
    out->mutable_withdraw_matter()->set_reason(first.matter_closed().outcome().substr(withdrawn.size()));
    return true;
  }
  if (commit.actor().who() != "system:clock") return false;
  const auto* of = first.GetReflection()->GetOneofFieldDescriptor(first, v1::Event::descriptor()->oneof_decl(0));
  const pb::Message& body = first.GetReflection()->GetMessage(first, of);
  const auto* matter = body.GetDescriptor()->FindFieldByName("matter");
  if (matter == nullptr) return false;
  out->mutable_deadline_reached()->set_matter(body.GetReflection()->GetString(body, matter));
  return true;
}

}  // namespace

std::optional<v1::Command> command_of(const v1::Commit& commit) {
  std::vector<v1::Event> events(static_cast<std::size_t>(commit.events_size()));
  for (int i = 0; i < commit.events_size(); ++i)
    if (!events[static_cast<std::size_t>(i)].ParseFromString(commit.events(i))) return std::nullopt;
  if (events.empty() || events.front().has_refused()) return std::nullopt;
  v1::Command out;
  out.set_command_id(commit.command_id());
  out.set_ledger(commit.ledger());
  *out.mutable_actor() = commit.actor();
  out.set_acted_on(commit.acted_on());
  out.set_backfill(commit.backfill());
  if (by_clock(events, commit, &out) || gathered(events, &out)) return out;
  const v1::Event& first = telling(events);
  const auto* of = first.GetReflection()->GetOneofFieldDescriptor(first, v1::Event::descriptor()->oneof_decl(0));
  const std::string name(of == nullptr ? std::string_view() : command_told_by(of->name()));      // One that tells of none is not tried again, and what-if says so.
  if (name.empty()) return std::nullopt;
  const auto* asked = v1::Command::descriptor()->FindFieldByName(name);
  copy_fields(first.GetReflection()->GetMessage(first, of), out.GetReflection()->MutableMessage(&out, asked));
  add_words_told(events, &out);
  if (out.has_enact()) {                              // A start that overrode the templates' stands in every fact.
    std::string from;
    for (const v1::Event& event : events) {
      if (!event.has_fact_asserted() || event.fact_asserted().fact().source().matter() != out.enact().matter()) continue;
      if (!from.empty() && from != event.fact_asserted().fact().from()) { from.clear(); break; }
      from = event.fact_asserted().fact().from();
    }
    out.mutable_enact()->set_from(from);
  }
  return out;
}

}  // namespace concordat::app
