#include "app/subscription_place.h"

#include <map>
#include <vector>

#include "app/lease_kafka.h"
#include "app/subscription_keep.h"

namespace concordat::app {
namespace {

constexpr std::string_view kPosition = "position", kParked = "parked/";
constexpr std::int64_t kWhole = INT64_MAX;

class InDirectory final : public SubscriptionPlace {
 public:
  InDirectory(std::string data, std::string name) : data_(std::move(data)), name_(std::move(name)) {}
  bool turn(int) override { return true; }
  Result<v1::SubscriptionState> begin() override { return read_state(data_, name_); }
  Status keep(const v1::SubscriptionState& state) override { return write_state(data_, name_, state); }

 private:
  const std::string data_, name_;
};

// Written are the records that changed, in one transaction.
class OnKafka final : public SubscriptionPlace {
 public:
  OnKafka(std::string topic, std::unique_ptr<KafkaLease> lease) : topic_(std::move(topic)), lease_(std::move(lease)) {}
  bool turn(int wait_ms) override { return lease_->turn(wait_ms); }

  Result<v1::SubscriptionState> begin() override {
    if (Status status = lease_->begin(); !status.ok()) return status;
    written_.clear();
    const auto read = lease_->read_last(kWhole, [&](std::string_view key, const std::string* value) {
      if (value == nullptr) written_.erase(std::string(key));
      else written_[std::string(key)] = *value;
    });
    if (!read.ok()) return read.status();
    v1::SubscriptionState out;
    const auto position = written_.find(kPosition);
    if (position == written_.end()) return Status::not_found("topic " + topic_ + ": there is none yet");
    bool good = out.ParseFromString(position->second);
    for (const auto& [key, value] : written_)          // Their keys sort as the ledger does.
      if (key.starts_with(kParked)) good = good && out.add_parked()->ParseFromString(value);
    if (!good) return Status::corrupt("topic " + topic_ + ": expected the state of a subscription, but a record cannot be read; a newer build may have written it");
    return out;
  }

  Status keep(const v1::SubscriptionState& state) override {
    std::map<std::string, std::string, std::less<>> wanted;
    v1::SubscriptionState position = state;
    position.clear_parked();
    wanted.emplace(kPosition, position.SerializeAsString());
    for (const auto& parked : state.parked()) {
      const std::string number = std::to_string(parked.sequence());
      wanted[std::string(kParked) + std::string(20 - number.size(), '0') + number] = parked.SerializeAsString();
    }
    std::vector<KafkaLease::Record> records;
    for (const auto& [key, value] : wanted)
      if (const auto before = written_.find(key); before == written_.end() || before->second != value) records.push_back({.topic = topic_, .key = key, .value = value});
    for (const auto& [key, value] : written_)
      if (!wanted.contains(key)) records.push_back({.topic = topic_, .key = key, .value = {}, .gone = true});
    if (records.empty()) return {};
    if (Status status = lease_->write(records); !status.ok()) return status;
    written_ = std::move(wanted);
    return {};
  }

 private:
  const std::string topic_;
  const std::unique_ptr<KafkaLease> lease_;
  std::map<std::string, std::string, std::less<>> written_;       // What the topic holds.
};

}  // namespace

OpenPlace places_in(const std::string& data) {
  return [data](const std::string& name) -> Result<std::unique_ptr<SubscriptionPlace>> { return std::unique_ptr<SubscriptionPlace>(new InDirectory(data, name)); };
}

OpenPlace places_on_kafka(const std::string& bootstrap, int lease_ms) {
  return [bootstrap, lease_ms](const std::string& name) -> Result<std::unique_ptr<SubscriptionPlace>> {
    const std::string topic = "concordat.subscription." + name + ".state";
    auto lease = KafkaLease::open(bootstrap, "concordat-subscription-" + name, topic, true, lease_ms);
    if (!lease.ok()) return lease.status();
    return std::unique_ptr<SubscriptionPlace>(new OnKafka(topic, *std::move(lease)));
  };
}

}  // namespace concordat::app
