// Facts and values as plain memory.
#include <tuple>

#include "concordat/v1/record.pb.h"
#include "engine/record/record.h"

namespace concordat::record {

Datum datum(const v1::Value& value) {
  switch (value.is_case()) {
    case v1::Value::kRef: return {v1::Predicate::ref, value.ref(), 0};
    case v1::Value::kText: return {v1::Predicate::text, value.text(), 0};
    case v1::Value::kNumber: return {v1::Predicate::number, "", value.number()};
    case v1::Value::kFlag: return {v1::Predicate::flag, "", value.flag() ? 1 : 0};
    case v1::Value::kWhen: return {v1::Predicate::when, value.when(), 0};
    case v1::Value::kCode: return {v1::Predicate::code, value.code(), 0};
    case v1::Value::IS_NOT_SET: break;
  }
  return {};
}

void fill(const Datum& datum, v1::Value* out) {
  out->Clear();
  if (datum.kind == v1::Predicate::ref) out->set_ref(datum.text);
  if (datum.kind == v1::Predicate::text) out->set_text(datum.text);
  if (datum.kind == v1::Predicate::number) out->set_number(datum.number);
  if (datum.kind == v1::Predicate::flag) out->set_flag(datum.number != 0);
  if (datum.kind == v1::Predicate::when) out->set_when(datum.text);
  if (datum.kind == v1::Predicate::code) out->set_code(datum.text);
}

std::string in_words(const Datum& datum) {
  if (datum.kind == 0) return "left open by the source";
  if (datum.kind == v1::Predicate::number) return std::to_string(datum.number);
  if (datum.kind == v1::Predicate::flag) return datum.number != 0 ? "yes" : "no";
  if (datum.kind == v1::Predicate::when) {
    const auto when = parse_when(datum.text);
    return when.ok() ? in_words(*when) : datum.text;
  }
  return datum.text;
}

bool lost(const Fact& fact, Day known_at) {
  const Fact::Later* newest = nullptr;
  for (const Fact::Later& one : fact.set_aside_by_resolution)
    if (one.known <= known_at && (newest == nullptr || std::tie(one.known, one.sequence) > std::tie(newest->known, newest->sequence))) newest = &one;
  return newest != nullptr && !newest->why.empty();
}

Result<Fact> parse(const v1::Fact& fact, std::uint64_t sequence) {
  Fact out;
  auto from = parse_when(fact.from()), until = parse_when(fact.until());
  if (!from.ok()) return Status::invalid("fact " + fact.id() + ", from: " + from.status().why());
  if (!until.ok()) return Status::invalid("fact " + fact.id() + ", until: " + until.status().why());
  if (from->stated && until->stated && until->latest < from->earliest)
    return Status::invalid("fact " + fact.id() + ": expected an end after the start, but " + fact.until() + " is before " + fact.from());
  const auto known = parse_day(fact.known());
  if (!known.ok()) return Status::invalid("fact " + fact.id() + ", known: " + known.status().why());
  out.id = fact.id();
  out.subject = fact.subject();
  out.predicate = fact.predicate();
  out.scope = fact.scope();
  out.value = datum(fact.value());
  out.from = *std::move(from);
  out.until = *std::move(until);
  out.standing = fact.standing();
  out.condition = fact.condition();
  if (fact.source().matter().empty()) out.document = fact.source().document();
  out.known = *known;
  out.record_set = fact.record_set();
  out.in_force = fact.in_force();
  for (const std::string& mark : fact.marks()) {
    v1::Reason::Value reason = v1::Reason::unset;
    if (mark.starts_with("derived")) out.derived = true;
    else if (mark.starts_with("act: ")) out.document.clear();
    else if (v1::Reason::Value_Parse(mark, &reason)) out.reason = reason;
  }
  out.sequence = sequence;
  out.raw = fact.SerializeAsString();
  return out;
}

}  // namespace concordat::record
