// What would decide answer? Asked of a copy, so that nothing happens.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace concordat {

class Trial {
 public:
  explicit Trial(const State& state) : state_(state), copy_(state) {}      // `state` outlives the trial, and does not change meanwhile.
  Trial(const Trial&) = delete;
  // Each is decided as if it were the next command. `read`: gets the ids of the facts it rests on, if given.
  std::vector<v1::Event> decide(const v1::Command& command, const v1::Stamp& stamp, const Prefetched& prefetched = {}, std::set<std::string>* read = nullptr);

 private:
  const State& state_;
  State copy_;
  bool spoiled_ = false;             // A command was accepted: the copy is no longer what the state is.
};

}  // namespace concordat
