#include "projections/views/escalations.h"

#include "concordat/v1/views.pb.h"
#include "engine/base/check.h"

namespace concordat::projections {
namespace {

class Escalations final : public View {
 public:
  std::string_view name() const override { return "escalations"; }
  std::uint32_t version() const override { return 1; }

  void fold(const Committed& c, Rows& rows) const override {
    const v1::Event& event = c.event;
    if (event.has_escalation_raised()) return change(rows, event.escalation_raised().matter(), [&](auto& row) {
      row.set_issue(event.escalation_raised().issue());
      row.set_raiser(event.escalation_raised().by());
    });
    if (event.has_escalation_routed()) return change(rows, event.escalation_routed().matter(), [&](auto& row) {
      auto& hop = *row.add_route();
      hop.set_from(event.escalation_routed().from());
      hop.set_to(event.escalation_routed().to());
      hop.set_reason(event.escalation_routed().reason());
      hop.set_day(day_of(c));
      row.set_state("routed");
    });
    if (event.has_escalation_received()) return last(rows, event.escalation_received().matter(), "received", [&](auto&, auto& hop) {
      hop.set_received(day_of(c));
      hop.set_evidence(event.escalation_received().evidence());
    });
    if (event.has_escalation_answered()) return last(rows, event.escalation_answered().matter(), "answered", [&](auto& row, auto& hop) {
      hop.set_answer(event.escalation_answered().answer());
      row.set_action_lead(event.escalation_answered().action_lead());
    });
    if (event.has_receipt_overdue()) return last(rows, event.receipt_overdue().matter(), "overdue", [&](auto&, auto& hop) { hop.set_overdue(event.receipt_overdue().due()); });
    if (event.has_escalation_returned()) return last(rows, event.escalation_returned().matter(), "returned", [&](auto&, auto& hop) { hop.set_answer("returned: " + event.escalation_returned().reason()); });
    if (event.has_escalation_closed()) return last(rows, event.escalation_closed().matter(), "closed", [](auto&, auto&) {});
  }

 private:
  template <typename Change>
  static void change(Rows& rows, const std::string& matter, Change apply) {
    auto& row = rows.at<v1::EscalationRow>(matter);
    row.set_matter(matter);
    apply(row);
  }
  template <typename Change>
  static void last(Rows& rows, const std::string& matter, const char* state, Change apply) {
    change(rows, matter, [&](v1::EscalationRow& row) {
      CHECK(!row.route().empty(), "an escalation is routed before anything else happens to it");
      apply(row, *row.mutable_route(row.route_size() - 1));
      row.set_state(state);
    });
  }
};

}  // namespace

const View& escalations_view() { static const Escalations view; return view; }

}  // namespace concordat::projections
