// What is said back about a commit: the same whether asked the first time or after a restart.
#pragma once

namespace concordat::v1 { class Commit; class Reply; }

namespace concordat::projections {
v1::Reply reply_of(const v1::Commit& commit);
}  // namespace concordat::projections
