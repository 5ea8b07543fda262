#include "app/signing.h"

#include <chrono>

#include "app/files.h"
#include "app/keys.h"

namespace concordat::app {

Status Signing::start(Node& node, Settings settings) {
  settings_ = std::move(settings);
  if (settings_.keys.empty()) return {};
  if (settings_.out.empty()) return Status::invalid("--sign: expected --checkpoint FILE with it, to say where checkpoints go");
  for (const std::string& key : settings_.keys)
    if (auto signer = load_key(key, settings_.data); !signer.ok()) return signer.status();
  thread_ = std::thread([this, &node] { run(node.partition_for(settings_.ledger).store()); });
  return {};
}

void Signing::run(const projections::Store& store) {
  std::uint64_t signed_size = 0;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    if (const std::uint64_t size = store.sequence(settings_.ledger); size > signed_size) {
      auto note = sign_checkpoint(store, settings_.ledger, settings_.keys, settings_.data);
      const Status status = note.ok() ? replace_file(settings_.out, *note) : note.status();
      if (status.ok()) signed_size = size;
      else complain(status);
      if (status.kind() == Status::Kind::kCorrupt) {
        complain(Status::corrupt("signing has ended; the ledger is served on, and no checkpoint of it will be made"));
        return;
      }
    }
    lock.lock();
    changed_.wait_for(lock, std::chrono::milliseconds(settings_.every_ms), [this] { return stopping_; });
  }
}

void Signing::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace concordat::app
