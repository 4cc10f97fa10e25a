#include <apps/common/json_text.h>

#include <charconv>

#include <fmt/format.h>

#include <wisp/core/text.h>

namespace wisp::apps {
namespace {

constexpr std::string_view mark = "\xef\xbf\xbd";  // U+FFFD
constexpr std::size_t digits = 2;

// 0 where these are not so many hexadecimal digits.
int number_in(std::string_view hexadecimal) {
  int number = 0;
  const char* const end = hexadecimal.data() + hexadecimal.size();
  const bool is_one = hexadecimal.size() == digits && std::from_chars(hexadecimal.data(), end, number, 16).ptr == end;
  return is_one ? number : 0;
}

}  // namespace

std::string to_json_text(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    std::size_t length = utf8_character(bytes);
    if (length == 0 || bytes.starts_with(mark)) {
      text += fmt::format("{}{:02x}", mark, static_cast<unsigned char>(bytes.front()));
      length = 1;
    } else {
      text += bytes.substr(0, length);
    }
    bytes.remove_prefix(length);
  }
  return text;
}

std::string from_json_text(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const int byte = text.starts_with(mark) ? number_in(text.substr(mark.size(), digits)) : 0;
    if (byte >= 0x80) {
      bytes += static_cast<char>(byte);
      text.remove_prefix(mark.size() + digits);
    } else {
      bytes += text.front();
      text.remove_prefix(1);
    }
  }
  return bytes;
}

}  // namespace wisp::apps
