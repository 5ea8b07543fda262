// Every view, one line each.
#include "projections/view.h"
#include "projections/views/decisions.h"
#include "projections/views/escalations.h"
#include "projections/views/matters.h"
#include "projections/views/meetings.h"
#include "projections/views/private.h"
#include "projections/views/procedures.h"
#include "projections/views/proof.h"
#include "projections/views/record.h"
#include "projections/views/references.h"
#include "projections/views/transfers.h"

namespace concordat::projections {

const std::vector<const View*>& all_views() {
  static const std::vector<const View*> views{&matters_view(), &record_view(), &decisions_view(), &transfers_view(), &escalations_view(), &meetings_view(), &procedures_view(), &references_view(), &private_view(), &proof_view()};
  return views;
}

}  // namespace concordat::projections
