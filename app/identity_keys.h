// The key sets of trusted issuers, fetched and renewed by a thread of its own. Callers never wait for the network.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/identity_token.h"

namespace concordat::app {

class IssuerKeys {
 public:
  explicit IssuerKeys(std::vector<v1::Issuer> issuers);
  ~IssuerKeys();
  // Fetches all once, so that a mistake in the file is told at the start; then goes on renewing them.
  Status start();
  // Null: no such issuer. Any thread.
  const v1::Issuer* issuer(const std::string& url) const;
  std::shared_ptr<const KeySet> keys(const v1::Issuer& issuer) const;
  // A token named a key that is not known: renews soon, but not more often than the issuer can bear.
  void renew();

 private:
  void loop();
  Status fetch(std::size_t index);
  const std::vector<v1::Issuer> issuers_;
  mutable std::mutex mutex_;                            // Guards the rest.
  std::condition_variable woken_;
  std::vector<std::shared_ptr<const KeySet>> keys_;     // Of each issuer.
  bool wanted_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace concordat::app
