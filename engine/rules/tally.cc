#include "engine/rules/tally.h"

#include <map>
#include <set>

#include "concordat/v1/rule.pb.h"
#include "engine/rules/electorate.h"
#include "engine/rules/rules.h"

namespace concordat::rules {
namespace {

using D = v1::DecisionRule;

std::uint64_t weight_of(const v1::Rule& rule, const D& decision, const Seat& seat) {
  for (const D::Weight& one : decision.weights())
    if (one.of() == seat.party || is_office(seat, one.of()) || is_of(rule, one.of(), seat)) return one.votes();
  return seat.weight;
}

void add(Tally& out, Vote vote, std::uint64_t weight) {
  if (vote == Vote::kFor) out.in_favour += weight;
  if (vote == Vote::kAgainst) out.against += weight;
  if (vote == Vote::kAbstained) out.abstained += weight;
}

// What several seats of one party say as one. Those that are there and silent do not speak against the others.
struct PartyVoice {
  std::uint64_t weight = 0, in_favour = 0, against = 0, abstained = 0;
  bool present = false;

  Vote vote(int within) const {
    if (within == D::agreed) {
      const int kinds = (in_favour > 0 ? 1 : 0) + (against > 0 ? 1 : 0) + (abstained > 0 ? 1 : 0);
      if (kinds != 1) return kinds == 0 ? Vote::kNone : Vote::kAbstained;
    }
    if (in_favour > against) return Vote::kFor;
    if (against > in_favour) return Vote::kAgainst;
    return in_favour + against + abstained > 0 ? Vote::kAbstained : Vote::kNone;
  }
};

}  // namespace

Tally tally(const v1::Rule& rule, const D& decision, const D::Limb& limb, const Roll& roll, const DecisionOptions& chosen) {
  Tally out;
  std::set<std::string> holders;
  std::map<std::string, PartyVoice> parties;
  const int unit = limb.unit() != D::unit_unset ? static_cast<int>(limb.unit()) : chosen.unit;
  for (const Seat& seat : roll.seats) {
    if (!seat.votes || !is_of(rule, limb.electorate(), seat)) continue;
    const std::uint64_t weight = limb.unweighted() ? 1 : weight_of(rule, decision, seat);
    const bool by_party = unit == D::party && !seat.party.empty();
    PartyVoice* voice = nullptr;
    if (by_party) {
      voice = &parties[seat.party];
      if (voice->weight == 0) voice->weight = weight;      // Of its seats, the first that weighs gives its weight.
    } else {
      out.all += weight;
    }
    if (!may_vote(seat)) continue;
    if (voice == nullptr) out.present += weight;
    else voice->present = true;
    if (chosen.multi_seat == v1::QuorumRule::once && !holders.insert(seat.holder).second) continue;
    if (voice == nullptr) { add(out, seat.vote, weight); continue; }
    voice->in_favour += seat.vote == Vote::kFor ? 1 : 0;
    voice->against += seat.vote == Vote::kAgainst ? 1 : 0;
    voice->abstained += seat.vote == Vote::kAbstained ? 1 : 0;
  }
  for (const auto& [party, voice] : parties) {
    out.all += voice.weight;
    if (voice.present) out.present += voice.weight;
    add(out, voice.vote(chosen.within_party), voice.weight);
  }
  return out;
}

}  // namespace concordat::rules
