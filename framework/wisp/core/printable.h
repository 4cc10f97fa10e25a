// Text from outside, such as a name in a file or what a client sent, made fit for a message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wisp {

/// The beginning of the text on one line of valid UTF-8 without control characters: at most about `most` bytes, "..."
/// behind where more was cut off. Quotes and backslashes get a backslash, control characters become \n or \x1b, bytes
/// that are no UTF-8 \xff. Source: RFC 3629, section 4, for what is UTF-8.
std::string printable(std::string_view text, std::size_t most = 100);

/// The same between quotes.
inline std::string quote(std::string_view text, std::size_t most = 100) { return '"' + printable(text, most) + '"'; }

}  // namespace wisp
