// Durable subscriptions at work: they read the views by themselves, so that a slow or dead consumer costs a writer nothing, and hand
// out what is due. Each is delivered by one instance at a time, which keeps its state (subscription_place.h); the others say so.
// Threads: any. One thread of its own wakes those who wait; one for each subscription writes down where it stands.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/feed.h"
#include "app/subscription.h"
#include "app/subscription_place.h"

namespace concordat::app {

class Subscriptions {
 public:
  using Done = std::function<void(const Status&)>;            // Called once.
  struct Taken { std::uint64_t sequence; std::uint32_t attempt; FeedEvent event; };

  // One subscription; its address stays. Owner: Subscriptions.
  class One;

  Subscriptions(OpenPlace places, std::string key);
  ~Subscriptions();                                           // stop().
  // Before start(). Where nobody else can have it, it is taken at once, and what is wrong with it is said.
  Status add(const v1::Subscription& declared, const v1::Feed& feed, const std::string& ledger, const projections::Store& store);
  void start();
  void wake();                                                // Something may have come.
  void stop();                                                // Ends the waits; what is kept is written.

  v1::Audience::Value audience(const std::string& name);     // Of its feed; public if there is no such subscription.
  // Request and response outlive the call of `done`.
  void fetch(const v1::FetchDeliveriesRequest& request, v1::FetchDeliveriesResponse* response, Done done);
  Status settle_all(const v1::SettleDeliveriesRequest& request, v1::SettleDeliveriesResponse* response);
  Status get(const v1::GetSubscriptionsRequest& request, v1::GetSubscriptionsResponse* response);
  Status steer(const v1::SteerSubscriptionRequest& request, v1::SteerSubscriptionResponse* response);
  std::string figures();                                      // For /metrics.

  // For those who push: every subscription with a webhook, what is due of one, and what became of it.
  std::vector<One*> webhooks();
  const v1::Subscription& declared(const One& one) const;
  std::string reference(const One& one, std::uint64_t sequence) const;   // Where the event can be had whole.
  std::vector<Taken> take(One& one, std::size_t most);
  void settle(One& one, std::uint64_t sequence, v1::Settlement::Verdict verdict, const std::string& reason);
  void give_back(One& one, std::uint64_t sequence, std::int64_t again_ms);
  void pause(One& one, const std::string& why);
  void receiver_is(One& one, const std::string& state);                   // Empty: it is well.
  void on_due(std::function<void()> due) { due_ = std::move(due); }      // Before start(). Called when a webhook may have something.

 private:
  struct Wait { One* one; const v1::FetchDeliveriesRequest* request; v1::FetchDeliveriesResponse* response; std::int64_t until_ms; Done done; };
  One* find(const std::string& name);
  Status unknown(const std::string& name) const;
  Status deliver(One& one, std::size_t most, v1::FetchDeliveriesResponse* response);
  void loop();
  void settle_waits();
  Status take_turn(One& one);
  void work(One& one);
  void keep(One& one);

  const OpenPlace places_;
  const Tokens tokens_;
  std::list<std::unique_ptr<One>> all_;                       // Fixed once started.
  std::function<void()> due_;
  std::mutex mutex_;                                          // Guards the rest; never held while one's own is taken.
  std::condition_variable woken_, working_;
  std::list<Wait> waits_;
  bool woke_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace concordat::app
