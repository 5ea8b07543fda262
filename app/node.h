// A node: the partitions this process works for, behind one door. Commands are routed by ledger. What they say
// privately is sealed here, before it goes any further.
//
// A data directory holds `node.json` (format, journal kind, topic, partitions), `journal/<partition>/` for the embedded
// journal, and `views/<partition>/` for the stores. `concordat init` makes it; opening it needs nothing else.
// Threads: any.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/partition.h"

namespace concordat::app {

class PrivateKeys;

struct Place {
  std::string data;                  // Directory; "./var" by default.
  std::string kafka;                 // Bootstrap "host:port"; empty = the embedded journal.
  std::string topic;                 // Empty: the one it was made with, concordat.ledger.v1 if nothing else was said then.
  std::uint32_t partitions = 1;      // Fixed for life.
  bool read_only = false;            // Do not lead; a follower of the journal (or of the directory's files).
  bool sync = true;                  // Embedded: fsync per group of commits.
  std::string private_keys;          // Directory of the keys of private words; empty = none, and a command with private words is malformed.
  std::string views;                 // Of a reader beside the one that writes: where its own views are; empty = in `data`.
  int lease_ms = 6000;               // Several instances on one topic: without a sign for so long, one is taken for dead.
  std::function<bool(std::uint32_t partition)> turn = {};   // Whose turn it is to lead (runtime::Options); empty = nobody says.
};

// Makes the data directory (and the topic). Fine if it is there with the same settings; else says what differs.
Status init(const Place& place);

// Of the Kafka journal of a data directory that is there; its settings must agree with `place`.
Result<std::string> topic_of(const Place& place);

class Node {
 public:
  // Reads node.json (flags given in `place` must agree with it), opens every partition, catches up, leads.
  static Result<std::unique_ptr<Node>> open(Place place, std::function<void(std::uint64_t done, std::uint64_t total)> progress = {},
                                            std::function<std::int64_t()> now_ms = {});
  virtual ~Node() = default;
  virtual runtime::Partition& partition_for(std::string_view ledger) = 0;
  virtual void submit(v1::Command command, std::string principal, runtime::Replied replied) = 0;
  virtual Result<v1::Reply> submit_and_wait(v1::Command command, std::string principal) = 0;
  virtual std::vector<std::string> ledgers() const = 0;      // Over all partitions, sorted.
  virtual const std::string& topic() const = 0;              // Of its journal, if that is on Kafka.
  virtual std::uint32_t partitions() const = 0;
  virtual runtime::Partition& partition(std::uint32_t index) = 0;
  virtual const PrivateKeys* private_keys() const = 0;       // Null: this instance keeps none.
};

}  // namespace concordat::app
