// SHA-256, the one hash of this house: of ids, of the proof, of digests.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace concordat::projections {

// Of the parts one after the other; 32 bytes.
std::string sha256_of(std::initializer_list<std::string_view> parts);

}  // namespace concordat::projections
