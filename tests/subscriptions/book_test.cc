// The book of a durable subscription: at least once, nothing lost over crashes, each parked once, droughts and parked ones never hold it.
#include <gtest/gtest.h>

#include <random>

#include "app/subscription.h"
#include "app/webhook.h"
#include "app/webhook_target.h"

namespace concordat::app {
namespace {

using V = v1::Settlement;

DeliveryBook fresh(DeliveryBook::Settings settings = {}) { return DeliveryBook(std::move(settings), {}); }
void read_to(DeliveryBook& book, std::uint64_t last) {
  for (auto next = book.wants(); next && *next <= last; next = book.wants()) book.read(*next, true);
}
std::vector<std::uint64_t> sequences(const std::vector<DeliveryBook::Due>& all) {
  std::vector<std::uint64_t> out;
  for (const auto& one : all) out.push_back(one.sequence);
  return out;
}
using Sequences = std::vector<std::uint64_t>;

TEST(Book, HandsOutInOrderAndMovesWithTheFirstUnsettled) {
  auto book = fresh();
  read_to(book, 3);
  EXPECT_EQ(sequences(book.take(10, 1000)), (Sequences{1, 2, 3}));
  EXPECT_TRUE(book.settle(2, V::done, "", 1000));
  EXPECT_EQ(book.kept().settled(), 0u);
  EXPECT_TRUE(book.settle(1, V::done, "", 1000));
  EXPECT_EQ(book.kept().settled(), 2u);
  EXPECT_FALSE(book.settle(1, V::done, "", 1000)) << "settled before: late";
  EXPECT_FALSE(book.settle(99, V::done, "", 1000));
}

TEST(Book, ADroughtMovesThePosition) {
  auto book = fresh();
  for (std::uint64_t at = 1; at <= 1000; ++at) book.read(at, false);
  EXPECT_EQ(book.kept().settled(), 1000u);
}

TEST(Book, IdleWithParkedStillMoves) {
  auto book = fresh();
  read_to(book, 1);
  book.take(1, 1000);
  book.settle(1, V::park, "broken", 1000);
  EXPECT_EQ(book.kept().settled(), 1u);
  book.read(2, false);
  EXPECT_EQ(book.kept().settled(), 2u);
  EXPECT_EQ(book.kept().parked(0).reason(), "broken");
}

TEST(Book, WhatIsNotSettledInTimeIsHandedOutAgainAndParkedInTheEnd) {
  auto book = fresh({.attempts = 3, .timeout_ms = 100});
  read_to(book, 1);
  for (std::uint32_t attempt = 1; attempt <= 3; ++attempt) {
    const auto due = book.take(1, 1000 * attempt);
    ASSERT_EQ(due.size(), 1u);
    EXPECT_EQ(due[0].attempt, attempt);
    book.expire(1000 * attempt + 99);
    EXPECT_EQ(book.out(), 1u);
    book.expire(1000 * attempt + 100);
    EXPECT_EQ(book.out(), 0u);
  }
  ASSERT_EQ(book.kept().parked_size(), 1);
  EXPECT_EQ(book.kept().parked(0).attempts(), 3u);
  EXPECT_EQ(book.kept().parked(0).reason(), "it was not settled within 100 ms");
}

TEST(Book, WaitsBetweenAttemptsAndTheLastRepeats) {
  auto book = fresh({.wait_ms = {10, 200}});
  read_to(book, 1);
  std::int64_t now = 1000;
  for (const std::int64_t wait : {10, 200, 200}) {
    ASSERT_EQ(book.take(1, now).size(), 1u);
    book.settle(1, V::retry, "not now", now);
    EXPECT_EQ(book.next_due_ms(), now + wait);
    EXPECT_TRUE(book.take(1, now + wait - 1).empty());
    now += wait;
  }
}

TEST(Book, JitterStaysWithinItsShare) {
  for (const double chance : {0.0, 0.5, 0.999}) {
    auto book = fresh({.wait_ms = {1000}, .jitter = 0.2});
    read_to(book, 1);
    book.take(1, 0);
    book.settle(1, V::retry, "", 5000, chance);
    EXPECT_NEAR(static_cast<double>(*book.next_due_ms()), 6000 + 200 * (2 * chance - 1), 1);
  }
}

TEST(Book, ReplayedComeBeforeNewOnesAndStayParkedUntilTheyAreSettled) {
  auto book = fresh();
  read_to(book, 3);
  book.take(1, 1);
  book.settle(1, V::park, "first", 1);
  EXPECT_EQ(book.replay(10), 1u);
  EXPECT_EQ(book.replay(10), 0u) << "it is being replayed already";
  EXPECT_EQ(book.discard(10), 0u) << "so it cannot be discarded now";
  EXPECT_EQ(sequences(book.take(10, 2)), (Sequences{1, 2, 3}));
  EXPECT_EQ(book.kept().parked_size(), 1);
  book.settle(1, V::park, "again", 3);
  ASSERT_EQ(book.kept().parked_size(), 1) << "once each";
  EXPECT_EQ(book.kept().parked(0).attempts(), 2u);
  EXPECT_EQ(book.kept().parked(0).reason(), "again");
  book.replay(10);
  EXPECT_EQ(sequences(book.take(10, 4)), (Sequences{1}));
  book.settle(1, V::done, "", 5);
  EXPECT_EQ(book.kept().parked_size(), 0);
}

TEST(Book, AReplayThatWasAskedForGoesOnAfterARestart) {
  auto book = fresh();
  read_to(book, 3);
  book.take(3, 1);
  for (const std::uint64_t one : {1u, 2u}) book.settle(one, V::park, "no", 1);
  EXPECT_EQ(book.parked(), 2u);
  const auto before = book.changes();
  EXPECT_EQ(book.replay(1), 1u);
  EXPECT_GT(book.changes(), before) << "it is to be kept";
  EXPECT_EQ(book.parked(), 1u) << "the other is waiting";
  EXPECT_EQ(book.waiting(), 1u);
  DeliveryBook again({}, book.kept());
  EXPECT_EQ(again.parked(), 1u);
  EXPECT_EQ(sequences(again.take(10, 2)), (Sequences{1}));
  again.settle(1, V::park, "still no", 3);
  EXPECT_EQ(again.parked(), 2u);
  DeliveryBook third({}, again.kept());
  EXPECT_EQ(sequences(third.take(10, 4)), (Sequences{})) << "what was parked anew waits for somebody to ask";
}

TEST(Book, TooManyParkedPauseIt) {
  auto book = fresh({.parked_max = 2});
  read_to(book, 3);
  book.take(3, 1);
  book.settle(1, V::park, "", 1);
  EXPECT_FALSE(book.paused());
  book.settle(2, V::park, "", 1);
  EXPECT_TRUE(book.paused());
  EXPECT_EQ(book.wants(), std::nullopt);
  EXPECT_TRUE(book.settle(3, V::done, "", 1)) << "what is out may still be settled";
  EXPECT_EQ(book.discard(1), 1u);
  book.resume();
  EXPECT_EQ(book.wants(), 4u);
}

TEST(Book, RetriesThatWaitLongDoNotKeepNewOnesAwayNorPileUpWithoutEnd) {
  auto book = fresh({.in_flight = 2, .wait_ms = {1'000'000}});
  std::uint64_t tried = 0;
  for (int round = 0; round < 100; ++round) {
    read_to(book, 1000);
    for (const auto& due : book.take(10, 1)) {
      ++tried;
      book.settle(due.sequence, V::retry, "down", 1);
    }
  }
  EXPECT_GE(tried, 15u);
  EXPECT_LE(book.waiting(), 20u);
}

TEST(Book, GivenBackDoesNotCount) {
  auto book = fresh();
  read_to(book, 1);
  book.take(1, 1);
  EXPECT_TRUE(book.give_back(1, 5));
  const auto due = book.take(1, 5);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].attempt, 1u);
}

// Random consumers, verdicts, crashes: every event is done in the end, none is parked twice, none comes back after it was done and kept.
TEST(Book, NothingIsLostOverCrashes) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const auto one_of = [&](unsigned most) { return static_cast<unsigned>(random() % most); };
    const std::uint64_t last = 200;
    const DeliveryBook::Settings settings{.attempts = 3, .in_flight = 8, .timeout_ms = 50, .wait_ms = {5, 10}};
    const auto for_us = [](std::uint64_t sequence) { return sequence % 3 != 0; };
    v1::SubscriptionState kept;
    std::set<std::uint64_t> done;
    std::int64_t now = 1;
    for (int life = 0; life < 400 && !(kept.settled() == last && kept.parked_size() == 0); ++life) {
      DeliveryBook book(settings, kept);
      for (unsigned step = one_of(60); step > 0; --step) {
        now += one_of(20);
        book.expire(now);
        for (auto next = book.wants(); next && *next <= last; next = book.wants()) book.read(*next, for_us(*next));
        if (one_of(10) == 0) book.replay(1 + one_of(5));
        for (const auto& due : book.take(1 + one_of(4), now)) {
          EXPECT_TRUE(for_us(due.sequence));
          EXPECT_GE(due.attempt, 1u);
          const unsigned fate = one_of(10);
          if (fate < 6) { book.settle(due.sequence, V::done, "", now); done.insert(due.sequence); }
          else if (fate < 8) book.settle(due.sequence, V::retry, "", now);
          else if (fate < 9) book.settle(due.sequence, V::park, "", now);
        }
        if (one_of(3) == 0) kept = book.kept();           // Written down; the rest of this life may be lost.
        std::uint64_t before = 0;
        for (const auto& parked : book.kept().parked()) { EXPECT_GT(parked.sequence(), before); before = parked.sequence(); }
      }
    }
    EXPECT_EQ(kept.settled(), last) << "seed " << seed;
    for (std::uint64_t at = 1; at <= last; ++at)
      EXPECT_TRUE(!for_us(at) || done.contains(at)) << "seed " << seed << ", event " << at;
  }
}

TEST(Webhook, SignsAsStandardWebhooksDoes) {
  // The example of the specification's reference libraries: secret MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw.
  const std::string secret("\x31\xf2\x90\xf6\xbf\x06\x29\x8a\xab\x4f\x08\xd4\x3c\x3f\x08\x2c\xf6\x48\xa3\x62\xda\x2d\xa4\xb0", 24);
  EXPECT_EQ(webhook_signature({secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  const std::string two = webhook_signature({secret, secret}, "a", 1, "b");
  EXPECT_EQ(two.substr(0, two.find(' ')), two.substr(two.find(' ') + 1));
}

TEST(Webhook, ReachesOnlyWhatItMay) {
  v1::Webhook open;
  for (const char* address : {"8.8.8.8", "51.140.1.1", "2a00:1450::1"}) EXPECT_TRUE(may_reach(open.allow(), address, false)) << address;
  for (const char* address : {"127.0.0.1", "10.0.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1",
                              "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "2001:db8::1", "ff02::1", "", "localhost"})
    EXPECT_FALSE(may_reach(open.allow(), address, false)) << address;
  EXPECT_FALSE(may_reach(open.allow(), "8.8.8.8", true)) << "nothing in the clear over the Internet";
  v1::Webhook inside;
  inside.add_allow("10.1.0.0/16");
  EXPECT_TRUE(may_reach(inside.allow(), "10.1.2.3", true));
  EXPECT_TRUE(may_reach(inside.allow(), "::ffff:10.1.2.3", true));
  EXPECT_FALSE(may_reach(inside.allow(), "10.2.2.3", false));
}

TEST(Webhook, SaysWhatIsWrongWithAnAddress) {
  const auto why = [](const std::string& url, const std::string& allow = "") {
    v1::Webhook hook;
    hook.set_url(url);
    if (!allow.empty()) hook.add_allow(allow);
    const auto target = webhook_target(hook);
    return target.ok() ? "shown as " + target->shown : target.status().why();
  };
  EXPECT_EQ(why("https://hooks.example.org:8443/in?key=secret"), "shown as https://hooks.example.org:8443");
  EXPECT_EQ(why("http://10.1.0.5/in", "10.1.0.0/16"), "shown as http://10.1.0.5");
  EXPECT_EQ(why("http://example.org/in"), "url: expected https, but it is http, which only a network of `allow` may be sent");
  for (const char* url : {"", "ftp://example.org/", "file:///etc/passwd", "https://", "https://user:word@example.org/", "not an address"})
    EXPECT_EQ(why(url), "url: expected https://HOST[:PORT]/PATH without a user, but it is none") << url;
  EXPECT_EQ(why("https://example.org/", "10.1"), "allow: expected networks such as 10.1.0.0/16 or 127.0.0.1/32, but \"10.1\" is none");
}

}  // namespace
}  // namespace concordat::app
