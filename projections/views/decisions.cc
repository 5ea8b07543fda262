#include "projections/views/decisions.h"

#include "concordat/v1/views.pb.h"
#include "engine/record/when.h"
#include "projections/views/ledger.h"

namespace concordat::projections {
namespace {

std::string day_of(const Committed& c) {
  return c.commit.acted_on().empty() ? record::format(record::day_of(c.commit.stamp().time_ms())) : c.commit.acted_on();
}

std::string register_key(const std::string& matter, const std::string& step) { return "d/" + matter + "/" + step; }

// While a matter runs, "t/<matter>" keeps its title and meeting; "d/<matter>/<step>" is the register.
class Decisions final : public View {
 public:
  std::string_view name() const override { return "decisions"; }
  std::uint32_t version() const override { return 2; }

  void fold(const Committed& c, Rows& rows) const override {
    const v1::Event& event = c.event;
    if (event.has_matter_opened() && !event.matter_opened().rules().empty()) {
      v1::DecisionRow row;
      row.set_matter(event.matter_opened().matter());
      row.set_title(event.matter_opened().title());
      rows.put("t/" + row.matter(), row.SerializeAsString());
    } else if (event.has_item_tabled()) {
      v1::DecisionRow row;
      const std::string key = "t/" + event.item_tabled().matter();
      if (const auto bytes = rows.get(key)) row.ParseFromString(*bytes);
      row.set_meeting(event.item_tabled().meeting() + (event.item_tabled().part().empty() ? "" : ", part " + event.item_tabled().part()));
      rows.put(key, row.SerializeAsString());
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
    v1::DecisionRow row;
    if (const auto bytes = rows.get("t/" + made.matter())) row.ParseFromString(*bytes);
    row.set_matter(made.matter());
    row.set_day(day_of(c));
    row.set_sequence(c.sequence);
    row.mutable_made()->set_body(made.body());     // The rest stands on the ledger already; full_decision() reads it there.
    row.mutable_made()->set_mode(made.mode());
    row.mutable_made()->set_outcome(made.outcome());
    rows.put(register_key(made.matter(), made.step()), row.SerializeAsString());
    row.mutable_made()->set_step(made.step());         // So that an enactment finds the decision it enacts.
    rows.put("t/" + made.matter(), row.SerializeAsString());
  }

  static void enacted(const Committed& c, Rows& rows) {
    const v1::Enacted& event = c.event.enacted();
    v1::DecisionRow last, row;
    if (const auto bytes = rows.get("t/" + event.matter())) last.ParseFromString(*bytes);
    const std::string key = register_key(event.matter(), last.made().step());
    const auto bytes = rows.get(key);
    if (!bytes) return;                                // Facts declared without a decision.
    row.ParseFromString(*bytes);
    *row.mutable_facts() = event.facts();
    row.set_enacted(day_of(c));
    rows.put(key, row.SerializeAsString());
  }
};

}  // namespace

const View& decisions_view() { static const Decisions view; return view; }

void full_decision(const Store& store, std::string_view ledger, v1::DecisionRow* row) {
  find_event(store, ledger, row->sequence(), [&](const Committed& one) { *row->mutable_made() = one.event.decision_made(); });
}

}  // namespace concordat::projections
