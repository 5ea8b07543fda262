// Who may do what in a matter now: the engine's own decide, asked of a copy.
#include <algorithm>

#include "app/explain.h"
#include "concordat/v1/views.pb.h"
#include "engine/acts.h"
#include "engine/engine.h"
#include "engine/record/record.h"
#include "engine/trial.h"
#include "projections/views/matters.h"

namespace concordat::app {
namespace {

std::string spaced(std::string words) {
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string name_of(const v1::Command& command) {
  return v1::Command::GetReflection()->GetOneofFieldDescriptor(command, v1::Command::descriptor()->oneof_decl(0))->name();
}

// "discharge receipt/body:bc": the act, and which of several it is.
std::string words_of(const record::Facts& names, const v1::Command& command) {
  std::string out = spaced(name_of(command));
  const auto* field = v1::Command::GetReflection()->GetOneofFieldDescriptor(command, v1::Command::descriptor()->oneof_decl(0));
  const auto& body = v1::Command::GetReflection()->GetMessage(command, field);
  for (const char* which : {"track", "condition", "obligation", "to", "number", "action"}) {
    const auto* one = body.GetDescriptor()->FindFieldByName(which);
    if (one == nullptr || one->is_repeated()) continue;
    if (one->type() == google::protobuf::FieldDescriptor::TYPE_STRING) out += " " + with_names(names, body.GetReflection()->GetString(body, one));
    if (one->type() == google::protobuf::FieldDescriptor::TYPE_UINT32) out += " " + std::to_string(body.GetReflection()->GetUInt32(body, one));
  }
  return out;
}

std::string leads_to(const std::vector<v1::Event>& events, const std::string& matter) {
  std::string out;
  for (const v1::Event& event : events) {
    if (event.has_matter_moved() && event.matter_moved().matter() == matter) out = "step " + event.matter_moved().to();
    if (event.has_matter_closed() && event.matter_closed().matter() == matter) out = "the end: " + event.matter_closed().outcome().substr(0, event.matter_closed().outcome().find(": "));   // Without the reason.
  }
  return out;
}

struct Trying {
  const State& state;
  const Matter& matter;
  record::Day today;
  v1::Stamp stamp;
  Trial trial;
  std::vector<v1::ActTried> tried;

  // An act is told once for each guise that can, else once with the reason of the first guise.
  void note(const v1::Command& command, const std::vector<v1::Event>& events) {
    v1::ActTried one;
    one.set_act(name_of(command));
    one.set_words(words_of(state.record, command));
    *one.mutable_actor() = command.actor();
    one.set_can(!events.front().has_refused());
    if (one.can()) one.set_leads_to(leads_to(events, matter.id));
    else {
      *one.mutable_refused() = events.front().refused();
      one.mutable_refused()->clear_asked();                  // It was only tried.
    }
    const auto before = std::find_if(tried.begin(), tried.end(), [&](const v1::ActTried& other) {
      return other.act() == one.act() && (other.words() == one.words() || (!other.can() && !one.can() && other.refused().sentence() == one.refused().sentence()));
    });
    if (before == tried.end()) tried.push_back(std::move(one));
    else if (!before->can() && one.can()) *before = std::move(one);
  }

  void as(const v1::Actor& actor) {
    for (const v1::Command& command : acts(state, matter, actor, today)) {
      const std::vector<v1::Event> events = trial.decide(command, stamp);
      const auto code = events.front().has_refused() ? events.front().refused().code() : v1::RefusalCode::unset;
      if (code == v1::RefusalCode::wrong_step || code == v1::RefusalCode::warning_not_found) continue;   // Not an act of this step; nothing to answer.
      note(command, events);
    }
  }
};

std::string summary(const State& state, const Matter& matter, const std::string& who, const std::vector<v1::ActTried>& tried) {
  std::string can;
  for (const v1::ActTried& one : tried)
    if (one.can()) can += (can.empty() ? "" : ", ") + one.words();
  const std::string at = matter.id + ", which stands at " + (matter.step->title().empty() ? matter.step->id() : matter.step->title() + " (" + matter.step->id() + ")");
  if (!can.empty()) return state.record.name(who) + " can act in " + at + ": " + can + "." + waits_for(state, matter);
  return state.record.name(who) + " can do nothing in " + at + "." + waits_for(state, matter);
}

std::vector<v1::Actor> actors(const State& state, const std::string& who, record::Day today, const v1::WhyNotRequest& asked) {
  std::vector<v1::Actor> out = guises(state, who, today);
  if (asked.capacity() == v1::Capacity::unset && asked.on_behalf_of().empty()) return out;
  const bool sits = !asked.on_behalf_of().empty() && std::any_of(out.begin(), out.end(), [&](const v1::Actor& one) { return one.on_behalf_of() == asked.on_behalf_of(); });
  std::erase_if(out, [&](const v1::Actor& one) { return sits && one.on_behalf_of() != asked.on_behalf_of(); });
  for (v1::Actor& one : out) {
    if (asked.capacity() != v1::Capacity::unset) one.set_capacity(asked.capacity());
    if (!asked.on_behalf_of().empty() || asked.capacity() != v1::Capacity::member) one.set_on_behalf_of(asked.on_behalf_of());
    one.set_mandate(asked.mandate());
  }
  return out;
}

Status resolved(const record::Record& record, const std::string& field, const std::string& name, std::string* out) {
  const record::Resolution found = record.resolve(name);
  std::string several;
  for (const std::string& one : found.candidates) several += (several.empty() ? "" : ", ") + one;
  if (found.subject.empty()) return Status::invalid(field + ": expected a person, office or body by id or recorded name, but \"" + name + "\" is " + (several.empty() ? "neither; names are never guessed" : "the name of several: " + several));
  *out = found.subject;
  return {};
}

}  // namespace

Status why_not(const projections::Store& store, const std::string& ledger, const v1::WhyNotRequest& asked, std::int64_t now_ms, v1::WhyNotResponse* out) {
  v1::MatterRow row;
  if (!projections::find_matter(store, ledger, asked.matter(), &row)) return Status::not_found("expected a matter of ledger " + ledger + ", but there is none called " + asked.matter() + " (see: concordat matter list)");
  State state;
  if (Status status = fold_until(store, ledger, UINT64_MAX, &state); !status.ok()) return status;
  std::string who, body = asked.on_behalf_of();
  if (Status status = resolved(state.record, "who", asked.who(), &who); !status.ok()) return status;
  if (!body.empty())
    if (Status status = resolved(state.record, "on_behalf_of", asked.on_behalf_of(), &body); !status.ok()) return status;
  out->set_who(who);
  const auto found = state.matters.find(asked.matter());
  if (found == state.matters.end()) {
    out->set_sentence("Nobody can act in " + asked.matter() + " any more: it is closed (" + row.outcome() + ").");
    return {};
  }
  v1::Stamp stamp;
  stamp.set_time_ms(std::max(now_ms, state.last_stamp_ms));
  const record::Day today = record::day_of(stamp.time_ms());
  v1::WhyNotRequest meant = asked;
  meant.set_on_behalf_of(body);
  Trying all{state, found->second, today, stamp, Trial(state), {}};
  for (const v1::Actor& actor : actors(state, who, today, meant)) all.as(actor);
  for (v1::ActTried& one : all.tried) *out->add_acts() = std::move(one);
  out->set_sentence(summary(state, found->second, who, {out->acts().begin(), out->acts().end()}));
  return {};
}

}  // namespace concordat::app
