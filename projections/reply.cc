#include "projections/reply.h"

#include "concordat/v1/ledger.pb.h"

namespace concordat::projections {

v1::Reply reply_of(const v1::Commit& commit) {
  v1::Reply reply;
  reply.set_ledger(commit.ledger());
  reply.set_first_sequence(commit.first_sequence());
  reply.set_last_sequence(commit.first_sequence() + static_cast<std::uint64_t>(commit.events_size()) - 1);
  v1::Event event;
  for (const std::string& bytes : commit.events()) {
    event.ParseFromString(bytes);
    if (event.has_refused()) *reply.mutable_refused() = event.refused();
    if (event.has_matter_opened() && reply.matter().empty()) {
      reply.set_matter(event.matter_opened().matter());
      reply.set_step(event.matter_opened().step());
    }
    if (event.has_matter_moved() && (reply.matter().empty() || reply.matter() == event.matter_moved().matter())) {
      reply.set_matter(event.matter_moved().matter());
      reply.set_step(event.matter_moved().to());
    }
    if (event.has_matter_closed() && (reply.matter().empty() || reply.matter() == event.matter_closed().matter())) {
      reply.set_matter(event.matter_closed().matter());
      reply.set_outcome(event.matter_closed().outcome());
      reply.clear_step();
    }
  }
  return reply;
}

}  // namespace concordat::projections
