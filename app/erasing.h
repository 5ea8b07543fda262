// Carries out erasures: once the ledger says that a key is to go, its file goes, and the ledger is told. In that order a
// crash loses nothing: at the next start what was not carried out is, and a key that came back with a backup goes again.
// Threads: any may ask; one of its own does it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "app/node.h"
#include "app/private_keys.h"

namespace concordat::app {

class Erasing {
 public:
  // Both outlive it.
  Erasing(Node& node, const PrivateKeys& keys) : node_(node), keys_(keys), thread_([this] { loop(); }) {}
  ~Erasing() { finish(); }
  Erasing(const Erasing&) = delete;
  Erasing& operator=(const Erasing&) = delete;

  // What was asked for is done first, as far as it can be; what is asked for later is left to the next start. While node and keys are there.
  void finish();
  // Everything that this ledger says is erased, once the views hold that sequence.
  void sweep(const std::string& ledger, std::uint64_t sequence);

 private:
  void loop();
  Status carry_out(const std::string& ledger, std::uint64_t sequence);
  Node& node_;
  const PrivateKeys& keys_;
  std::mutex mutex_;                             // Guards the three below.
  std::deque<std::pair<std::string, std::uint64_t>> asked_;
  bool stop_ = false;
  std::condition_variable more_;
  std::thread thread_;                           // Last: it uses the rest.
};

}  // namespace concordat::app
