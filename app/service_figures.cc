#include "app/service_figures.h"

#include <algorithm>

#include "app/node.h"
#include "app/service_calls.h"
#include "concordat/v1/ledger.pb.h"
#include "projections/view.h"

namespace concordat::app {
namespace {

constexpr std::uint64_t kOpenMattersMax = 1'000'000;       // Counted so far; one look at each.

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.15g", value);
  return text;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') (out += '\\') += c;
    else if (c == '\n') out += "\\n";
    else out += c;
  }
  return out;
}

}  // namespace

Figures& Figures::family(const std::string& name, const std::string& help, const std::string& type) {
  name_ = name;
  text_ += "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
  return *this;
}

Figures& Figures::add(double value, const Labels& labels, const std::string& suffix) {
  text_ += name_ + suffix;
  for (std::size_t i = 0; i < labels.size(); ++i) text_ += (i == 0 ? "{" : ",") + labels[i].first + "=\"" + escaped(labels[i].second) + "\"";
  text_ += (labels.empty() ? " " : "} ") + number(value) + "\n";
  return *this;
}

void CommandFigures::answered(const Result<v1::Reply>& reply, double seconds) {
  const auto bucket = static_cast<std::size_t>(std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin());
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  micros_.fetch_add(static_cast<std::uint64_t>(seconds * 1e6), std::memory_order_relaxed);
  if (reply.ok() && !reply->has_refused()) { accepted_.fetch_add(1, std::memory_order_relaxed); return; }
  const std::lock_guard lock(mutex_);
  if (!reply.ok()) ++failed_[code_of(reply.status())];
  else ++refused_[v1::RefusalCode::Value_Name(reply->refused().code())];
}

void CommandFigures::write(Figures& out) const {
  out.counter("concordat_commands_accepted_total", "Commands that the rules said yes to").add(static_cast<double>(accepted_));
  {
    const std::lock_guard lock(mutex_);
    out.counter("concordat_commands_refused_total", "Commands that the rules said no to, by code");
    for (const auto& [code, count] : refused_) out.add(static_cast<double>(count), {{"code", code}});
    out.counter("concordat_commands_failed_total", "Commands that were not decided, by status");
    for (const auto& [code, count] : failed_) out.add(static_cast<double>(count), {{"code", code}});
  }
  out.histogram("concordat_command_seconds", "From a command's coming in to its reply, its commit read back");
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBounds.size(); ++i) out.add(static_cast<double>(sum += buckets_[i]), {{"le", number(kBounds[i])}}, "_bucket");
  sum += buckets_.back();
  out.add(static_cast<double>(sum), {{"le", "+Inf"}}, "_bucket").add(static_cast<double>(micros_) / 1e6, {}, "_sum").add(static_cast<double>(sum), {}, "_count");
}

void node_figures(Node& node, Figures& out) {
  out.gauge("concordat_ledger_position", "Sequence of the last event in the views");
  for (const std::string& ledger : node.ledgers()) out.add(static_cast<double>(node.partition_for(ledger).store().sequence(ledger)), {{"ledger", ledger}});
  out.gauge("concordat_matters_open", "Matters that are open");
  for (const std::string& ledger : node.ledgers()) {
    std::uint64_t open = 0;
    node.partition_for(ledger).store().scan("matters", ledger, "o/", "o/", [&](std::string_view, std::string_view) { return ++open < kOpenMattersMax; });
    out.add(static_cast<double>(open), {{"ledger", ledger}});
  }
  out.gauge("concordat_partition_leading", "1: this instance takes commands for it");
  for (std::uint32_t i = 0; i < node.partitions(); ++i) out.add(node.partition(i).leading() ? 1 : 0, {{"partition", std::to_string(i)}});
  out.gauge("concordat_partition_standing_by", "1: it follows while another instance leads");
  for (std::uint32_t i = 0; i < node.partitions(); ++i) out.add(node.partition(i).standing_by() ? 1 : 0, {{"partition", std::to_string(i)}});
  out.gauge("concordat_view_lag_frames", "Frames of the journal that the view does not hold yet; all views of a partition move together");
  for (std::uint32_t i = 0; i < node.partitions(); ++i)
    for (const projections::View* view : projections::all_views()) out.add(static_cast<double>(node.partition(i).lag()), {{"partition", std::to_string(i)}, {"view", std::string(view->name())}});
  out.gauge("concordat_partition_healthy", "1: it can serve");
  for (std::uint32_t i = 0; i < node.partitions(); ++i) out.add(node.partition(i).health().ok() ? 1 : 0, {{"partition", std::to_string(i)}});
}

}  // namespace concordat::app
