// concordat transfer, escalation
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

#include "app/common.h"
#include "app/table.h"
#include "concordat/v1/views.pb.h"
#include "projections/views/matters.h"
#include "engine/record/when.h"

namespace concordat::app {
namespace {

struct Span { std::string label; record::Day from, to; char mark; };

// Months as columns; "?" where a date may fall, "#" from the day it took effect.
void draw(const v1::TransferRow& row) {
  std::vector<Span> spans;
  for (const v1::TrackRow& track : row.tracks()) {
    for (int i = 0; i < track.plans_size(); ++i) {
      const auto when = record::parse_when(track.plans(i).when());
      if (when.ok() && when->stated) spans.push_back({track.name() + (i + 1 < track.plans_size() ? ", first plan" : ", plan"), when->earliest, when->latest, i + 1 < track.plans_size() ? '.' : '?'});
    }
    const auto effect = record::parse_when(track.effective_on());
    if (effect.ok() && effect->stated) spans.push_back({track.name() + ", took effect", effect->latest, record::kNever, '#'});
  }
  if (spans.empty()) return;
  record::Day first = record::kNever, last = record::kAlways;
  for (const Span& span : spans) { first = std::min(first, span.from); last = std::max(last, span.to == record::kNever ? span.from : span.to); }
  const int start = first.count / 30 * 30 - 30, columns = std::min((last.count - start) / 10 + 7, 72);
  std::printf("\n  one column is ten days, from %s: '.' an earlier plan, '?' planned for some day in it, '#' in effect\n", record::format(record::Day{start}).c_str());
  for (const Span& span : spans) {
    std::string bar;
    for (int i = 0; i < columns; ++i) {
      const int day = start + i * 10;
      bar += day + 9 >= span.from.count && (span.to == record::kNever || day <= span.to.count) ? span.mark : ' ';
    }
    std::printf("  %-26s |%s|\n", span.label.c_str(), bar.c_str());
  }
}

std::string plans_of(const v1::TrackRow& track) {
  std::string out;
  for (const auto& plan : track.plans()) out += (out.empty() ? "planned for " : "; replanned for ") + plan.when() + " (on " + plan.known() + (plan.reason().empty() ? "" : ": " + plan.reason()) + ")";
  return out;
}

std::string state_of(const v1::TrackRow& track) {
  if (!track.effective_on().empty()) return "took effect " + track.effective_on() + " (known " + track.effective_known() + ")";
  return track.cancelled().empty() ? "planned" : "cancelled: " + track.cancelled();
}

template <typename Row>
Status each(Common& common, const char* view, const std::string& id, const std::function<void(const Reading&, Row)>& print) {
  auto reading = open_reading(common);
  if (!reading.ok()) return reading.status();
  bool any = false;
  reading->store->scan(view, reading->ledger, id, "", [&](std::string_view key, std::string_view bytes) {
    if (!id.empty() && key != id) return true;
    Row row;
    row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    v1::MatterRow matter;
    projections::find_matter(*reading->store, reading->ledger, row.matter(), &matter);
    row.set_title(matter.title());
    any = true;
    if (common.json()) std::printf("%s\n", json_of(row).c_str());
    else print(*reading, std::move(row));
    return true;
  });
  if (!any && !id.empty()) return Status::not_found("expected an entry of the " + std::string(view) + ", but there is none for matter " + id);
  if (!any && !common.json()) std::printf("No %s yet.\n", view);
  return {};
}

Status transfers(Common& common, const std::string& id) {
  Table table({"matter", "track", "plans", "state"});
  Status status = each<v1::TransferRow>(common, "transfers", id, [&](const Reading&, v1::TransferRow row) {
    if (!id.empty()) std::printf("%s  %s\n\n", row.matter().c_str(), row.title().c_str());
    for (const v1::TrackRow& track : row.tracks()) table.row({row.matter(), track.name(), plans_of(track), state_of(track)});
    if (id.empty()) return;
    table.print();
    for (const std::string& met : row.conditions()) std::printf("  condition met: %s\n", met.c_str());
    draw(row);
  });
  if (status.ok() && id.empty() && !table.empty() && !common.json()) table.print();
  return status;
}

void route(const Reading& reading, const v1::EscalationRow& row) {
  std::printf("%s  %s\n  issue   %s\n  raised  by %s\n  state   %s%s\n", row.matter().c_str(), row.title().c_str(), reading.record->name(row.issue()).c_str(), row.raiser().c_str(), row.state().c_str(),
              row.action_lead().empty() ? "" : ("; lead for action: " + row.action_lead()).c_str());
  for (const auto& hop : row.route()) {
    std::printf("  %s  to %s%s\n", hop.day().c_str(), reading.record->name(hop.to()).c_str(), hop.reason().empty() || hop.reason() == "raised" ? "" : (", because: " + hop.reason()).c_str());
    if (hop.received().empty()) std::printf("              receipt: none yet%s\n", hop.overdue().empty() ? "" : (", overdue since " + hop.overdue()).c_str());
    else std::printf("              receipt: %s, evidence: %s\n", hop.received().c_str(), hop.evidence().c_str());
    if (!hop.answer().empty()) std::printf("              answer: %s\n", wrap(hop.answer(), 22).c_str());
  }
}

Status escalations(Common& common, const std::string& id) {
  Table table({"matter", "title", "issue", "with", "state"});
  Status status = each<v1::EscalationRow>(common, "escalations", id, [&](const Reading& reading, v1::EscalationRow row) {
    if (!id.empty()) route(reading, row);
    else table.row({row.matter(), row.title(), row.issue(), row.route().empty() ? "" : row.route(row.route_size() - 1).to(), row.state()});
  });
  if (status.ok() && id.empty() && !table.empty() && !common.json()) table.print();
  return status;
}

void add(CLI::App& app, Common& common, const std::string& name, const char* what, const char* example, Status (*print)(Common&, const std::string&)) {
  CLI::App* noun = app.add_subcommand(name, what);
  noun->require_subcommand(1);
  CLI::App* all = noun->add_subcommand("list", "All of them");
  all->footer("Example:\n  concordat " + name + " list --format json");
  all->callback([&common, print] { run(common, [&] { return print(common, ""); }); });
  auto id = std::make_shared<std::string>();
  CLI::App* one = noun->add_subcommand("show", "One of them");
  one->add_option("MATTER", *id, "Its id")->required();
  one->footer("Example:\n  concordat " + name + " show " + example);
  one->callback([&common, print, id] { run(common, [&] { return print(common, *id); }); });
}

}  // namespace

void add_motions(CLI::App& app, Common& common) {
  add(app, common, "transfer", "Transfers on their tracks: planned against effective", "POD-2023", transfers);
  add(app, common, "escalation", "Escalations with route, receipts and answers", "ESC-2023-2", escalations);
}

}  // namespace concordat::app
