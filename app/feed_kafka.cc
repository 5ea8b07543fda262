#include "app/feed_kafka.h"

#include <cstdio>

#include "app/lease_kafka.h"
#include "engine/journal/journal.h"

namespace concordat::app {
namespace {

class Running final : public FeedTopic {
 public:
  Running(std::string bootstrap, const std::string& feed, std::string topic) : bootstrap_(std::move(bootstrap)), feed_(feed), topic_(std::move(topic)), positions_("concordat.feed." + feed + ".position") {}

  Status open(int lease_ms) {
    // Without limit to what is kept: a subscriber may begin at the beginning. One that is there with more partitions is fine.
    if (Status status = journal::create_topic(bootstrap_, topic_, 1, 1); !status.ok() && status.kind() != Status::Kind::kInvalid) return status;
    auto lease = KafkaLease::open(bootstrap_, "concordat-feed-" + feed_, positions_, false, lease_ms);
    if (!lease.ok()) return lease.status();
    lease_ = *std::move(lease);
    return {};
  }

  bool turn(int wait_ms) override { return lease_->turn(wait_ms); }

  // The newest record of the position's topic: looked for from the end backwards, in windows that grow.
  Result<FeedPosition> begin() override {
    if (Status status = lease_->begin(); !status.ok()) return status;
    for (std::int64_t window = 64;; window *= 8) {
      std::string text;
      const auto whole = lease_->read_last(window, [&](std::string_view, const std::string* value) { if (value != nullptr) text = *value; });
      if (!whole.ok()) return whole.status();
      if (text.empty() && !*whole) continue;
      FeedPosition out;
      if (text.empty()) return out;                  // Nothing was told yet.
      char filter[65] = "";
      unsigned long long sequence = 0, number = 0;
      if (std::sscanf(text.c_str(), "1 %llu %llu %64s", &sequence, &number, filter) != 3) return Status::corrupt("topic " + positions_ + ": expected a position, but its newest record is none; a newer build may have written it");
      return FeedPosition{sequence, number, filter};
    }
  }

  Status publish(const std::vector<FeedEvent>& events, const FeedPosition& then) override {
    std::vector<KafkaLease::Record> records;
    records.reserve(events.size() + 1);
    for (const FeedEvent& event : events) {
      KafkaLease::Record& record = records.emplace_back(KafkaLease::Record{.topic = topic_, .key = event.key, .value = event.data});
      record.headers.emplace_back("content-type", event.content_type);
      for (const auto& [name, value] : event.attributes) record.headers.emplace_back("ce_" + name, value);
    }
    const std::string text = "1 " + std::to_string(then.sequence) + " " + std::to_string(then.number) + " " + then.filter;
    records.push_back({.topic = positions_, .key = {}, .value = text});
    return lease_->write(records);
  }

 private:
  const std::string bootstrap_, feed_, topic_, positions_;
  std::unique_ptr<KafkaLease> lease_;
};

}  // namespace

Result<std::unique_ptr<FeedTopic>> FeedTopic::open(const std::string& bootstrap, const std::string& feed, const std::string& topic, int lease_ms) {
  auto out = std::make_unique<Running>(bootstrap, feed, topic);
  if (Status status = out->open(lease_ms); !status.ok()) return status;
  return std::unique_ptr<FeedTopic>(std::move(out));
}

}  // namespace concordat::app
