// concordat private show, mark, hold, release, erase: each is a command, so each is on the ledger.
#include <CLI/CLI.hpp>
#include <unistd.h>

#include <cstdio>
#include <functional>

#include "app/clock.h"
#include "app/private.h"
#include "app/private_keys.h"
#include "app/private_words.h"
#include "app/seal.h"
#include "concordat/v1/service.pb.h"
#include "projections/views/private.h"

namespace concordat::app {
namespace {

struct Flags {
  ActorFlags actor;
  std::string subject, purpose, recipient, use = "shown", hold, reason, authority, early, embargo;
  std::vector<std::string> marks, exemptions;
};

std::string subject_named(const std::string& name) { return name.find(':') != std::string::npos ? name : "matter:" + name; }

Result<std::string> ledger_with(Common& common, Node& node) { return ledger_of(common, node.ledgers()); }

Status show(Common& common, const Flags& flags) {
  v1::Command command;
  if (Status status = fill(flags.actor, command.mutable_actor()); !status.ok()) return status;
  auto node = open_private_node(common);
  if (!node.ok()) return node.status();
  auto ledger = ledger_with(common, **node);
  if (!ledger.ok()) return ledger.status();
  v1::ReadWords& read = *command.mutable_read_words();
  read.set_subject(subject_named(flags.subject));
  for (const std::string& mark : flags.marks) read.add_marks(mark);
  read.set_purpose(flags.purpose);
  read.set_recipient(flags.recipient);
  v1::Use::Value use = v1::Use::unset;
  v1::Use::Value_Parse(flags.use, &use);
  read.set_use(use);
  auto done = do_privately(common, **node, *ledger, command);
  if (!done.ok() || !*done) return done.ok() ? Status() : done.status();
  std::size_t closed = 0;
  for (const v1::OpenedWords& one : open_words(*(*node)->private_keys(), (*node)->partition_for(*ledger).store(), *ledger, command.read_words())) {
    closed += one.words().empty() ? 1 : 0;
    if (common.json()) std::printf("%s\n", json_of(one).c_str());
    else if (one.words().empty()) std::printf("%s cannot be read: %s\n", one.mark().c_str(), one.why_not().c_str());
    else std::printf("%s (salt %s)\n%s\n", one.mark().c_str(), hex_of(one.salt()).c_str(), one.words().c_str());
  }
  return closed == 0 ? Status() : Status::not_found("expected all words to be readable, but " + std::to_string(closed) + (closed == 1 ? " is not" : " are not"));
}

// "foia-43=the bidders compete[=2027-01-01]"
Status add_exemption(const std::string& text, v1::MarkWords* mark) {
  const std::size_t first = text.find('='), last = text.rfind('=');
  if (first == std::string::npos || first == 0) return Status::invalid("--exemption: expected GROUND=REASON or GROUND=REASON=REVIEW-DAY, but it is \"" + text + "\"");
  v1::Exemption& one = *mark->add_exemptions();
  one.set_ground(text.substr(0, first));
  one.set_reason(text.substr(first + 1, last == first ? std::string::npos : last - first - 1));
  if (last != first) one.set_review(text.substr(last + 1));
  return {};
}

using Say = std::function<Status(const Flags&, v1::Command*)>;

Status act(Common& common, const Flags& flags, const Say& say, const char* done_words, bool needs_keys = false) {
  v1::Command command;
  if (Status status = fill(flags.actor, command.mutable_actor()); !status.ok()) return status;
  if (Status status = say(flags, &command); !status.ok()) return status;
  std::string ledger_name;
  {
    auto node = needs_keys ? open_private_node(common) : open_node(common);
    if (!node.ok()) return node.status();
    auto ledger = ledger_with(common, **node);
    if (!ledger.ok()) return ledger.status();
    ledger_name = *ledger;
    auto done = do_privately(common, **node, *ledger, command);
    if (!done.ok()) return done.status();
    if (!*done) return {};
  }                                                   // Closing it, the node carries out what is to be erased.
  if (!command.has_approve_erasure()) { if (!common.json()) std::printf("%s\n", done_words); return {}; }
  common.ledger = ledger_name;
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  const v1::PrivateSubjectRow row = projections::private_subject(*reading->store, reading->ledger, command.approve_erasure().subject());
  if (row.erasures().empty()) return Status::corrupt("expected the erasure in the views, but it is not there");
  const auto& last = row.erasures(row.erasures_size() - 1);
  if (last.destroyed() == 0) return Status::unavailable("the erasure is on the ledger (event " + std::to_string(last.sequence()) + "), but the key " + last.key() + " is not destroyed yet; start the instance that keeps it again");
  if (!common.json()) std::printf("The key %s is destroyed (events %llu and %llu). Its words cannot be read any more; every proof stays as it was.\n", last.key().c_str(), static_cast<unsigned long long>(last.sequence()), static_cast<unsigned long long>(last.destroyed()));
  return {};
}

CLI::App* add(CLI::App& under, Common& common, std::shared_ptr<Flags> flags, const char* name, const char* about, const char* done_words, bool needs_keys, Say say) {
  CLI::App* one = under.add_subcommand(name, about);
  add_actor(*one, &flags->actor);
  one->callback([&common, flags, say, done_words, needs_keys] { run(common, [&] { return act(common, *flags, say, done_words, needs_keys); }); });
  return one;
}

void add_show(CLI::App& under, Common& common, std::shared_ptr<Flags> flags) {
  CLI::App* one = under.add_subcommand("show", "Read private words: recorded first, with who, for what and by what right");
  one->add_option("SUBJECT", flags->subject, "Whose words: a matter's id, or person:…, body:…")->required();
  one->add_option("--mark", flags->marks, "Only these; again for more");
  one->add_option("--purpose", flags->purpose, "What they are read for")->required();
  one->add_option("--use", flags->use, "shown, exported or disclosed")->capture_default_str()->check(CLI::IsMember({"shown", "exported", "disclosed"}));
  one->add_option("--to", flags->recipient, "Whom they go to, if to somebody else");
  add_actor(*one, &flags->actor);
  one->footer("Exit 3 without the right to read; 1 if some words cannot be read: the erasure is named.\nExample:\n  concordat private show HUB-1 --as office:director-owm --capacity owm_officer --for body:owm --mandate minute-7 --purpose \"audit of 2026\"");
  one->callback([&common, flags] { run(common, [&] { return show(common, *flags); }); });
}

}  // namespace

void add_actor(CLI::App& command, ActorFlags* flags) {
  command.add_option("--as", flags->who, "Who acts: an office or a person")->required();
  command.add_option("--capacity", flags->capacity, "In which capacity")->required()->check(CLI::IsMember({"member", "host", "area_lead", "owm_officer", "nhse", "associate", "observer"}));
  command.add_option("--for", flags->on_behalf_of, "For which body");
  command.add_option("--mandate", flags->mandate, "For an owm_officer: the decision or agreement relied on");
}

Status fill(const ActorFlags& flags, v1::Actor* actor) {
  v1::Capacity::Value capacity = v1::Capacity::unset;
  if (!v1::Capacity::Value_Parse(flags.capacity, &capacity)) return Status::invalid("--capacity: expected member, host, area_lead, owm_officer, nhse, associate or observer, but it is \"" + flags.capacity + "\"");
  actor->set_who(flags.who);
  actor->set_capacity(capacity);
  actor->set_on_behalf_of(flags.on_behalf_of);
  actor->set_mandate(flags.mandate);
  return {};
}

Result<std::unique_ptr<Node>> open_private_node(const Common& common) {
  if (common.place.private_keys.empty()) return Status::invalid("--private-keys: expected the directory of the keys (make one with: concordat private init), but none was given");
  return open_node(common);
}

Result<bool> do_privately(Common& common, Node& node, const std::string& ledger, v1::Command command) {
  command.set_ledger(ledger);
  static unsigned count = 0;
  command.set_command_id("private/" + std::to_string(now_ms()) + "/" + std::to_string(getpid()) + "/" + std::to_string(count++));
  auto reply = node.submit_and_wait(std::move(command), "local:" + std::to_string(getuid()));
  if (!reply.ok()) return reply.status();
  if (!reply->has_refused()) return true;
  common.exit = kRefused;
  if (common.json()) std::printf("%s\n", json_of(*reply).c_str());
  else std::printf("REFUSED   %s: %s\n", v1::RefusalCode::Value_Name(reply->refused().code()).c_str(), reply->refused().sentence().c_str());
  return false;
}

void add_private_acts(CLI::App& under, Common& common) {
  auto flags = std::make_shared<Flags>();
  add_show(under, common, flags);
  CLI::App* mark = add(under, common, flags, "mark", "Mark words anew: exemptions with reason and review, embargo. What is left out lapses", "Marked.", false, [](const Flags& f, v1::Command* command) {
    v1::MarkWords& one = *command->mutable_mark_words();
    one.set_mark(f.subject);
    one.set_embargo(f.embargo);
    one.set_reason(f.reason);
    for (const std::string& text : f.exemptions)
      if (Status status = add_exemption(text, &one); !status.ok()) return status;
    return Status();
  });
  mark->add_option("MARK", flags->subject, "As the text has it: [sealed MARK]")->required();
  mark->add_option("--exemption", flags->exemptions, "GROUND=REASON or GROUND=REASON=REVIEW-DAY; again for more");
  mark->add_option("--embargo", flags->embargo, "Published to nobody before this day; then it may be");
  mark->add_option("--reason", flags->reason, "Why they are marked so now")->required();
  mark->footer("Example:\n  concordat private mark 3f9ac21b77aa01cd --exemption \"foia-43=the bidders still compete=2027-01-01\" --reason \"review of June\" --as office:director-owm --capacity owm_officer --for body:owm --mandate minute-7");
  CLI::App* hold = add(under, common, flags, "hold", "Place a legal hold: nothing of the subject is erased while it lasts", "Held.", false, [](const Flags& f, v1::Command* command) {
    v1::PlaceHold& one = *command->mutable_place_hold();
    one.set_subject(subject_named(f.subject));
    one.set_hold(f.hold);
    one.set_reason(f.reason);
    one.set_authority(f.authority);
    return Status();
  });
  CLI::App* release = add(under, common, flags, "release", "End a legal hold", "Released.", false, [](const Flags& f, v1::Command* command) {
    v1::ReleaseHold& one = *command->mutable_release_hold();
    one.set_subject(subject_named(f.subject));
    one.set_hold(f.hold);
    one.set_reason(f.reason);
    one.set_authority(f.authority);
    return Status();
  });
  for (CLI::App* one : {hold, release}) {
    one->add_option("SUBJECT", flags->subject, "A matter's id, or person:…, body:…")->required();
    one->add_option("HOLD", flags->hold, "Its name")->required();
    one->footer("Example:\n  concordat private " + one->get_name() + " HUB-1 inquiry-2026 --reason \"public inquiry\" --authority \"letter of 1 May 2026\" --as office:director-owm --capacity owm_officer --for body:owm --mandate minute-7");
  }
  CLI::App* erase = add(under, common, flags, "erase", "Ask that the key of a subject's words be destroyed, with a reason and an authority; another person approves", "Asked. Another person approves it: concordat private approve.", false, [](const Flags& f, v1::Command* command) {
    v1::EraseWords& one = *command->mutable_erase_words();
    one.set_subject(subject_named(f.subject));
    one.set_reason(f.reason);
    one.set_authority(f.authority);
    one.set_early_authority(f.early);
    return Status();
  });
  erase->add_option("SUBJECT", flags->subject, "A matter's id, or person:…, body:…")->required();
  erase->add_option("--early-authority", flags->early, "On what authority before the retention ends");
  CLI::App* approve = add(under, common, flags, "approve", "Approve an erasure that another person asked for: the key is destroyed", "", true, [](const Flags& f, v1::Command* command) {
    command->mutable_approve_erasure()->set_subject(subject_named(f.subject));
    return Status();
  });
  approve->add_option("SUBJECT", flags->subject, "A matter's id, or person:…, body:…")->required();
  approve->footer("There is no way back: whoever kept words and salt can still prove them (concordat private prove), nobody can read them from here.\nExample:\n  concordat private approve person:x --as office:ceo-cw --capacity member --for body:cw");
  erase->footer("Example:\n  concordat private erase person:x --reason \"request of the person\" --authority \"UK GDPR article 17\" --as office:director-owm --capacity owm_officer --for body:owm --mandate minute-7");
  for (CLI::App* one : {hold, release, erase}) {
    one->add_option("--reason", flags->reason, "Why")->required();
    one->add_option("--authority", flags->authority, "The letter, decision or request relied on")->required();
  }
}

}  // namespace concordat::app
