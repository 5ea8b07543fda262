// Bytes as hexadecimal digits, lower case, two for each.
#pragma once

#include <string>
#include <string_view>

namespace concordat {
std::string hex(std::string_view bytes);
}  // namespace concordat
