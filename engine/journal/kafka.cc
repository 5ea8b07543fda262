// The log on Kafka: one idempotent record per frame, read back by the writer's own consumer. Settings and their reasons:
// docs/decisions/0002-journal.md. The only room with librdkafka in it.
#include <librdkafka/rdkafka.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "engine/journal/journal.h"

namespace concordat::journal {
namespace {

constexpr std::uint32_t kFrameMax = 1'000'000;      // Below the broker's usual 1048588 with room for the record's own head.
constexpr int kMetadataMs = 10'000;
constexpr std::size_t kConsumeMax = 65536;
constexpr std::size_t kHandOver = 1024;             // Records that wait for the next poll at most.

struct CloseKafka { void operator()(rd_kafka_t* handle) const noexcept { rd_kafka_destroy(handle); } };
struct CloseTopic { void operator()(rd_kafka_topic_t* topic) const noexcept { rd_kafka_topic_destroy(topic); } };
struct CloseQueue { void operator()(rd_kafka_queue_t* queue) const noexcept { rd_kafka_queue_destroy(queue); } };
struct CloseList { void operator()(rd_kafka_topic_partition_list_t* list) const noexcept { rd_kafka_topic_partition_list_destroy(list); } };
using Kafka = std::unique_ptr<rd_kafka_t, CloseKafka>;
using Topic = std::unique_ptr<rd_kafka_topic_t, CloseTopic>;
using Queue = std::unique_ptr<rd_kafka_queue_t, CloseQueue>;
using List = std::unique_ptr<rd_kafka_topic_partition_list_t, CloseList>;

// What the producer's callbacks tell: set once, read by the owner. The handle's opaque.
struct Told {
  std::atomic<bool> failed{false};
  std::string why;                                   // Written before `failed`.
};

void fail(Told* told, const char* what) {
  if (told == nullptr || told->failed) return;
  told->why = what;
  told->failed = true;
}

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(static_cast<Told*>(opaque), rd_kafka_err2str(message->err));
}

void on_error(rd_kafka_t* handle, int error, const char* reason, void* opaque) {
  if (error == RD_KAFKA_RESP_ERR__FATAL) {
    std::array<char, 512> why{};
    rd_kafka_fatal_error(handle, why.data(), why.size());
    fail(static_cast<Told*>(opaque), why.data());
  }
  (void)reason;   // The rest is retried inside the client.
}

void on_log(const rd_kafka_t*, int, const char*, const char*) {}

using Setting = std::pair<const char*, const char*>;

Result<Kafka> make(rd_kafka_type_t type, const std::string& bootstrap, std::initializer_list<Setting> settings, Told* told) {
  std::array<char, 512> why{};
  std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)> conf(rd_kafka_conf_new(), &rd_kafka_conf_destroy);
  const auto set = [&](const char* key, const char* value) { return rd_kafka_conf_set(conf.get(), key, value, why.data(), why.size()) == RD_KAFKA_CONF_OK; };
  bool good = set("bootstrap.servers", bootstrap.c_str()) && set("client.id", "concordat") && set("socket.nagle.disable", "true");
  for (const Setting& setting : settings) good = good && set(setting.first, setting.second);
  if (!good) return Status::invalid(std::string("kafka setting: ") + why.data());
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  rd_kafka_conf_set_opaque(conf.get(), told);
  if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);   // Without one, flushes poll every 10 ms.
  rd_kafka_t* raw = rd_kafka_new(type, conf.get(), why.data(), why.size());
  if (raw == nullptr) return Status::unavailable(std::string("kafka client: ") + why.data());
  static_cast<void>(conf.release());                 // The handle owns it now.
  return Kafka(raw);
}

Result<Kafka> make_producer(const std::string& bootstrap, Told* told) {
  return make(RD_KAFKA_PRODUCER, bootstrap,
              {{"enable.idempotence", "true"}, {"enable.gapless.guarantee", "true"}, {"acks", "all"}, {"linger.ms", "0"}, {"compression.codec", "zstd"},
               {"max.in.flight", "5"}, {"message.timeout.ms", "300000"}, {"message.max.bytes", "1048000"}, {"queue.buffering.max.messages", "1000000"},
               {"topic.metadata.refresh.interval.ms", "60000"}},
              told);
}

Result<Kafka> make_consumer(const std::string& bootstrap) {
  return make(RD_KAFKA_CONSUMER, bootstrap,
              {{"group.id", "concordat"}, {"enable.auto.commit", "false"}, {"enable.auto.offset.store", "false"}, {"auto.offset.reset", "error"},
               {"queued.min.messages", "10000000"}, {"queued.max.messages.kbytes", "2097151"}, {"fetch.error.backoff.ms", "20"}, {"fetch.message.max.bytes", "8388608"}},
              nullptr);
}

class KafkaLog final : public Log {
 public:
  explicit KafkaLog(KafkaOptions options) : options_(std::move(options)) {}

  ~KafkaLog() override {
    if (producer_) rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    queue_.reset();
    if (consumer_) rd_kafka_consumer_close(consumer_.get());
  }

  Status open(std::uint64_t offset) {
    auto consumer = make_consumer(options_.bootstrap);
    if (!consumer.ok()) return consumer.status();
    consumer_ = *std::move(consumer);
    rd_kafka_poll_set_consumer(consumer_.get());
    if (Status status = find_partition(consumer_.get()); !status.ok()) return status;
    if (!options_.read_only)
      if (Status status = open_producer(); !status.ok()) return status;
    std::int64_t low = 0, high = 0;
    if (Status status = bounds(&low, &high); !status.ok()) return status;
    if (static_cast<std::int64_t>(offset) > high || static_cast<std::int64_t>(offset) < low)
      return Status::corrupt("topic " + options_.topic + ", partition " + std::to_string(options_.partition) + ": expected to go on at offset " + std::to_string(offset) +
                             ", but it holds " + std::to_string(low) + " to " + std::to_string(high) + "; was it replaced or cut?");
    List list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(), options_.partition)->offset = static_cast<std::int64_t>(offset);
    if (const auto error = rd_kafka_assign(consumer_.get(), list.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) return away(rd_kafka_err2str(error));
    queue_ = Queue(rd_kafka_queue_get_consumer(consumer_.get()));
    at_ = offset;
    return {};
  }

  Status append(std::string_view frame) override {
    CHECK(producer_ != nullptr, "a reader does not append");
    if (frame.size() > kFrameMax) return Status::invalid("expected a frame of at most 1000000 bytes, but it has " + std::to_string(frame.size()));
    if (told_.failed) return away(told_.why);
    waiting_.emplace_back(frame);
    return waiting_.size() < kHandOver ? Status() : hand_over();
  }

  Status poll(int wait_ms, std::vector<Frame>* out) override {
    if (Status status = hand_over(); !status.ok()) return status;
    if (producer_) rd_kafka_poll(producer_.get(), 0);
    rd_kafka_message_t* first = rd_kafka_consumer_poll(consumer_.get(), wait_ms);
    if (first != nullptr) {
      if (Status status = take(first, out); !status.ok()) return status;
      messages_.resize(kConsumeMax);
      const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), 0, messages_.data(), messages_.size());
      Status status;
      for (ssize_t i = 0; i < count; ++i) {
        Status one = take(messages_[static_cast<std::size_t>(i)], out);
        if (status.ok()) status = one;
      }
      if (!status.ok()) return status;
    }
    return told_.failed ? away(told_.why) : Status();
  }

  std::uint32_t frame_bytes_max() const override { return kFrameMax; }

  std::string place(std::uint64_t) const override {
    return "kafka at " + options_.bootstrap + ", topic " + options_.topic + ", partition " + std::to_string(options_.partition);
  }

  Result<std::uint64_t> end() override {
    if (Status status = hand_over(); !status.ok()) return status;
    std::int64_t low = 0, high = 0;
    if (Status status = bounds(&low, &high); !status.ok()) return status;
    return static_cast<std::uint64_t>(high);
  }

 private:
  Status away(const std::string& what) const { return Status::unavailable(place(at_) + ": " + what); }

  // What was appended since the last poll goes to the client at once: one lock, one wake-up, one request to the broker.
  Status hand_over() {
    if (waiting_.empty()) return {};
    std::vector<rd_kafka_message_t> records(waiting_.size());
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      records[i].payload = waiting_[i].data();
      records[i].len = waiting_[i].size();
    }
    std::size_t sent = 0;
    for (int i = 0; sent < records.size() && i < 1000; ++i) {
      sent += static_cast<std::size_t>(rd_kafka_produce_batch(topic_.get(), options_.partition, RD_KAFKA_MSG_F_COPY, records.data() + sent, static_cast<int>(records.size() - sent)));
      if (sent == records.size()) break;
      if (records[sent].err != RD_KAFKA_RESP_ERR__QUEUE_FULL) return away(rd_kafka_err2str(records[sent].err));
      rd_kafka_poll(producer_.get(), 10);
    }
    if (sent < records.size()) return away("its queue stayed full for ten seconds");
    waiting_.clear();
    return {};
  }

  Status bounds(std::int64_t* low, std::int64_t* high) {
    const auto error = rd_kafka_query_watermark_offsets(consumer_.get(), options_.topic.c_str(), options_.partition, low, high, kMetadataMs);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? Status() : away(rd_kafka_err2str(error));
  }

  Status find_partition(rd_kafka_t* handle) {
    Topic topic(rd_kafka_topic_new(handle, options_.topic.c_str(), nullptr));
    bool there = false;
    for (int tried = 0; !there && tried < 20; ++tried) {     // One that was made a moment ago has no leader yet.
      if (tried > 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      const struct rd_kafka_metadata* metadata = nullptr;
      const auto error = rd_kafka_metadata(handle, 0, topic.get(), &metadata, kMetadataMs);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return away(std::string(rd_kafka_err2str(error)) + "; is a broker running there?");
      const auto told = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
      there = told == RD_KAFKA_RESP_ERR_NO_ERROR && options_.partition < metadata->topics[0].partition_cnt;
      rd_kafka_metadata_destroy(metadata);
      if (told != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE && told != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) break;
    }
    return there ? Status() : Status::not_found("kafka at " + options_.bootstrap + ": expected topic " + options_.topic + " with partition " + std::to_string(options_.partition) + ", but there is none; run: concordat init");
  }

  Status open_producer() {
    auto producer = make_producer(options_.bootstrap, &told_);
    if (!producer.ok()) return producer.status();
    producer_ = *std::move(producer);
    topic_ = Topic(rd_kafka_topic_new(producer_.get(), options_.topic.c_str(), nullptr));
    return find_partition(producer_.get());          // Else the first record may wait a second for metadata.
  }

  Status take(rd_kafka_message_t* raw, std::vector<Frame>* out) {
    const std::unique_ptr<rd_kafka_message_t, decltype(&rd_kafka_message_destroy)> message(raw, &rd_kafka_message_destroy);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const auto offset = static_cast<std::uint64_t>(message->offset);
      if (offset < at_) return {};
      out->push_back({offset, std::string(static_cast<const char*>(message->payload), message->len)});
      at_ = offset + 1;
      return {};
    }
    if (message->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE || message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
      return Status::corrupt("topic " + options_.topic + ": offset " + std::to_string(at_) + " is gone; the ledger must never be cut");
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF || message->err == RD_KAFKA_RESP_ERR__TRANSPORT || message->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return {};
    return away(rd_kafka_message_errstr(message.get()));
  }

  KafkaOptions options_;
  Told told_;
  Kafka consumer_, producer_;
  Topic topic_;
  Queue queue_;
  std::uint64_t at_ = 0;
  std::vector<std::string> waiting_;                 // Appended, not yet with the client.
  std::vector<rd_kafka_message_t*> messages_;
};

}  // namespace

OpenLog kafka_log(KafkaOptions options) {
  return [options](std::uint64_t offset) -> Result<std::unique_ptr<Log>> {
    auto log = std::make_unique<KafkaLog>(options);
    if (Status status = log->open(offset); !status.ok()) return status;
    return std::unique_ptr<Log>(std::move(log));
  };
}

// A ledger's place is computed from the number of partitions: it must be the same for everybody, for ever.
static Status check_partitions(rd_kafka_t* client, const std::string& name, std::int32_t wanted) {
  Topic topic(rd_kafka_topic_new(client, name.c_str(), nullptr));
  const struct rd_kafka_metadata* metadata = nullptr;
  const auto error = rd_kafka_metadata(client, 0, topic.get(), &metadata, kMetadataMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Status::unavailable("topic " + name + ": " + rd_kafka_err2str(error));
  const int there = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
  rd_kafka_metadata_destroy(metadata);
  if (there == wanted) return {};
  return Status::invalid("topic " + name + ": expected " + std::to_string(wanted) + " partitions, but it exists with " + std::to_string(there) + "; give that number or another topic");
}

constexpr int kAnswerMs = 10'000;

Status create_topic(const std::string& bootstrap, const std::string& topic, std::int32_t partitions, std::int32_t replicas, bool compacted) {
  auto client = make(RD_KAFKA_PRODUCER, bootstrap, {}, nullptr);
  if (!client.ok()) return client.status();
  std::array<char, 512> why{};
  const std::unique_ptr<rd_kafka_NewTopic_t, decltype(&rd_kafka_NewTopic_destroy)> wanted(
      rd_kafka_NewTopic_new(topic.c_str(), partitions, replicas, why.data(), why.size()), &rd_kafka_NewTopic_destroy);
  if (!wanted) return Status::invalid("topic " + topic + ": " + why.data());
  for (const Setting& setting : {Setting{"cleanup.policy", "delete"}, {"retention.ms", "-1"}, {"retention.bytes", "-1"}, {"compression.type", "producer"},
                                 {"unclean.leader.election.enable", "false"}, {"min.insync.replicas", replicas >= 3 ? "2" : "1"}})
    rd_kafka_NewTopic_set_config(wanted.get(), setting.first, setting.second);
  if (compacted)                                     // In small segments, since the newest one is never compacted.
    for (const Setting& setting : {Setting{"cleanup.policy", "compact"}, {"segment.bytes", "16777216"}, {"segment.ms", "3600000"}, {"min.cleanable.dirty.ratio", "0.1"}})
      rd_kafka_NewTopic_set_config(wanted.get(), setting.first, setting.second);
  Queue queue(rd_kafka_queue_new(client->get()));
  rd_kafka_NewTopic_t* topics[] = {wanted.get()};
  rd_kafka_CreateTopics(client->get(), topics, 1, nullptr, queue.get());
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue.get(), kAnswerMs);
  if (event == nullptr) return Status::unavailable("kafka at " + bootstrap + ": no answer within 10 s to making topic " + topic + "; is a broker running there?");
  const std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> owned(event, &rd_kafka_event_destroy);
  if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) return Status::unavailable("kafka at " + bootstrap + ": " + rd_kafka_event_error_string(event));
  std::size_t count = 0;
  const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return check_partitions(client->get(), topic, partitions);
    return Status::unavailable("topic " + topic + ": " + rd_kafka_topic_result_error_string(results[i]));
  }
  return {};
}

}  // namespace concordat::journal
