#include "projections/views/matters.h"

#include <algorithm>

#include "concordat/v1/views.pb.h"

namespace concordat::projections {
namespace {

std::string key(std::string_view id) { return "m/" + std::string(id); }

void await(v1::MatterRow& row, const std::string& who, bool yes) {
  auto& all = *row.mutable_awaits();
  const auto at = std::find(all.begin(), all.end(), who);
  if (yes && at == all.end() && !who.empty()) *all.Add() = who;
  if (!yes && at != all.end()) all.erase(at);
}

void take(v1::MatterRow& row, const google::protobuf::RepeatedPtrField<v1::Field>& fields) {
  for (const v1::Field& field : fields) {
    const auto same = std::find_if(row.mutable_fields()->begin(), row.mutable_fields()->end(), [&](const v1::Field& one) { return one.name() == field.name(); });
    if (same == row.mutable_fields()->end()) *row.add_fields() = field;
    else *same = field;
  }
}

void open(const Committed& c, v1::MatterRow& row) {
  const v1::MatterOpened& event = c.event.matter_opened();
  row.set_id(event.matter());
  row.set_procedure(event.procedure());
  row.set_version(event.version());
  row.set_title(event.title());
  row.set_open(true);
  row.set_step(event.step());
  row.set_opened(c.sequence);
  row.set_opened_ms(c.commit.stamp().time_ms());
  row.set_parent(event.parent());
  row.set_opened_by(c.commit.actor().who());
  *row.mutable_fields() = event.fields();
  *row.mutable_rules() = event.rules();
  row.set_recommendation(event.recommendation());
}

// Which matter an event is about.
const std::string* matter_of(const v1::Event& event) {
  const auto* one = v1::Event::GetReflection()->GetOneofFieldDescriptor(event, v1::Event::descriptor()->oneof_decl(0));
  const auto& inner = v1::Event::GetReflection()->GetMessage(event, one);
  const auto* field = inner.GetDescriptor()->FindFieldByName("matter");
  return field == nullptr ? nullptr : &inner.GetReflection()->GetStringReference(inner, field, nullptr);
}

void change(const Committed& c, v1::MatterRow& row) {
  const v1::Event& event = c.event;
  if (event.has_matter_moved()) { row.set_step(event.matter_moved().to()); row.clear_awaits(); }
  if (event.has_procedure_changed()) {
    if (row.step() != event.procedure_changed().step()) row.clear_awaits();
    row.set_step(event.procedure_changed().step());
    row.set_version(event.procedure_changed().to());
    *row.mutable_rules() = event.procedure_changed().rules();
  }
  if (event.has_proposed()) { take(row, event.proposed().fields()); if (!event.proposed().recommendation().empty()) row.set_recommendation(event.proposed().recommendation()); }
  if (const v1::RulesFrozen& frozen = event.rules_frozen(); event.has_rules_frozen() && frozen.number() > 0 && frozen.number() <= static_cast<std::uint32_t>(row.rules_size()))
    *row.mutable_rules(static_cast<int>(frozen.number()) - 1) = frozen.rule();
  if (event.has_item_tabled()) { row.clear_awaits(); for (const v1::Attendee& a : event.item_tabled().present()) await(row, a.party(), true); }
  if (event.has_position_taken()) await(row, event.position_taken().party(), false);
  if (event.has_obligation_arose()) await(row, event.obligation_arose().owed_by(), true);
  if (event.has_obligation_discharged()) {
    const std::string& id = event.obligation_discharged().obligation();
    const std::size_t slash = id.find('/');
    if (const std::string& owed_by = event.obligation_discharged().owed_by(); !owed_by.empty()) await(row, owed_by, false);
    else await(row, slash == std::string::npos ? c.commit.actor().who() : id.substr(slash + 1), false);
  }
  if (event.has_escalation_routed()) { row.clear_awaits(); await(row, event.escalation_routed().to(), true); }
  if (event.has_escalation_answered()) { row.clear_awaits(); await(row, row.opened_by(), true); }
  if (event.has_matter_closed()) { row.set_open(false); row.set_outcome(event.matter_closed().outcome()); row.clear_awaits(); }
}

class Matters final : public View {
 public:
  std::string_view name() const override { return "matters"; }
  std::uint32_t version() const override { return 2; }

  void fold(const Committed& c, Rows& rows) const override {
    const std::string* id = matter_of(c.event);
    if (id == nullptr || id->empty()) return;
    const bool opens = c.event.has_matter_opened();
    v1::MatterRow* row = opens ? &rows.at<v1::MatterRow>(key(*id)) : rows.find<v1::MatterRow>(key(*id));
    if (row == nullptr) return;                  // A refusal about a matter that does not exist.
    if (opens) open(c, *row);
    else change(c, *row);
    if (opens) rows.put("o/" + *id, "");
    if (c.event.has_matter_closed()) rows.erase("o/" + *id);
    if (!c.event.has_refused()) row->set_last(c.sequence);
    row->set_last_ms(c.commit.stamp().time_ms());
    row->add_events(c.sequence);
  }
};

}  // namespace

const View& matters_view() { static const Matters view; return view; }

bool find_matter(const Store& store, std::string_view ledger, std::string_view id, v1::MatterRow* out) {
  const auto bytes = store.get("matters", ledger, key(id));
  return bytes && out->ParseFromString(*bytes);
}

bool closed_matter(const Store& store, std::string_view ledger, std::string_view id, std::string* outcome) {
  v1::MatterRow row;
  if (!find_matter(store, ledger, id, &row) || row.open()) return false;
  *outcome = row.outcome();
  return true;
}

}  // namespace concordat::projections
