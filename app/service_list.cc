#include "app/service_list.h"

#include <algorithm>
#include <set>

#include "app/service_filters.h"
#include "app/service_rows.h"
#include "app/watch_place.h"
#include "concordat/v1/service.pb.h"
#include "engine/base/hex.h"
#include "engine/record/when.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

constexpr std::size_t kLookedAtMax = 20'000;          // Rows of one page that may be passed over: then it ends short, with a next one.
constexpr std::size_t kSnapshotBytes = 256u << 10;    // Of one message.

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
  auto what = view_told(request.view());
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
  if (Status status = check_limit(request.limit()); !status.ok()) return status;
  const std::size_t most = request.limit() == 0 ? kRowsUsual : request.limit();
  const std::string prefix = (*what)->prefix, from = prefix + mark->after();
  const RowsOf of{store, ledger, true};
  std::size_t looked_at = 0, bytes = 0;
  Status status;
  store.scan(request.view(), ledger, prefix, from, [&](std::string_view key, std::string_view row) {
    if (!mark->after().empty() && key == from) return true;
    const bool full = static_cast<std::size_t>(response->rows_size()) >= most || bytes >= kReplyBytesMax || looked_at >= kLookedAtMax;
    if (full) { response->set_next("more"); return false; }
    ++looked_at;
    v1::Row told;
    const auto wanted = [&](const Traits& seen) {
      return seen.opened <= mark->first() && seen.last >= since && among(seen.bodies, request.body()) && among(seen.states, request.state()) && among(seen.types, request.type());
    };
    if (!(*what)->read(of, row, wanted, &told)) { status = damaged_row(request.view()); return false; }
    if (told.of_case() != v1::Row::OF_NOT_SET) {
      bytes += told.ByteSizeLong();
      *response->add_rows() = std::move(told);
    }
    mark->set_after(std::string(key.substr(prefix.size())));
    return true;
  });
  if (!response->next().empty()) response->set_next(hex(mark->SerializeAsString()));
  if (status.ok() && response->rows().empty() && response->next().empty() && request.page().empty()) return check_filters(store, ledger, request);
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
        v1::Row& told = *out->add_rows();
        if (!what.read({*store_, ledger_, false}, row, [](const Traits&) { return true; }, &told)) { status = damaged_row(what.view); return false; }
        bytes += told.ByteSizeLong();
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
    auto one = view_told(view);
    if (!one.ok()) return one.status();
    views.push_back(*one);
  }
  if (views.empty())
    for (std::size_t i = 0; i < kViewsTold; ++i) views.push_back(&view_told(i));
  auto still = store.frozen();
  if (!still.ok()) return still.status();
  const auto place = watch_place(request.types(), (*still)->sequence(ledger));
  if (!place.ok()) return place.status();
  return std::unique_ptr<SnapshotReader>(new Snapshots(*std::move(still), ledger, std::move(views), place->token(ledger)));
}

}  // namespace concordat::app
