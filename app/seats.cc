// concordat seats: the roll of a body, and the seats that nobody takes (WF-14).
#include <CLI/CLI.hpp>
#include <google/protobuf/struct.pb.h>

#include <algorithm>
#include <cstdio>

#include "app/ask.h"
#include "app/clock.h"
#include "app/common.h"
#include "app/questions.h"
#include "app/table.h"
#include "engine/record/authority.h"

namespace concordat::app {
namespace {

namespace authority = record::authority;

struct Wanted { std::string body, at, known; bool vacant = false; };

// One seat as the record has it. `vacant`: no office was nominated for it, or a source shows the office unfilled.
struct Seat { std::string body, party, office, holder, state, source; bool vacant = false; };

class Roll {
 public:
  Roll(const Reading& reading, const Wanted& asked) : reading_(reading), asked_(asked) {}

  // In the order of their ids; a body without parties has none.
  void add(const std::string& body) {
    if (const v1::Answer jointly = ask(body, authority::kJointly, ""); jointly.determined() && jointly.values(0).flag()) return;     // A name for its parties.
    for (const std::string& party : values(ask(body, authority::kParty, ""))) {
      v1::Answer nominated = ask(body, authority::kSeat, party);
      if (nominated.values().empty()) nominated = ask(body, authority::kRepresentedBy, party);
      if (nominated.values().empty()) seats.push_back({body, party, "", "", "nobody is nominated", "", true});
      for (const std::string& office : values(nominated)) seats.push_back(seat(body, party, office, source(nominated, office)));
    }
  }

  std::vector<Seat> seats;

 private:
  v1::Answer ask(const std::string& subject, const char* predicate, const std::string& scope) const {
    v1::Question question;
    question.set_valid_at(asked_.at);
    question.set_known_at(asked_.known);
    return answer_of(*reading_.record, std::move(question), subject, predicate, scope);
  }
  static std::vector<std::string> values(const v1::Answer& answer) {
    std::vector<std::string> out;
    for (const v1::Value& value : answer.values()) out.push_back(value.ref());
    std::sort(out.begin(), out.end());
    return out;
  }
  // The document or matter that says so of that value; the first, if none says just that.
  static std::string source(const v1::Answer& answer, const std::string& value) {
    const auto says = std::find_if(answer.used().begin(), answer.used().end(), [&](const auto& one) { return one.fact().value().ref() == value; });
    if (answer.used().empty()) return "";
    const v1::Source& from = (says == answer.used().end() ? answer.used(0) : *says).fact().source();
    return from.document() + from.matter();
  }
  Seat seat(const std::string& body, const std::string& party, const std::string& office, const std::string& source) const {
    Seat out{body, party, office, "", "taken", source, false};
    if (!office.starts_with("office:")) { out.holder = office; return out; }     // A person sits in their own name.
    const v1::Answer unfilled = ask(office, "vacant", "");
    const auto holders = values(ask(office, authority::kHolder, ""));
    if (!holders.empty()) out.holder = holders.front();
    else if (unfilled.determined() && unfilled.values(0).flag()) { out.vacant = true; out.state = "the office is vacant"; }
    else out.state = "no source names who holds the office";
    return out;
  }

  const Reading& reading_;
  const Wanted& asked_;
};

void print_json(const Seat& one) {
  google::protobuf::Struct out;
  const auto set = [&](const char* name, const std::string& value) { (*out.mutable_fields())[name].set_string_value(value); };
  set("body", one.body);
  set("party", one.party);
  set("seat", one.office);
  set("holder", one.holder);
  set("state", one.state);
  set("source", one.source);
  (*out.mutable_fields())["vacant"].set_bool_value(one.vacant);
  std::printf("%s\n", json_of(out).c_str());
}

Status seats(Common& common, Wanted asked) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  if (asked.at.empty()) asked.at = record::format(record::day_of(now_ms()));
  if (const auto at = record::parse_day(asked.at); !at.ok()) return Status::invalid("--at: " + at.status().why());
  if (Status status = check_known("--known", asked.known); !status.ok()) return status;
  Roll roll(*reading, asked);
  if (asked.body.empty()) {
    for (const std::string& body : reading->record->subjects("body:")) roll.add(body);
  } else {
    const auto body = subject_of(*reading, asked.body);
    if (!body.ok()) return body.status();
    roll.add(*body);
    if (roll.seats.empty()) return Status::not_found("expected a body with parties on " + asked.at + ", but the record names none of " + *body);
  }
  const auto name = [&](const std::string& id) { return id.empty() ? std::string() : reading->record->name(id); };
  Table table({"body", "for", "seat", "who", "state", "source"});
  std::size_t vacant = 0;
  for (const Seat& one : roll.seats) {
    vacant += one.vacant ? 1 : 0;
    if (asked.vacant && !one.vacant) continue;
    if (common.json()) print_json(one);
    table.row({name(one.body), name(one.party), name(one.office), name(one.holder), one.state, one.source});
  }
  if (common.json()) return {};
  if (!table.empty()) table.print();
  std::printf("%s%zu seat%s on %s, %zu of them vacant\n", table.empty() ? "" : "\n", roll.seats.size(), roll.seats.size() == 1 ? "" : "s", asked.at.c_str(), vacant);
  return {};
}

}  // namespace

void add_seats(CLI::App& app, Common& common) {
  auto asked = std::make_shared<Wanted>();
  CLI::App* command = app.add_subcommand("seats", "Who sits for whom on which body, and the seats that are vacant");
  command->add_option("BODY", asked->body, "Of that body only, by id or name");
  command->add_flag("--vacant", asked->vacant, "Only seats for which nobody is nominated, or whose office is vacant");
  command->add_option("--at", asked->at, "On that day (YYYY-MM-DD); today if left out");
  command->add_option("--known", asked->known, "As it was known on that day");
  command->footer("Examples:\n  concordat seats \"Joint Committee of the ICBs\"\n  concordat seats --vacant --at 2025-07-01 --format json");
  command->callback([&common, asked] { run(common, [&] { return seats(common, *asked); }); });
}

}  // namespace concordat::app
