#include "app/erasing.h"

#include <chrono>
#include <cstdio>
#include <set>
#include <vector>

#include "concordat/v1/ledger.pb.h"
#include "projections/views/private.h"

namespace concordat::app {
namespace {

constexpr int kViewsMs = 10'000;
constexpr std::chrono::seconds kAgain{2};       // Between attempts at what could not be carried out: a disk, or another instance leads.

struct Due { std::string subject, key; std::uint64_t sequence = 0; bool told = false; };

v1::Command confirmation(const std::string& ledger, const Due& one) {
  v1::Command command;
  command.set_ledger(ledger);
  command.set_command_id("erased/" + std::to_string(one.sequence));
  command.mutable_actor()->set_who("system:keys");
  command.mutable_confirm_erasure()->set_subject(one.subject);
  command.mutable_confirm_erasure()->set_key(one.key);
  return command;
}

}  // namespace

void Erasing::finish() {
  { std::lock_guard lock(mutex_); stop_ = true; }
  more_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Erasing::sweep(const std::string& ledger, std::uint64_t sequence) {
  {
    std::lock_guard lock(mutex_);
    if (stop_) return;
    asked_.emplace_back(ledger, sequence);
  }
  more_.notify_all();
}

void Erasing::loop() {
  std::set<std::string> failed;                        // Ledgers whose erasures are tried again; told once each.
  for (;;) {
    std::pair<std::string, std::uint64_t> next;
    {
      std::unique_lock lock(mutex_);
      const auto woken = [this] { return stop_ || !asked_.empty(); };
      if (failed.empty()) more_.wait(lock, woken);
      else more_.wait_for(lock, kAgain, woken);
      if (asked_.empty() && stop_) return;
      if (asked_.empty()) asked_.emplace_back(*failed.begin(), 0);
      next = std::move(asked_.front());
      asked_.pop_front();
    }
    const Status status = carry_out(next.first, next.second);
    if (status.ok()) failed.erase(next.first);
    else if (failed.insert(next.first).second)
      std::fprintf(stderr, "concordat: an erasure of ledger %s is not carried out yet: %s; it is tried again, also at the next start\n", next.first.c_str(), status.why().c_str());
  }
}

Status Erasing::carry_out(const std::string& ledger, std::uint64_t sequence) {
  runtime::Partition& partition = node_.partition_for(ledger);
  if (Status status = partition.wait_for(ledger, sequence, kViewsMs); !status.ok()) return status;
  std::vector<Due> all;
  projections::each_private_subject(partition.store(), ledger, [&](std::string_view subject, const v1::PrivateSubjectRow& row) {
    for (const v1::PrivateSubjectRow::Erasure& one : row.erasures())
      if (one.destroyed() == 0 || keys_.has(ledger, one.key())) all.push_back({std::string(subject), one.key(), one.sequence(), one.destroyed() != 0});
  });
  for (const Due& one : all) {
    if (Status status = keys_.destroy(ledger, one.key); !status.ok()) return status;
    if (one.told) continue;
    auto reply = partition.submit_and_wait(confirmation(ledger, one), "system:keys");
    if (!reply.ok()) return reply.status();
    if (reply->has_refused()) return Status::invalid(reply->refused().sentence());
  }
  return {};
}

}  // namespace concordat::app
