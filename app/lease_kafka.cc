#include "app/lease_kafka.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <set>
#include <vector>

#include "engine/journal/journal.h"

namespace concordat::app {
namespace {

constexpr int kWaitMs = 10'000;                      // For a broker to answer.
// Writers that take turns, each with a transactional id. The broker answers a commit before it has written the markers that
// close it, and a client that begins again meanwhile waits a fixed 20 ms; another one need not.
constexpr std::size_t kWriters = 3;

struct CloseKafka { void operator()(rd_kafka_t* handle) const noexcept { rd_kafka_destroy(handle); } };
struct CloseList { void operator()(rd_kafka_topic_partition_list_t* list) const noexcept { rd_kafka_topic_partition_list_destroy(list); } };
struct CloseMessage { void operator()(rd_kafka_message_t* message) const noexcept { rd_kafka_message_destroy(message); } };
struct CloseError { void operator()(rd_kafka_error_t* error) const noexcept { rd_kafka_error_destroy(error); } };
using Kafka = std::unique_ptr<rd_kafka_t, CloseKafka>;
using List = std::unique_ptr<rd_kafka_topic_partition_list_t, CloseList>;
using Message = std::unique_ptr<rd_kafka_message_t, CloseMessage>;
using Error = std::unique_ptr<rd_kafka_error_t, CloseError>;
using Setting = std::pair<const char*, std::string>;
using OnRebalance = void (*)(rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*, void*);

void on_log(const rd_kafka_t*, int, const char*, const char*) {}
void on_delivery(rd_kafka_t*, const rd_kafka_message_t*, void*) {}                // Without one, each commit waits ten milliseconds.

Result<Kafka> make(rd_kafka_type_t type, const std::string& bootstrap, const std::vector<Setting>& settings, OnRebalance rebalanced = nullptr, void* opaque = nullptr) {
  std::array<char, 512> why{};
  std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)> conf(rd_kafka_conf_new(), &rd_kafka_conf_destroy);
  std::vector<Setting> all = {{"bootstrap.servers", bootstrap}, {"client.id", "concordat"}, {"socket.nagle.disable", "true"}};
  all.insert(all.end(), settings.begin(), settings.end());
  for (const Setting& one : all)
    if (rd_kafka_conf_set(conf.get(), one.first, one.second.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK) return Status::invalid(std::string("kafka setting: ") + why.data());
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
  if (rebalanced != nullptr) {
    rd_kafka_conf_set_rebalance_cb(conf.get(), rebalanced);
    rd_kafka_conf_set_opaque(conf.get(), opaque);
  }
  rd_kafka_t* raw = rd_kafka_new(type, conf.get(), why.data(), why.size());
  if (raw == nullptr) return Status::unavailable(std::string("kafka client: ") + why.data());
  static_cast<void>(conf.release());
  return Kafka(raw);
}

class Member final : public KafkaTurn {
 public:
  // A member that leaves before the group gave it its first answer brings librdkafka 2.0 down (an assertion of its sticky assignor).
  ~Member() override {
    if (!member_) return;
    for (const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5); !joined_ && std::chrono::steady_clock::now() < until;) poll(10);
    rd_kafka_consumer_close(member_.get());
  }

  Status open(const std::string& bootstrap, const std::string& group, const std::string& topic, int lease_ms) {
    auto member = make(RD_KAFKA_CONSUMER, bootstrap,
                       {{"group.id", group}, {"enable.auto.commit", "false"}, {"partition.assignment.strategy", "cooperative-sticky"}, {"session.timeout.ms", std::to_string(lease_ms)},
                        {"heartbeat.interval.ms", std::to_string(std::max(100, lease_ms / 4))}, {"auto.offset.reset", "latest"}, {"max.poll.interval.ms", "300000"}}, on_rebalance, this);
    if (!member.ok()) return member.status();
    member_ = *std::move(member);
    rd_kafka_poll_set_consumer(member_.get());
    const List topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    const auto error = rd_kafka_subscribe(member_.get(), topics.get());
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? Status() : Status::unavailable("group " + group + ", kafka at " + bootstrap + ": " + rd_kafka_err2str(error));
  }
  void poll(int wait_ms) override { const Message any(rd_kafka_consumer_poll(member_.get(), wait_ms)); }   // Its messages are of no interest; rebalances come with it.
  bool mine(std::int32_t partition) const override { const std::lock_guard lock(mutex_); return mine_.contains(partition); }

 private:
  static void on_rebalance(rd_kafka_t* consumer, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions, void* opaque) {
    Member& self = *static_cast<Member*>(opaque);
    const bool comes = error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    {
      const std::lock_guard lock(self.mutex_);
      self.joined_ = true;
      for (int i = 0; i < partitions->cnt; ++i) {
        if (comes) self.mine_.insert(partitions->elems[i].partition);
        else self.mine_.erase(partitions->elems[i].partition);
      }
    }
    Error(comes ? rd_kafka_incremental_assign(consumer, partitions) : rd_kafka_incremental_unassign(consumer, partitions));
    if (comes) rd_kafka_pause_partitions(consumer, partitions);      // Only membership is wanted, not the records.
  }

  Kafka member_;
  mutable std::mutex mutex_;                         // Guards the one below.
  std::set<std::int32_t> mine_;
  bool joined_ = false;                              // The thread's that polls.
};

class Running final : public KafkaLease {
 public:
  Running(std::string bootstrap, std::string name, std::string place) : bootstrap_(std::move(bootstrap)), name_(std::move(name)), place_(std::move(place)) {}

  Status open(bool compacted, int lease_ms) {
    if (Status status = journal::create_topic(bootstrap_, place_, 1, 1, compacted); !status.ok()) return status;
    auto member = KafkaTurn::open(bootstrap_, name_, place_, lease_ms);
    if (!member.ok()) return member.status();
    member_ = *std::move(member);
    return {};
  }

  bool turn(int wait_ms) override {
    member_->poll(wait_ms);
    return member_->mine(0);
  }

  // Every id is fenced before what is there is read, the first one first, and the first write goes by the first id. So if two begin at once,
  // whoever took that id last is the only one that writes: what it read is all there is.
  Status begin() override {
    writers_.clear();
    for (std::size_t i = 0; i < kWriters; ++i)
      if (Status status = add_writer(i == 0 ? name_ : name_ + "." + std::to_string(i + 1)); !status.ok()) {
        writers_.clear();
        return status;
      }
    next_ = 0;
    return {};
  }

  Status write(const std::vector<Record>& records) override {
    if (writers_.empty()) return away("it has to begin first");
    rd_kafka_t* writer = writers_[next_].get();
    next_ = (next_ + 1) % kWriters;
    if (Status status = told(rd_kafka_begin_transaction(writer)); !status.ok()) return drop(writer, status);
    for (const Record& record : records)
      if (Status status = send(writer, record); !status.ok()) return drop(writer, status);
    for (int i = 0; i < 5; ++i) {
      Error failed(rd_kafka_commit_transaction(writer, kWaitMs));
      if (!failed) return {};
      if (rd_kafka_error_is_retriable(failed.get())) continue;                      // The same call again resumes it.
      return drop(writer, told(failed.release()));
    }
    return drop(writer, away("a transaction could not be committed"));
  }

  Result<bool> read_last(std::int64_t most, const std::function<void(std::string_view, const std::string*)>& each) override {
    auto reader = make(RD_KAFKA_CONSUMER, bootstrap_, {{"group.id", "concordat-reader"}, {"enable.auto.commit", "false"}, {"enable.partition.eof", "true"}, {"isolation.level", "read_committed"}, {"auto.offset.reset", "earliest"}, {"fetch.error.backoff.ms", "20"}, {"fetch.wait.max.ms", "20"}});
    if (!reader.ok()) return reader.status();
    rd_kafka_poll_set_consumer(reader->get());
    std::int64_t low = 0, high = 0;
    const auto error = rd_kafka_query_watermark_offsets(reader->get(), place_.c_str(), 0, &low, &high, kWaitMs);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return away(rd_kafka_err2str(error));
    const std::int64_t from = most >= high - low ? low : high - most;
    const List at(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(at.get(), place_.c_str(), 0)->offset = from;
    if (const auto failed = rd_kafka_assign(reader->get(), at.get()); failed != RD_KAFKA_RESP_ERR_NO_ERROR) return away(rd_kafka_err2str(failed));
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(3 * kWaitMs);
    while (std::chrono::steady_clock::now() < until) {
      const Message message(rd_kafka_consumer_poll(reader->get(), 100));
      if (!message) continue;
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return from == low;
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      const std::string value(static_cast<const char*>(message->payload), message->payload == nullptr ? 0 : message->len);
      each({static_cast<const char*>(message->key), message->key == nullptr ? 0 : message->key_len}, message->payload == nullptr ? nullptr : &value);
    }
    return away("topic " + place_ + " could not be read to the end");
  }

 private:
  Status away(const std::string& what) const { return Status::unavailable(name_ + ", kafka at " + bootstrap_ + ": " + what); }
  Status told(rd_kafka_error_t* raw) const {
    const Error error(raw);
    if (!error) return {};
    const auto code = rd_kafka_error_code(error.get());
    if (code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED)
      return Status::deposed(name_ + ": another instance has it now");
    return away(rd_kafka_error_string(error.get()));
  }
  // Nothing of that id is pending afterwards.
  Status add_writer(const std::string& id) {
    auto writer = make(RD_KAFKA_PRODUCER, bootstrap_,
                       {{"transactional.id", id}, {"transaction.timeout.ms", "10000"}, {"message.timeout.ms", "10000"}, {"linger.ms", "0"},
                        {"compression.codec", "zstd"}, {"partitioner", "murmur2_random"}, {"message.max.bytes", "1048000"}, {"queue.buffering.max.messages", "1000000"}});
    if (!writer.ok()) return writer.status();
    if (Status status = told(rd_kafka_init_transactions(writer->get(), kWaitMs)); !status.ok()) return status;
    // Where each topic lives, before the first record asks: it would wait a second for it.
    const rd_kafka_metadata_t* known = nullptr;
    if (const auto error = rd_kafka_metadata(writer->get(), 1, nullptr, &known, kWaitMs); error != RD_KAFKA_RESP_ERR_NO_ERROR) return away(rd_kafka_err2str(error));
    rd_kafka_metadata_destroy(known);
    writers_.push_back(*std::move(writer));
    return {};
  }

  // The writers go, and with them the transaction: the next begin() ends it.
  Status drop(rd_kafka_t* writer, const Status& why) {
    Error(rd_kafka_abort_transaction(writer, kWaitMs));
    writers_.clear();
    return why;
  }

  Status send(rd_kafka_t* writer, const Record& record) {
    rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& [name, value] : record.headers) rd_kafka_header_add(headers, name.c_str(), static_cast<ssize_t>(name.size()), value.data(), static_cast<ssize_t>(value.size()));
    const std::string topic(record.topic);
    const auto error = rd_kafka_producev(writer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK),
                                         RD_KAFKA_V_KEY(record.key.empty() ? nullptr : record.key.data(), record.key.size()),
                                         RD_KAFKA_V_VALUE(record.gone ? nullptr : const_cast<char*>(record.value.data()), record.gone ? 0 : record.value.size()),
                                         RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    rd_kafka_headers_destroy(headers);
    return away(rd_kafka_err2str(error));
  }

  const std::string bootstrap_, name_, place_;
  std::unique_ptr<KafkaTurn> member_;
  std::vector<Kafka> writers_;                       // kWriters once begun, or none.
  std::size_t next_ = 0;
};

}  // namespace

Result<std::unique_ptr<KafkaTurn>> KafkaTurn::open(const std::string& bootstrap, const std::string& group, const std::string& topic, int lease_ms) {
  auto out = std::make_unique<Member>();
  if (Status status = out->open(bootstrap, group, topic, lease_ms); !status.ok()) return status;
  return std::unique_ptr<KafkaTurn>(std::move(out));
}

Result<std::unique_ptr<KafkaLease>> KafkaLease::open(const std::string& bootstrap, const std::string& name, const std::string& place, bool compacted, int lease_ms) {
  auto out = std::make_unique<Running>(bootstrap, name, place);
  if (Status status = out->open(compacted, lease_ms); !status.ok()) return status;
  return std::unique_ptr<KafkaLease>(std::move(out));
}

}  // namespace concordat::app
