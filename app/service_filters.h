// Filters of List: a value that nothing could ever bear is a slip, and an empty list would hide it.
#pragma once

#include <string>

#include "engine/base/status.h"

namespace concordat::projections { class Store; }
namespace concordat::v1 { class ListRequest; }

namespace concordat::app {

// kInvalid: a body the record does not have, a type that is no procedure of the ledger (of an escalation: nor an issue), or a
// state that the view's rows cannot be in; the message says what there is. For an empty first page only: it reads every procedure.
Status check_filters(const projections::Store& store, const std::string& ledger, const v1::ListRequest& request);

}  // namespace concordat::app
