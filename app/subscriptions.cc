#include "app/subscriptions.h"

#include <chrono>
#include <cstdio>
#include <random>

#include "app/clock.h"
#include "app/subscription_figures.h"
#include "app/subscription_keep.h"
#include "app/webhook_target.h"
#include "engine/record/when.h"
#include "projections/views/ledger.h"

namespace concordat::app {
namespace {

constexpr std::uint32_t kFetchMax = 1000, kFetchWaitMax = 30'000;
constexpr int kSettlementsMax = 1000, kParkedShown = 100;
constexpr std::uint64_t kReadAtOnce = 500;                    // Events of the ledger looked at while others wait for the lock.
constexpr std::size_t kWaitsMax = 4096, kResponseBytesMax = 3u << 20;           // A gRPC client takes four megabytes unless it says otherwise.
constexpr int kTickMs = 100, kTurnMs = 50, kAgainMs = 500;    // How late what is due, or a turn, may be noticed; between attempts after a failure.
constexpr std::int64_t kKeepEveryMs = 200;                    // What a crash may deliver again.

}  // namespace

class Subscriptions::One {
 public:
  One(v1::Subscription what, v1::Feed feed, const std::string& ledger, const std::string& key, const projections::Store& views, std::unique_ptr<SubscriptionPlace> its)
      : declared(std::move(what)), store(views), place(std::move(its)), teller(std::move(feed), ledger, key) {}

  // REQUIRES for all: mutex held; for most also: a book.
  std::uint64_t head() const { return store.sequence(teller.ledger()); }
  Status elsewhere() const { return Status::unavailable("subscription " + declared.name() + ": " + (failure.empty() ? "another instance delivers it now, or is about to; ask there, or try again" : failure)); }
  void give_up() {
    book.reset();
    told.clear();
  }

  // Reads on while there is room. A drought passes too: the position moves over what is not for this feed.
  void fill() {
    const std::uint64_t head_now = head();
    const auto first = book->wants();
    if (!first || *first > head_now) return mark();
    const std::uint64_t last = std::min(head_now, *first + kReadAtOnce - 1);
    std::uint64_t read = 0;
    projections::each_event(store, teller.ledger(), *first, [&](const projections::Committed& one) {
      auto event = teller.tell(store, one, 0);
      book->read(read = one.sequence, event.has_value());
      if (event && book->open(one.sequence)) told.insert_or_assign(one.sequence, *std::move(event));
      return one.sequence < last && book->wants().has_value();
    });
    failure = read == 0 ? "event " + std::to_string(*first) + " of ledger " + teller.ledger() + " cannot be read; run: concordat rebuild" : "";
    mark();
  }
  // Whatever moves the position: what is read, settled, or parked as too late.
  void mark() { if (const std::uint64_t at = book->kept().settled(); at != marked || at >= head()) { marked = at; moved_ms = now_ms(); } }
  bool behind() const { if (!book) return false; const auto next = book->wants(); return failure.empty() && next && *next <= head(); }

  // The event again; none: it may not be told any more.
  std::optional<FeedEvent> event_at(std::uint64_t sequence) {
    if (const auto known = told.find(sequence); known != told.end()) return known->second;
    std::optional<FeedEvent> out;
    projections::find_event(store, teller.ledger(), sequence, [&](const projections::Committed& one) { out = teller.tell(store, one, 0); });
    return out;
  }

  std::vector<Taken> take(std::size_t most) {
    std::vector<Taken> out;
    if (!book) return out;
    book->expire(now_ms(), chance());
    do {
      fill();
      for (const DeliveryBook::Due& due : book->take(most - out.size(), now_ms())) {
        auto event = event_at(due.sequence);
        if (event) out.push_back({due.sequence, due.attempt, *std::move(event)});
        else settle(due.sequence, v1::Settlement::done, "");
      }
    } while (out.empty() && behind());
    return out;
  }
  bool settle(std::uint64_t sequence, v1::Settlement::Verdict verdict, const std::string& reason) {
    if (!book) return false;
    const bool was_out = book->settle(sequence, verdict, reason, now_ms(), chance());
    if (!book->open(sequence)) told.erase(sequence);
    mark();
    return was_out;
  }
  double chance() { return std::uniform_real_distribution<double>(0, 1)(random); }

  v1::SubscriptionFigures figures() const {
    v1::SubscriptionFigures out;
    out.set_name(declared.name());
    out.set_feed(declared.feed());
    out.set_ledger(teller.ledger());
    if (declared.has_webhook())
      if (const auto target = webhook_target(declared.webhook()); target.ok()) out.set_target(target->shown);
    const v1::SubscriptionState& state = book ? book->kept() : kept;
    out.set_settled(state.settled());
    out.set_head(head());
    out.set_parked(static_cast<std::uint32_t>(book ? book->parked() : static_cast<std::size_t>(state.parked_size())));
    out.set_receiver(receiver);
    out.set_paused(state.paused());
    out.set_failure(failure);
    out.set_elsewhere(!book);
    out.set_moved_ms(moved_ms);
    if (!book) return out;
    out.set_waiting(static_cast<std::uint32_t>(book->waiting()));
    out.set_out(static_cast<std::uint32_t>(book->out()));
    out.set_delivered(book->delivered());
    out.set_retried(book->retried());
    return out;
  }

  const v1::Subscription declared;
  const projections::Store& store;
  const std::unique_ptr<SubscriptionPlace> place;             // The working thread's.
  std::thread worker;
  std::mutex mutex;                                           // Guards the rest.
  Teller teller;
  std::optional<DeliveryBook> book;                           // While this instance delivers it.
  std::map<std::uint64_t, FeedEvent> told;                    // Of what is open, as far as it was read lately.
  std::string failure, receiver;                              // As the figures have them.
  bool sound = true, unkept = false, hasty = false;           // The last keeping went well; the failure is of keeping; keep at once.
  v1::SubscriptionState kept, earlier;                        // As last written, or tried to, and before that: the place holds one of them.
  std::uint64_t kept_changes = 0, marked = 0;                 // Where the position stood when it last moved.
  std::int64_t kept_ms = 0, moved_ms = now_ms();
  std::minstd_rand random{std::random_device{}()};
};

Subscriptions::Subscriptions(OpenPlace places, std::string key) : places_(std::move(places)), tokens_{std::move(key)} {}
Subscriptions::~Subscriptions() { stop(); }

Status Subscriptions::add(const v1::Subscription& declared, const v1::Feed& feed, const std::string& ledger, const projections::Store& store) {
  auto place = places_(declared.name());
  if (!place.ok()) return place.status();
  One& one = *all_.emplace_back(std::make_unique<One>(declared, feed, ledger, tokens_.key, store, *std::move(place)));
  return one.place->turn(0) ? take_turn(one) : Status();
}

// Its state is this instance's from now on. After an outage it may be just as it was left: then what is out stays out.
Status Subscriptions::take_turn(One& one) {
  const std::string named = "subscription " + one.declared.name() + ": ", &ledger = one.teller.ledger(), filter = filter_hash(one.teller.feed(), ledger);
  auto state = one.place->begin();
  const std::lock_guard lock(one.mutex);
  const std::uint64_t head = one.head();
  if (state.ok()) {
    if (state->filter() != filter)
      return Status::invalid(named + "expected the ledger, audience and filter it was told with up to event " + std::to_string(state->settled()) + ", but they were changed; give it another name");
    if (state->settled() > head)
      return Status::invalid(named + "expected a ledger of at least " + std::to_string(state->settled()) + " events, as it was told, but it has " + std::to_string(head) + "; it is still catching up, or another ledger, or an older copy");
    const std::string there = state->SerializeAsString();
    if (one.book && (there == one.kept.SerializeAsString() || there == one.earlier.SerializeAsString())) return {};
    one.kept = *std::move(state);
  } else if (state.status().kind() != Status::Kind::kNotFound) {
    return state.status();
  } else {
    const std::string& from = one.declared.from();
    one.kept.Clear();
    one.kept.set_ledger(ledger);
    one.kept.set_filter(filter);
    if (from == "now") one.kept.set_settled(head);
    else if (!from.empty() && from != "beginning") one.kept.set_settled(projections::first_since(one.store, ledger, record::end_of_day_ms({record::parse_day(from)->count - 1})) - 1);
    if (Status status = one.place->keep(one.kept); !status.ok()) return status;
  }
  one.give_up();
  one.book.emplace(settings_of(one.declared), one.kept);
  one.kept_changes = one.book->changes();
  return {};
}

void Subscriptions::start() {
  if (all_.empty()) return;
  thread_ = std::thread([this] { loop(); });
  for (const auto& one : all_) one->worker = std::thread([this, &one] { work(*one); });
}

// One subscription's own thread: has it while it is this instance's turn, and writes down where it stands.
void Subscriptions::work(One& one) {
  for (bool ready = false;;) {
    const bool turn = one.place->turn(ready ? 0 : kTurnMs);
    {
      std::unique_lock lock(mutex_);
      if (stopping_) return;
      if (ready || turn) working_.wait_for(lock, std::chrono::milliseconds(kTurnMs), [&] { return stopping_; });
      if (stopping_) return;
    }
    Status status;
    if (turn && !ready) {
      status = take_turn(one);
      if ((ready = status.ok())) wake();
    } else if (!turn) {
      ready = false;
      const std::lock_guard lock(one.mutex);
      one.give_up();
    } else {
      keep(one);
      const std::lock_guard lock(one.mutex);
      if ((ready = one.sound)) continue;
      status = Status::unavailable(one.failure);
    }
    {
      const std::lock_guard lock(one.mutex);
      one.failure = status.why();
      one.sound = true;
    }
    if (status.ok()) continue;
    std::unique_lock lock(mutex_);
    working_.wait_for(lock, std::chrono::milliseconds(kAgainMs), [&] { return stopping_; });
  }
}

void Subscriptions::wake() {
  { const std::lock_guard lock(mutex_); woke_ = true; }
  woken_.notify_one();
}

void Subscriptions::stop() {
  { const std::lock_guard lock(mutex_); stopping_ = true; }
  woken_.notify_one();
  working_.notify_all();
  if (thread_.joinable()) thread_.join();
  settle_waits();
  for (const auto& one : all_) {
    if (one->worker.joinable()) one->worker.join();
    keep(*one);
    if (!one->sound) std::fprintf(stderr, "concordat: subscription %s: %s\n", one->declared.name().c_str(), one->failure.c_str());
  }
}

void Subscriptions::loop() {
  for (bool more = false;;) {
    {
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, std::chrono::milliseconds(more ? 0 : kTickMs), [&] { return woke_ || stopping_; });
      woke_ = false;
      if (stopping_) return;
    }
    more = false;
    for (const auto& one : all_) {
      const std::lock_guard lock(one->mutex);
      if (!one->book) continue;
      one->book->expire(now_ms(), one->chance());
      one->fill();
      more = more || one->behind();
    }
    settle_waits();
    if (due_) due_();
  }
}

// Answers those who wait and have something, or have waited long enough.
void Subscriptions::settle_waits() {
  std::list<Wait> over;
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    over.swap(waits_);
    stopping = stopping_;
  }
  for (auto wait = over.begin(); wait != over.end();) {
    const auto one = wait++;
    const Status here = stopping ? Status() : deliver(*one->one, std::max(1u, one->request->limit()), one->response);
    if (!stopping && here.ok() && one->response->deliveries_size() == 0 && now_ms() < one->until_ms) continue;
    one->done(here);
    over.erase(one);
  }
  const std::lock_guard lock(mutex_);
  waits_.splice(waits_.begin(), over);                        // Those who came first are served first.
}

// On the working thread, or when it has ended. After a failure the place has to be begun again.
void Subscriptions::keep(One& one) {
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    stopping = stopping_;
  }
  v1::SubscriptionState state;
  {
    const std::lock_guard lock(one.mutex);
    if (!one.book || one.book->changes() == one.kept_changes || (!stopping && !one.hasty && now_ms() - one.kept_ms < kKeepEveryMs)) return;
    one.kept_changes = one.book->changes();
    one.kept_ms = now_ms();
    one.hasty = false;
    one.earlier = std::exchange(one.kept, one.book->kept());
    state = one.kept;
  }
  const Status status = one.place->keep(state);
  const std::lock_guard lock(one.mutex);
  one.sound = status.ok();
  if (status.ok()) { if (one.unkept) one.failure.clear(); one.unkept = false; return; }
  --one.kept_changes;                                         // It is still to be written.
  one.unkept = true;
  one.failure = status.why();
  if (status.kind() == Status::Kind::kDeposed) one.give_up();
}

Subscriptions::One* Subscriptions::find(const std::string& name) {
  for (const auto& one : all_)
    if (one->declared.name() == name) return one.get();
  return nullptr;
}
v1::Audience::Value Subscriptions::audience(const std::string& name) {
  const One* one = find(name);
  return one == nullptr ? v1::Audience::public_ : one->teller.feed().audience();
}
Status Subscriptions::unknown(const std::string& name) const {
  std::string all;
  for (const auto& one : all_) all += (all.empty() ? "" : ", ") + one->declared.name();
  if (name.empty()) return Status::invalid("subscription: expected one of " + (all.empty() ? "(there is none)" : all) + ", but none was given");
  return Status::not_found("expected one of the subscriptions " + (all.empty() ? "(there is none)" : all) + ", but there is none called \"" + name.substr(0, 64) + "\"");
}

Status Subscriptions::deliver(One& one, std::size_t most, v1::FetchDeliveriesResponse* response) {
  const std::lock_guard lock(one.mutex);
  if (!one.book) return one.elsewhere();
  response->set_paused(one.book->kept().paused());
  std::size_t bytes = 0;
  const std::string format = one.teller.feed().format() == v1::Feed::protobuf ? "protobuf" : "json";
  for (const Taken& taken : one.take(most)) {
    if (bytes > kResponseBytesMax) { one.book->give_back(taken.sequence, now_ms()); continue; }
    v1::Delivery* out = response->add_deliveries();
    out->set_id(tokens_.write(one.teller.feed(), one.teller.ledger(), taken.sequence));
    out->set_attempt(taken.attempt);
    out->set_event(taken.event.json(format));
    bytes += out->event().size();
  }
  return {};
}

void Subscriptions::fetch(const v1::FetchDeliveriesRequest& request, v1::FetchDeliveriesResponse* response, Done done) {
  One* one = find(request.subscription());
  if (one == nullptr) return done(unknown(request.subscription()));
  if (one->declared.has_webhook()) return done(Status::invalid("subscription " + request.subscription() + ": expected one whose consumers fetch, but it is pushed to a webhook"));
  if (request.limit() > kFetchMax) return done(Status::invalid("limit: expected at most 1000, but it is " + std::to_string(request.limit())));
  if (request.wait_ms() > kFetchWaitMax) return done(Status::invalid("wait_ms: expected at most 30000, but it is " + std::to_string(request.wait_ms())));
  if (Status here = deliver(*one, std::max(1u, request.limit()), response); !here.ok()) return done(here);
  if (response->deliveries_size() > 0 || request.wait_ms() == 0) return done({});
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    if ((waits = !stopping_ && waits_.size() < kWaitsMax)) waits_.push_back({one, &request, response, now_ms() + request.wait_ms(), done});
    woke_ = true;                                             // It may have come meanwhile.
  }
  if (waits) woken_.notify_one();
  else done(Status::unavailable("too many are waiting, or this instance is stopping; fetch again"));
}

Status Subscriptions::settle_all(const v1::SettleDeliveriesRequest& request, v1::SettleDeliveriesResponse* response) {
  One* one = find(request.subscription());
  if (one == nullptr) return unknown(request.subscription());
  if (request.settlements_size() == 0 || request.settlements_size() > kSettlementsMax) return Status::invalid("settlements: expected 1 to 1000, but there are " + std::to_string(request.settlements_size()));
  std::vector<std::uint64_t> sequences;
  for (const v1::Settlement& each : request.settlements()) {  // All or none: a wrong one is found before any is settled.
    auto sequence = tokens_.read(one->teller.feed(), one->teller.ledger(), each.id());
    if (!sequence.ok()) return Status::invalid("id: expected one of a delivery of this subscription, but it is \"" + each.id().substr(0, 64) + "\"");
    if (!v1::Settlement::Verdict_IsValid(each.verdict())) return Status::invalid("verdict: expected done, retry or park, but it is " + std::to_string(each.verdict()));
    sequences.push_back(*sequence);
  }
  {
    const std::lock_guard lock(one->mutex);
    if (!one->book) return one->elsewhere();
    for (int i = 0; i < request.settlements_size(); ++i)
      if (!one->settle(sequences[static_cast<std::size_t>(i)], request.settlements(i).verdict(), request.settlements(i).reason())) response->add_late(request.settlements(i).id());
  }
  wake();
  return {};
}

Status Subscriptions::get(const v1::GetSubscriptionsRequest& request, v1::GetSubscriptionsResponse* response) {
  if (!request.name().empty() && find(request.name()) == nullptr) return unknown(request.name());
  for (const auto& one : all_) {
    const std::lock_guard lock(one->mutex);
    if (request.name().empty()) *response->add_subscriptions() = one->figures();
    if (request.name() != one->declared.name()) continue;
    *response->add_subscriptions() = one->figures();
    for (const auto& parked : (one->book ? one->book->kept() : one->kept).parked()) {
      if (response->parked_size() >= kParkedShown) break;
      auto* out = response->add_parked();
      out->set_id(tokens_.write(one->teller.feed(), one->teller.ledger(), parked.sequence()));
      out->set_attempts(parked.attempts());
      out->set_reason(parked.reason());
      out->set_at_ms(parked.at_ms());
      if (const auto event = one->event_at(parked.sequence())) out->set_event(event->json(one->teller.feed().format() == v1::Feed::protobuf ? "protobuf" : "json"));
    }
  }
  return {};
}

Status Subscriptions::steer(const v1::SteerSubscriptionRequest& request, v1::SteerSubscriptionResponse* response) {
  One* one = find(request.name());
  if (one == nullptr) return unknown(request.name());
  const std::size_t most = request.limit() == 0 ? SIZE_MAX : request.limit();
  {
    const std::lock_guard lock(one->mutex);
    if (!one->book) return one->elsewhere();
    const auto act = request.act();
    if (act == v1::SteerSubscriptionRequest::pause) one->book->pause(request.reason().empty() ? "by hand" : request.reason().substr(0, 500));
    else if (act == v1::SteerSubscriptionRequest::resume) one->book->resume();
    else if (act == v1::SteerSubscriptionRequest::replay) one->book->replay(most);
    else if (act == v1::SteerSubscriptionRequest::discard) one->book->discard(most);
    else return Status::invalid("act: expected pause, resume, replay or discard, but none is given");
    one->hasty = true;
    *response->mutable_subscription() = one->figures();
  }
  wake();
  return {};
}

std::string Subscriptions::figures() {
  std::vector<v1::SubscriptionFigures> rows;
  for (const auto& one : all_) { const std::lock_guard lock(one->mutex); rows.push_back(one->figures()); }
  return subscription_figures(rows, now_ms());
}

std::vector<Subscriptions::One*> Subscriptions::webhooks() {
  std::vector<One*> out;
  for (const auto& one : all_)
    if (one->declared.has_webhook()) out.push_back(one.get());
  return out;
}
std::string Subscriptions::reference(const One& one, std::uint64_t sequence) const { return one.teller.reference(sequence); }
const v1::Subscription& Subscriptions::declared(const One& one) const { return one.declared; }
std::vector<Subscriptions::Taken> Subscriptions::take(One& one, std::size_t most) { const std::lock_guard lock(one.mutex); return one.take(most); }
void Subscriptions::settle(One& one, std::uint64_t sequence, v1::Settlement::Verdict verdict, const std::string& reason) {
  const std::lock_guard lock(one.mutex);
  one.settle(sequence, verdict, reason);
}
void Subscriptions::give_back(One& one, std::uint64_t sequence, std::int64_t again_ms) { const std::lock_guard lock(one.mutex); if (one.book) one.book->give_back(sequence, again_ms); }
void Subscriptions::receiver_is(One& one, const std::string& state) { const std::lock_guard lock(one.mutex); one.receiver = state; }

void Subscriptions::pause(One& one, const std::string& why) { const std::lock_guard lock(one.mutex); if (one.book) one.book->pause(why); }

}  // namespace concordat::app
