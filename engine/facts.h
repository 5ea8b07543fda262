// Putting facts on the record: one check for everybody who does it.
#pragma once

#include <string>
#include <vector>

#include "engine/work.h"

namespace concordat {

// All or none. `procedure` is the one whose matter writes them; empty = asserted by command.
Refusal check_facts(const Work& work, const std::vector<v1::Fact>& facts, const std::string& procedure);
void emit_fact(Work& work, v1::Fact fact);

// ---- Commands about the record, rules and procedures ----
Refusal decide(Work&, const v1::PublishVocabulary&);
Refusal decide(Work&, const v1::RegisterDocument&);
Refusal decide(Work&, const v1::AssertFacts&);
Refusal decide(Work&, const v1::RetractFact&);
Refusal decide(Work&, const v1::ResolveConflict&);
Refusal decide(Work&, const v1::PublishRule&);        // publish.cc
Refusal decide(Work&, const v1::AdoptRule&);
Refusal decide(Work&, const v1::PublishProcedure&);
Refusal decide(Work&, const v1::ChangeProcedure&);     // change_procedure.cc

}  // namespace concordat
