// Names of files in JSON, whose strings are UTF-8, while a name is any bytes.
#pragma once

#include <string>
#include <string_view>

namespace wisp::apps {

/// UTF-8 that from_json_text turns back into these bytes, whatever they are: what is UTF-8 stays as it is; a byte that
/// is not, and those of U+FFFD itself, become U+FFFD and the byte's two hexadecimal digits.
std::string to_json_text(std::string_view bytes);

/// The bytes that to_json_text made the text of.
std::string from_json_text(std::string_view text);

}  // namespace wisp::apps
