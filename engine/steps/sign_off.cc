// sign_off.cc       | SignOff signed/waived      | SignOff refused   | DeadlineReached
// ------------------+----------------------------+-------------------+----------------
// fewer than needed | SignedOff, stays           | SignedOff ->      | -> lapsed
//                   |                            |   refused when n  |
// reaches needed    | SignedOff -> signed        |   is out of reach | (gone)
// With a day by which each is to answer (`by`): whoever has not by then is overdue, and may still.
#include <algorithm>

#include "engine/record/authority.h"
#include "engine/steps/steps.h"

namespace concordat::steps {

std::vector<std::string> parties_that_sign(const Work& work, const Matter& matter) {
  const v1::SignOffStep& step = matter.step->sign_off();
  if (!step.parties().empty()) {
    std::vector<std::string> named;
    for (const std::string& party : step.parties())
      for (std::string& body : bodies_named(work, matter, party))
        if (std::find(named.begin(), named.end(), body) == named.end()) named.push_back(std::move(body));   // A host is one of the six, and signs once.
    return named;
  }
  std::vector<std::string> found;
  for (const record::Datum& party : record::values(work.state().record, fill(matter, step.subject()), record::authority::kParty, "", work.today()))
    found.push_back(party.text);
  return found;
}
namespace {

constexpr std::string_view kReceiptMissing = "receipt_missing";

// What the party has not yet confirmed in the matter that is open beside this one, in words; empty: nothing (WF-25).
std::string owes(const Work& work, const Matter& matter, const std::string& party) {
  const std::string& step = matter.step->sign_off().receipts();
  if (step.empty()) return "";
  const auto other = work.state().matters.find(memory<ReferMemory>(matter, step).to);
  if (other == work.state().matters.end()) return "";        // It has ended.
  bool confirmed = false;
  for (const auto& [id, kept] : other->second.memories) {
    const auto* mine = std::get_if<ObligeMemory>(&kept);
    if (mine == nullptr) continue;
    for (const auto& [name, owed] : mine->owed) {
      if (owed.by != party) continue;
      if (!owed.discharged) return party + " still owes " + owed.what + " in " + other->first;
      confirmed = true;
    }
  }
  return confirmed ? "" : party + " has confirmed nothing in " + other->first + " (" + other->second.title + ")";
}

std::string duty_of(const std::string& party) { return "sign_off/" + party; }

// Of a date that is not exact, its last day.
std::string last_day(const std::string& when) {
  const auto parsed = record::parse_when(when);
  return parsed.ok() ? record::format(parsed->latest) : "";
}

}  // namespace

// Where the step names a day, each party owes its answer by then.
Refusal enter_sign_off(Work& work, const Matter& matter) {
  const v1::SignOffStep& step = matter.step->sign_off();
  if (step.by().empty()) return accept();
  std::vector<v1::Event> events;
  for (const std::string& party : parties_that_sign(work, matter)) {
    events.push_back(owing(matter, duty_of(party), party, step.what(), last_day(fill(matter, step.by()))));
  }
  for (v1::Event& event : events) work.emit(std::move(event));
  return accept();
}

Refusal decide(Work& work, const v1::SignOff& command) {
  const Matter* matter = nullptr;
  if (auto no = work.find_at(command.matter(), v1::Step::kSignOff, &matter)) return no;
  if (auto no = may_act(work, *matter)) return no;
  std::string party;
  if (auto no = resolve(work, command.party(), &party)) return no;
  const std::vector<std::string> all = parties_that_sign(work, *matter);
  if (std::find(all.begin(), all.end(), party) == all.end()) {
    return refuse(v1::RefusalCode::not_a_party, "one of the " + std::to_string(all.size()) + " parties that sign", party + " is none of them");
  }
  const SignOffMemory& mine = memory<SignOffMemory>(*matter, matter->step->id());
  if (mine.answers.contains(party)) return refuse(v1::RefusalCode::already_signed, "a party that has not answered yet", party + " has");
  if (command.answer() == v1::SignOff::answer_unset) return refuse(v1::RefusalCode::field_missing, "an answer: signed, refused or waived", "none was given");
  if (command.answer() == v1::SignOff::waived) {
    if (command.authority().empty() || command.reason().empty())
      return refuse(v1::RefusalCode::authority_missing, "a waiver to give a reason and cite its authority", "it does not");
  } else if (auto no = may_speak_for(work, party)) {
    return no;
  }
  const std::string warning = owes(work, *matter, party);
  if (command.answer() == v1::SignOff::signed_ && !warning.empty() && command.reason().empty())
    return refuse(v1::RefusalCode::warning_unanswered, "an answer in writing (reason) to the warning " + std::string(kReceiptMissing), warning);
  if (command.answer() == v1::SignOff::refused && command.reason().empty())
    return refuse(v1::RefusalCode::reason_required, "a reason for refusing", "none was given");
  const std::string id = matter->id, step = matter->step->id();
  const std::size_t needed = matter->step->sign_off().needed() == 0 ? all.size() : matter->step->sign_off().needed();
  v1::Event event;
  v1::SignedOff& signed_off = *event.mutable_signed_off();
  signed_off.set_matter(id);
  signed_off.set_step(step);
  signed_off.set_party(party);
  signed_off.set_answer(command.answer());
  signed_off.set_evidence(command.evidence());
  signed_off.set_reason(command.reason());
  signed_off.set_authority(command.authority());
  signed_off.set_who(work.actor().who());
  if (!warning.empty()) signed_off.add_warnings(std::string(kReceiptMissing) + ": " + warning);
  work.emit(std::move(event));
  if (memory<SignOffMemory>(*matter, step).duties.owed.contains(duty_of(party)))
    discharged(work, id, duty_of(party), party, command.evidence().empty() ? command.reason() : command.evidence());
  const auto& answers = memory<SignOffMemory>(*matter, step).answers;
  const auto refused = static_cast<std::size_t>(std::count_if(answers.begin(), answers.end(), [](const auto& a) { return a.second == v1::SignOff::refused; }));
  if (answers.size() - refused >= needed) return leave(work, id, "signed");
  if (all.size() - refused < needed) return leave(work, id, "refused");
  return accept();
}

Refusal deadline_sign_off(Work& work, const Matter& matter) {
  const std::string& due = matter.step->sign_off().due();
  const auto day = record::parse_day(due.empty() ? due : fill(matter, due));
  if (day.ok() && record::end_of_day_ms(*day) <= work.now_ms()) return leave(work, matter.id, "lapsed");
  tell_overdue(work, matter.id, memory<SignOffMemory>(matter, matter.step->id()).duties);
  return accept();
}

void evolve(SignOffMemory& mine, const v1::SignedOff& event) { mine.answers[event.party()] = event.answer(); }

}  // namespace concordat::steps
