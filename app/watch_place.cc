#include "app/watch_place.h"

#include <algorithm>

#include "concordat/v1/service.pb.h"
#include "engine/record/when.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

const Tokens kTokens{"concordat.v1.Concordat/Watch"};

}  // namespace

bool WatchPlace::wants(const v1::Event& event) const {
  if (filter.types().empty()) return true;
  if (event.happened_case() == v1::Event::HAPPENED_NOT_SET) return false;
  const std::string type = event_type(event.GetReflection()->GetOneofFieldDescriptor(event, event.GetDescriptor()->oneof_decl(0))->name());
  return std::any_of(filter.types().begin(), filter.types().end(), [&](const std::string& begin) { return type.starts_with(begin); });
}

std::string WatchPlace::token(const std::string& ledger) const { return kTokens.write(filter, ledger, sequence); }

Result<WatchPlace> watch_place(const google::protobuf::RepeatedPtrField<std::string>& types, std::uint64_t sequence) {
  static const std::vector<std::string> known = event_types();
  for (const std::string& begin : types)
    if (begin.empty() || std::none_of(known.begin(), known.end(), [&](const std::string& type) { return type.starts_with(begin); }))
      return Status::invalid("types: expected the beginning of an event type such as decision.made or transfer., but there is none that begins with \"" + begin.substr(0, 64) + "\"");
  WatchPlace out;
  out.filter.set_name("watch");
  *out.filter.mutable_types() = types;
  out.sequence = sequence;
  return out;
}

Result<WatchPlace> watch_place(const projections::Store& store, const std::string& ledger, const v1::WatchRequest& request) {
  auto out = watch_place(request.types(), request.after());
  if (!out.ok()) return out.status();
  const std::uint64_t head = store.sequence(ledger);
  if (!request.resume().empty()) {
    auto sequence = kTokens.read(out->filter, ledger, request.resume());
    if (!sequence.ok()) return Status::invalid("resume: expected one that was told by a watch or a snapshot of ledger " + ledger + " with the same types, but it is none");
    if (*sequence > head) return Status::unavailable("resume: expected a place that this instance has reached, but it is ahead of it; try again, or elsewhere");
    out->sequence = *sequence;
  } else if (request.from() == "now") {
    out->sequence = head;
  } else if (request.from() == "beginning") {
    out->sequence = 0;
  } else if (!request.from().empty()) {
    const auto day = record::parse_day(request.from());
    if (!day.ok()) return Status::invalid("from: expected beginning, now or a day, but " + day.status().why());
    out->sequence = projections::first_since(store, ledger, record::end_of_day_ms({day->count - 1})) - 1;
  }
  return out;
}

}  // namespace concordat::app
