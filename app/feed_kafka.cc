#include "app/feed_kafka.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <functional>

#include "engine/journal/journal.h"

namespace concordat::app {
namespace {

constexpr int kWaitMs = 10'000;                      // For a broker to answer.

struct CloseKafka { void operator()(rd_kafka_t* handle) const noexcept { rd_kafka_destroy(handle); } };
struct CloseList { void operator()(rd_kafka_topic_partition_list_t* list) const noexcept { rd_kafka_topic_partition_list_destroy(list); } };
struct CloseMessage { void operator()(rd_kafka_message_t* message) const noexcept { rd_kafka_message_destroy(message); } };
struct CloseError { void operator()(rd_kafka_error_t* error) const noexcept { rd_kafka_error_destroy(error); } };
using Kafka = std::unique_ptr<rd_kafka_t, CloseKafka>;
using List = std::unique_ptr<rd_kafka_topic_partition_list_t, CloseList>;
using Message = std::unique_ptr<rd_kafka_message_t, CloseMessage>;
using Error = std::unique_ptr<rd_kafka_error_t, CloseError>;
using Setting = std::pair<const char*, std::string>;

void on_log(const rd_kafka_t*, int, const char*, const char*) {}
void on_delivery(rd_kafka_t*, const rd_kafka_message_t*, void*) {}                // Without one, each commit waits ten milliseconds.

void on_rebalance(rd_kafka_t* consumer, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  const bool mine = error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  *static_cast<bool*>(opaque) = mine && partitions->cnt > 0;
  rd_kafka_assign(consumer, mine ? partitions : nullptr);
  if (mine) rd_kafka_pause_partitions(consumer, partitions);      // Only membership is wanted, not the records.
}

Result<Kafka> make(rd_kafka_type_t type, const std::string& bootstrap, const std::vector<Setting>& settings, bool* mine = nullptr) {
  std::array<char, 512> why{};
  std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)> conf(rd_kafka_conf_new(), &rd_kafka_conf_destroy);
  std::vector<Setting> all = {{"bootstrap.servers", bootstrap}, {"client.id", "concordat-feed"}, {"socket.nagle.disable", "true"}};
  all.insert(all.end(), settings.begin(), settings.end());
  for (const Setting& one : all)
    if (rd_kafka_conf_set(conf.get(), one.first, one.second.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK) return Status::invalid(std::string("kafka setting: ") + why.data());
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
  if (mine != nullptr) {
    rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalance);
    rd_kafka_conf_set_opaque(conf.get(), mine);
  }
  rd_kafka_t* raw = rd_kafka_new(type, conf.get(), why.data(), why.size());
  if (raw == nullptr) return Status::unavailable(std::string("kafka client: ") + why.data());
  static_cast<void>(conf.release());
  return Kafka(raw);
}

class Running final : public FeedTopic {
 public:
  Running(std::string bootstrap, std::string feed, std::string topic) : bootstrap_(std::move(bootstrap)), feed_(std::move(feed)), topic_(std::move(topic)), positions_("concordat.feed." + feed_ + ".position") {}
  ~Running() override {
    producer_.reset();
    if (member_) rd_kafka_consumer_close(member_.get());
  }

  Status open(int lease_ms) {
    // Without limit to what is kept: a subscriber may begin at the beginning.
    for (const std::string& name : {topic_, positions_})
      if (Status status = journal::create_topic(bootstrap_, name, 1, 1); !status.ok() && status.kind() != Status::Kind::kInvalid) return status;
    auto member = make(RD_KAFKA_CONSUMER, bootstrap_,
                       {{"group.id", "concordat-feed-" + feed_}, {"enable.auto.commit", "false"}, {"partition.assignment.strategy", "range"}, {"session.timeout.ms", std::to_string(lease_ms)},
                        {"heartbeat.interval.ms", std::to_string(std::max(100, lease_ms / 4))}, {"auto.offset.reset", "latest"}, {"max.poll.interval.ms", "300000"}}, &mine_);
    if (!member.ok()) return member.status();
    member_ = *std::move(member);
    rd_kafka_poll_set_consumer(member_.get());
    const List topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), positions_.c_str(), RD_KAFKA_PARTITION_UA);
    const auto error = rd_kafka_subscribe(member_.get(), topics.get());
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? Status() : away(rd_kafka_err2str(error));
  }

  bool turn(int wait_ms) override {
    const Message any(rd_kafka_consumer_poll(member_.get(), wait_ms));             // Its messages are of no interest; rebalances come with it.
    return mine_;
  }

  Result<FeedPosition> begin() override {
    producer_.reset();
    auto producer = make(RD_KAFKA_PRODUCER, bootstrap_,
                         {{"transactional.id", "concordat-feed-" + feed_}, {"transaction.timeout.ms", "10000"}, {"message.timeout.ms", "10000"}, {"linger.ms", "0"},
                          {"compression.codec", "zstd"}, {"partitioner", "murmur2_random"}, {"message.max.bytes", "1048000"}, {"queue.buffering.max.messages", "1000000"}});
    if (!producer.ok()) return producer.status();
    if (Status status = told(rd_kafka_init_transactions(producer->get(), kWaitMs)); !status.ok()) return status;
    producer_ = *std::move(producer);
    return last_position();                          // Nothing of ours is pending now: what is committed is all there is.
  }

  Status publish(const std::vector<FeedEvent>& events, const FeedPosition& then) override {
    if (Status status = told(rd_kafka_begin_transaction(producer_.get())); !status.ok()) return status;
    for (const FeedEvent& event : events)
      if (Status status = send(event); !status.ok()) return drop(status);
    const std::string text = "1 " + std::to_string(then.sequence) + " " + std::to_string(then.number) + " " + then.filter;
    const auto error = rd_kafka_producev(producer_.get(), RD_KAFKA_V_TOPIC(positions_.c_str()), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                         RD_KAFKA_V_VALUE(const_cast<char*>(text.data()), text.size()), RD_KAFKA_V_END);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return drop(away(rd_kafka_err2str(error)));
    for (int i = 0; i < 5; ++i) {
      Error failed(rd_kafka_commit_transaction(producer_.get(), kWaitMs));
      if (!failed) return {};
      if (rd_kafka_error_is_retriable(failed.get())) continue;                      // The same call again resumes it.
      return drop(told(failed.release()));
    }
    return drop(away("a transaction could not be committed"));
  }

 private:
  Status away(const std::string& what) const { return Status::unavailable("feed " + feed_ + ", kafka at " + bootstrap_ + ": " + what); }
  Status told(rd_kafka_error_t* raw) const {
    const Error error(raw);
    if (!error) return {};
    const auto code = rd_kafka_error_code(error.get());
    if (code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED)
      return Status::deposed("feed " + feed_ + ": another instance publishes it now");
    return away(rd_kafka_error_string(error.get()));
  }
  // The producer goes, and with it the transaction: the next one's begin() ends it.
  Status drop(const Status& why) {
    Error(rd_kafka_abort_transaction(producer_.get(), kWaitMs));
    producer_.reset();
    return why;
  }

  Status send(const FeedEvent& event) {
    rd_kafka_headers_t* headers = rd_kafka_headers_new(event.attributes.size() + 1);
    rd_kafka_header_add(headers, "content-type", -1, event.content_type.data(), static_cast<ssize_t>(event.content_type.size()));
    for (const auto& [name, value] : event.attributes) rd_kafka_header_add(headers, ("ce_" + name).c_str(), -1, value.data(), static_cast<ssize_t>(value.size()));
    const void* key = event.key.empty() ? nullptr : event.key.data();
    const auto error = rd_kafka_producev(producer_.get(), RD_KAFKA_V_TOPIC(topic_.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK),
                                         RD_KAFKA_V_KEY(key, event.key.size()), RD_KAFKA_V_VALUE(const_cast<char*>(event.data.data()), event.data.size()),
                                         RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    rd_kafka_headers_destroy(headers);
    return away(rd_kafka_err2str(error));
  }

  // The newest record of the position's topic: looked for from the end backwards, in windows that grow.
  Result<FeedPosition> last_position() {
    auto reader = make(RD_KAFKA_CONSUMER, bootstrap_, {{"group.id", "concordat-feed-reader"}, {"enable.auto.commit", "false"}, {"enable.partition.eof", "true"}, {"isolation.level", "read_committed"}, {"auto.offset.reset", "earliest"}, {"fetch.error.backoff.ms", "20"}});
    if (!reader.ok()) return reader.status();
    rd_kafka_poll_set_consumer(reader->get());
    std::int64_t low = 0, high = 0;
    const auto error = rd_kafka_query_watermark_offsets(reader->get(), positions_.c_str(), 0, &low, &high, kWaitMs);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return away(rd_kafka_err2str(error));
    for (std::int64_t window = 64;; window *= 8) {
      const std::int64_t from = std::max(low, high - window);
      std::string text;
      if (Status status = newest(reader->get(), from, &text); !status.ok()) return status;
      if (text.empty() && from > low) continue;
      FeedPosition out;
      if (text.empty()) return out;                  // Nothing was told yet.
      char filter[65] = "";
      unsigned long long sequence = 0, number = 0;
      if (std::sscanf(text.c_str(), "1 %llu %llu %64s", &sequence, &number, filter) != 3) return Status::corrupt("topic " + positions_ + ": expected a position, but its newest record is none; a newer build may have written it");
      return FeedPosition{sequence, number, filter};
    }
  }
  Status newest(rd_kafka_t* reader, std::int64_t from, std::string* out) {
    const List at(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(at.get(), positions_.c_str(), 0)->offset = from;
    if (const auto error = rd_kafka_assign(reader, at.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) return away(rd_kafka_err2str(error));
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kWaitMs);
    while (std::chrono::steady_clock::now() < until) {
      const Message message(rd_kafka_consumer_poll(reader, 100));
      if (!message) continue;
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return {};
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) out->assign(static_cast<const char*>(message->payload), message->len);
    }
    return away("its position could not be read to the end");
  }

  const std::string bootstrap_, feed_, topic_, positions_;
  bool mine_ = false;                                // Written by the callback of member_, on this thread.
  Kafka member_, producer_;
};

}  // namespace

Result<std::unique_ptr<FeedTopic>> FeedTopic::open(const std::string& bootstrap, const std::string& feed, const std::string& topic, int lease_ms) {
  auto out = std::make_unique<Running>(bootstrap, feed, topic);
  if (Status status = out->open(lease_ms); !status.ok()) return status;
  return std::unique_ptr<FeedTopic>(std::move(out));
}

}  // namespace concordat::app
