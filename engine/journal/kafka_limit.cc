#include "engine/journal/kafka_limit.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>

#include "engine/journal/journal.h"

namespace concordat::journal {
namespace {

double now_s() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Result<double> raw_produce_s(const std::string& bootstrap, const std::string& topic, const std::vector<std::string>& frames) {
  std::array<char, 512> why{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [key, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"bootstrap.servers", bootstrap.c_str()}, {"enable.idempotence", "true"}, {"enable.gapless.guarantee", "true"}, {"acks", "all"}, {"linger.ms", "0"},
           {"compression.codec", "zstd"}, {"max.in.flight", "5"}, {"socket.nagle.disable", "true"}, {"queue.buffering.max.messages", "1000000"}})
    if (rd_kafka_conf_set(conf, key, value, why.data(), why.size()) != RD_KAFKA_CONF_OK) { rd_kafka_conf_destroy(conf); return Status::invalid(why.data()); }
  rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t*, void*) {});
  rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
  rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
  if (producer == nullptr) { rd_kafka_conf_destroy(conf); return Status::unavailable(why.data()); }
  rd_kafka_topic_t* handle = rd_kafka_topic_new(producer, topic.c_str(), nullptr);
  const struct rd_kafka_metadata* metadata = nullptr;
  if (rd_kafka_metadata(producer, 0, handle, &metadata, 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_metadata_destroy(metadata);
  const double began = now_s();
  for (const std::string& frame : frames)
    while (rd_kafka_produce(handle, 0, RD_KAFKA_MSG_F_COPY, const_cast<char*>(frame.data()), frame.size(), nullptr, 0, nullptr) != 0) rd_kafka_poll(producer, 10);
  const bool flushed = rd_kafka_flush(producer, 60'000) == RD_KAFKA_RESP_ERR_NO_ERROR;
  const double took = now_s() - began;
  rd_kafka_topic_destroy(handle);
  rd_kafka_destroy(producer);
  if (!flushed) return Status::unavailable("kafka at " + bootstrap + ": the raw producer did not get through in a minute");
  return took;
}

Result<RoundTrips> raw_round_trips(const std::string& bootstrap, const std::string& topic, const std::vector<std::string>& frames, std::size_t in_flight) {
  auto log = kafka_log({.bootstrap = bootstrap, .topic = topic})(0);
  if (!log.ok()) return log.status();
  std::vector<Frame> read;
  const auto end = (*log)->end();
  if (!end.ok()) return end.status();
  for (std::uint64_t at = 0; at < *end; read.clear()) {        // To the end of what is there.
    if (Status status = (*log)->poll(100, &read); !status.ok()) return status;
    at = read.empty() ? *end : read.back().offset + 1;
  }
  std::deque<double> sent;
  std::vector<double> took;
  const double began = now_s();
  for (std::size_t next = 0; took.size() < frames.size();) {
    for (; next < frames.size() && sent.size() < in_flight; ++next) {
      sent.push_back(now_s());
      if (Status status = (*log)->append(frames[next]); !status.ok()) return status;
    }
    read.clear();
    if (Status status = (*log)->poll(100, &read); !status.ok()) return status;
    const double now = now_s();
    for (std::size_t i = 0; i < read.size(); ++i) { took.push_back(now - sent.front()); sent.pop_front(); }
    if (now - began > 120) return Status::unavailable("kafka at " + bootstrap + ": read-back stopped");
  }
  const double all = now_s() - began;
  std::sort(took.begin(), took.end());
  return RoundTrips{static_cast<double>(took.size()) / all, took[took.size() / 2] * 1e3, took[took.size() * 99 / 100] * 1e3};
}

}  // namespace concordat::journal
