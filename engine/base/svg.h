// The few ways in which pictures are made here. Pure: the same words give the same bytes. Lengths are in the picture's own
// units; a letter of size 12 is about 6 wide.
#pragma once

#include <string>
#include <vector>

#include "engine/base/markup.h"

namespace concordat::svg {

std::string n(int number);
using concordat::escaped;
std::string cut(const std::string& text, std::size_t letters);                    // Between words, never inside a character.
std::vector<std::string> wrapped(const std::string& text, std::size_t letters, std::size_t lines_max);
// `anchor`: start, middle, end. `more`: further attributes.
std::string text_at(int x, int y, const char* anchor, int size, const std::string& text, const char* more = "");
std::string line(int x1, int y1, int x2, int y2, const char* more = "");
std::string rect(int x, int y, int width, int height, const char* more);
// The whole: black on white, with a title and a description for those who cannot see it.
std::string document(int width, int height, const std::string& title, const std::string& told, const std::string& body, const std::string& definitions = "");

}  // namespace concordat::svg
