// Page: an HTML page in one file. It opens from disk, asks the network for nothing, follows the reader's choice of
// light or dark, fits a screen 400 pixels wide and can be printed.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <wisp/core/tensor.h>

namespace wisp::apps {

struct Page {
  std::string title;
  std::string_view body;    ///< HTML: what stands in <main>
  std::string_view style;   ///< CSS, after the style that all pages share
  std::string_view script;  ///< JavaScript; it finds `data` as DATA, and the functions of page/page.js
  nlohmann::json data;
  std::vector<std::string> pictures = {};  ///< files written beside it, by which the next page knows what to replace
};

/// The text with every `from`, which must not be empty, turned into `to`.
std::string replace_all(std::string text, std::string_view from, std::string_view to);

/// The page's text.
std::string render(const Page& page);

/// render(page), written atomically. Throws IoError.
void write_page(const std::string& path, const Page& page);

/// The files that the page at `path` says were written beside it; nothing where that is no page that render made.
std::optional<std::vector<std::string>> pictures_of_page(const std::string& path);

/// A PNG file's bytes as an address that an <img> shows without a file: "data:image/png;base64,...".
std::string png_address(std::span<const std::byte> png);

/// Writes a u8 image (H, W, C) as a PNG file, atomically, and returns its address. Throws IoError.
std::string keep_picture(const std::string& path, const Tensor& image);

}  // namespace wisp::apps
