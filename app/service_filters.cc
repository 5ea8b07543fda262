#include "app/service_filters.h"

#include <map>
#include <set>

#include "app/joined.h"
#include "concordat/v1/procedure.pb.h"
#include "concordat/v1/service.pb.h"
#include "concordat/v1/views.pb.h"
#include "projections/views/procedures.h"
#include "projections/views/record.h"

namespace concordat::app {
namespace {

using Words = std::set<std::string>;

Status unknown(const char* filter, const std::string& expected, const std::string& got) {
  return Status::invalid(std::string(filter) + ": expected " + expected + ", but it is \"" + got.substr(0, 64) + "\"");
}

Words procedures(const projections::Store& store, const std::string& ledger) {
  Words out;
  projections::newest_procedures(store, ledger, [&](const v1::ProcedureRow& row) { out.insert(row.id()); return true; });
  return out;
}

// Where a matter may stand: open or closed, at a step, or ended with an outcome, of any version of its procedure.
Words of_matters(const projections::Store& store, const std::string& ledger, const Words& ids) {
  Words out = {"open", "closed"};
  for (const std::string& id : ids)
    projections::procedure_versions(store, ledger, id, [&](const v1::ProcedureRow& row) {
      v1::Procedure procedure;
      if (!projections::find_procedure(store, ledger, id, row.version(), &procedure)) return true;
      for (const v1::Step& step : procedure.steps()) {
        out.insert(step.id());
        for (const v1::Next& next : step.next()) out.insert(next.as().empty() ? next.on() : next.as());
      }
      return true;
    });
  return out;
}

// The states of views whose rows say it in words of their own.
const std::map<std::string, Words, std::less<>>& closed_states() {
  static const std::map<std::string, Words, std::less<>> states = {
      {"decisions", {"carried", "decided_severally", "enacted", "made", "not_carried", "recommended"}},
      {"escalations", {"answered", "closed", "overdue", "received", "returned", "routed"}},
      {"meetings", {"adjourned", "confirmed", "convened", "ended", "opened", "sitting"}},
      {"transfers", {"cancelled", "effective", "planned", "replanned"}},
  };
  return states;
}

Status check_state(const projections::Store& store, const std::string& ledger, const v1::ListRequest& request, const Words& ids) {
  const std::string& state = request.state();
  if (request.view() == "procedures") return unknown("state", "none, for procedures have no state", state);
  if (const auto own = closed_states().find(request.view()); own != closed_states().end()) return own->second.contains(state) ? Status() : unknown("state", joined(own->second), state);
  if (state.starts_with("withdrawn") || of_matters(store, ledger, ids).contains(state)) return {};
  return unknown("state", "open, closed, or a step or an outcome of a procedure", state);
}

}  // namespace

Status check_filters(const projections::Store& store, const std::string& ledger, const v1::ListRequest& request) {
  const projections::RecordReader record(store, ledger);
  const bool escalations = request.view() == "escalations";
  if (!request.body().empty() && !record.has_subject(request.body())) return unknown("body", "the id of a subject of the record, such as body:bsol", request.body());
  const Words ids = procedures(store, ledger);
  if (!request.type().empty() && !ids.contains(request.type()) && !(escalations && record.has_subject(request.type())))
    return unknown("type", "a procedure of this ledger" + std::string(escalations ? " or an issue of the record" : "") + " (" + (ids.empty() ? "it has none yet" : joined(ids)) + ")", request.type());
  return request.state().empty() ? Status() : check_state(store, ledger, request, ids);
}

}  // namespace concordat::app
