// concordat diff: what the record says of two pairs of days, and where that differs.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>

#include "app/ask.h"
#include "app/common.h"
#include "app/pictures.h"
#include "app/replay.h"
#include "app/table.h"
#include "app/questions.h"
#include "engine/record/record.h"

namespace concordat::app {
namespace {

struct Flags { std::string from, to, svg; std::vector<std::string> sets; };
struct Moment { std::string at, known; };
struct Change { std::string group; v1::Answer was, now; };

constexpr std::array kGroups = {"body", "function", "team", "lead", "rule"};                       // First, in this order; other kinds follow.
constexpr std::array kLeads = {"strategic_lead", "led_by", "lead_listed", "holder", "represented_by"};
constexpr std::array kRules = {"competent_for", "reserved_to", "barred_from", "excludes", "escalates_to", "raised_first_with", "non_delegable", "agreed_by"};

template <typename List>
bool among(const List& list, const std::string& word) { return std::find(list.begin(), list.end(), word) != list.end(); }

std::string group_of(const std::string& subject, const std::string& predicate) {
  if (among(kLeads, predicate)) return "lead";
  if (among(kRules, predicate)) return "rule";
  return subject.substr(0, subject.find(':'));
}

// "2023-04-01" or "2023-04-01@2023-03-31": true on that day, as known on that day.
Result<Moment> moment_of(const std::string& flag, const std::string& text) {
  const std::size_t split = text.find('@');
  Moment out{text.substr(0, split), split == std::string::npos ? "" : text.substr(split + 1)};
  for (const std::string* day : {&out.at, &out.known}) {
    if (day == &out.known && split == std::string::npos) continue;
    const auto parsed = record::parse_day(*day);
    if (!parsed.ok()) return Status::invalid(flag + ": expected a day, or DAY@KNOWN: " + parsed.status().why());
  }
  const std::string today = day_of(static_cast<std::int64_t>(time(nullptr)) * 1000);
  if (out.known > today) return Status::invalid(flag + ": expected to be known by today, " + today + ", at the latest, but " + out.known + " is in the future");
  return out;
}

// What an answer says, without the words: the same value may be dated more closely, and that is no change of the model.
std::string gist(const v1::Answer& answer) {
  std::set<std::string> all;
  for (const auto& value : answer.values()) all.insert(value.SerializeAsString());
  std::string out = answer.determined() ? "yes" : "no";
  for (const std::string& one : all) out += '\0' + one;
  for (const int reason : answer.reasons()) out += "\1" + std::to_string(reason);
  for (const std::string& basis : answer.basis())
    if (basis == "planned" || basis == "conditional" || basis == "forecast") out += "\2" + (basis == "forecast" ? "planned" : basis);   // A plan, asked of before its day.
  return out;
}

std::vector<Change> changes(const Reading& reading, const Moment& from, const Moment& to, const v1::Question& base) {
  std::vector<Change> out;
  for (const std::string& subject : reading.record->subjects(""))
    for (const std::string& predicate : reading.record->predicates_of(subject)) {
      std::set<std::string> scopes;
      for (const record::Fact* fact : reading.record->of(subject, predicate)) scopes.insert(fact->scope);
      for (const std::string& scope : scopes) {
        const auto at = [&](const Moment& moment) {
          v1::Question question = base;
          question.set_valid_at(moment.at);
          question.set_known_at(moment.known);
          return answer_of(*reading.record, std::move(question), subject, predicate, scope);
        };
        Change change{group_of(subject, predicate), at(from), at(to)};
        if (gist(change.was) != gist(change.now)) out.push_back(std::move(change));
      }
    }
  const auto rank = [](const std::string& group) { return std::find(kGroups.begin(), kGroups.end(), group) - kGroups.begin(); };
  std::stable_sort(out.begin(), out.end(), [&](const Change& a, const Change& b) { return std::pair(rank(a.group), a.group) < std::pair(rank(b.group), b.group); });
  return out;
}

std::set<std::string> values_of(const v1::Answer& answer) {
  std::set<std::string> out;
  for (const auto& value : answer.values()) out.insert(value.SerializeAsString());
  return out;
}

// Of several values only those that the other side lacks.
std::string only_here(const Reading& reading, const v1::Answer& here, const v1::Answer& there) {
  const std::set<std::string> others = values_of(there);
  std::string out;
  std::size_t same = 0;
  for (const auto& value : here.values()) {
    if (others.contains(value.SerializeAsString())) { ++same; continue; }
    const record::Datum datum = record::datum(value);
    out += (out.empty() ? "" : "; ") + (datum.kind == v1::Predicate::ref ? reading.record->name(datum.text) : record::in_words(datum));
  }
  return (out.empty() ? "nothing else" : out) + (same == 0 ? "" : " (beside " + std::to_string(same) + " that stayed)");
}

std::vector<ChangeRow> rows_of(const Reading& reading, const std::vector<Change>& all) {
  std::vector<ChangeRow> out;
  for (const Change& one : all) {
    const v1::Question& q = one.was.question();
    ChangeRow row{one.group, reading.record->name(q.subject()), q.predicate() + (q.scope().empty() ? "" : " (" + q.scope() + ")"), one.was.sentence(), one.now.sentence()};
    const v1::Predicate* word = reading.record->predicate(q.predicate());
    if (word != nullptr && word->many() && one.was.values_size() > 0 && one.now.values_size() > 0) {
      row.was = only_here(reading, one.was, one.now);
      row.now = only_here(reading, one.now, one.was);
    }
    out.push_back(std::move(row));
  }
  return out;
}

Status draw(const Reading& reading, const std::vector<ChangeRow>& rows, const Flags& flags) {
  std::set<std::string> changed;
  for (const ChangeRow& row : rows) changed.insert(row.subject);
  std::map<std::string, std::vector<std::string>> unchanged;
  for (const std::string& subject : reading.record->subjects(""))
    if (const std::string name = reading.record->name(subject); !changed.contains(name)) unchanged[subject.substr(0, subject.find(':'))].push_back(name);
  std::ofstream out(flags.svg, std::ios::binary);
  out << draw_changes("From " + flags.from + " to " + flags.to, rows, unchanged);
  out.flush();
  return out ? Status() : Status::unavailable(flags.svg + ": the picture could not be written there");
}

Status diff(Common& common, const Flags& flags) {
  const auto from = moment_of("--from", flags.from), to = moment_of("--to", flags.to);
  if (!from.ok()) return from.status();
  if (!to.ok()) return to.status();
  if (from->at > to->at) return Status::invalid("--from: expected a day not after that of --to, " + to->at + ", but it is " + from->at);
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  v1::Question base;
  if (Status status = set_record_sets(*reading->record, "--set", flags.sets, &base); !status.ok()) return status;
  const std::vector<Change> all = changes(*reading, *from, *to, base);
  const std::vector<ChangeRow> rows = rows_of(*reading, all);
  if (!flags.svg.empty())
    if (Status status = draw(*reading, rows, flags); !status.ok()) return status;
  if (common.json()) {
    for (const Change& one : all) std::printf("{\"group\":\"%s\",\"was\":%s,\"now\":%s}\n", one.group.c_str(), json_of(one.was).c_str(), json_of(one.now).c_str());
    return {};
  }
  Table table({"group", "subject", "what", "was", "now"});
  for (const ChangeRow& row : rows) table.row({row.group, row.subject, row.what, row.was, row.now});
  if (!all.empty()) table.print();
  std::map<std::string, int> counts;
  for (const Change& one : all) ++counts[one.group];
  std::string sum;
  for (const auto& [group, count] : counts) sum += (sum.empty() ? ": " : ", ") + std::to_string(count) + " " + group;
  std::printf("%zu changes from %s to %s%s\n", all.size(), flags.from.c_str(), flags.to.c_str(), sum.c_str());
  return {};
}

}  // namespace

void add_diff(CLI::App& app, Common& common) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("diff", "What changed in the model between two days, each as known on a day");
  command->add_option("--from", flags->from, "DAY or DAY@KNOWN, YYYY-MM-DD")->required();
  command->add_option("--to", flags->to, "DAY or DAY@KNOWN")->required();
  command->add_option("--set", flags->sets, "Record sets to use: seeds, public, assumed, matters (default all)");
  command->add_option("--svg", flags->svg, "Also write a picture of the model that marks the same changes");
  command->footer("Examples:\n  concordat diff --from 2023-03-31 --to 2024-09-24 --set seeds\n"
                  "  concordat diff --from 2022-04-15@2021-09-30 --to 2022-04-15     # The same day, with what was learnt since");
  command->callback([&common, flags] { run(common, [&] { return diff(common, *flags); }); });
}

}  // namespace concordat::app
