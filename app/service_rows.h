// Rows of the views as the service tells them, and what the filters of List look at.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "projections/store.h"

namespace concordat::v1 { class GetRequest; class GetResponse; class Row; }

namespace concordat::app {

// `now`: of an open matter also those whom it waits for today by the record, not only those whom an event named.
struct RowsOf { const projections::Store& store; const std::string& ledger; bool now; };

// `opened` and `last` are sequences.
struct Traits {
  std::string id;
  std::set<std::string> bodies, states, types;
  std::uint64_t opened = 0, last = 0;
};

using Wanted = std::function<bool(const Traits&)>;

struct Told {
  const char* view;
  const char* prefix;             // Of the keys of its rows.
  bool several;                   // An id may have more than one row; their keys go on with "/".
  // False: the bytes do not parse. `row` is set if it is wanted, and left as it is otherwise.
  bool (*read)(const RowsOf& of, std::string_view bytes, const Wanted& wanted, v1::Row* row);
};

inline constexpr std::uint32_t kRowsUsual = 100, kRowsMax = 1000;       // Of one reply.
inline Status check_limit(std::uint32_t limit) { return limit <= kRowsMax ? Status() : Status::invalid("limit: expected at most 1000, but it is " + std::to_string(limit)); }
inline constexpr std::size_t kReplyBytesMax = 3u << 20;                 // A gRPC client takes four megabytes unless it says otherwise.

// In the order in which a snapshot tells them.
inline constexpr std::size_t kViewsTold = 6;
const Told& view_told(std::size_t index);
// kInvalid: no such view; the message names them all.
Result<const Told*> view_told(const std::string& view);
Status damaged_row(const std::string& view);

// Rows in the order of their ids: those of one id, or those after an id.
Status get(const projections::Store& store, const std::string& ledger, const v1::GetRequest& request, v1::GetResponse* response);

}  // namespace concordat::app
