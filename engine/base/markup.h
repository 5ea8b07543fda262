// Words inside HTML, SVG and other XML: what would be markup is escaped, also inside attributes in double quotes.
#pragma once

#include <string>

namespace concordat {

std::string escaped(const std::string& text);

}  // namespace concordat
