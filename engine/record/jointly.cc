// A value that stands for several bodies together ("the six"): what is said of it is said of each of its parties.
#include "concordat/v1/record.pb.h"
#include "engine/record/authority.h"
#include "engine/record/record.h"

namespace concordat::record {

void name_jointly(const Facts& facts, v1::Answer* answer) {
  if (!answer->determined() || facts.predicate(authority::kJointly) == nullptr) return;
  for (const v1::Value& value : answer->values()) {
    if (value.ref().empty() || facts.of(value.ref(), authority::kJointly).empty()) continue;
    v1::Question question = answer->question();                // As of the same day, as known then, from the same sources.
    question.set_subject(value.ref());
    question.clear_scope();
    question.set_mode(v1::Mode::arrangement);
    question.set_predicate(authority::kJointly);
    const v1::Answer together = ask(facts, question);
    if (!together.determined() || together.values().empty() || !together.values(0).flag()) continue;
    question.set_predicate(authority::kParty);
    const v1::Answer parties = ask(facts, question);
    for (const v1::Value& party : parties.values()) answer->add_jointly(party.ref());
  }
}

}  // namespace concordat::record
