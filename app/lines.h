// One event in one line, for people and for stories.
#pragma once

#include <string>

namespace concordat::v1 { class Event; class Value; class Ruling; }

namespace concordat::app {
// "position_taken HOST-2023 party=body:bsol position=in_favour": its name, its matter, then its fields.
std::string line_of(const v1::Event& event);
std::string text_of(const v1::Value& value);
}  // namespace concordat::app
