#include "app/cases.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "app/lines.h"
#include "app/yaml_commands.h"
#include "concordat/v1/procedure.pb.h"
#include "engine/engine.h"

namespace concordat::app {
namespace {

namespace pb = google::protobuf;

constexpr std::int64_t kDayMs = 86'400'000, kNoonMs = kDayMs / 2;
constexpr int kDueAtOnceMax = 1000;

void put(std::string& text, const std::string& mark, const std::string& instead) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + instead.size())) text.replace(at, mark.size(), instead);
}

// "{party}" and "{who}" in every string of a command.
void fill(pb::Message* message, const v1::Actor& actor) {
  std::vector<const pb::FieldDescriptor*> fields;
  const auto* reflection = message->GetReflection();
  reflection->ListFields(*message, &fields);
  const auto filled = [&](std::string text) {
    put(text, "{party}", actor.on_behalf_of());
    put(text, "{who}", actor.who());
    return text;
  };
  for (const auto* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(*message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) fill(field->is_repeated() ? reflection->MutableRepeatedMessage(message, field, i) : reflection->MutableMessage(message, field), actor);
      else if (field->type() != pb::FieldDescriptor::TYPE_STRING) continue;
      else if (field->is_repeated()) reflection->SetRepeatedString(message, field, i, filled(reflection->GetRepeatedString(*message, field, i)));
      else reflection->SetString(message, field, filled(reflection->GetString(*message, field)));
    }
  }
}

class Play {
 public:
  Play(State state, const v1::Cases& all, const std::function<void(const v1::Event&)>& seen) : state_(std::move(state)), all_(all), seen_(seen) {
    state_.last_stamp_ms = 0;   // The clock of a case is its own.
    state_.due.clear();         // And what is open elsewhere does not fall due in it.
  }

  Played play(const v1::Case& one) {
    if (one.acts().empty()) wrong("the case", "at least one act, but it has none");
    for (int i = 0; i < one.acts_size(); ++i) {
      const v1::CaseAct& act = one.acts(i);
      if (!pass_to(act.on(), "act " + std::to_string(i + 1))) return std::move(played_);
      if (i == 0) set_up();
      at_ = "act " + std::to_string(i + 1) + ", " + day_ + (act.by().empty() ? "" : ", " + act.by());
      if (act.has_does()) do_it(act);
    }
    for (const v1::CaseEnd& end : one.ends()) check_end(end);
    return std::move(played_);
  }

 private:
  void wrong(const std::string& where, const std::string& what) { played_.wrong.push_back(where + ": expected " + what); }

  bool pass_to(const std::string& day, const std::string& where) {
    if (day.empty() && !day_.empty()) return true;
    const auto parsed = record::parse_day(day);
    if (!parsed.ok()) { wrong(where, "a day, but " + parsed.status().why()); return false; }
    const std::int64_t then = static_cast<std::int64_t>(parsed->count) * kDayMs + kNoonMs;
    if (then < now_ms_) { wrong(where, "days in order, but " + day + " comes after " + day_); return false; }
    happen_until(then);
    now_ms_ = then;
    day_ = day;
    return true;
  }

  // What falls due, at the time at which it does.
  void happen_until(std::int64_t then) {
    for (int n = 0; n < kDueAtOnceMax; ++n) {
      const std::string matter = due_matter(state_, then);
      if (matter.empty()) return;
      now_ms_ = std::max(now_ms_, state_.due.begin()->first);
      v1::Command command;
      command.mutable_actor()->set_who("clock");
      command.mutable_deadline_reached()->set_matter(matter);
      command.mutable_deadline_reached()->set_step(state_.matters.find(matter)->second.step->id());
      submit(std::move(command));
    }
    wrong(at_, "what is due to come to rest, but it goes on without end");
  }

  void set_up() {
    for (const v1::Command& command : all_.given()) {
      const v1::Refused no = submit(command);
      if (no.code() != v1::RefusalCode::unset) wrong("given", "it to be accepted, but " + v1::RefusalCode::Value_Name(no.code()) + ": " + no.sentence());
    }
  }

  std::vector<const v1::Actor*> actors(const std::string& name) const {
    for (const v1::CaseActor& one : all_.actors()) {
      if (one.name() != name) continue;
      if (one.all().empty()) return {&one.is()};
      std::vector<const v1::Actor*> out;
      for (const std::string& other : one.all())
        for (const v1::Actor* actor : actors(other)) out.push_back(actor);
      return out;
    }
    return {};
  }

  void do_it(const v1::CaseAct& act) {
    const auto who = actors(act.by());
    if (who.empty()) wrong(at_, "one of the actors of the file, but \"" + act.by() + "\" is none");
    for (const v1::Actor* actor : who) {
      v1::Command command = act.does();
      fill(&command, *actor);
      *command.mutable_actor() = *actor;
      const std::string procedure = procedure_of(command);
      judge(act, procedure, submit(std::move(command)));
    }
  }

  // Empty for a command about no matter.
  std::string procedure_of(const v1::Command& command) const {
    if (command.has_open_matter()) return command.open_matter().procedure();
    const auto open = state_.matters.find(matter_of(command));
    return open == state_.matters.end() ? std::string() : open->second.procedure->id();
  }

  void judge(const v1::CaseAct& act, const std::string& procedure, const v1::Refused& no) {
    const std::string code = no.code() == v1::RefusalCode::unset ? "" : v1::RefusalCode::Value_Name(no.code());
    if (code != act.refused())
      wrong(at_, (act.refused().empty() ? "it to be accepted" : "refusal " + act.refused()) + ", but " + (code.empty() ? "it was accepted" : code + ": " + no.sentence()));
    else if (!act.says().empty() && no.sentence().find(act.says()) == std::string::npos && said_.find(act.says()) == std::string::npos)
      wrong(at_, "words \"" + act.says() + "\", but it was answered: " + no.sentence() + said_);
    else if (!code.empty()) played_.refused.push_back(procedure + ": " + code);
  }

  v1::Refused submit(v1::Command command) {
    command.set_ledger("case");
    command.set_command_id("case/" + std::to_string(++commands_));
    said_.clear();
    v1::Refused no;
    if (const Status status = check(command); !status.ok()) {
      no.set_code(v1::RefusalCode::field_missing);
      no.set_sentence("malformed: " + status.why());
      return no;
    }
    v1::Stamp stamp;
    stamp.set_time_ms(now_ms_);
    std::map<std::string, std::string> procedures;
    for (const auto& [id, matter] : state_.matters) procedures.emplace(id, matter.procedure->id());
    for (const v1::Event& event : decide(state_, command, stamp)) {
      said_ += line_of(event) + "\n";
      if (seen_) seen_(event);
      if (event.has_matter_opened()) procedures[event.matter_opened().matter()] = event.matter_opened().procedure();
      if (event.has_matter_closed()) {
        outcomes_[event.matter_closed().matter()] = event.matter_closed().outcome();
        played_.closed.push_back(procedures[event.matter_closed().matter()] + ": " + event.matter_closed().outcome());
      }
      if (event.has_refused()) no = event.refused();
    }
    return no;
  }

  void check_end(const v1::CaseEnd& end) {
    const auto open = state_.matters.find(end.matter());
    const auto closed = outcomes_.find(end.matter());
    const std::string is = open != state_.matters.end() ? "it stands at step " + open->second.step->id() : closed != outcomes_.end() ? "it is closed: " + closed->second : "there is none";
    if (!end.outcome().empty() && (closed == outcomes_.end() || closed->second != end.outcome())) wrong(end.matter(), "it to be closed: " + end.outcome() + ", but " + is);
    if (!end.step().empty() && (open == state_.matters.end() || open->second.step->id() != end.step())) wrong(end.matter(), "it to stand at step " + end.step() + ", but " + is);
    if (!end.has_asks()) return;
    const v1::Answer answer = record::ask(state_.record, end.asks());
    if (answer.sentence().find(end.answer()) == std::string::npos) wrong(end.asks().subject() + " " + end.asks().predicate(), "an answer with \"" + end.answer() + "\", but it is: " + answer.sentence());
  }

  State state_;
  const v1::Cases& all_;
  const std::function<void(const v1::Event&)>& seen_;
  Played played_;
  std::map<std::string, std::string> outcomes_;
  std::int64_t now_ms_ = 0;
  std::string day_, at_ = "the first act", said_;
  int commands_ = 0;
};

}  // namespace

std::string cases_beside(const std::string& procedure_file) {
  const auto dot = procedure_file.rfind('.');
  return procedure_file.substr(0, dot == std::string::npos || procedure_file.find('/', dot) != std::string::npos ? procedure_file.size() : dot) + ".cases";
}

Result<v1::Cases> read_cases(const std::string& file) {
  std::ifstream in(file);
  if (!in) return Status::not_found(file + ": expected a file with cases, but it cannot be opened");
  std::stringstream text;
  text << in.rdbuf();
  v1::Cases all;
  bool several = false;
  int documents = 0;
  if (Status status = parse_messages(text.str(), file, [&] { several = ++documents > 1; return &all; }); !status.ok()) return status;
  if (several) return Status::invalid(file + ": expected one document with actors and cases, but there are " + std::to_string(documents));
  if (!all.actors_from().empty()) {
    const auto slash = file.rfind('/');
    const auto others = read_cases((slash == std::string::npos ? "" : file.substr(0, slash + 1)) + all.actors_from());
    if (!others.ok()) return others.status();
    all.mutable_actors()->MergeFrom(others->actors());
  }
  for (const v1::Case& one : all.cases())
    for (const v1::CaseAct& act : one.acts()) {
      v1::RefusalCode::Value code;
      if (!act.refused().empty() && !v1::RefusalCode::Value_Parse(act.refused(), &code)) return Status::invalid(file + ": case \"" + one.title() + "\": expected a refusal code, but " + act.refused() + " is none");
    }
  return all;
}

Played play(State state, const v1::Cases& all, const v1::Case& one, const std::function<void(const v1::Event&)>& seen) { return Play(std::move(state), all, seen).play(one); }

}  // namespace concordat::app
