#include "app/common.h"

#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>

#include "app/questions.h"
#include "engine/record/when.h"

namespace concordat::app {

int complain(const Status& status) {
  std::fprintf(stderr, "concordat: %s\n", status.why().c_str());
  switch (status.kind()) {
    case Status::Kind::kOk: return kDone;
    case Status::Kind::kInvalid: return kUsage;
    case Status::Kind::kNotFound: return kFailed;
    case Status::Kind::kUnavailable: case Status::Kind::kDeposed: case Status::Kind::kBusy: case Status::Kind::kTooMany: return kUnavailable;
    case Status::Kind::kUnauthenticated: case Status::Kind::kForbidden: return kFailed;
    case Status::Kind::kCorrupt: return kCorrupt;
  }
  return kFailed;
}

void run(Common& common, const std::function<Status()>& body, bool knows_csv) {
  const Status status = common.csv() && !knows_csv ? Status::invalid("--format: expected table or json for this command, but it is csv") : body();
  if (!status.ok()) common.exit = complain(status);
}

Result<std::unique_ptr<Node>> open_node(const Common& common) {
  const auto began = std::chrono::steady_clock::now();
  bool said = false;
  auto node = Node::open(common.place, [&, last = began](std::uint64_t done, std::uint64_t total) mutable {
    const auto now = std::chrono::steady_clock::now();
    if (now - began < std::chrono::seconds(2) || now - last < std::chrono::milliseconds(500)) return;
    last = now;
    said = true;
    std::fprintf(stderr, "\rcatching up: %llu of %llu", static_cast<unsigned long long>(done), static_cast<unsigned long long>(total));
  });
  if (said) std::fprintf(stderr, "\n");
  return node;
}

Result<std::string> ledger_of(const Common& common, const std::vector<std::string>& there) {
  if (!common.ledger.empty()) return common.ledger;
  if (there.empty()) return std::string("west-midlands");
  if (there.size() == 1) return there.front();
  std::string all;
  for (const std::string& one : there) all += (all.empty() ? "" : ", ") + one;
  return Status::invalid("expected --ledger with one of " + all + ", but none was given");
}

Result<Reading> open_reading(const Common& common) {
  const std::string views = common.place.data + "/views";
  if (!std::filesystem::exists(common.place.data + "/node.json"))
    return Status::not_found(common.place.data + ": expected a data directory made by `concordat init` or deploy/quickstart, but there is none");
  std::vector<std::string> all;
  std::map<std::string, std::string> where;
  for (int i = 0; std::filesystem::exists(views + "/" + std::to_string(i) + "/CURRENT"); ++i) {
    const std::string directory = views + "/" + std::to_string(i);
    auto store = projections::Store::open_read_only(directory);
    if (!store.ok()) return store.status();
    for (const std::string& ledger : (*store)->ledgers()) { all.push_back(ledger); where[ledger] = directory; }
  }
  if (all.empty() && std::filesystem::exists(views + "/0") && !std::filesystem::is_empty(views + "/0") && !std::filesystem::exists(views + "/0/CURRENT"))
    return Status::corrupt("store " + views + "/0: expected its file CURRENT, but it is missing; run: concordat rebuild");
  auto ledger = ledger_of(common, all);
  if (!ledger.ok()) return ledger.status();
  if (!where.contains(*ledger)) return Status::not_found(common.place.data + ": expected ledger " + *ledger + ", but nothing has been submitted to it yet");
  auto store = projections::Store::open_read_only(where[*ledger]);
  if (!store.ok()) return store.status();
  Reading reading{*std::move(store), *ledger, nullptr};
  reading.record = std::make_unique<projections::RecordReader>(*reading.store, reading.ledger);
  return reading;
}

Result<std::string> subject_of(const Reading& reading, const std::string& name) { return subject_named(*reading.record, name); }

std::string json_of(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string out;
  if (!google::protobuf::util::MessageToJsonString(message, &out, options).ok()) out = "{}";
  return out;
}

std::string day_of(std::int64_t time_ms) { return record::format(record::day_of(time_ms)); }

}  // namespace concordat::app
