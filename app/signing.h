// Signs the log while the node serves: a checkpoint whenever the ledger grew, at most one in so many milliseconds, into a file
// that is replaced whole. A log that contradicts what the key signed before is not signed; that ends the signing, loudly.
// Thread: one of its own. The node outlives it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/node.h"

namespace concordat::app {

class Signing {
 public:
  struct Settings {
    std::vector<std::string> keys;       // Private key files. Empty: nothing is signed.
    std::string out;                     // The checkpoint's file.
    std::string ledger, data;            // Of which ledger; the data directory, in which no key may lie.
    int every_ms = 1000;
  };
  // kInvalid if a key cannot be used; asked before anything is served.
  Status start(Node& node, Settings settings);
  void stop();
  ~Signing() { stop(); }

 private:
  void run(const projections::Store& store);

  Settings settings_;
  std::thread thread_;
  std::mutex mutex_;                     // Guards the flag.
  std::condition_variable changed_;
  bool stopping_ = false;
};

}  // namespace concordat::app
