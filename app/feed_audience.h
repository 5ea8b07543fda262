// What an audience may read of an event. Nothing is public unless it stands in the table of feed_audience.cc *and* is declared to
// be published; a new event or field is therefore private until somebody lists it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "concordat/v1/feed.pb.h"
#include "projections/store.h"

namespace concordat::app {

// Whether a matter is closed to the public by then: its own word says so, or a meeting deals with it in private, or it belongs to one that is.
using Closed = std::function<bool(const std::string& matter)>;

// Takes away what the feed's audience may not read. False: it may not know of the event at all. `data` is complete and has its matter.
bool redact(const v1::Feed& feed, const projections::Store& store, const std::string& ledger, const Closed& closed, v1::FeedData* data);

// The matter's own word on its publicity: "public", "private", or none.
std::string publicity(const v1::FeedData::Matter& matter);
// The matter that a meeting will deal with, or plans to, in private by this event; empty = none.
std::string closed_by(const v1::Event& event);

// Whether that audience ever hears of such an event.
bool heard_by(v1::Audience::Value audience, std::string_view event_field);

}  // namespace concordat::app
