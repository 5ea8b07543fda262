#include "projections/views/decisions.h"

#include "concordat/v1/views.pb.h"
#include "engine/record/when.h"
#include "projections/views/ledger.h"

namespace concordat::projections {
namespace {

std::string day_of(const Committed& c) {
  return c.commit.acted_on().empty() ? record::format(record::day_of(c.commit.stamp().time_ms())) : c.commit.acted_on();
}

// While a matter runs, "t/<matter>" keeps its title and meeting; "d/<matter>/<step>" is the register.
class Decisions final : public View {
 public:
  std::string_view name() const override { return "decisions"; }
  std::uint32_t version() const override { return 1; }

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
      for (const auto& [key, bytes] : rows.scan("d/" + event.enacted().matter() + "/", 16)) {
        v1::DecisionRow row;
        row.ParseFromString(bytes);
        *row.mutable_facts() = event.enacted().facts();
        row.set_enacted(day_of(c));
        rows.put(key, row.SerializeAsString());
      }
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
    rows.put("d/" + made.matter() + "/" + made.step(), row.SerializeAsString());
  }
};

}  // namespace

const View& decisions_view() { static const Decisions view; return view; }

void full_decision(const Store& store, std::string_view ledger, v1::DecisionRow* row) {
  find_event(store, ledger, row->sequence(), [&](const Committed& one) { *row->mutable_made() = one.event.decision_made(); });
}

}  // namespace concordat::projections
