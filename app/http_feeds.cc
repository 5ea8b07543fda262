#include "app/http_feeds.h"

#include "app/common.h"
#include "app/http_connect.h"
#include "engine/record/when.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

constexpr std::size_t kFramesMax = 8192;              // Of one feed in memory; a follower further back reads the views.
constexpr std::size_t kBytesMax = 64 << 10;           // Handed over at once.
constexpr std::uint64_t kScanMax = 1000;              // Events passed over before a follower is told how far it is.
constexpr const char* kRetry = "retry: 2000\n\n";     // Milliseconds before a browser asks again.

}  // namespace

struct HttpFeeds::Channel {
  Channel(const projections::Store& views, v1::Feed feed, const std::string& ledger, const Tokens& made) : store(views), teller(std::move(feed), ledger, made.key), tokens(made) {}

  // Appends what follows `after`; the new position. Never much more than kBytesMax, nor long.
  std::uint64_t read(std::uint64_t after, std::string* out) {
    while (out->size() < kBytesMax) {
      const auto found = frames.find(after + 1);
      if (found == frames.end()) break;
      *out += found->second;
      after = found->first;
    }
    const std::uint64_t head = store.sequence(teller.ledger()), began = after;
    if (out->size() >= kBytesMax || after >= head) return after;
    projections::each_event(store, teller.ledger(), after + 1, [&](const projections::Committed& one) {
      after = one.sequence;
      *out += keep(one.sequence, frame(one));
      return out->size() < kBytesMax && after < head && after - began < kScanMax;
    });
    if (out->empty()) *out = "id: " + tokens.write(teller.feed(), teller.ledger(), after) + "\n\n";   // Nothing in all that: no need to read it again.
    return after;
  }

 private:
  std::string frame(const projections::Committed& one) {
    const auto event = teller.tell(store, one, 0);
    if (!event) return "";
    return "id: " + tokens.write(teller.feed(), teller.ledger(), one.sequence) + "\nevent: " + event->type + "\ndata: " +
           event->json(teller.feed().format() == v1::Feed::protobuf ? "protobuf" : "json") + "\n\n";
  }
  const std::string& keep(std::uint64_t sequence, std::string text) {
    const bool newest = frames.empty() || sequence == frames.rbegin()->first + 1;
    if (!newest) return scratch = std::move(text);
    if (frames.size() >= kFramesMax) frames.erase(frames.begin());
    return frames[sequence] = std::move(text);
  }

 public:
  const projections::Store& store;
  Teller teller;
  const Tokens& tokens;
  std::map<std::uint64_t, std::string> frames;        // By sequence, without gaps; empty text = not for this feed.
  std::string scratch;
};

namespace {

class Follower final : public http::Source {
 public:
  Follower(std::shared_ptr<HttpFeeds::Channel> channel, std::uint64_t after) : channel_(std::move(channel)), after_(after) {}
  bool more(std::string* out) override {
    if (!begun_) *out = kRetry;
    begun_ = true;
    std::string events;
    after_ = channel_->read(after_, &events);
    *out += events;
    return true;
  }
  std::string beat() const override { return ": still here\n\n"; }     // Without an id.

 private:
  const std::shared_ptr<HttpFeeds::Channel> channel_;
  std::uint64_t after_;
  bool begun_ = false;
};

}  // namespace

HttpFeeds::HttpFeeds(Calls& calls, std::vector<v1::Feed> feeds, std::string key, bool local) : calls_(calls), feeds_(std::move(feeds)), tokens_{std::move(key)}, local_(local) {}
HttpFeeds::~HttpFeeds() = default;

http::Reply HttpFeeds::answer(const http::Request& request, const Caller& caller) {
  if (request.method != "GET") {
    http::Reply reply = connect_error("unimplemented", "expected GET, but the method is " + request.method, 405);
    reply.headers.emplace_back("Allow", "GET");
    return reply;
  }
  std::string all;
  for (const v1::Feed& feed : feeds_) {
    if (!caller.may_read(feed.audience()).ok() || (!local_ && caller.known == nullptr && feed.audience() != v1::Audience::public_)) continue;     // As if it were not there.
    if (request.path == std::string(kFeedsPath) + "/" + feed.name() + "/events") return follow(request, feed);
    const std::string one = std::string(kFeedsPath) + "/" + feed.name() + "/events/";
    if (request.path.starts_with(one)) return single(feed, request.path.substr(one.size()));
    all += (all.empty() ? "" : ",") + json_of(feed);
  }
  if (request.path != kFeedsPath) return connect_error("not_found", "expected /feeds or /feeds/NAME/events with one of the feeds that /feeds lists, but it is " + request.path.substr(0, 200));
  http::Reply reply;
  reply.body = "{\"feeds\":[" + all + "]}\n";
  return reply;
}

http::Reply HttpFeeds::single(const v1::Feed& feed, const std::string& id) {
  auto ledger = calls_.ledger_of(feed.ledger());
  auto sequence = ledger.ok() ? tokens_.read(feed, *ledger, id) : Result<std::uint64_t>(ledger.status());
  if (!sequence.ok()) return connect_error("invalid_argument", sequence.status().why());
  const projections::Store& store = calls_.node().partition_for(*ledger).store();
  Teller teller(feed, *ledger, tokens_.key);
  http::Reply reply = connect_error("not_found", "id: expected one of an event of this feed, but there is nothing that it may tell");
  projections::find_event(store, *ledger, *sequence, [&](const projections::Committed& one) {
    const auto event = teller.tell(store, one, 0);
    if (!event) return;
    reply = {};
    reply.type = "application/cloudevents+json";
    reply.body = event->json(feed.format() == v1::Feed::protobuf ? "protobuf" : "json") + "\n";
  });
  return reply;
}

http::Reply HttpFeeds::follow(const http::Request& request, const v1::Feed& feed) {
  if (const std::string wrong = request.unknown_parameter({"from", "after"}); !wrong.empty()) return connect_error("invalid_argument", wrong);
  auto ledger = calls_.ledger_of(feed.ledger());
  if (!ledger.ok()) return connect_error("invalid_argument", ledger.status().why());
  const projections::Store& store = calls_.node().partition_for(*ledger).store();
  const std::uint64_t head = store.sequence(*ledger);
  std::string token(request.header("last-event-id"));
  if (token.empty()) token = request.parameter("after");
  const std::string from = request.parameter("from");
  std::uint64_t after = 0;
  if (!token.empty()) {
    auto read = tokens_.read(feed, *ledger, token);
    if (!read.ok()) return connect_error("invalid_argument", read.status().why());
    if (*read > head) return connect_error("out_of_range", "position: expected one that this instance has reached, but it is ahead of it; try again, or begin again");
    after = *read;
  } else if (from == "now") {
    after = head;
  } else if (!from.empty() && from != "beginning") {
    const auto day = record::parse_day(from);
    if (!day.ok()) return connect_error("invalid_argument", "from: expected beginning, now or a day, but " + day.status().why());
    after = projections::first_since(store, *ledger, record::end_of_day_ms({day->count - 1})) - 1;
  }
  auto& channel = channels_[feed.name()];
  if (!channel || channel->teller.ledger() != *ledger) channel = std::make_shared<Channel>(store, feed, *ledger, tokens_);
  http::Reply reply;
  reply.type = "text/event-stream";
  reply.stream = std::make_shared<Follower>(channel, after);
  return reply;
}

}  // namespace concordat::app
