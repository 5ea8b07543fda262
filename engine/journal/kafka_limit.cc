#include "engine/journal/kafka_limit.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <memory>

#include "engine/journal/frame.h"
#include "engine/journal/journal.h"

namespace concordat::journal {
namespace {

constexpr int kAnswerMs = 10'000;
constexpr std::size_t kConsumeMax = 8192;

struct Close {
  void operator()(rd_kafka_t* handle) const noexcept { rd_kafka_destroy(handle); }
  void operator()(rd_kafka_topic_t* topic) const noexcept { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_queue_t* queue) const noexcept { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const noexcept { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_DeleteTopic_t* topic) const noexcept { rd_kafka_DeleteTopic_destroy(topic); }
  void operator()(rd_kafka_topic_partition_list_t* list) const noexcept { rd_kafka_topic_partition_list_destroy(list); }
};
template <typename T>
using Held = std::unique_ptr<T, Close>;
using Settings = std::initializer_list<std::pair<const char*, const char*>>;

double now_s() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

Result<Held<rd_kafka_t>> make(rd_kafka_type_t type, const std::string& bootstrap, Settings settings) {
  std::array<char, 512> why{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  bool good = rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK;
  for (const auto& [key, value] : settings) good = good && rd_kafka_conf_set(conf, key, value, why.data(), why.size()) == RD_KAFKA_CONF_OK;
  if (!good) { rd_kafka_conf_destroy(conf); return Status::invalid(std::string("kafka setting: ") + why.data()); }
  if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t*, void*) {});
  rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
  rd_kafka_t* raw = rd_kafka_new(type, conf, why.data(), why.size());
  if (raw == nullptr) { rd_kafka_conf_destroy(conf); return Status::unavailable(std::string("kafka client: ") + why.data()); }
  return Held<rd_kafka_t>(raw);
}

Status away(const std::string& bootstrap, const std::string& what) { return Status::unavailable("kafka at " + bootstrap + ": " + what); }

}  // namespace

Result<double> raw_produce_s(const std::string& bootstrap, const std::string& topic, const std::vector<std::string>& records) {
  auto producer = make(RD_KAFKA_PRODUCER, bootstrap,
                       {{"enable.idempotence", "true"}, {"enable.gapless.guarantee", "true"}, {"acks", "all"}, {"linger.ms", "0"}, {"compression.codec", "zstd"},
                        {"max.in.flight", "5"}, {"socket.nagle.disable", "true"}, {"queue.buffering.max.messages", "1000000"}});
  if (!producer.ok()) return producer.status();
  rd_kafka_t* client = producer->get();
  const Held<rd_kafka_topic_t> handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  const struct rd_kafka_metadata* metadata = nullptr;          // Else the first record may wait a second for it.
  if (const auto error = rd_kafka_metadata(client, 0, handle.get(), &metadata, kAnswerMs); error != RD_KAFKA_RESP_ERR_NO_ERROR) return away(bootstrap, rd_kafka_err2str(error));
  rd_kafka_metadata_destroy(metadata);
  const double began = now_s();
  for (const std::string& record : records) {
    while (rd_kafka_produce(handle.get(), 0, RD_KAFKA_MSG_F_COPY, const_cast<char*>(record.data()), record.size(), nullptr, 0, nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL || now_s() - began > 120) return away(bootstrap, rd_kafka_err2str(rd_kafka_last_error()));
      rd_kafka_poll(client, 10);
    }
    rd_kafka_poll(client, 0);
  }
  if (rd_kafka_flush(client, 60'000) != RD_KAFKA_RESP_ERR_NO_ERROR) return away(bootstrap, "the raw producer did not get through in a minute");
  return now_s() - began;
}

Status raw_consume(const std::string& bootstrap, const std::string& topic, const std::function<void(std::string_view)>& each) {
  auto consumer = make(RD_KAFKA_CONSUMER, bootstrap,
                       {{"group.id", "concordat"}, {"enable.auto.commit", "false"}, {"enable.auto.offset.store", "false"}, {"auto.offset.reset", "error"}, {"socket.nagle.disable", "true"},
                        {"queued.min.messages", "10000000"}, {"queued.max.messages.kbytes", "2097151"}, {"fetch.error.backoff.ms", "20"}, {"fetch.message.max.bytes", "8388608"}});
  if (!consumer.ok()) return consumer.status();
  rd_kafka_t* client = consumer->get();
  rd_kafka_poll_set_consumer(client);
  std::int64_t low = 0, high = 0;
  if (const auto error = rd_kafka_query_watermark_offsets(client, topic.c_str(), 0, &low, &high, kAnswerMs); error != RD_KAFKA_RESP_ERR_NO_ERROR) return away(bootstrap, rd_kafka_err2str(error));
  const Held<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0)->offset = 0;
  if (const auto error = rd_kafka_assign(client, list.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) return away(bootstrap, rd_kafka_err2str(error));
  const Held<rd_kafka_queue_t> queue(rd_kafka_queue_get_consumer(client));
  std::vector<rd_kafka_message_t*> messages(kConsumeMax);
  std::int64_t at = 0;
  const auto take = [&](rd_kafka_message_t* message) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const std::string_view bytes(static_cast<const char*>(message->payload), message->len);
      if (bytes.size() >= kFrameHead && bytes[3] == static_cast<char>(FrameKind::kCommit)) each(bytes.substr(kFrameHead));
      at = message->offset + 1;
    }
    rd_kafka_message_destroy(message);
  };
  for (const double began = now_s(); at < high;) {
    if (now_s() - began > 300) return away(bootstrap, "reading stopped at offset " + std::to_string(at) + " of " + std::to_string(high));
    rd_kafka_message_t* first = rd_kafka_consumer_poll(client, 100);
    if (first == nullptr) continue;
    take(first);
    const ssize_t count = rd_kafka_consume_batch_queue(queue.get(), 0, messages.data(), messages.size());
    for (ssize_t i = 0; i < count; ++i) take(messages[static_cast<std::size_t>(i)]);
  }
  rd_kafka_consumer_close(client);
  return {};
}

Status raw_follow(const std::string& bootstrap, const std::string& topic, const std::function<void()>& there, const std::function<bool(std::string_view)>& each) {
  auto consumer = make(RD_KAFKA_CONSUMER, bootstrap,
                       {{"group.id", "concordat"}, {"enable.auto.commit", "false"}, {"enable.auto.offset.store", "false"}, {"auto.offset.reset", "latest"}, {"socket.nagle.disable", "true"},
                        {"isolation.level", "read_committed"}, {"enable.partition.eof", "true"}, {"fetch.error.backoff.ms", "20"}, {"fetch.wait.max.ms", "100"}});
  if (!consumer.ok()) return consumer.status();
  rd_kafka_t* client = consumer->get();
  rd_kafka_poll_set_consumer(client);
  const Held<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0)->offset = RD_KAFKA_OFFSET_END;
  if (const auto error = rd_kafka_assign(client, list.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) return away(bootstrap, rd_kafka_err2str(error));
  bool more = true, told = false;
  while (more) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client, 100);
    if (message == nullptr) { more = each({}); continue; }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && !std::exchange(told, true)) there();
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) more = each({static_cast<const char*>(message->payload), message->len});
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consumer_close(client);
  return {};
}

Result<RoundTrips> raw_round_trips(const std::string& bootstrap, const std::string& topic, const RoundTrip& trip) {
  auto log = kafka_log({.bootstrap = bootstrap, .topic = topic})(0);
  if (!log.ok()) return log.status();
  const auto end = (*log)->end();
  if (!end.ok()) return end.status();
  std::vector<Frame> read;
  for (std::uint64_t at = 0; at < *end; read.clear()) {        // To the end of what is there.
    if (Status status = (*log)->poll(100, &read); !status.ok()) return status;
    at = read.empty() ? *end : read.back().offset + 1;
  }
  std::deque<double> sent;
  std::vector<double> took;
  const double began = now_s(), until = began + trip.seconds;
  std::uint64_t next = 0;
  for (bool more = true; more || !sent.empty();) {
    more = next < trip.count && now_s() < until;
    for (; more && next < trip.count && sent.size() < trip.in_flight; ++next) {
      sent.push_back(now_s());
      if (Status status = (*log)->append(trip.records[next % trip.records.size()]); !status.ok()) return status;
    }
    read.clear();
    if (Status status = (*log)->poll(100, &read); !status.ok()) return status;
    const double now = now_s();
    for (std::size_t i = 0; i < read.size() && !sent.empty(); ++i) { took.push_back(now - sent.front()); sent.pop_front(); }
    if (now > until + 30) return away(bootstrap, "read-back stopped");
  }
  if (took.empty()) return away(bootstrap, "nothing was read back");
  const double all = now_s() - began;
  std::sort(took.begin(), took.end());
  return RoundTrips{static_cast<double>(took.size()) / all, took[took.size() / 2] * 1e3, took[took.size() * 99 / 100] * 1e3};
}

Status drop_topic(const std::string& bootstrap, const std::string& topic) {
  auto client = make(RD_KAFKA_PRODUCER, bootstrap, {});
  if (!client.ok()) return client.status();
  const Held<rd_kafka_queue_t> queue(rd_kafka_queue_new(client->get()));
  const Held<rd_kafka_DeleteTopic_t> gone(rd_kafka_DeleteTopic_new(topic.c_str()));
  rd_kafka_DeleteTopic_t* all[] = {gone.get()};
  rd_kafka_DeleteTopics(client->get(), all, 1, nullptr, queue.get());
  const Held<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kAnswerMs));
  if (!event) return away(bootstrap, "no answer to deleting topic " + topic);
  if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) return away(bootstrap, rd_kafka_event_error_string(event.get()));
  std::size_t count = 0;
  const auto* results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i)
    if (const auto error = rd_kafka_topic_result_error(results[i]); error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
      return away(bootstrap, "topic " + topic + ": " + rd_kafka_topic_result_error_string(results[i]));
  return {};
}

}  // namespace concordat::journal
