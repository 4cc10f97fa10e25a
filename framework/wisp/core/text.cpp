#include <wisp/core/text.h>

#include <fmt/format.h>

namespace wisp {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

std::string escaped(unsigned char byte) {
  switch (byte) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return fmt::format("\\x{:02x}", byte);
  }
}

}  // namespace

// The Unicode Standard, table 3-7: the first byte says how many follow, and bounds the second.
std::size_t utf8_character(std::string_view text) {
  if (text.empty()) return 0;
  const unsigned first = byte_at(text, 0);
  if (first < 0x80) return 1;
  const std::size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  const unsigned least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte_at(text, 1) < least || byte_at(text, 1) > most) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((byte_at(text, i) & 0xc0) != 0x80) return 0;
  return length;
}

namespace {

bool is_control(std::string_view character) {
  const unsigned first = byte_at(character, 0);
  return (character.size() == 1 && (first < 0x20 || first == 0x7f)) ||
         (character.size() == 2 && first == 0xc2 && byte_at(character, 1) < 0xa0) ||  // U+0080 to U+009F
         character == "\u2028" || character == "\u2029";                              // these end lines
}

// With a backslash before each of the characters `special`.
std::string shown(std::string_view text, std::size_t most, std::string_view special) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_character(text);
    const std::string_view character = text.substr(0, length == 0 ? 1 : length);
    std::string piece;
    if (length == 0 || is_control(character)) {
      for (const char c : character) piece += escaped(static_cast<unsigned char>(c));
    } else {
      if (special.find(character) != special.npos) piece = '\\';
      piece += character;
    }
    if (result.size() + piece.size() > most) return result + "...";
    result += piece;
    text.remove_prefix(character.size());
  }
  return result;
}

}  // namespace

std::string printable(std::string_view text, std::size_t most) { return shown(text, most, ""); }

std::string quote(std::string_view text, std::size_t most) { return '"' + shown(text, most, "\"\\") + '"'; }

}  // namespace wisp
