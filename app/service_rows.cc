#include "app/service_rows.h"

#include <algorithm>
#include <array>

#include "app/awaited.h"
#include "app/clock.h"
#include "concordat/v1/service.pb.h"
#include "projections/views/decisions.h"
#include "projections/views/matters.h"
#include "projections/views/record.h"

namespace concordat::app {
namespace {

void of_matter(const v1::MatterRow& row, Traits* out) {
  out->bodies.insert(row.awaits().begin(), row.awaits().end());
  out->bodies.insert(row.opened_by());
  for (const v1::Field& field : row.fields())
    if (field.value().has_ref()) out->bodies.insert(field.value().ref());
  out->types.insert(row.procedure());
  out->opened = row.opened();
  out->last = row.last();
}

// What its matter says of it, beside its own words for where it stands.
Traits with_matter(const RowsOf& of, const std::string& id) {
  Traits out;
  out.id = id;
  v1::MatterRow matter;
  if (projections::find_matter(of.store, of.ledger, id, &matter)) of_matter(matter, &out);
  return out;
}

Traits traits(const RowsOf&, const v1::MatterRow& row) {
  Traits out;
  out.id = row.id();
  of_matter(row, &out);
  out.states = {row.open() ? "open" : "closed", row.step(), row.outcome()};
  return out;
}
Traits traits(const RowsOf& of, const v1::DecisionRow& row) {
  Traits out = with_matter(of, row.matter());
  out.bodies.insert(row.made().body());
  out.states = {row.made().outcome(), row.enacted().empty() ? "made" : "enacted"};
  out.opened = row.sequence();
  return out;
}
Traits traits(const RowsOf& of, const v1::TransferRow& row) {
  Traits out = with_matter(of, row.matter());
  for (const v1::TrackRow& track : row.tracks())
    out.states.insert(!track.cancelled().empty() ? "cancelled" : !track.effective_on().empty() ? "effective" : track.plans_size() > 1 ? "replanned" : "planned");
  return out;
}
Traits traits(const RowsOf& of, const v1::EscalationRow& row) {
  Traits out = with_matter(of, row.matter());
  out.bodies.insert(row.raiser());
  out.bodies.insert(row.action_lead());
  for (const auto& hop : row.route()) out.bodies.insert({hop.to(), hop.from()});
  out.states = {row.state()};
  out.types.insert(row.issue());
  return out;
}
Traits traits(const RowsOf& of, const v1::MeetingRow& row) {
  Traits out = with_matter(of, row.id());
  out.bodies.insert(row.body());
  out.states = {row.state()};
  return out;
}
Traits traits(const RowsOf&, const v1::ProcedureRow& row) {
  Traits out;
  out.id = row.id();
  out.types = {row.id()};
  out.opened = out.last = row.sequence();
  return out;
}

void name(const RowsOf& of, v1::MatterRow* row) {
  if (of.now) name_awaited(of.store, of.ledger, projections::RecordReader(of.store, of.ledger), record::day_of(now_ms()), row);
}

// A view: under which keys its rows stand, and as which member of Row they are told.
template <typename Row, Row* (v1::Row::*member)()>
bool read(const RowsOf& of, std::string_view bytes, const Wanted& wanted, v1::Row* out) {
  Row row;
  if (!row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  if constexpr (std::is_same_v<Row, v1::MatterRow>) name(of, &row);
  if (!wanted(traits(of, row))) return true;
  if constexpr (std::is_same_v<Row, v1::DecisionRow>) projections::full_decision(of.store, of.ledger, &row);
  *(out->*member)() = std::move(row);
  return true;
}

constexpr std::array<Told, kViewsTold> kTold = {{
    {"matters", "m/", false, read<v1::MatterRow, &v1::Row::mutable_matter>},
    {"decisions", "d/", true, read<v1::DecisionRow, &v1::Row::mutable_decision>},           // A matter may decide more than once: id/step.
    {"transfers", "", false, read<v1::TransferRow, &v1::Row::mutable_transfer>},
    {"escalations", "", false, read<v1::EscalationRow, &v1::Row::mutable_escalation>},
    {"meetings", "m/", false, read<v1::MeetingRow, &v1::Row::mutable_meeting>},
    {"procedures", "n/", false, read<v1::ProcedureRow, &v1::Row::mutable_procedure>},
}};

}  // namespace

const Told& view_told(std::size_t index) { return kTold.at(index); }

Result<const Told*> view_told(const std::string& view) {
  for (const Told& one : kTold)
    if (view == one.view) return &one;
  return Status::invalid("view: expected matters, decisions, transfers, escalations, meetings or procedures, but it is \"" + view.substr(0, 64) + "\"");
}

Status damaged_row(const std::string& view) { return Status::corrupt("view " + view + ": a row does not parse; run: concordat rebuild --view " + view); }

Status get(const projections::Store& store, const std::string& ledger, const v1::GetRequest& request, v1::GetResponse* response) {
  auto what = view_told(request.view());
  if (!what.ok()) return what.status();
  const Told& view = **what;
  response->set_position(store.sequence(ledger));         // Before reading: what is read is at least as new.
  if (Status status = check_limit(request.limit()); !status.ok()) return status;
  const int most = static_cast<int>(request.limit() == 0 ? kRowsUsual : request.limit());
  const bool one = !request.key().empty();
  const std::string among = view.prefix + request.key() + (one && view.several ? "/" : "");
  const RowsOf of{store, ledger, true};
  std::size_t told = 0;
  Status status;
  store.scan(request.view(), ledger, among, one ? among : view.prefix + request.after(), [&](std::string_view, std::string_view bytes) {
    v1::Row row;
    const auto wanted = [&](const Traits& seen) { return one ? seen.id == request.key() : seen.id != request.after(); };
    if (!view.read(of, bytes, wanted, &row)) { status = damaged_row(request.view()); return false; }
    if (row.of_case() == v1::Row::OF_NOT_SET) return !one || view.several;
    told += row.ByteSizeLong();
    *response->add_rows() = std::move(row);
    return response->rows_size() < most && told < kReplyBytesMax;
  });
  return status;
}

}  // namespace concordat::app
