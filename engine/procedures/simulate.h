// A procedure walked on paper: which outcomes follow each other, where they end, after how many steps, and who can hold it
// up. Of the definition only; nothing is decided.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/procedures/check.h"

namespace concordat::procedures {

// A way out of a step. A gate that does not foresee its no ends nowhere: the act that led there is refused.
struct Way { std::string on, to, as; bool refused = false; };
// What the kind of the step can end in; of a referral, the ends of the other procedure, as far as it is published.
std::vector<Way> ways(const v1::Step& step, const Published& published);

struct Taken { std::string step, on; };
struct Path { std::vector<Taken> steps; std::string end; };          // `end`: the matter's outcome, or "refused".
struct Walked {
  std::vector<Path> paths;           // In the order of the definition.
  bool complete = true;              // False: there are more than `most`.
};
// Every path that takes no way twice. REQUIRES: every target is a step or "end".
Walked walk(const v1::Procedure& procedure, const Published& published, std::size_t most);

// Who can hold a matter up at a step, and for how long.
struct Holder { std::string step, who, how_long; };
std::vector<Holder> holders(const v1::Procedure& procedure);

}  // namespace concordat::procedures
