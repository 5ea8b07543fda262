// Where a follower of a whole ledger stands, and which events it wants: what Watch is asked, and the tokens it resumes by. They are
// the tokens of feeds (feed.h) under a name of their own, so one of another ledger or filter is refused. Whoever watches sees the
// ledger's numbers anyway: nothing in them is secret, and any instance reads another's.
#pragma once

#include <cstdint>
#include <string>

#include "app/feed.h"

namespace concordat::v1 { class WatchRequest; }

namespace concordat::app {

struct WatchPlace {
  v1::Feed filter;
  std::uint64_t sequence = 0;                          // Everything up to here was told or passed over.

  bool wants(const v1::Event& event) const;
  std::string token(const std::string& ledger) const;
};

// kInvalid: a token of elsewhere, an unknown type, no day; kUnavailable: ahead of what this instance has reached.
Result<WatchPlace> watch_place(const projections::Store& store, const std::string& ledger, const v1::WatchRequest& request);
// The place of a watch for these types that has been told everything up to `sequence`.
Result<WatchPlace> watch_place(const google::protobuf::RepeatedPtrField<std::string>& types, std::uint64_t sequence);

}  // namespace concordat::app
