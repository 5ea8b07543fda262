#include "engine/trial.h"

#include "concordat/v1/ledger.pb.h"

namespace concordat {

std::vector<v1::Event> Trial::decide(const v1::Command& command, const v1::Stamp& stamp, const Prefetched& prefetched, std::set<std::string>* read) {
  if (spoiled_) {
    State again(state_);
    copy_ = std::move(again);
  }
  copy_.record.listen(read);
  std::vector<v1::Event> events = concordat::decide(copy_, command, stamp, prefetched);
  copy_.record.listen(nullptr);
  spoiled_ = events.size() != 1 || !events.front().has_refused();
  copy_.last_sequence = spoiled_ ? copy_.last_sequence : state_.last_sequence;   // A refusal changes the position and nothing else.
  copy_.last_stamp_ms = spoiled_ ? copy_.last_stamp_ms : state_.last_stamp_ms;
  return events;
}

}  // namespace concordat
