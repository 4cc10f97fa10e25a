#include <apps/common/json_text.h>

#include <charconv>

#include <fmt/format.h>

#include <wisp/core/text.h>

namespace wisp::apps {
namespace {

constexpr std::string_view mark = "\xef\xbf\xbd";  // U+FFFD
constexpr std::size_t digits = 2;

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
    unsigned byte = 0;
    const std::size_t escape = mark.size() + digits;
    const char* const end = text.data() + escape;
    if (text.starts_with(mark) && text.size() >= escape && std::from_chars(end - digits, end, byte, 16).ptr == end) {
      bytes += static_cast<char>(byte);
      text.remove_prefix(escape);
    } else {
      bytes += text.front();
      text.remove_prefix(1);
    }
  }
  return bytes;
}

}  // namespace wisp::apps
