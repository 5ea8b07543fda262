#include "projections/views/decisions.h"

#include "concordat/v1/views.pb.h"
#include "projections/views/ledger.h"

namespace concordat::projections {
namespace {

std::string register_key(const std::string& matter, const std::string& step) { return "d/" + matter + "/" + step; }

// While a matter runs, "t/<matter>" keeps its title and meeting; "d/<matter>/<step>" is the register.
class Decisions final : public View {
 public:
  std::string_view name() const override { return "decisions"; }
  std::uint32_t version() const override { return 2; }

  void fold(const Committed& c, Rows& rows) const override {
    const v1::Event& event = c.event;
    if (event.has_matter_opened() && !event.matter_opened().rules().empty()) {
      auto& row = rows.at<v1::DecisionRow>("t/" + event.matter_opened().matter());
      row.set_matter(event.matter_opened().matter());
      row.set_title(event.matter_opened().title());
    } else if (event.has_item_tabled()) {
      rows.at<v1::DecisionRow>("t/" + event.item_tabled().matter())
          .set_meeting(event.item_tabled().meeting() + (event.item_tabled().part().empty() ? "" : ", part " + event.item_tabled().part()));
    } else if (event.has_decision_made()) {
      decided(c, rows);
    } else if (event.has_enacted()) {
      enacted(c, rows);
    } else if (event.has_matter_closed()) {
      rows.erase("t/" + event.matter_closed().matter());
    }
  }

 private:
  static void decided(const Committed& c, Rows& rows) {
    const v1::DecisionMade& made = c.event.decision_made();
    auto& running = rows.at<v1::DecisionRow>("t/" + made.matter());
    auto& row = rows.at<v1::DecisionRow>(register_key(made.matter(), made.step()));
    row = running;
    row.set_matter(made.matter());
    row.set_day(day_of(c));
    row.set_sequence(c.sequence);
    row.mutable_made()->set_body(made.body());     // The rest stands on the ledger already; full_decision() reads it there.
    row.mutable_made()->set_mode(made.mode());
    row.mutable_made()->set_outcome(made.outcome());
    running = row;
    running.mutable_made()->set_step(made.step());     // So that an enactment finds the decision it enacts.
  }

  static void enacted(const Committed& c, Rows& rows) {
    const v1::Enacted& event = c.event.enacted();
    const auto* running = rows.find<v1::DecisionRow>("t/" + event.matter());
    auto* row = running == nullptr ? nullptr : rows.find<v1::DecisionRow>(register_key(event.matter(), running->made().step()));
    if (row == nullptr) return;                        // Facts declared without a decision.
    *row->mutable_facts() = event.facts();
    row->set_enacted(day_of(c));
  }
};

}  // namespace

const View& decisions_view() { static const Decisions view; return view; }

void full_decision(const Store& store, std::string_view ledger, v1::DecisionRow* row) {
  find_event(store, ledger, row->sequence(), [&](const Committed& one) { *row->mutable_made() = one.event.decision_made(); });
}

}  // namespace concordat::projections
