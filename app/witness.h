// A witness: cosigns a log's checkpoint if it continues what the witness saw before, and never otherwise (C2SP tlog-witness).
// Its memory is one file for each log, written and made durable before the answer. One instance at a time holds a directory.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "app/http.h"
#include "projections/proof/note.h"

namespace concordat::app {

class Witness {
 public:
  Witness(projections::proof::Signer key, std::vector<projections::proof::Verifier> logs, std::string directory, std::function<std::int64_t()> now_s)
      : key_(std::move(key)), logs_(std::move(logs)), directory_(std::move(directory)), now_s_(std::move(now_s)) {}

  // POST /add-checkpoint, and GET /<sha256(origin)>/checkpoint for whoever watches. Any thread.
  http::Reply answer(const http::Request& request);

 private:
  http::Reply add(const std::string& body);
  std::string file_of(const std::string& origin) const;

  const projections::proof::Signer key_;
  const std::vector<projections::proof::Verifier> logs_;
  const std::string directory_;
  const std::function<std::int64_t()> now_s_;
  std::mutex mutex_;                 // Guards the files, so that check and memory are one step.
  std::int64_t last_s_ = 0;          // Times signed never fall, whatever the clock does.
};

}  // namespace concordat::app
