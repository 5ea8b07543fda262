// Status: the world says no (broker away, disk full, malformed bytes). Surfaced or retried, never recorded as governance.
// Result<T>: a value, or the Status that kept us from it.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "engine/base/check.h"

namespace concordat {

class [[nodiscard]] Status {
 public:
  enum class Kind {
    kOk,
    kInvalid,      // The caller's input is wrong; the message says what, where, and what would be right.
    kNotFound,     // What was named does not exist.
    kUnavailable,  // The world may recover: retry.
    kDeposed,      // A newer writer leads this partition; what was in flight does not count.
    kCorrupt,      // Bytes that should be ours are not. Stop; serve nothing doubtful.
    kBusy,         // Held by another process.
    kUnauthenticated,  // Nobody knows who asks.
    kForbidden,    // Known, but not for this.
    kTooMany,      // Too often or too much at once: later.
  };

  Status() = default;
  static Status invalid(std::string why) { return {Kind::kInvalid, std::move(why)}; }
  static Status not_found(std::string why) { return {Kind::kNotFound, std::move(why)}; }
  static Status unavailable(std::string why) { return {Kind::kUnavailable, std::move(why)}; }
  static Status deposed(std::string why) { return {Kind::kDeposed, std::move(why)}; }
  static Status corrupt(std::string why) { return {Kind::kCorrupt, std::move(why)}; }
  static Status busy(std::string why) { return {Kind::kBusy, std::move(why)}; }

  static Status unauthenticated(std::string why) { return {Kind::kUnauthenticated, std::move(why)}; }
  static Status forbidden(std::string why) { return {Kind::kForbidden, std::move(why)}; }
  static Status too_many(std::string why) { return {Kind::kTooMany, std::move(why)}; }

  bool ok() const { return kind_ == Kind::kOk; }
  bool retryable() const { return kind_ == Kind::kUnavailable; }
  Kind kind() const { return kind_; }
  const std::string& why() const { return why_; }

 private:
  Status(Kind kind, std::string why) : kind_(kind), why_(std::move(why)) {}
  Kind kind_ = Kind::kOk;
  std::string why_;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}                                      // NOLINT: implicit on purpose
  Result(Status status) : status_(std::move(status)) { CHECK(!status_.ok(), "a Result without value needs a failure"); }
  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& operator*() & { CHECK(ok(), "no value"); return *value_; }
  T&& operator*() && { CHECK(ok(), "no value"); return std::move(*value_); }
  const T& operator*() const& { CHECK(ok(), "no value"); return *value_; }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace concordat
