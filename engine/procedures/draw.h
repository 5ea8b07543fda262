// A procedure as a picture that a board paper could print. Pure: the same procedure gives the same bytes.
#pragma once

#include <string>

namespace concordat::v1 { class Procedure; class Step; }

namespace concordat::procedures {

// What a step does, as its definition names it: "sign_off". Empty if it does nothing.
std::string kind_of(const v1::Step& step);

// SVG 1.1, black on white, with a title and a description for those who cannot see it. Steps stand in the order of the
// definition, ends to their left, ways that do not lead to the next step to their right. Nothing is told by colour alone.
std::string draw_svg(const v1::Procedure& procedure);

}  // namespace concordat::procedures
