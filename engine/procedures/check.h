// Is a procedure sound? Asked before publication; an unsound one is refused with every finding.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/record/record.h"

namespace concordat::v1 { class Procedure; class Rule; class Step; }

namespace concordat::procedures {

using Published = std::map<std::string, std::vector<std::shared_ptr<const v1::Procedure>>, std::less<>>;   // By id, versions rising.

using Rules = std::map<std::string, std::vector<std::shared_ptr<const v1::Rule>>, std::less<>>;            // The same.

// What keeps it from being published, with the counter-example: how a matter comes to where it goes wrong.
struct Finding {
  std::string step;                // Empty: of the whole.
  std::string what;                // In words.
  std::string path;                // "proposal -proposed-> competence"; empty if no path leads there.
};
// Unknown targets, outcomes without a way on, steps nobody reaches, steps from which no end can be reached, waits that
// nothing ends, gates that could refuse after the record was changed, circles of steps or of referrals that need nobody;
// names that the record lacks, fields that nobody asks for, days that are none, what does not add up. Empty = sound.
std::vector<Finding> findings(const v1::Procedure& procedure, const record::Record& record, const Published& published, const Rules& rules);
std::string in_words(const Finding& finding);
// The same in words, each naming its step.
std::vector<std::string> check(const v1::Procedure& procedure, const record::Record& record, const Published& published, const Rules& rules);

// What publishing those would make unsound that is published already: procedures that refer to one of them and wait for an end
// that no longer comes, or hand over what is no longer asked for. Each names its procedure and step.
std::vector<std::string> unsettled(const std::set<std::string>& ids, const record::Record& record, const Published& before, const Published& then, const Rules& rules);

// Steps that are passed without anybody acting: entering one may lead straight on.
bool runs_by_itself(const v1::Step& step);

}  // namespace concordat::procedures
