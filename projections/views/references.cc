#include "projections/views/references.h"

#include "concordat/v1/views.pb.h"

namespace concordat::projections {
namespace {

std::string item_key(const std::string& meeting, std::uint32_t number) { return "i/" + meeting + "/" + std::to_string(number); }

// The calendar year in which the financial year of the day began.
std::string year_of(const std::string& day) {
  const int year = std::stoi(day.substr(0, 4)), month = std::stoi(day.substr(5, 2));
  return std::to_string(month >= 4 ? year : year - 1);
}

// "f/<body>" the form its rule gives, "w/<rule>" whose rule it was; "m/<meeting>" where and when; "n/<body>/<year>" the last
// serial; "i/<meeting>/<number>" the item, from when it was first taken.
class References final : public View {
 public:
  std::string_view name() const override { return "references"; }
  std::uint32_t version() const override { return 1; }

  void fold(const Committed& c, Rows& rows) const override {
    const v1::Event& event = c.event;
    if (event.has_rule_published()) return ruled(event.rule_published().rule(), rows);
    if (event.has_meeting_convened()) {
      auto& row = rows.at<v1::ItemReferenceRow>("m/" + event.meeting_convened().matter());
      row.set_body(event.meeting_convened().body());
      row.set_on(event.meeting_convened().on());
    }
    if (event.has_agenda_item_taken()) taken(event.agenda_item_taken(), rows);
  }

 private:
  static void ruled(const v1::Rule& rule, Rows& rows) {
    if (!rule.minutes().item_reference().empty()) {
      rows.at<v1::ItemReferenceRow>("f/" + rule.body()).set_form(rule.minutes().item_reference());
      rows.at<v1::ItemReferenceRow>("w/" + rule.id()).set_body(rule.body());
    } else if (const auto* was = rows.find<v1::ItemReferenceRow>("w/" + rule.id())) {
      rows.erase("f/" + std::string(was->body()));      // A later version that states none.
      rows.erase("w/" + rule.id());
    }
  }

  // Taken again after an adjournment, it keeps the reference it has.
  static void taken(const v1::AgendaItemTaken& event, Rows& rows) {
    const std::string key = item_key(event.matter(), event.number());
    const auto* meeting = rows.find<v1::ItemReferenceRow>("m/" + event.matter());
    if (meeting == nullptr || rows.find<v1::ItemReferenceRow>(key) != nullptr) return;
    const v1::ItemReferenceRow where = *meeting;
    const auto* form = rows.find<v1::ItemReferenceRow>("f/" + where.body());
    if (form == nullptr) return;
    const std::string as = form->form();
    auto& last = rows.at<v1::ItemReferenceRow>("n/" + where.body() + "/" + year_of(where.on()));
    const std::uint32_t serial = last.serial() + 1;
    last.set_serial(serial);
    auto& row = rows.at<v1::ItemReferenceRow>(key);
    row = where;
    row.set_serial(serial);
    row.set_form(as);
  }
};

}  // namespace

const View& references_view() { static const References view; return view; }

bool find_reference(const Store& store, std::string_view ledger, const std::string& meeting, std::uint32_t number, v1::ItemReferenceRow* out) {
  const auto bytes = store.get("references", ledger, item_key(meeting, number));
  return bytes && out->ParseFromString(*bytes);
}

}  // namespace concordat::projections
