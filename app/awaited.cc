#include "app/awaited.h"

#include <algorithm>
#include <set>

#include "concordat/v1/procedure.pb.h"
#include "concordat/v1/views.pb.h"
#include "engine/record/authority.h"
#include "projections/views/ledger.h"
#include "projections/views/procedures.h"

namespace concordat::app {
namespace {

namespace authority = record::authority;

struct At {
  const projections::Store& store;
  std::string_view ledger;
  const record::Facts& facts;
  record::Day today;
  const v1::MatterRow& row;

  std::string filled(const std::string& text) const {
    if (!text.starts_with('$')) return text;
    for (const v1::Field& field : row.fields())
      if (field.name() == std::string_view(text).substr(1)) return field.value().ref();
    return "";
  }
  std::vector<std::string> parties(const std::string& body) const {
    std::vector<std::string> out;
    for (record::Datum& party : record::values(facts, body, authority::kParty, "", today)) out.push_back(std::move(party.text));
    return out;
  }
  // A body, or each of "parties of body:x".
  std::vector<std::string> named(const std::string& text) const {
    constexpr std::string_view kPartiesOf = "parties of ";
    return text.starts_with(kPartiesOf) ? parties(filled(text.substr(kPartiesOf.size()))) : std::vector<std::string>{filled(text)};
  }
  // Who has signed or taken a position since the matter came to where it stands.
  std::set<std::string> spoken() const {
    std::set<std::string> out;
    bool arrived = false;
    for (auto sequence = row.events().rbegin(); sequence != row.events().rend() && !arrived; ++sequence)
      projections::find_event(store, ledger, *sequence, [&](const projections::Committed& one) {
        if (one.event.has_signed_off()) out.insert(one.event.signed_off().party());
        if (one.event.has_position_taken()) out.insert(one.event.position_taken().party());
        arrived = one.event.has_matter_opened() || one.event.has_matter_moved();
      });
    return out;
  }
};

std::vector<std::string> parties_of(const At& at, const v1::Step& step) {
  if (step.has_decide()) return step.decide().tabled() ? std::vector<std::string>{at.filled(step.decide().body())} : at.parties(at.filled(step.decide().body()));
  std::vector<std::string> out;
  for (const std::string& one : step.sign_off().parties())
    for (std::string& body : at.named(one)) out.push_back(std::move(body));
  return step.sign_off().parties().empty() ? at.parties(at.filled(step.sign_off().subject())) : out;
}

std::vector<std::string> actors_of(const At& at, const v1::Step& step) {
  std::vector<std::string> out;
  for (const std::string& office : step.who().offices()) out.push_back(at.filled(office));
  if (!out.empty()) return out;
  for (const std::string& one : step.who().on_behalf_of())
    for (std::string& body : at.named(one)) out.push_back(std::move(body));
  if (!out.empty()) return out;
  const auto& capacities = step.who().capacities().empty() ? step.propose().capacities() : step.who().capacities();
  for (const int capacity : capacities) out.push_back("capacity:" + v1::Capacity::Value_Name(static_cast<v1::Capacity::Value>(capacity)));
  return out;
}

}  // namespace

void name_awaited(const projections::Store& store, std::string_view ledger, const record::Facts& facts, record::Day today, v1::MatterRow* row) {
  v1::Procedure procedure;
  if (!row->open() || !projections::find_procedure(store, ledger, row->procedure(), row->version(), &procedure)) return;
  const auto step = std::find_if(procedure.steps().begin(), procedure.steps().end(), [&](const v1::Step& one) { return one.id() == row->step(); });
  if (step == procedure.steps().end()) return;
  const At at{store, ledger, facts, today, *row};
  std::set<std::string> all(row->awaits().begin(), row->awaits().end());
  if (step->has_sign_off() || (step->has_decide() && all.empty())) {
    const auto spoken = at.spoken();
    for (std::string& party : parties_of(at, *step))
      if (!spoken.contains(party)) all.insert(std::move(party));
  } else if (all.empty()) {
    for (std::string& one : actors_of(at, *step)) all.insert(std::move(one));
  }
  all.erase("");
  *row->mutable_awaits() = {all.begin(), all.end()};
}

}  // namespace concordat::app
