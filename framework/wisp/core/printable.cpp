#include <wisp/core/printable.h>

#include <fmt/format.h>

namespace wisp {
namespace {

// The length of the UTF-8 character at the beginning of `text`, 2 to 4; 0 where there is none, or a control character.
std::size_t length_of_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(0), second = byte(1);
  const std::size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length == 0) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const bool is_longer_than_need_be = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_beyond =
      (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);  // surrogates; U+110000
  const bool is_control = first == 0xc2 && second < 0xa0;
  const bool ends_line = first == 0xe2 && second == 0x80 && (byte(2) == 0xa8 || byte(2) == 0xa9);
  return is_longer_than_need_be || is_beyond || is_control || ends_line ? 0 : length;
}

std::string escaped(char c) {
  switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
}

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
  std::string result;
  while (!text.empty()) {
    const char c = text.front();
    const bool is_plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
    const std::size_t length = is_plain ? 1 : length_of_character(text);
    const std::string piece = length > 0 ? std::string(text.substr(0, length)) : escaped(c);
    if (result.size() + piece.size() > most) return result + "...";
    result += piece;
    text.remove_prefix(length > 0 ? length : 1);
  }
  return result;
}

}  // namespace wisp
