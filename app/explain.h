// Why a ruling came out as it did, and what somebody may do: what the command line and the service share.
// Both fold the ledger with the engine itself; nothing is decided here, and nothing is written.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "concordat/v1/explain.pb.h"
#include "engine/state.h"
#include "projections/store.h"

namespace concordat::record { class Facts; }

namespace concordat::app {

// The fold of everything before that sequence. `before_commit` sees each commit just before it is folded; false ends it.
Status fold_until(const projections::Store& store, const std::string& ledger, std::uint64_t sequence, State* state,
                  const std::function<bool(const State&, const v1::Commit&)>& before_commit = {});

// Every ruling and every refusal of a matter, or the one whose id it is; each given again. kNotFound if it is neither.
// `under`: the rulings that rest on that rule are given under that version of it instead, whichever was frozen; then `again`
// holds what that comes to, and `given_again` stays unset. Nothing is changed by it.
Status explain(const projections::Store& store, const std::string& ledger, const std::string& what, v1::ExplainResponse* out, const RuleKey& under = {});

// Every act that the matter's step takes, tried by the engine on a copy of the state as of now.
Status why_not(const projections::Store& store, const std::string& ledger, const v1::WhyNotRequest& asked, std::int64_t now_ms, v1::WhyNotResponse* out);

// ---- Words ----
// Subject ids in a text become the names that the record has for them.
std::string with_names(const record::Facts& names, const std::string& text);
std::string sentence_of(const record::Facts& names, const v1::Ruling& ruling, const v1::Finding& finding);
std::string sentence_of(const record::Facts& names, const v1::Ruling& ruling);
std::string sentence_of(const record::Facts& names, const v1::Fact& fact);
// "Terms of reference, 4.2: “…”", or the matter that wrote it.
std::string source_of(const v1::FactRead& fact);

}  // namespace concordat::app
