// concordat private disclose: minutes as a copy for somebody outside, paragraph by paragraph, with the schedule of exemptions;
// concordat private minutes: the same minutes whole, for whoever may read what is private in them.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>

#include "app/clock.h"
#include "app/csv.h"
#include "app/disclosure.h"
#include "app/files.h"
#include "app/minutes.h"
#include "app/private.h"
#include "app/private_keys.h"
#include "app/private_words.h"
#include "concordat/v1/service.pb.h"
#include "projections/views/private.h"

namespace concordat::app {
namespace {

struct Flags { ActorFlags actor; std::string meeting, directory, purpose, recipient; bool html = false; };
using BySubject = std::map<std::string, std::vector<std::string>>;       // Marks.

// Opens them, subject by subject, on record. What is erased stays closed.
Result<bool> release(Common& common, Node& node, const std::string& ledger, const Flags& flags, v1::Use::Value use, const BySubject& all, Disclosure* copy) {
  for (const auto& [subject, marks] : all) {
    v1::Command command;
    if (Status status = fill(flags.actor, command.mutable_actor()); !status.ok()) return status;
    v1::ReadWords& read = *command.mutable_read_words();
    read.set_subject(subject);
    for (const std::string& mark : marks) read.add_marks(mark);
    read.set_purpose(flags.purpose);
    read.set_recipient(flags.recipient);
    read.set_use(use);
    auto done = do_privately(common, node, ledger, command);
    if (!done.ok() || !*done) return done;
    for (const v1::OpenedWords& one : open_words(*node.private_keys(), node.partition_for(ledger).store(), ledger, command.read_words())) {
      if (one.words().empty()) return Status::unavailable(one.mark() + ": " + one.why_not());
      copy->release(one.mark(), one.words());
    }
  }
  return true;
}

void add_schedule(const Disclosure& copy, Page* page) {
  page->heading("Schedule of exemptions");
  if (copy.schedule().empty()) return page->text("Nothing in this copy was private.");
  for (const Scheduled& one : copy.schedule())
    page->point("Paragraph " + std::to_string(one.number) + ": " + one.what + ". " + one.why + (one.review.empty() ? "" : "; to be reviewed on " + one.review) + ".");
}

Status disclose(Common& common, const Flags& flags) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  auto page = minutes_of(*reading, flags.meeting, true, false);
  if (!page.ok()) return page.status();
  Disclosure copy(*reading->store, reading->ledger, day_of(now_ms()));
  BySubject wanted;
  page->revise([&](const std::string& text) {
    for (auto& [subject, marks] : copy.releasable(text)) wanted[subject].insert(wanted[subject].end(), marks.begin(), marks.end());
    return text;
  });
  if (!wanted.empty()) {
    auto node = open_private_node(common);
    if (!node.ok()) return node.status();
    auto done = release(common, **node, reading->ledger, flags, v1::Use::disclosed, wanted, &copy);
    if (!done.ok() || !*done) return done.ok() ? Status() : done.status();
  }
  page->revise([&](const std::string& text) { return copy.copy(text); });
  add_schedule(copy, &*page);
  std::error_code error;
  std::filesystem::create_directories(flags.directory, error);
  if (error) return Status::unavailable(flags.directory + ": " + error.message());
  std::string schedule = csv_line(Disclosure::heads());
  std::size_t released = 0;
  for (const auto& cells : copy.rows()) schedule += csv_line(cells);
  for (const Scheduled& one : copy.schedule()) released += one.what == "released" ? 1 : 0;
  const std::map<std::string, std::string> files{{"minutes.md", page->markdown()}, {"minutes.html", page->html()}, {"schedule.csv", schedule}};
  for (const auto& [name, text] : files)
    if (Status status = replace_file(flags.directory + "/" + name, text); !status.ok()) return status;
  const std::size_t kept = copy.schedule().size() - released;
  if (common.json()) std::printf("{\"released\":%zu,\"withheld\":%zu}\n", released, kept);
  else std::printf("%s: %zu private paragraphs released, %zu withheld\n", flags.directory.c_str(), released, kept);
  return {};
}

// Every private paragraph that can still be read, by subject.
BySubject readable(const Reading& reading, Page* page) {
  BySubject out;
  page->revise([&](const std::string& text) {
    for (const std::string& mark : marks_in(text)) {
      v1::PrivateRow row;
      if (!projections::find_private(*reading.store, reading.ledger, mark, &row)) continue;
      const v1::PrivateSubjectRow subject = projections::private_subject(*reading.store, reading.ledger, row.words().subject());
      if (projections::erased_sentence(subject, row.words().sealed().key()).empty()) out[row.words().subject()].push_back(mark);
    }
    return text;
  });
  return out;
}

Status whole(Common& common, const Flags& flags) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  auto page = minutes_of(*reading, flags.meeting, false, false);
  if (!page.ok()) return page.status();
  Disclosure copy(*reading->store, reading->ledger, day_of(now_ms()));
  if (const BySubject wanted = readable(*reading, &*page); !wanted.empty()) {
    auto node = open_private_node(common);
    if (!node.ok()) return node.status();
    auto done = release(common, **node, reading->ledger, flags, v1::Use::shown, wanted, &copy);
    if (!done.ok() || !*done) return done.ok() ? Status() : done.status();
  }
  page->revise([&](const std::string& text) { return copy.copy(text); });
  std::fputs((flags.html ? page->html() : page->markdown()).c_str(), stdout);
  return {};
}

void add_whole(CLI::App& under, Common& common) {
  auto flags = std::make_shared<Flags>();
  CLI::App* one = under.add_subcommand("minutes", "Minutes with what is private in them, for whoever may read it all; recorded first");
  one->add_option("MEETING", flags->meeting, "Its id")->required();
  one->add_option("--purpose", flags->purpose, "What they are read for")->required();
  one->add_flag("--html", flags->html, "One HTML file that needs nothing else");
  add_actor(*one, &flags->actor);
  one->footer("Exit 3 if any of it may not be read: then nothing is shown. What was erased is named.\nExample:\n  concordat private minutes JC/2026-12 --purpose \"to be confirmed\" --as office:director-owm --capacity owm_officer --for body:owm --mandate minute-7");
  one->callback([&common, flags] { run(common, [&] { return whole(common, *flags); }); });
}

}  // namespace

void add_disclose(CLI::App& under, Common& common) {
  add_whole(under, common);
  auto flags = std::make_shared<Flags>();
  CLI::App* one = under.add_subcommand("disclose", "Minutes as a copy for somebody outside: paragraph by paragraph, with a schedule of exemptions");
  one->add_option("MEETING", flags->meeting, "Its id")->required();
  one->add_option("DIR", flags->directory, "Directory for minutes.html, minutes.md and schedule.csv")->required();
  one->add_option("--purpose", flags->purpose, "The request it answers")->required();
  one->add_option("--to", flags->recipient, "Whom it goes to")->required();
  add_actor(*one, &flags->actor);
  one->footer("Released are words whose embargo is over and for which no exemption stands; that they were opened is an event. Private items stay out whole.\nExample:\n  concordat private disclose JC/2026-12 copy/ --purpose \"request 17\" --to \"the requester\" --as office:director-owm --capacity owm_officer --for body:owm --mandate minute-7");
  one->callback([&common, flags] { run(common, [&] { return disclose(common, *flags); }); });
}

}  // namespace concordat::app
