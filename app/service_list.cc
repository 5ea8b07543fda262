#include "app/service_list.h"

#include <algorithm>
#include <array>
#include <set>

#include "app/common.h"
#include "app/service_filters.h"
#include "app/watch_place.h"
#include "concordat/v1/service.pb.h"
#include "concordat/v1/views.pb.h"
#include "engine/base/hex.h"
#include "engine/record/when.h"
#include "projections/views/decisions.h"
#include "projections/views/ledger.h"
#include "projections/views/matters.h"

namespace concordat::app {
namespace {

constexpr std::uint32_t kRowsUsual = 100, kRowsMax = 1000;
constexpr std::size_t kLookedAtMax = 20'000;          // Rows of one page that may be passed over: then it ends short, with a next one.
constexpr std::size_t kBytesMax = 3u << 20;           // A gRPC client takes four megabytes unless it says otherwise.
constexpr std::size_t kSnapshotBytes = 256u << 10;    // Of one message.

// What filters look at. `opened` and `last` are sequences.
struct Traits {
  std::set<std::string> bodies, states, types;
  std::uint64_t opened = 0, last = 0;
};

void of_matter(const v1::MatterRow& row, Traits* out) {
  out->bodies.insert(row.awaits().begin(), row.awaits().end());
  out->bodies.insert(row.opened_by());
  for (const v1::Field& field : row.fields())
    if (field.value().has_ref()) out->bodies.insert(field.value().ref());
  out->types.insert(row.procedure());
  out->opened = row.opened();
  out->last = row.last();
}

// Its own words for where it stands, and those of its matter for the rest.
struct Looked { const projections::Store& store; const std::string& ledger; };

void with_matter(const Looked& at, const std::string& id, Traits* out) {
  v1::MatterRow matter;
  if (projections::find_matter(at.store, at.ledger, id, &matter)) of_matter(matter, out);
}

Traits traits(const Looked&, const v1::MatterRow& row) {
  Traits out;
  of_matter(row, &out);
  out.states = {row.open() ? "open" : "closed", row.step(), row.outcome()};
  return out;
}
Traits traits(const Looked& at, const v1::DecisionRow& row) {
  Traits out;
  with_matter(at, row.matter(), &out);
  out.bodies.insert(row.made().body());
  out.states = {row.made().outcome(), row.enacted().empty() ? "made" : "enacted"};
  out.opened = row.sequence();
  return out;
}
Traits traits(const Looked& at, const v1::TransferRow& row) {
  Traits out;
  with_matter(at, row.matter(), &out);
  for (const v1::TrackRow& track : row.tracks())
    out.states.insert(!track.cancelled().empty() ? "cancelled" : !track.effective_on().empty() ? "effective" : track.plans_size() > 1 ? "replanned" : "planned");
  return out;
}
Traits traits(const Looked& at, const v1::EscalationRow& row) {
  Traits out;
  with_matter(at, row.matter(), &out);
  out.bodies.insert(row.raiser());
  out.bodies.insert(row.action_lead());
  for (const auto& hop : row.route()) out.bodies.insert({hop.to(), hop.from()});
  out.states = {row.state()};
  out.types.insert(row.issue());
  return out;
}
Traits traits(const Looked& at, const v1::MeetingRow& row) {
  Traits out;
  with_matter(at, row.id(), &out);
  out.bodies.insert(row.body());
  out.states = {row.state()};
  return out;
}
Traits traits(const Looked&, const v1::ProcedureRow& row) {
  Traits out;
  out.types = {row.id()};
  out.opened = out.last = row.sequence();
  return out;
}

// A view whose rows are told: under which keys they stand, and as what.
template <typename Row>
bool parse(std::string_view bytes, Row* row) { return row->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())); }

template <typename Row>
bool row_of(const Looked& at, std::string_view bytes, Traits* seen, std::string* json) {
  Row row;
  if (!parse(bytes, &row)) return false;
  if (seen != nullptr) *seen = traits(at, row);
  if (json == nullptr) return true;
  if constexpr (std::is_same_v<Row, v1::DecisionRow>) projections::full_decision(at.store, at.ledger, &row);
  *json = json_of(row);
  return true;
}

struct Told {
  const char* view;
  const char* prefix;
  bool (*row)(const Looked&, std::string_view bytes, Traits*, std::string* json);
};
constexpr std::array kTold = {Told{"matters", "m/", row_of<v1::MatterRow>}, Told{"decisions", "d/", row_of<v1::DecisionRow>}, Told{"transfers", "", row_of<v1::TransferRow>},
                              Told{"escalations", "", row_of<v1::EscalationRow>}, Told{"meetings", "m/", row_of<v1::MeetingRow>}, Told{"procedures", "n/", row_of<v1::ProcedureRow>}};

Result<const Told*> told_of(const std::string& view) {
  for (const Told& one : kTold)
    if (view == one.view) return &one;
  return Status::invalid("view: expected matters, decisions, transfers, escalations, meetings or procedures, but it is \"" + view.substr(0, 64) + "\"");
}

Status damaged(const std::string& view) { return Status::corrupt("view " + view + ": a row does not parse; run: concordat rebuild --view " + view); }

bool among(const std::set<std::string>& words, const std::string& wanted) { return wanted.empty() || words.contains(wanted); }

std::string unhex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0; };
    out += static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1]));
  }
  return out;
}

// What a page belongs to, in few characters.
std::string filter_of(const std::string& ledger, const v1::ListRequest& request) {
  v1::Feed filter;
  filter.set_name("list");
  for (const std::string& word : {request.view(), request.body(), request.state(), request.type(), request.since()}) filter.add_types(word);
  return filter_hash(filter, ledger);
}

Result<v1::PageMark> mark_of(const projections::Store& store, const std::string& ledger, const v1::ListRequest& request) {
  v1::PageMark mark;
  if (request.page().empty()) {
    mark.set_first(store.sequence(ledger));
    mark.set_filter(filter_of(ledger, request));
    return mark;
  }
  if (!mark.ParseFromString(unhex(request.page())) || mark.filter().empty()) return Status::invalid("page: expected `next` of the page before, but it is none");
  if (mark.filter() != filter_of(ledger, request)) return Status::invalid("page: expected the ledger, view and filters that the walk began with, but they are others; begin again without it");
  return mark;
}

}  // namespace

Status list(const projections::Store& store, const std::string& ledger, const v1::ListRequest& request, v1::ListResponse* response) {
  auto what = told_of(request.view());
  if (!what.ok()) return what.status();
  std::uint64_t since = 0;
  if (!request.since().empty()) {
    const auto day = record::parse_day(request.since());
    if (!day.ok()) return Status::invalid("since: " + day.status().why());
    since = projections::first_since(store, ledger, record::end_of_day_ms({day->count - 1}));
  }
  response->set_position(store.sequence(ledger));         // Before reading: what is read is at least as new.
  auto mark = mark_of(store, ledger, request);
  if (!mark.ok()) return mark.status();
  const std::size_t most = request.limit() == 0 ? kRowsUsual : std::min(request.limit(), kRowsMax);
  const std::string prefix = (*what)->prefix, from = prefix + mark->after();
  const Looked at{store, ledger};
  std::size_t looked_at = 0, bytes = 0;
  Status status;
  store.scan(request.view(), ledger, prefix, from, [&](std::string_view key, std::string_view row) {
    if (!mark->after().empty() && key == from) return true;
    const bool full = static_cast<std::size_t>(response->json_size()) >= most || bytes >= kBytesMax || looked_at >= kLookedAtMax;
    if (full) { response->set_next("more"); return false; }
    ++looked_at;
    Traits seen;
    std::string json;
    if (!(*what)->row(at, row, &seen, nullptr)) { status = damaged(request.view()); return false; }
    const bool wanted = seen.opened <= mark->first() && seen.last >= since && among(seen.bodies, request.body()) && among(seen.states, request.state()) && among(seen.types, request.type());
    if (wanted && (*what)->row(at, row, nullptr, &json)) {
      bytes += json.size();
      response->add_json(std::move(json));
    }
    mark->set_after(std::string(key.substr(prefix.size())));
    return true;
  });
  if (!response->next().empty()) response->set_next(hex(mark->SerializeAsString()));
  if (status.ok() && response->json().empty() && response->next().empty() && request.page().empty()) return check_filters(store, ledger, request);
  return status;
}

namespace {

class Snapshots final : public SnapshotReader {
 public:
  Snapshots(std::unique_ptr<const projections::Store> store, std::string ledger, std::vector<const Told*> views, std::string resume)
      : store_(std::move(store)), ledger_(std::move(ledger)), views_(std::move(views)), resume_(std::move(resume)) {}

  Status next(v1::SnapshotResponse* out) override {
    Status status;
    for (; at_ < views_.size(); ++at_, after_.clear()) {
      const Told& what = *views_[at_];
      std::size_t bytes = 0;
      store_->scan(what.view, ledger_, what.prefix, after_.empty() ? what.prefix : after_, [&](std::string_view key, std::string_view row) {
        if (key == after_) return true;
        if (bytes >= kSnapshotBytes) return false;
        std::string json;
        if (!what.row({*store_, ledger_}, row, nullptr, &json)) { status = damaged(what.view); return false; }
        bytes += json.size();
        out->add_json(std::move(json));
        after_ = key;
        return true;
      });
      if (!status.ok()) return status;
      if (bytes == 0) continue;
      out->set_view(what.view);
      return {};
    }
    out->set_position(store_->sequence(ledger_));
    out->set_resume(resume_);
    return {};
  }

 private:
  const std::unique_ptr<const projections::Store> store_;
  const std::string ledger_;
  const std::vector<const Told*> views_;
  const std::string resume_;
  std::size_t at_ = 0;
  std::string after_;                                      // Key of the last row told of the view at `at_`.
};

}  // namespace

Result<std::unique_ptr<SnapshotReader>> SnapshotReader::open(const projections::Store& store, const std::string& ledger, const v1::SnapshotRequest& request) {
  std::vector<const Told*> views;
  for (const std::string& view : request.views()) {
    auto one = told_of(view);
    if (!one.ok()) return one.status();
    views.push_back(*one);
  }
  if (views.empty())
    for (const Told& one : kTold) views.push_back(&one);
  auto still = store.frozen();
  if (!still.ok()) return still.status();
  const auto place = watch_place(request.types(), (*still)->sequence(ledger));
  if (!place.ok()) return place.status();
  return std::unique_ptr<SnapshotReader>(new Snapshots(*std::move(still), ledger, std::move(views), place->token(ledger)));
}

}  // namespace concordat::app
