// A text as JSON has it, with its quotes.
#pragma once

#include <string>

#include "app/common.h"

namespace concordat::app {

inline std::string json_text(const std::string& text) {
  v1::Value value;
  value.set_text(text);
  const std::string out = json_of(value);                    // {"text":"…"}
  return out.substr(8, out.size() - 9);
}

}  // namespace concordat::app
