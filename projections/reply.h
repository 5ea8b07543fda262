// What is said back about a commit: the same whether asked the first time or after a restart.
#pragma once

#include <vector>

namespace concordat::v1 { class Commit; class Event; class Reply; }

namespace concordat::projections {
v1::Reply reply_of(const v1::Commit& commit);
// The same, where the commit's events are at hand already.
v1::Reply reply_of(const v1::Commit& commit, const std::vector<v1::Event>& events);
}  // namespace concordat::projections
