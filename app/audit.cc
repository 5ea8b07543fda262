// concordat audit pack, verify: evidence for somebody who trusts nobody.
#include "app/audit.h"

#include <CLI/CLI.hpp>

#include <cstdio>

#include "app/audit_reports.h"
#include "app/audit_select.h"
#include "app/csv.h"
#include "app/files.h"
#include "app/keys.h"
#include "app/pack.h"
#include "app/print.h"
#include "app/table.h"
#include "concordat/v1/views.pb.h"
#include "projections/views/matters.h"

namespace concordat::app {
namespace {

struct Asked { bool print = false; std::vector<std::string> matters, keys; std::string out, checkpoint, pack, papers, policy, report, seed; Period period; std::size_t count = 0; std::uint32_t witnesses = 0; };

// The matters named, or those whose decisions were picked.
Result<PackOf> pack_of_whom(const Reading& reading, const Asked& asked) {
  PackOf of{"", asked.matters};
  const bool picks = !asked.period.from.empty() || !asked.period.to.empty() || asked.count > 0;
  if (picks != asked.matters.empty()) return Status::invalid("expected either matters, or --from, --to and --sample to pick them by");
  for (const std::string& matter : asked.matters) of.about += (of.about.empty() ? "matter " : ", ") + matter;
  if (!picks) return of;
  if (Status status = check_days(asked.period.from, asked.period.to); !status.ok()) return status;
  if ((asked.count > 0) == asked.seed.empty()) return Status::invalid("expected --sample and --seed together, but one is missing");
  auto all = decisions_of(reading, asked.period.from, asked.period.to);
  of.about = "decisions" + (asked.period.from.empty() ? "" : " from " + asked.period.from) + (asked.period.to.empty() ? "" : " until " + asked.period.to);
  if (asked.count > 0) {
    of.about = "sample of " + std::to_string(asked.count) + " among " + std::to_string(all.size()) + " " + of.about + ", seed " + asked.seed;
    all = sample_of(std::move(all), asked.count, asked.seed);
  }
  of.matters = matters_of(all);
  if (of.matters.empty()) return Status::not_found("expected decisions in that period, but none was made");
  return of;
}

Status make(Common& common, const Asked& asked) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  if (asked.keys.empty() == asked.checkpoint.empty()) return Status::invalid("expected either --checkpoint, a signed one, or --key to sign one now");
  const auto of = pack_of_whom(*reading, asked);
  if (!of.ok()) return of.status();
  auto checkpoint = asked.checkpoint.empty() ? sign_checkpoint(*reading->store, reading->ledger, asked.keys, common.place.data) : read_file(asked.checkpoint);
  if (!checkpoint.ok()) return checkpoint.status();
  auto pack = collect(*reading, *of, *checkpoint);
  if (!pack.ok()) return pack.status();
  std::string print;
  if (asked.print) {
    auto printed = printed_page(page_of(*pack));
    if (!printed.ok()) return printed.status();
    print = *std::move(printed);
  }
  if (Status status = write_pack(files_of(*pack, print), asked.out); !status.ok()) return status;
  if (common.json()) std::printf("{\"out\":\"%s\",\"events\":%zu}\n", asked.out.c_str(), pack->events.size());
  else std::printf("%s: %zu events with their proofs\n", asked.out.c_str(), pack->events.size());
  return {};
}

void print(const Common& common, const char* word, const std::vector<std::string>& all) {
  for (const std::string& one : all) {
    if (common.json()) std::printf("{\"finding\":\"%s\",\"words\":%s}\n", word, quoted_json(one).c_str());
    else std::printf("%-12s %s\n", word, one.c_str());
  }
}

Status verify(Common& common, const Asked& asked) {
  auto known = load_known(asked.keys, asked.policy);
  if (!known.ok()) return known.status();
  auto files = load_pack(asked.pack);
  if (!files.ok()) return files.status();
  Verdict verdict = verify_pack(*files, {known->keys, asked.witnesses, known->policy});
  if (!asked.papers.empty() && verdict.wrong.empty())
    if (Status status = verify_papers(*files, asked.papers, &verdict); !status.ok()) return status;
  print(common, "good", verdict.good);
  print(common, "WRONG", verdict.wrong);
  print(common, "not checked", verdict.unchecked);
  if (!verdict.wrong.empty()) common.exit = kCorrupt;
  return {};
}

std::string json_row(const std::vector<std::string>& heads, const std::vector<std::string>& cells) {
  std::string out;
  for (std::size_t i = 0; i < heads.size(); ++i) out += (i == 0 ? "{" : ",") + quoted_json(heads[i]) + ":" + quoted_json(cells[i]);
  return out + "}";
}

void print_rows(const Common& common, const std::vector<std::string>& heads, const std::vector<std::vector<std::string>>& rows) {
  Table table(heads);
  if (common.csv()) std::fputs(csv_line(heads).c_str(), stdout);
  for (const auto& cells : rows) {
    if (common.json()) std::printf("%s\n", json_row(heads, cells).c_str());
    else if (common.csv()) std::fputs(csv_line(cells).c_str(), stdout);
    else table.row(cells);
  }
  if (common.json() || common.csv()) return;
  if (table.empty()) std::printf("Nothing of the kind is on the ledger.\n");
  else table.print();
}

Status report(Common& common, const Asked& asked) {
  if (Status status = check_days(asked.period.from, asked.period.to); !status.ok()) return status;
  std::string known;
  for (const ReportKind& kind : report_kinds()) {
    known += (known.empty() ? "" : ", ") + std::string(kind.name);
    if (asked.report != kind.name && asked.report != kind.question) continue;
    auto reading = open_reading(common);
    if (!reading.ok()) return reading.status();
    const std::string& about = asked.period.matter;
    v1::MatterRow matter;
    if (!about.empty() && !projections::find_matter(*reading->store, reading->ledger, about, &matter) && reading->record->resolve(about).subject.empty())
      return Status::not_found("--matter: expected a matter of ledger " + reading->ledger + ", but there is none called " + about);
    const Report made = kind.make(*reading, asked.period);
    print_rows(common, made.heads, made.rows);
    for (const std::string& gap : made.gaps) {
      if (common.json()) std::printf("{\"gap\":%s}\n", quoted_json(gap).c_str());
      else std::fprintf(common.csv() ? stderr : stdout, "GAP  %s\n", gap.c_str());
    }
    if (!common.json())
      for (const std::string& limit : made.limits) std::fprintf(common.csv() ? stderr : stdout, "not known  %s\n", limit.c_str());
    if (common.format == "table") std::printf("%zu rows, %zu gaps, up to event %llu\n", made.rows.size(), made.gaps.size(), static_cast<unsigned long long>(reading->store->sequence(reading->ledger)));
    return {};
  }
  return Status::invalid("expected one of the reports " + known + ", but there is none called " + asked.report);
}

Status sample(Common& common, const Asked& asked) {
  if (Status status = check_days(asked.period.from, asked.period.to); !status.ok()) return status;
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  std::vector<std::vector<std::string>> rows;
  for (const Picked& one : sample_of(decisions_of(*reading, asked.period.from, asked.period.to), asked.count, asked.seed)) rows.push_back({one.day, one.matter, one.step, one.title, one.outcome, std::to_string(one.sequence)});
  print_rows(common, {"day", "matter", "step", "title", "outcome", "event"}, rows);
  return {};
}

// Where each question of an auditor is answered.
Status questions(Common& common) {
  std::vector<std::vector<std::string>> rows{
      {"A1", "one decision, end to end", "concordat audit pack MATTER (page.html)"},
      {"A2", "re-run a decision", "concordat explain MATTER; concordat what-if --change FILE --over DAYS"},
      {"A3", "nothing removed or reordered since my last visit", "concordat log verify CHECKPOINT --key KEY"},
      {"A4", "a random sample, by my seed", "concordat audit sample --seed S; audit pack --sample 25 --seed S"},
      {"A9", "what was believed on X about Y", "concordat ask SUBJECT WORD --at Y --known X"}};
  for (const ReportKind& kind : report_kinds()) rows.push_back({std::string(kind.question), std::string(kind.about), "concordat audit report " + std::string(kind.name)});
  const auto number = [](const std::vector<std::string>& row) { return row[0].size() > 1 ? std::atoi(row[0].c_str() + 1) : 99; };
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) { return number(a) < number(b); });
  print_rows(common, {"question", "about", "command"}, rows);
  return {};
}

void add_period(CLI::App* command, const std::shared_ptr<Asked>& asked) {
  command->add_option("--from", asked->period.from, "Only from this day on");
  command->add_option("--to", asked->period.to, "Only up to this day");
}

void add_reports(CLI::App& audit, Common& common, const std::shared_ptr<Asked>& asked) {
  CLI::App* one = audit.add_subcommand("report", "One of the questions an auditor asks, with its gaps");
  one->add_option("REPORT", asked->report, "See: concordat audit questions")->required();
  one->add_option("--matter", asked->period.matter, "Only this matter (for succession: this body)");
  add_period(one, asked);
  std::string words = "Reports:\n";
  for (const ReportKind& kind : report_kinds()) words += "  " + std::string(kind.name) + std::string(15 - kind.name.size(), ' ') + std::string(kind.about) + "\n";
  one->footer(words + "Examples:\n  concordat audit report escalations\n  concordat audit report inquorate --from 2023-04-01 --format csv");
  one->callback([&common, asked] { run(common, [&] { return report(common, *asked); }, true); });
  CLI::App* lot = audit.add_subcommand("sample", "Decisions by lot, from a seed that you choose");
  lot->add_option("--seed", asked->seed, "Any words or number")->required();
  lot->add_option("--count", asked->count, "How many (default 25)");
  add_period(lot, asked);
  lot->footer("The smallest SHA-256(\"concordat-sample/v1\\n\" SEED \"\\n\" MATTER \"/\" STEP): the same on every machine.\nExample:\n  concordat audit sample --seed 4711 --from 2023-04-01 --to 2024-03-31");
  lot->callback([&common, asked] { if (asked->count == 0) asked->count = 25; run(common, [&] { return sample(common, *asked); }, true); });
  CLI::App* list = audit.add_subcommand("questions", "What an auditor asks, and the command that answers it");
  list->footer("Example:\n  concordat audit questions");
  list->callback([&common] { run(common, [&] { return questions(common); }, true); });
}

}  // namespace

void add_audit(CLI::App& app, Common& common) {
  CLI::App* audit = app.add_subcommand("audit", "Evidence: packs that verify offline, and the questions an auditor asks");
  audit->require_subcommand(1);
  audit->footer("Examples:\n  concordat audit pack HOST-2023 --key ~/owm.key --out host-2023.pack\n  concordat audit verify host-2023.pack --key owm.key.pub");
  auto asked = std::make_shared<Asked>();
  CLI::App* pack = audit->add_subcommand("pack", "Everything that bears on a matter, with proofs, a page to read and a verifier");
  pack->add_option("MATTER", asked->matters, "One or more matters; or pick decisions by the flags below");
  add_period(pack, asked);
  pack->add_option("--sample", asked->count, "So many decisions by lot");
  pack->add_option("--seed", asked->seed, "What the lot is drawn by");
  pack->add_flag("--print", asked->print, "With page.pdf, a print of its page (needs weasyprint)");
  pack->add_option("--out", asked->out, "File (a tar archive), or a directory if it ends in /")->required();
  pack->add_option("--key", asked->keys, "Private key to sign a checkpoint with, now");
  pack->add_option("--checkpoint", asked->checkpoint, "Or: a checkpoint that is signed already, and perhaps witnessed");
  pack->footer("Holds its events, refused attempts, meeting, rules, procedure, facts read and written, documents and names.\nExamples:\n  concordat audit pack HOST-2023 --key ~/owm.key --out host-2023.pack\n  concordat audit pack HOST-2023 --checkpoint june.note --out host-2023/\n  concordat audit pack --from 2023-04-01 --to 2024-03-31 --sample 25 --seed 4711 --key ~/owm.key --out sample.pack");
  pack->callback([&common, asked] { run(common, [&] { return make(common, *asked); }); });
  add_reports(*audit, common, asked);
  add_register(*audit, common);
  CLI::App* check = audit->add_subcommand("verify", "Check a pack offline: it and public keys are enough");
  check->add_option("PACK", asked->pack, "File or directory")->required();
  check->add_option("--key", asked->keys, "Public key of the log, or of a witness; file or NAME+ID+KEY; repeat");
  check->add_option("--policy", asked->policy, "File of logs, witnesses and which of them are enough (C2SP tlog-policy)");
  check->add_option("--witnesses", asked->witnesses, "At least so many of the witnesses given must have signed");
  check->add_option("--papers", asked->papers, "Directory with papers: are they those that were before the meeting?");
  check->footer("Reports every fault, not the first, and what it did not check. Ends with 5 if anything is wrong.\nExample:\n  concordat audit verify host-2023.pack --key owm.key.pub\n  concordat audit verify host-2023.pack --policy six-boards.policy");
  check->callback([&common, asked] { run(common, [&] { return verify(common, *asked); }); });
}

}  // namespace concordat::app
