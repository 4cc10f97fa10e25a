#include <apps/common/page.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <page_files.h>

#include <apps/common/base64.h>
#include <wisp/core/text.h>
#include <wisp/io/atomic_file.h>
#include <wisp/io/png.h>

namespace wisp::apps {
namespace {

std::string escape(std::string text) { return replace_all(replace_all(std::move(text), "&", "&amp;"), "<", "&lt;"); }

// What pages of this program can be known by, and then the names of pictures, which have no spaces.
constexpr std::string_view page_mark = "<link rel=\"icon\" href=\"data:,\">\n",
                           pictures_mark = "<meta name=\"pictures\" content=\"";

}  // namespace

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string render(const Page& page) {
  // Inside <script>, "<" could begin "</script>"; in JSON it may be written as an escape.
  const std::string data =
      replace_all(page.data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), "<", "\\u003c");
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "{}{}<title>{}</title>\n<style>\n{}{}</style>\n</head>\n"
      "<body>\n<main>\n{}</main>\n<script>\n\"use strict\";\n{}const DATA = {};\n{}</script>\n</body>\n</html>\n",
      page_mark, page.pictures.empty() ? "" : fmt::format("{}{}\">\n", pictures_mark, fmt::join(page.pictures, " ")),
      escape(printable(page.title)), embedded::page_css, page.style, page.body, embedded::page_js, data, page.script);
}

void write_page(const std::string& path, const Page& page) {
  const std::string text = render(page);
  write_file_atomically(path, std::as_bytes(std::span(text)));
}

std::optional<std::vector<std::string>> pictures_of_page(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;
  std::string start(1 << 16, '\0');
  std::ifstream stream(path, std::ios::binary);
  stream.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(stream.gcount()));
  const std::size_t mark = start.find(page_mark);
  if (mark == std::string::npos) return std::nullopt;
  std::string_view rest = std::string_view(start).substr(mark + page_mark.size());
  if (rest.starts_with("<title>")) return std::vector<std::string>();
  if (!rest.starts_with(pictures_mark)) return std::nullopt;
  rest.remove_prefix(pictures_mark.size());
  std::istringstream names{std::string(rest.substr(0, rest.find('"')))};
  return std::vector<std::string>(std::istream_iterator<std::string>(names), {});
}

std::string png_address(std::span<const std::byte> png) { return "data:image/png;base64," + base64(png); }

std::string keep_picture(const std::string& path, const Tensor& image) {
  const std::vector<std::byte> png = encode_png(image);
  write_file_atomically(path, png);
  return png_address(png);
}

}  // namespace wisp::apps
