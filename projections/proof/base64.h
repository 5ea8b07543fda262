// Standard base64 with padding, as signed notes write it.
#pragma once

#include <string>
#include <string_view>

namespace concordat::projections::proof {
std::string base64(std::string_view bytes);
// False unless `text` is what base64() writes for some bytes: no other spelling of them is taken.
bool from_base64(std::string_view text, std::string* bytes);
}  // namespace concordat::projections::proof
