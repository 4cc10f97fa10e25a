#include <apps/common/page.h>

#include <fmt/format.h>

#include <page_files.h>
#include <wisp/io/atomic_file.h>

namespace wisp::apps {
namespace {

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string escape(std::string text) { return replace_all(replace_all(std::move(text), "&", "&amp;"), "<", "&lt;"); }

}  // namespace

std::string render(const Page& page) {
  // Inside <script>, "<" could begin "</script>"; in JSON it may be written as an escape.
  const std::string data =
      replace_all(page.data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), "<", "\\u003c");
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>\n{}{}</style>\n</head>\n"
      "<body>\n<main>\n{}</main>\n<script>\n\"use strict\";\n{}const DATA = {};\n{}</script>\n</body>\n</html>\n",
      escape(page.title), embedded::page_css, page.style, page.body, embedded::page_js, data, page.script);
}

void write_page(const std::string& path, const Page& page) {
  const std::string text = render(page);
  write_file_atomically(path, std::as_bytes(std::span(text)));
}

std::string png_address(std::span<const std::byte> png) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text = "data:image/png;base64,";
  for (std::size_t at = 0; at < png.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (at + i < png.size() ? std::to_integer<std::uint32_t>(png[at + i]) : 0);
    for (std::size_t i = 0; i < 4; ++i) text += at + i <= png.size() ? digits[group >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

}  // namespace wisp::apps
