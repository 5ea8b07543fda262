// What an audience may read of an event. Nothing is public unless it stands in the table of feed_audience.cc *and* is declared to
// be published; a new event or field is therefore private until somebody lists it.
#pragma once

#include <string>
#include <string_view>

#include "concordat/v1/feed.pb.h"
#include "projections/store.h"

namespace concordat::app {

// Takes away what the feed's audience may not read. False: it may not know of the event at all. `data` is complete and has its matter.
bool redact(const v1::Feed& feed, const projections::Store& store, const std::string& ledger, v1::FeedData* data);

// Whether that audience ever hears of such an event.
bool heard_by(v1::Audience::Value audience, std::string_view event_field);

}  // namespace concordat::app
