// Text from outside, names of files above all: a name is any bytes but / and 0, and need not be UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wisp {

/// The bytes of the UTF-8 character that `text` begins with, 1 to 4; 0 where it begins with none (overlong forms,
/// surrogates and what lies beyond U+10FFFF are none).
std::size_t utf8_character(std::string_view text);

/// For a message on one line: control characters as \n, \r, \t or \x1b, and the bytes of what is no UTF-8 as \xe9; all
/// else as it is. What comes out is UTF-8, and a terminal shows it without obeying it.
std::string printable(std::string_view text);

}  // namespace wisp
