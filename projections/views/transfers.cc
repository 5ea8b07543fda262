#include "projections/views/transfers.h"

#include "concordat/v1/views.pb.h"

namespace concordat::projections {
namespace {

v1::TrackRow& track(v1::TransferRow& row, const std::string& name) {
  for (v1::TrackRow& one : *row.mutable_tracks())
    if (one.name() == name) return one;
  v1::TrackRow& fresh = *row.add_tracks();
  fresh.set_name(name);
  return fresh;
}

template <typename Event>
void plan(const Committed& c, const Event& event, v1::TransferRow& row) {
  auto& one = *track(row, event.track()).add_plans();
  one.set_when(event.when());
  one.set_known(day_of(c));
  one.set_reason(event.reason());
}

// A matter has a row from its first plan on.
class Transfers final : public View {
 public:
  std::string_view name() const override { return "transfers"; }
  std::uint32_t version() const override { return 1; }

  void fold(const Committed& c, Rows& rows) const override {
    const v1::Event& event = c.event;
    if (event.has_transfer_planned()) return change(rows, event.transfer_planned().matter(), [&](auto& row) { plan(c, event.transfer_planned(), row); });
    if (event.has_transfer_replanned()) return change(rows, event.transfer_replanned().matter(), [&](auto& row) { plan(c, event.transfer_replanned(), row); });
    if (event.has_condition_met()) return change(rows, event.condition_met().matter(), [&](auto& row) { row.add_conditions(event.condition_met().condition() + ": " + event.condition_met().evidence() + " (" + day_of(c) + ")"); });
    if (event.has_transfer_took_effect()) return change(rows, event.transfer_took_effect().matter(), [&](auto& row) {
      track(row, event.transfer_took_effect().track()).set_effective_on(event.transfer_took_effect().on());
      track(row, event.transfer_took_effect().track()).set_effective_known(day_of(c));
    });
    if (event.has_transfer_cancelled()) return change(rows, event.transfer_cancelled().matter(), [&](auto& row) { track(row, event.transfer_cancelled().track()).set_cancelled(event.transfer_cancelled().reason()); });
  }

 private:
  template <typename Change>
  static void change(Rows& rows, const std::string& matter, Change apply) {
    auto& row = rows.at<v1::TransferRow>(matter);
    row.set_matter(matter);
    apply(row);
  }
};

}  // namespace

const View& transfers_view() { static const Transfers view; return view; }

}  // namespace concordat::projections
