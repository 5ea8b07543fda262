// The transfers view. Key: matter id (decisions: matter id / step). Value: the row message of views.proto.
#pragma once

#include "projections/view.h"

namespace concordat::projections {
const View& transfers_view();
}  // namespace concordat::projections
