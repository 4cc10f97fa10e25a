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

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_character(text);
    const unsigned first = byte_at(text, 0);
    const bool control = (length == 1 && (first < 0x20 || first == 0x7f)) ||
                         (length == 2 && first == 0xc2 && byte_at(text, 1) < 0xa0);  // U+0080 to U+009F
    const std::size_t taken = length == 0 ? 1 : length;
    for (const char c : text.substr(0, taken))
      result += length == 0 || control ? escaped(static_cast<unsigned char>(c)) : std::string(1, c);
    text.remove_prefix(taken);
  }
  return result;
}

}  // namespace wisp
