#include "projections/reply.h"

#include "concordat/v1/ledger.pb.h"

namespace concordat::projections {

v1::Reply reply_of(const v1::Commit& commit, const std::vector<v1::Event>& events) {
  v1::Reply reply;
  reply.set_ledger(commit.ledger());
  reply.set_first_sequence(commit.first_sequence());
  reply.set_last_sequence(commit.first_sequence() + static_cast<std::uint64_t>(commit.events_size()) - 1);
  const auto about = [&](const std::string& matter) { return reply.matter().empty() || reply.matter() == matter; };
  for (const v1::Event& event : events) {
    if (event.has_refused()) {
      *reply.mutable_refused() = event.refused();
      reply.mutable_refused()->clear_asked();                // Whoever asked knows.
    }
    if (event.has_matter_opened() && event.matter_opened().parent().empty() && reply.matter().empty()) {   // What a matter opens is not what was asked.
      reply.set_matter(event.matter_opened().matter());
      reply.set_step(event.matter_opened().step());
    }
    if (event.has_matter_moved() && about(event.matter_moved().matter())) {
      reply.set_matter(event.matter_moved().matter());
      reply.set_step(event.matter_moved().to());
    }
    if (event.has_matter_closed() && about(event.matter_closed().matter())) {
      reply.set_matter(event.matter_closed().matter());
      reply.set_outcome(event.matter_closed().outcome());
      reply.clear_step();
    }
  }
  return reply;
}

v1::Reply reply_of(const v1::Commit& commit) {
  std::vector<v1::Event> events(static_cast<std::size_t>(commit.events_size()));
  for (int i = 0; i < commit.events_size(); ++i) events[static_cast<std::size_t>(i)].ParseFromString(commit.events(i));
  return reply_of(commit, events);
}

}  // namespace concordat::projections
