// Text from outside, such as the name of a file or what a client sent, made fit for a message: it is any bytes, of any
// length, and need not be UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wisp {

/// The bytes of the UTF-8 character that `text` begins with, 1 to 4; 0 where it begins with none (overlong forms,
/// surrogates and what lies beyond U+10FFFF are none). Source: RFC 3629, section 4.
std::size_t utf8_character(std::string_view text);

/// The text on one line: control characters, and those that end lines, as \n, \r, \t or \x1b, the bytes of what is no
/// UTF-8 as \xe9; all else as it is. What comes out is UTF-8, and a terminal shows it without obeying it. Beyond about
/// `most` bytes it is cut, "..." behind.
std::string printable(std::string_view text, std::size_t most = 4096);

/// The same between quotes, with a backslash before each quote and backslash in it.
std::string quote(std::string_view text, std::size_t most = 100);

}  // namespace wisp
