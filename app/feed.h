// Feeds as declared, and an event as a feed tells it: a CloudEvent with what its audience may read. One way for Kafka, server-sent
// events and previews, so that what is private is kept in one place (feed_audience.h).
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/node.h"
#include "concordat/v1/feed.pb.h"
#include "projections/store.h"

namespace concordat::app {

// Every feed of a file, or of the *.yaml of a directory; checked, names unique. Errors say file and line.
Result<std::vector<v1::Feed>> load_feeds(const std::string& path);

// "decision.made" for decision_made; a few have a name of their own.
std::string event_type(std::string_view field);
// Every type there is, in the order of the definition.
std::vector<std::string> event_types();

// The key of a data directory for what must be opaque; made once, readable by its owner only.
Result<std::string> feed_key(const Place& place);

// Where a follower stands, opaque: nothing of the ledger can be read from it, and one of another feed, ledger or filter is refused.
struct Tokens {
  std::string key;      // 16 bytes or more.
  std::string write(const v1::Feed& feed, const std::string& ledger, std::uint64_t sequence) const;
  Result<std::uint64_t> read(const v1::Feed& feed, const std::string& ledger, const std::string& token) const;
};
std::string filter_hash(const v1::Feed& feed, const std::string& ledger);     // 16 hexadecimal digits.

// A CloudEvent 1.0.
struct FeedEvent {
  std::string type, content_type, data, key;
  std::vector<std::pair<std::string, std::string>> attributes;   // All but content type, in a fixed order: "id", "source", "specversion", "type", …
  std::string json(const std::string& format) const;             // Structured: application/cloudevents+json.
};

// Tells the events of one ledger for one feed. Threads: one at a time. The store may be a newer one at every call.
class Teller {
 public:
  Teller(v1::Feed feed, std::string ledger, std::string key) : feed_(std::move(feed)), ledger_(std::move(ledger)), key_(std::move(key)) {}
  // None if it is not for this feed. `number`: the feed's own count, which a public feed shows instead of the ledger's; 0 = no sequence.
  std::optional<FeedEvent> tell(const projections::Store& store, const projections::Committed& one, std::uint64_t number);
  // Where the event can be had by itself (http_feeds.h): for those that are told without their data.
  std::string reference(std::uint64_t sequence) const;
  const v1::Feed& feed() const { return feed_; }
  const std::string& ledger() const { return ledger_; }

 private:
  struct Known { v1::FeedData::Matter matter; std::uint64_t through = 0; };
  const v1::FeedData::Matter& matter_at(const projections::Store& store, const std::string& id, std::uint64_t sequence);
  const v1::Procedure* procedure(const projections::Store& store, const std::string& id, std::uint32_t version);
  bool closed(const projections::Store& store, const std::string& matter, std::uint64_t sequence);
  void add_movement(const projections::Store& store, const v1::Event& event, v1::FeedData* data);

  const v1::Feed feed_;
  const std::string ledger_, key_;
  std::map<std::string, Known> matters_;
  std::map<std::pair<std::string, std::uint32_t>, std::unique_ptr<v1::Procedure>> procedures_;
  std::uint64_t procedures_through_ = 0;
  std::map<std::string, std::uint64_t> closed_;      // Matter -> event by which a meeting closed it to the public.
  std::uint64_t closed_through_ = 0;
};

}  // namespace concordat::app
