#include "projections/view.h"

#include "engine/record/when.h"

namespace concordat::projections {

std::string day_of(const Committed& c) {
  return c.commit.acted_on().empty() ? record::format(record::day_of(c.commit.stamp().time_ms())) : c.commit.acted_on();
}

}  // namespace concordat::projections
