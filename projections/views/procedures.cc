#include "projections/views/procedures.h"

#include "concordat/v1/views.pb.h"
#include "projections/bytes.h"
#include "projections/views/ledger.h"

namespace concordat::projections {
namespace {

std::string newest_key(std::string_view id) { return "n/" + std::string(id); }
std::string versions_of(std::string_view id) { return "v/" + std::string(id) + '\0'; }
std::string version_key(std::string_view id, std::uint32_t version) { return versions_of(id) + be64(version); }

class Procedures final : public View {
 public:
  std::string_view name() const override { return "procedures"; }
  std::uint32_t version() const override { return 1; }

  void fold(const Committed& c, Rows& rows) const override {
    if (!c.event.has_procedure_published()) return;
    const v1::Procedure& procedure = c.event.procedure_published().procedure();
    v1::ProcedureRow row;
    row.set_id(procedure.id());
    row.set_version(procedure.version());
    row.set_title(procedure.title());
    row.set_sequence(c.sequence);
    row.set_day(day_of(c));
    row.set_steps(static_cast<std::uint32_t>(procedure.steps_size()));
    rows.put(version_key(procedure.id(), procedure.version()), row.SerializeAsString());
    rows.put(newest_key(procedure.id()), row.SerializeAsString());                       // Versions only rise.
  }
};

void rows(const Store& store, std::string_view ledger, const std::string& prefix, const std::function<bool(const v1::ProcedureRow&)>& each) {
  store.scan("procedures", ledger, prefix, prefix, [&](std::string_view, std::string_view bytes) {
    v1::ProcedureRow row;
    return !row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || each(row);
  });
}

}  // namespace

const View& procedures_view() { static const Procedures view; return view; }

void newest_procedures(const Store& store, std::string_view ledger, const std::function<bool(const v1::ProcedureRow&)>& each) { rows(store, ledger, "n/", each); }

void procedure_versions(const Store& store, std::string_view ledger, std::string_view id, const std::function<bool(const v1::ProcedureRow&)>& each) {
  rows(store, ledger, versions_of(id), each);
}

bool find_procedure(const Store& store, std::string_view ledger, std::string_view id, std::uint32_t version, v1::Procedure* out) {
  const auto bytes = store.get("procedures", ledger, version == 0 ? newest_key(id) : version_key(id, version));
  v1::ProcedureRow row;
  if (!bytes || !row.ParseFromString(*bytes)) return false;
  return find_event(store, ledger, row.sequence(), [&](const Committed& one) { *out = one.event.procedure_published().procedure(); });
}

}  // namespace concordat::projections
