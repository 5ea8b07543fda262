#include "app/node.h"

#include "app/erasing.h"
#include "app/private_keys.h"
#include "app/private_words.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

namespace concordat::app {
namespace {

std::string file_of(const Place& place) { return place.data + "/node.json"; }
std::string topic_wanted(const Place& place) { return place.topic.empty() ? "concordat.ledger.v1" : place.topic; }

Status store(const Place& place) {
  std::ofstream out(file_of(place));
  out << "{\"format\": 1, \"journal\": \"" << (place.kafka.empty() ? "embedded" : "kafka") << "\", \"topic\": \"" << topic_wanted(place)
      << "\", \"partitions\": " << place.partitions << "}\n";
  out.flush();
  return out ? Status() : Status::unavailable(file_of(place) + ": could not be written");
}

struct Stored { std::string journal, topic; std::uint32_t partitions = 1; };

Result<Stored> load(const Place& place) {
  std::ifstream in(file_of(place));
  if (!in) return Status::not_found(place.data + ": expected a data directory made by `concordat init`, but there is no node.json in it");
  std::stringstream text;
  text << in.rdbuf();
  google::protobuf::Struct json;
  if (!google::protobuf::util::JsonStringToMessage(text.str(), &json).ok() || json.fields().count("journal") == 0)
    return Status::corrupt(file_of(place) + ": expected the settings that `concordat init` wrote, but they do not parse");
  Stored out;
  out.journal = json.fields().at("journal").string_value();
  out.topic = json.fields().at("topic").string_value();
  out.partitions = static_cast<std::uint32_t>(json.fields().at("partitions").number_value());
  if (json.fields().at("format").number_value() != 1) return Status::corrupt(file_of(place) + ": expected format 1; a newer build wrote it");
  return out;
}

Status agree(const Place& place, const Stored& stored) {
  if (stored.journal == "replay") return Status::invalid(place.data + ": expected a data directory with a journal, but this one is a replay, which can only be read");
  const std::string wanted = place.kafka.empty() ? "embedded" : "kafka";
  if (stored.journal != wanted)
    return Status::invalid(place.data + ": expected " + (stored.journal == "kafka" ? "--kafka HOST:PORT, since its journal is on Kafka" : "no --kafka, since its journal is embedded") + ", but the flags say otherwise");
  if (!place.kafka.empty() && !place.topic.empty() && place.topic != stored.topic)
    return Status::invalid(place.data + ": expected --topic " + stored.topic + ", which it was made with, or none, but --topic is " + place.topic + "; another topic wants a data directory of its own");
  return {};
}

class Running final : public Node {
 public:
  std::vector<std::unique_ptr<runtime::Partition>> all;
  std::string on;
  std::optional<PrivateKeys> keys;
  std::shared_ptr<Erasing> erasing;        // Shared with the replies that are awaited: the partitions give the last of them as they end.

  ~Running() override { if (erasing) erasing->finish(); }                 // While the partitions still answer.

  const std::string& topic() const override { return on; }
  runtime::Partition& partition_for(std::string_view ledger) override { return *all[runtime::partition_of(ledger, partitions())]; }
  void submit(v1::Command command, std::string principal, runtime::Replied replied) override {
    runtime::Partition& partition = partition_for(command.ledger());
    if (Status status = keep_private(partition, &command); !status.ok()) return replied(status);
    if (command.has_approve_erasure()) replied = erased(command.ledger(), std::move(replied));
    partition.submit(std::move(command), std::move(principal), std::move(replied));
  }
  Result<v1::Reply> submit_and_wait(v1::Command command, std::string principal) override {
    runtime::Partition& partition = partition_for(command.ledger());
    if (Status status = keep_private(partition, &command); !status.ok()) return status;
    const std::string ledger = command.ledger();
    const bool erases = command.has_approve_erasure();
    auto reply = partition.submit_and_wait(std::move(command), std::move(principal));
    if (erases) carry_out(erasing, ledger, reply);
    return reply;
  }
  const PrivateKeys* private_keys() const override { return keys ? &*keys : nullptr; }
  std::vector<std::string> ledgers() const override {
    std::set<std::string> names;
    for (const auto& partition : all)
      for (std::string& ledger : partition->store().ledgers()) names.insert(std::move(ledger));
    return {names.begin(), names.end()};
  }
  std::uint32_t partitions() const override { return static_cast<std::uint32_t>(all.size()); }
  runtime::Partition& partition(std::uint32_t index) override { return *all[index]; }

 private:
  // Nothing said privately leaves here in the clear; whoever keeps the keys alone says that one is gone.
  Status keep_private(const runtime::Partition& partition, v1::Command* command) {
    if (command->has_confirm_erasure()) return Status::invalid("confirm_erasure: expected it from the keeper of the keys only, but it was submitted");
    if (command->has_approve_erasure() && !keys) return Status::invalid("approve_erasure: expected an instance that keeps the keys (--private-keys DIR), but this one keeps none");
    if (command->private_words().empty() && command->sealed().empty()) return {};
    if (keys) return seal_words(command, keys_of(*keys, partition.store(), command->ledger()));
    return Status::invalid("private_words: expected an instance that keeps their keys (--private-keys DIR), but this one keeps none");
  }
  static void carry_out(const std::shared_ptr<Erasing>& keeper, const std::string& ledger, const Result<v1::Reply>& reply) {
    if (keeper != nullptr && reply.ok() && !reply->has_refused()) keeper->sweep(ledger, reply->last_sequence());
  }
  runtime::Replied erased(const std::string& ledger, runtime::Replied replied) {
    return [keeper = erasing, ledger, replied = std::move(replied)](Result<v1::Reply> reply) {
      carry_out(keeper, ledger, reply);
      replied(std::move(reply));
    };
  }
};

}  // namespace

Status init(const Place& place) {
  std::error_code error;
  std::filesystem::create_directories(place.data, error);
  if (error) return Status::unavailable(place.data + ": " + error.message());
  auto stored = load(place);
  const bool fresh = !stored.ok() && stored.status().kind() == Status::Kind::kNotFound;
  if (!stored.ok() && !fresh) return stored.status();
  if (!fresh)
    if (Status status = agree(place, *stored); !status.ok()) return status;
  if (!place.kafka.empty())
    if (Status status = journal::create_topic(place.kafka, fresh ? topic_wanted(place) : stored->topic, static_cast<std::int32_t>(place.partitions), 1); !status.ok()) return status;
  if (fresh) return store(place);
  if (stored->partitions != place.partitions)
    return Status::invalid(place.data + ": expected " + std::to_string(stored->partitions) + " partition(s), fixed when it was made, but --partitions is " + std::to_string(place.partitions));
  return {};
}

Result<std::string> topic_of(const Place& place) {
  auto stored = load(place);
  if (!stored.ok()) return stored.status();
  if (Status status = agree(place, *stored); !status.ok()) return status;
  return stored->topic;
}

Result<std::unique_ptr<Node>> Node::open(Place place, std::function<void(std::uint64_t, std::uint64_t)> progress, std::function<std::int64_t()> now_ms) {
  auto stored = load(place);
  if (!stored.ok()) return stored.status();
  if (Status status = agree(place, *stored); !status.ok()) return status;
  auto node = std::make_unique<Running>();
  node->on = stored->topic;
  if (!place.private_keys.empty()) {
    auto keys = PrivateKeys::open(place.private_keys, place.data);
    if (!keys.ok()) return keys.status();
    node->keys = *std::move(keys);
  }
  for (std::uint32_t i = 0; i < stored->partitions; ++i) {
    runtime::Options options;
    options.store_directory = (place.views.empty() ? place.data + "/views" : place.views) + "/" + std::to_string(i);
    if (place.turn) options.turn = [turn = place.turn, i] { return turn(i); };
    options.now_ms = now_ms;
    options.read_only = place.read_only;
    if (place.kafka.empty()) options.open_log = journal::embedded_log({.directory = place.data + "/journal/" + std::to_string(i), .sync = place.sync, .read_only = place.read_only});
    else options.open_log = journal::kafka_log({.bootstrap = place.kafka, .topic = stored->topic, .partition = static_cast<std::int32_t>(i), .read_only = place.read_only});
    std::error_code error;
    std::filesystem::create_directories(options.store_directory, error);
    auto partition = runtime::Partition::start(std::move(options), progress);
    if (!partition.ok()) return partition.status();
    node->all.push_back(*std::move(partition));
  }
  if (node->keys && !place.read_only) {
    node->erasing = std::make_shared<Erasing>(*node, *node->keys);
    for (const std::string& ledger : node->ledgers()) node->erasing->sweep(ledger, 0);
  }
  return std::unique_ptr<Node>(std::move(node));
}

}  // namespace concordat::app
